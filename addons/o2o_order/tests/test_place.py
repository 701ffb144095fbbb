from unittest.mock import patch

from lxml.html import fromstring

from odoo import http
from odoo.tests import tagged

from .test_checkout_page import CheckoutPageCase


class FakeStock:
    """The promises of the stock service, as far as a hold needs them."""

    def __init__(self):
        self.claims = {}
        self.short = False

    def _claim(self, key, demands, until, channel="web", values=None):
        if self.short:
            return [{"product": demands[0][0]}]
        self.claims[key] = demands
        return []

    def _release(self, key, reason):
        self.claims.pop(key, None)


class PlaceCase(CheckoutPageCase):
    def _choose(self, **values):
        return self.make_jsonrpc_request("/o2o/place/choose", values)

    def _stock_block(self, product=None):
        product = product or self.product
        return self.url_open(f"/o2o/place/stock/{product.id}")

    def _level(self, product=None):
        html = self._stock_block(product).text
        return html.split('data-level="')[1].split('"')[0]


@tagged("post_install", "-at_install")
class TestPlace(PlaceCase):
    """ROUT-04: the stock of the chosen region or store, never the sum of all."""

    def test_chosen_region_is_remembered_on_the_member(self):
        """ROUT-04: in the session, and on the member for the next visit."""
        self.assertIn("观山湖区", self._choose(region_id=self.guanshanhu.id)["label"])
        self.assertEqual(self.partner.o2o_place_region_id, self.guanshanhu)
        self.authenticate("o2o_test_member", "o2o_test_member")
        self.assertIn("观山湖区", self.url_open("/shop").text)
        self.assertIn("Store NEAR", self._choose(store_id=self.near.id)["label"])
        self.assertFalse(self.partner.o2o_place_region_id)
        self.assertEqual(self.partner.o2o_place_store_id, self.near)

    def test_guest_keeps_the_choice_in_the_session_only(self):
        self.authenticate(None, None)
        self._choose(region_id=self.chengdu.id)
        self.assertIn("成都", self.url_open("/shop").text)
        public = self.website.user_id.partner_id
        self.assertFalse(public.o2o_place_region_id)

    def test_what_cannot_be_chosen_changes_nothing(self):
        """ROUT-04: unknown, paused and head office are no places to shop at."""
        self._choose(region_id=self.guiyang.id)
        self.far.is_paused = True
        for values in (
            {"store_id": self.far.id},
            {"store_id": self.head_office.id},
            {"store_id": 2**30},
            {"region_id": 2**30},
        ):
            self.assertTrue(self._choose(**values).get("error"), values)
        self._choose(store_id="1 OR 1=1", region_id=[1])
        self.assertEqual(self.partner.o2o_place_region_id, self.guiyang)

    def test_stock_is_that_of_the_place(self):
        """ROUT-04: in stock near you, few left, not here but there."""
        self.head_office.is_paused = True
        self._choose(region_id=self.chengdu.id)
        self.assertEqual(self._level(), "in")
        self.assertEqual(self._level(self.scarce), "out")
        self.assertIn("Store FAR", self._stock_block(self.scarce).text)
        self._choose(region_id=self.guiyang.id)
        self.assertEqual(self._level(self.scarce), "few")
        self._choose(store_id=self.near.id)
        self.assertEqual(self._level(self.scarce), "out")
        self.assertEqual(self._level(), "in")

    def test_most_of_one_place_is_told_not_the_sum(self):
        """ROUT-04: 10 in each of four warehouses are 10, not 40."""
        self._choose(region_id=self.guiyang.id)
        self.partner.o2o_place_region_id = self.guiyang
        website = self.website.with_user(self.member)
        note = website._o2o_get_availability(self.product)[self.product.sudo()]
        self.assertEqual(note["quantity"], 10)

    def test_goods_for_points_tell_their_stock(self):
        """PTS-12, ROUT-04: in the points mall, too, stock is that of the place."""
        self.scarce.product_tmpl_id.write(
            {"o2o_payment_kind": "points", "o2o_points_price": 500}
        )
        self.head_office.is_paused = True
        for region, is_out in ((self.chengdu, True), (self.guiyang, False)):
            self._choose(region_id=region.id)
            page = fromstring(self.url_open("/o2o/member/exchange").text)
            [item] = [
                item
                for item in page.xpath("//a[contains(@class, 'o_o2o_goods ')]")
                if self.scarce.name in item.text_content()
            ]
            [stock] = item.xpath(".//*[contains(@class, 'o_o2o_goods_stock')]")
            with self.subTest(region=region.name):
                self.assertIn("500", item.text_content())
                self.assertEqual("text-danger" in stock.get("class"), is_out)
                self.assertEqual("2" in stock.text_content(), not is_out)

    def test_numbers_of_well_stocked_stores_are_not_told(self):
        """Competitors read shop pages too: only a small rest is a number."""
        html = self._stock_block().text
        self.assertNotIn(">10<", html)
        self.assertIn("Store NEAR", html)

    def test_hidden_product_has_no_stock_page(self):
        """ROUT-04: what the shop does not show has no stock to ask for."""
        self.scarce.product_tmpl_id.is_published = False
        self.assertEqual(self._stock_block(self.scarce).status_code, 404)
        self.assertEqual(self.url_open("/o2o/place/stock/99999999").status_code, 404)

    def test_picker_finds_by_name(self):
        page = self.url_open("/o2o/place/options?search=NEAR").text
        self.assertIn("Store NEAR", page)
        self.assertNotIn("Store FAR", page)
        page = self.url_open("/o2o/place/options?search=成都").text
        self.assertIn("成都", page)
        self.assertNotIn("Store NEAR", page)
        page = self.url_open("/o2o/place/options?search=<script>x").text
        self.assertNotIn("<script>", page)

    def test_age_of_the_count_is_told(self):
        """Idea 22: how old the number is."""
        quant = self.env["stock.quant"].search(
            [
                ("product_id", "=", self.scarce.id),
                ("location_id", "=", self.far.warehouse_id.lot_stock_id.id),
            ]
        )
        quant.inventory_quantity = 3
        quant.action_apply_inventory()
        stores = self.website._o2o_get_counted_at(self.near | self.far, self.scarce)
        self.assertEqual(list(stores), [self.far])
        rows = self.website._o2o_list_elsewhere(self.scarce)
        self.assertEqual([row["id"] for row in rows], [self.far.id])
        self.assertTrue(rows[0]["counted"])

    def test_cart_tells_the_stock_of_the_place(self):
        """ROUT-04: the cart says it before the checkout does."""
        self.head_office.is_paused = True
        self._choose(region_id=self.chengdu.id)
        self._add(self.scarce)
        page = self.url_open("/shop/cart").text
        self.assertIn("o_o2o_stock_out", page)
        self.assertIn("Store FAR", page)

    def test_stock_block_costs_few_statements(self):
        self._stock_block()
        with self._count() as statements:
            self._stock_block()
        self.assertLessEqual(len(statements), 22, "\n".join(statements))


@tagged("post_install", "-at_install")
class TestMemberHold(PlaceCase):
    """Idea 22: a store keeps a piece for two hours."""

    def setUp(self):
        super().setUp()
        self.stock = FakeStock()
        model = type(self.env["o2o.member.hold"])
        self.patch(model, "_stock", lambda _self: self.stock)
        self.holds = self.env["o2o.member.hold"]

    def _take(self, product=None, store=None):
        return self.make_jsonrpc_request(
            "/o2o/hold/take",
            {
                "product_id": (product or self.product).id,
                "store_id": (store or self.near).id,
            },
        )

    def _live(self):
        return self.holds._get_live(self.partner)

    def test_without_the_stock_service_nothing_is_offered(self):
        model = type(self.holds)
        with patch.object(model, "_stock", lambda _self: None):
            self.assertNotIn("o_o2o_hold_take", self._stock_block().text)
            self.assertTrue(self._take()["error"])
        self.assertFalse(self._live())

    def test_one_tap_keeps_one_piece_once(self):
        self.assertIn("o_o2o_hold_take", self._stock_block().text)
        for _twice in range(2):
            self.assertFalse(self._take()["error"])
        self.assertEqual(len(self._live()), 1)
        key = f"member.hold/{self.partner.id}/{self.product.id}"
        self.assertEqual(
            self.stock.claims, {key: [(self.product, self.near.warehouse_id, 1)]}
        )
        self.assertIn("o_o2o_hold_buy", self._stock_block().text)

    def test_another_store_takes_over(self):
        self._take()
        self._take(store=self.far)
        self.assertEqual(self._live().store_id, self.far)
        self.assertEqual(len(self.stock.claims), 1)

    def test_gone_piece_leaves_no_row(self):
        self.stock.short = True
        self.assertTrue(self._take()["error"])
        self.assertFalse(self._live())

    def test_at_most_three_pieces(self):
        products = [self._create_product(f"酒 {number}", 50.0) for number in range(4)]
        errors = [self._take(product)["error"] for product in products]
        self.assertEqual([bool(error) for error in errors], [False] * 3 + [True])
        self.assertEqual(len(self._live()), 3)

    def test_own_hold_only_is_given_back(self):
        self._take()
        hold = self._live()
        self._create_member("o2o_other_member", "13900000002")
        self.authenticate("o2o_other_member", "o2o_other_member")
        self.make_jsonrpc_request("/o2o/hold/release", {"hold_id": hold.id})
        self.assertEqual(hold.state, "active")
        self.authenticate("o2o_test_member", "o2o_test_member")
        self.make_jsonrpc_request("/o2o/hold/release", {"hold_id": hold.id})
        self.assertEqual(hold.state, "released")
        self.assertFalse(self.stock.claims)

    def test_over_holds_make_room(self):
        self._take()
        hold = self._live()
        hold.until = "2020-01-01"
        self.assertFalse(self._live())
        self.assertFalse(self._take()["error"])
        self.assertEqual(hold.state, "expired")

    def test_hidden_product_and_paused_store_keep_nothing(self):
        self.near.is_paused = True
        self.assertTrue(self._take()["error"])
        self.scarce.product_tmpl_id.is_published = False
        self.assertTrue(self._take(self.scarce, self.far)["error"])
        self.assertFalse(self.stock.claims)

    def test_bought_hold_becomes_the_order(self):
        """Idea 22: collected where it is kept, the piece goes over to the order."""
        self._publish_pickup()
        self._take(self.scarce, self.far)
        hold = self._live()
        page = self.url_open(
            f"/o2o/hold/buy/{hold.id}",
            data={"csrf_token": http.Request.csrf_token(self)},
        )
        self.assertTrue(page.url.endswith("/o2o/checkout"))
        self.assertIn("done", self._submit(self._read(page.text)))
        order = self._orders()
        self.assertEqual(order.o2o_fulfillment_ids.store_id, self.far)
        self.assertEqual(hold.state, "used")
        self.assertEqual(hold.order_id, order)
        self.assertFalse(self.stock.claims)
