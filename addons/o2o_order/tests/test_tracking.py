import re

from odoo import fields, http
from odoo.tests import HttpCase, tagged

from .common import O2oOrderCase


@tagged("post_install", "-at_install")
class TestTracking(O2oOrderCase, HttpCase):
    """SHOP-09: order number and the last digits of the phone, nothing else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fulfillment = cls._place()
        cls.order = cls.fulfillment.order_id

    def setUp(self):
        super().setUp()
        self.authenticate(None, None)

    def _track(self, number, phone):
        return self.url_open(
            "/o2o/order/track",
            data={
                "number": number,
                "phone": phone,
                "csrf_token": http.Request.csrf_token(self),
            },
        )

    def test_guest_sees_the_status_and_no_person(self):
        token = self.order._portal_ensure_token()
        # the store lets it wait: a member would be offered to urge it
        self.fulfillment.offered_at = fields.Datetime.subtract(
            fields.Datetime.now(), minutes=30
        )
        self.assertTrue(self.fulfillment._can_urge())
        page = self._track(f" {self.order.name.lower()} ", "0001")
        self.assertIn("o_o2o_timeline", page.text)
        self.assertIn(self.order.name, page.text)
        for secret in (
            self.member.name,
            self.member.partner_id.phone,
            self.member.partner_id.street,
            token,
            "/o2o/order/urge",
            "o_o2o_again",
            "/o2o/order/received",
        ):
            self.assertNotIn(secret, page.text)

    def test_guest_page_is_live(self):
        page = self._track(self.order.name, "0001")
        url = re.search(r'data-url="([^"]+)"', page.text)[1].replace("&amp;", "&")
        self.fulfillment._mark_accepted()
        self.fulfillment._mark_shipped()
        block = self.url_open(url).text
        self.assertIn('data-state="shipped"', block)
        self.assertNotIn("/o2o/order/received", block)

    def test_wrong_and_unknown_look_the_same(self):
        draft = self._create_order()
        texts = set()
        for number, phone in (
            (self.order.name, "9999"),
            ("S99999999", "0001"),
            (draft.name, "0001"),
            (self.order.name, ""),
            (self.order.name, "%%%%"),
            (self.order.name, "０００１"),
            ("%", "0001"),
            ("' OR 1=1 --", "0001"),
        ):
            page = self._track(number, phone).text
            self.assertNotIn("o_o2o_timeline", page)
            texts.add(re.search(r'role="alert">([^<]+)<', page)[1])
        self.assertEqual(len(texts), 1)

    def test_flood_is_stopped_for_the_order_and_for_the_address(self):
        """SHOP-09: ten thousand endings are not tried in an afternoon."""
        for ending in range(6):
            self._track(self.order.name, f"{9000 + ending}")
        self.assertNotIn("o_o2o_timeline", self._track(self.order.name, "0001").text)
        other = self._place().order_id
        self.assertIn("o_o2o_timeline", self._track(other.name, "0001").text)
        for number in range(20):
            self._track(f"S{number:05}", "0001")
        third = self._place().order_id
        self.assertNotIn("o_o2o_timeline", self._track(third.name, "0001").text)

    def test_forged_link_shows_nothing(self):
        page = self._track(self.order.name, "0001")
        start, until, signature = page.url.rsplit("/", 2)
        other = self._place().order_id
        for url in (
            f"{start}/{until}/{'0' * len(signature)}",
            f"{start}/{int(until) + 1}/{signature}",
            f"{start.rsplit('/', 1)[0]}/{other.id}/{until}/{signature}",
            f"{start}/{until}/ä",
        ):
            self.assertNotIn("o_o2o_timeline", self.url_open(url).text, url)
            self.assertEqual(self.url_open(f"{url}?part=1").status_code, 404)

    def test_post_without_csrf_token_is_refused(self):
        response = self.url_open("/o2o/order/track", data={"number": self.order.name})
        self.assertEqual(response.status_code, 400)

    def test_search_box_opens_the_own_order(self):
        """SHOP-09: a member types the number where everything is searched."""
        self.authenticate("o2o_test_member", "o2o_test_member")
        page = self.url_open(f"/shop?search={self.order.name}")
        self.assertIn(f"/my/orders/{self.order.id}", page.url)
        other = self._create_member("o2o_other_member", "13900000002")
        foreign = self._place(member=other).order_id
        page = self.url_open(f"/shop?search={foreign.name}")
        self.assertIn("/shop", page.url)
        self.assertNotIn(f"/my/orders/{foreign.id}", page.url)

    def test_search_box_of_a_guest_only_searches_goods(self):
        page = self.url_open(f"/shop?search={self.order.name}")
        self.assertNotIn("/my/orders", page.url)


@tagged("post_install", "-at_install")
class TestProgress(O2oOrderCase):
    """SHOP-07: every state in words a member understands."""

    def _labels(self, fulfillment):
        steps = fulfillment._get_progress_steps()
        return [step["label"] for step in steps if step["done"]]

    def test_each_state_says_something(self):
        fulfillment = self._place()
        for state, _label in fulfillment._fields["state"].selection:
            fulfillment.state = state
            self.assertTrue(fulfillment._get_progress_message(), state)
            self.assertTrue(self._labels(fulfillment), state)

    def test_picking_is_a_step_of_its_own(self):
        fulfillment = self._place()
        fulfillment._mark_accepted()
        self.assertNotIn("Being prepared", self._labels(fulfillment))
        fulfillment._enter("picking")
        self.assertEqual(self._labels(fulfillment)[-1], "Being prepared")
        fulfillment._mark_shipped()
        self.assertEqual(self._labels(fulfillment)[-2:], ["Being prepared", "Shipped"])

    def test_part_that_looks_for_a_store_again_has_none(self):
        """SHOP-07: a hand-over is not shown as accepted by the old store."""
        fulfillment = self._place()
        fulfillment._mark_accepted()
        fulfillment._enter("pooled")
        self.assertEqual(len(self._labels(fulfillment)), 1)

    def test_dead_ends_are_told(self):
        fulfillment = self._place()
        fulfillment._enter("rejected")
        self.assertEqual(self._labels(fulfillment)[-1], "No store can serve it")


@tagged("post_install", "-at_install")
class TestOtherRegion(O2oOrderCase, HttpCase):
    """ROUT-04: when the region lacks the goods, the member picks another one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fulfillment = cls._place([(cls.product, 2)])
        cls.order = cls.fulfillment.order_id
        for store in (cls.near, cls.far, cls.head_office):
            cls._set_stock(store, cls.product, -10)
        # what routing leaves behind when nobody can serve
        decision = cls.env["o2o.routing.decision"].create(
            {"order_id": cls.order.id, "rule": "nobody", "facts": [], "parts": []}
        )
        cls.fulfillment._enter("pooled", {"routing_id": decision.id})

    def _choose(self, region, token=None):
        data = {"region_id": region.id, "csrf_token": http.Request.csrf_token(self)}
        if token:
            data["access_token"] = token
        return self.url_open(f"/o2o/order/region/{self.order.id}", data=data)

    def test_member_is_asked_and_chooses(self):
        self.authenticate("o2o_test_member", "o2o_test_member")
        self.assertTrue(self.fulfillment.needs_region)
        page = self.url_open(self.order.get_portal_url()).text
        self.assertIn("o_o2o_order_region", page)
        self.assertIn("成都", page)
        self._choose(self.chengdu)
        self.assertEqual(self.order.o2o_region_id, self.chengdu)
        self.assertEqual(self.fulfillment.store_id, self.other_city)

    def test_region_without_the_goods_is_refused(self):
        self.authenticate("o2o_test_member", "o2o_test_member")
        nowhere = self.env["o2o.region"].create({"name": "拉萨"})
        before = self.order.o2o_region_id
        self._choose(nowhere)
        self.assertEqual(self.order.o2o_region_id, before)

    def test_strangers_choose_nothing(self):
        self._create_member("o2o_other_member", "13900000002")
        self.authenticate("o2o_other_member", "o2o_other_member")
        self.assertEqual(self._choose(self.chengdu).status_code, 404)
        self.assertEqual(self._choose(self.chengdu, "wrong").status_code, 404)
        self.assertEqual(self.fulfillment.state, "pooled")
