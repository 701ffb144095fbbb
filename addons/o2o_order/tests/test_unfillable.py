"""An order that no store can serve: the member is told, and says what is to happen."""

from odoo import http
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from .common import CHENGDU
from .common_sourcing import SourcingCase


class UnfillableCase(SourcingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.member.partner_id
        cls._publish(None, ["neighbours", "choice"])

    @classmethod
    def _place_unfillable(cls, paid=False, **vals):
        order = cls._create_order([(cls.scarce, 3)], **vals)
        if paid:
            order.transaction_ids.state = "done"
        order.action_confirm()
        fulfillment = order.o2o_fulfillment_ids
        assert fulfillment.needs_region
        return fulfillment

    @classmethod
    def _create_address(cls, partner=None, region=None):
        return cls.env["res.partner"].create(
            {
                "name": "公司",
                "type": "delivery",
                "parent_id": (partner or cls.partner).id,
                "street": "天府大道 1 号",
                "city": "成都",
                "phone": "13900000009",
                "country_id": cls.env.ref("base.cn").id,
                "o2o_region_id": (region or cls.chengdu).id,
                "partner_latitude": CHENGDU[0],
                "partner_longitude": CHENGDU[1],
            }
        )

    def _messages(self):
        return self.env["o2o.message"].search([]).mapped("body")


@tagged("post_install", "-at_install")
class TestUnfillable(UnfillableCase):
    """ROUT-04: another region, another address, wait, or the money back."""

    # === TOLD === #

    def test_member_is_told_once(self):
        """ROUT-04: by a message, when nobody was found; not at each new look."""
        before = len(self._messages())
        fulfillment = self._place_unfillable()
        order = fulfillment.order_id
        told = self._messages()[: len(self._messages()) - before]
        self.assertEqual(len(told), 1)
        self.assertIn(order.name, told[0])
        self.assertIn(f"/my/orders/{order.id}", told[0])
        self.assertNotIn("access_token", told[0])
        fulfillment.with_user(self.head_office_user).action_route_again()
        self.assertEqual(len(self._messages()), before + 1)
        # a store was found, and has refused: that is news
        self._set_stock(self.near, self.scarce, 3)
        fulfillment.action_route_again()
        self.assertEqual(fulfillment.state, "offered")
        fulfillment._turn_down(self.reason)
        self.assertTrue(fulfillment.needs_region)
        self.assertEqual(len(self._messages()), before + 2)

    # === REGIONS === #

    def test_regions_next_door_come_first(self):
        """ROUT-04: the neighbours of the member's region before far ones."""
        first = self.env["o2o.region"].create({"name": "安顺", "sequence": 1})
        store = self._create_store("AS", first, (26.25, 105.95), self.cashier_far)
        fulfillment = self._place_unfillable()
        self._set_stock(self.other_city, self.scarce, 5)
        self._set_stock(store, self.scarce, 5)
        choice = fulfillment.order_id._o2o_get_region_choice()
        self.assertEqual(list(choice["cities"]), [first, self.chengdu])
        self._publish(None, ["choice"])
        self.guiyang.neighbour_ids = self.chengdu
        choice = fulfillment.order_id._o2o_get_region_choice()
        self.assertEqual(list(choice["cities"]), [self.chengdu, first])

    # === ANOTHER ADDRESS === #

    def test_another_address_of_the_member(self):
        """ROUT-04: sent elsewhere, where a store has the goods."""
        fulfillment = self._place_unfillable()
        order = fulfillment.order_id
        self.assertFalse(order._o2o_get_region_choice()["addresses"])
        address = self._create_address()
        choice = order.with_user(self.member)._o2o_get_region_choice()
        self.assertEqual(choice["addresses"], address)
        self._set_stock(self.other_city, self.scarce, 5)
        order._o2o_choose_address(address)
        self.assertEqual(order.partner_shipping_id, address)
        self.assertEqual(fulfillment.store_id, self.other_city)
        self.assertEqual(fulfillment.state, "offered")
        self.assertIn("address", order.o2o_change_ids.mapped("kind"))

    def test_address_of_somebody_else_is_refused(self):
        fulfillment = self._place_unfillable()
        order = fulfillment.order_id
        stranger = self._create_member("o2o_other_member", "13900000002").partner_id
        for address in (stranger, self._create_address(stranger)):
            with self.assertRefused(UserError, "address"):
                order._o2o_choose_address(address)
        self.assertEqual(order.partner_shipping_id, self.partner)

    def test_pick_up_order_has_no_address(self):
        fulfillment = self._place_unfillable()
        self._create_address()
        fulfillment.delivery_kind = "pickup"
        self.assertFalse(fulfillment.order_id._o2o_get_region_choice()["addresses"])

    # === WAIT === #

    def test_member_waits(self):
        """ROUT-04: head office reads that the member has decided to wait."""
        fulfillment = self._place_unfillable()
        order = fulfillment.order_id
        self.assertFalse(order._o2o_get_region_choice()["is_waiting"])
        order._o2o_wait_for_goods()
        self.assertTrue(order._o2o_get_region_choice()["is_waiting"])
        self.assertEqual(fulfillment.event_ids[-1].kind, "choice")
        order._o2o_wait_for_goods()
        self.assertEqual(fulfillment.event_ids.mapped("kind").count("choice"), 1)
        self.assertTrue(fulfillment.needs_region)

    # === MONEY BACK === #

    def test_member_gives_up_the_whole_order(self):
        """ROUT-04: cancelled, everything is given back, whatever the limit says."""
        self.company.o2o_member_cancel_until = "never"
        fulfillment = self._place_unfillable(paid=True)
        order = fulfillment.order_id
        order._o2o_give_up_unfillable()
        self.assertEqual(order.state, "cancel")
        self.assertEqual(order.o2o_cancel_reason, "rejected")
        self.assertEqual(fulfillment.state, "cancelled")
        self.assertEqual(order.o2o_refund_ids.amount, 3600.0)
        order._o2o_give_up_unfillable()
        self.assertEqual(len(order.o2o_refund_ids), 1)

    def _place_in_parts(self, paid=True):
        """Two goods; one is with a store, the other one nobody has any more."""
        self._publish(None, ["choice"], max_parcels=2)
        order = self._create_order([(self.product, 1), (self.scarce, 2)])
        self._set_stock(self.far, self.product, -10)
        if paid:
            order.transaction_ids.state = "done"
        order.action_confirm()
        parts = {part.line_ids.product_id: part for part in order.o2o_fulfillment_ids}
        lost, kept = parts[self.scarce], parts[self.product]
        lost._turn_down(self.reason)
        self.assertTrue(lost.needs_region)
        self.assertEqual(kept.state, "offered")
        return order, kept, lost

    def test_member_gives_up_one_parcel(self):
        """ROUT-04: the other parcel goes on; its share stays what it was."""
        order, kept, lost = self._place_in_parts()
        before = kept.amount_total
        order._o2o_give_up_unfillable()
        self.assertEqual(order.state, "sale")
        self.assertEqual(lost.state, "cancelled")
        self.assertEqual(kept.state, "offered")
        self.assertEqual(order.amount_total, 200.0)
        self.assertEqual(kept.amount_total, before)
        self.assertEqual(sum(order.o2o_refund_ids.mapped("amount")), 2400.0)
        self.assertIsNone(order._o2o_get_region_choice())
        kept._mark_accepted()
        kept._mark_shipped()
        kept._mark_received()
        self.assertEqual(order.o2o_state, "completed")

    def test_unpaid_parcel_costs_nothing(self):
        """Paid on receipt: there is nothing to give back, the order gets smaller."""
        order, _kept, _lost = self._place_in_parts(paid=False)
        order._o2o_give_up_unfillable()
        self.assertEqual(order.amount_total, 200.0)
        self.assertFalse(order.o2o_refund_ids)

    def test_store_was_found_meanwhile(self):
        """The page was old: what a store has is cancelled as any other order."""
        fulfillment = self._place_unfillable()
        order = fulfillment.order_id
        self._set_stock(self.near, self.scarce, 3)
        fulfillment.action_route_again()
        for call in (order._o2o_give_up_unfillable, order._o2o_wait_for_goods):
            with self.assertRefused(UserError, "meanwhile"):
                call()
        self.assertEqual(fulfillment.state, "offered")


@tagged("post_install", "-at_install")
class TestUnfillableHttp(UnfillableCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fulfillment = cls._place_unfillable(paid=True)
        cls.order = cls.fulfillment.order_id

    def _post(self, choice, **data):
        data.update(choice=choice, csrf_token=http.Request.csrf_token(self))
        return self.url_open(f"/o2o/order/unfillable/{self.order.id}", data=data)

    def _login(self, login="o2o_test_member"):
        self.authenticate(login, login)

    def test_page_shows_what_can_be_chosen(self):
        """ROUT-04: regions, addresses, wait, money back: one block, one tap each."""
        self._create_address()
        self._set_stock(self.other_city, self.scarce, 5)
        self._login()
        page = self.url_open(self.order.get_portal_url()).text
        for marker in (
            "o_o2o_order_region",
            "o_o2o_unfillable_address",
            "o_o2o_unfillable_wait",
            "o_o2o_unfillable_give_up",
        ):
            self.assertIn(marker, page)
        self._post("wait")
        page = self.url_open(self.order.get_portal_url()).text
        self.assertNotIn("o_o2o_unfillable_wait", page)
        self.assertIn("o_o2o_unfillable_give_up", page)

    def test_member_chooses_an_address(self):
        address = self._create_address()
        self._set_stock(self.other_city, self.scarce, 5)
        self._login()
        self._post("address", partner_id=address.id)
        self.assertEqual(self.order.partner_shipping_id, address)
        self.assertEqual(self.fulfillment.store_id, self.other_city)

    def test_address_of_a_stranger_by_hand(self):
        """Attack: the number of somebody else's address in the form."""
        other = self._create_member("o2o_other_member", "13900000002")
        address = self._create_address(other.partner_id)
        self._login()
        for value in (address.id, other.partner_id.id, "x", "", -1, 10**12):
            self._post("address", partner_id=value)
            self.assertEqual(self.order.partner_shipping_id, self.partner)

    def test_member_takes_the_money_back(self):
        self._login()
        self._post("give_up")
        self.assertEqual(self.order.state, "cancel")
        self.assertTrue(self.order.o2o_refund_ids)

    def test_unknown_choice_does_nothing(self):
        self._login()
        for choice in ("", "cancel", "__class__", "route"):
            self._post(choice)
        self.assertEqual(self.order.state, "sale")
        self.assertTrue(self.fulfillment.needs_region)

    def test_strangers_choose_nothing(self):
        """Attack: another member, a visitor, staff in the member's name."""
        self._create_member("o2o_other_member", "13900000002")
        self.cashier.group_ids = [
            Command.link(self.env.ref("sales_team.group_sale_salesman_all_leads").id)
        ]
        for login in ("o2o_other_member", "o2o_cashier", None):
            self.authenticate(login, login)
            self.assertEqual(self._post("give_up").status_code, 404)
            self.assertEqual(
                self._post("give_up", access_token="wrong").status_code, 404
            )
        self.assertEqual(self.order.state, "sale")
        self.assertTrue(self.fulfillment.needs_region)
