from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged

from .common import StockCase


@tagged("post_install", "-at_install")
class TestOrder(StockCase):
    def test_submitted_order_holds_its_goods(self):
        """SUP-09, idea 4: held from the first step of any payment, for 15 minutes."""
        order = self._create_order(2)
        self._submit(order)
        hold = self._hold_of(order)
        self.assertEqual((hold.state, hold.quantity), ("active", 2))
        self.assertEqual(hold.owner_label, order.name)
        self.assertAlmostEqual(hold.until, self._in(15), delta=timedelta(seconds=30))
        self.assertEqual(order.o2o_hold_until, hold.until)

    def test_last_piece_is_sold_once(self):
        """SUP-09: the second order is refused before it can pay, politely."""
        self._submit(self._create_order(4))
        late = self._create_order(2)
        with self.assertRaises(ValidationError) as caught:
            self._submit(late)
        self.assertIn("2 wanted, 1 left", str(caught.exception))
        self.assertIn(self.product.display_name, str(caught.exception))
        self.assertFalse(self._hold_of(late))

    def test_office_confirms_only_what_is_there(self):
        """SUP-09: the back office promises nothing twice either."""
        self._submit(self._create_order(4))
        order = self._create_order(2, website=False).with_user(self.seller)
        with self.assertRaises(ValidationError):
            order.action_confirm()
        small = self._create_order(1, website=False).with_user(self.seller)
        small.action_confirm()
        self.assertEqual(small.state, "sale")
        self.assertEqual(self._free(), 0)

    def test_office_may_let_the_rest_wait(self):
        """SUP-09: a company that sells on order takes from nobody's promise."""
        self.company.o2o_office_short = "wait"
        self._submit(self._create_order(4))
        order = self._create_order(3, website=False).with_user(self.seller)
        order.action_confirm()
        self.assertEqual(order.sudo().picking_ids.move_ids.quantity, 1)
        self.assertEqual(self._free(), 0)

    def test_goods_sold_without_stock_need_no_promise(self):
        """Trap 11: only goods that say so may be ordered without being there."""
        self.assertFalse(self.product.allow_out_of_stock_order)
        self.product.allow_out_of_stock_order = True
        order = self._create_order(50)
        self._submit(order)
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertFalse(self._hold_of(order))

    def test_cancelled_order_gives_back(self):
        order = self._create_order(5)
        self._submit(order)
        order._action_cancel()
        self.assertEqual(self._hold_of(order).state, "released")
        self.assertEqual(self._free(), 5)

    def test_confirmed_and_cancelled_is_free_again(self):
        order = self._create_order(5)
        self._submit(order)
        order.action_confirm()
        self.assertEqual(self._free(), 0)
        order._action_cancel()
        self.assertEqual(self._free(), 5)

    def test_order_with_one_product_twice(self):
        """Two lines of one product are one claim, and use it up."""
        order = self._create_order(2)
        order.order_line.copy({"order_id": order.id, "product_uom_qty": 3})
        self._submit(order)
        order.action_confirm()
        self.assertEqual(sum(order.picking_ids.move_ids.mapped("quantity")), 5)
        self.assertFalse(self._hold_of(order).filtered(lambda h: h.state == "active"))

    def test_paid_order_is_not_refused(self):
        """Invariant 5: money that moved is not lost; a person is told."""
        order = self._create_order(2)
        transaction = self._submit(order)
        later = fields.Datetime.now() + timedelta(minutes=20)
        with freeze_time(later):
            self._claim("faster", 5)
            transaction.state = "done"
            order.action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.picking_ids.move_ids.quantity, 0)
        breach = self.env["o2o.stock.breach"].search([("document", "=", order.name)])
        self.assertEqual(breach.origin, "order")
        self.assertEqual(breach.quantity, 2)

    def test_unreserved_order_stays_promised(self):
        """A picking type that reserves by hand: the hold lives until then."""
        self.warehouse.out_type_id.reservation_method = "manual"
        order = self._create_order(3)
        self._submit(order)
        order.action_confirm()
        self.assertEqual(self._hold_of(order).state, "active")
        with freeze_time(fields.Datetime.now() + timedelta(days=2)):
            self.assertEqual(self._free(), 2)
            order.picking_ids.action_assign()
        self.assertEqual(order.picking_ids.move_ids.quantity, 3)
        self.assertEqual(self._hold_of(order).state, "used")
        self.assertEqual(self._free(), 2)

    def test_goods_handed_out_without_a_reservation(self):
        """The hold ends with the delivery, however the quantity got there."""
        self.warehouse.out_type_id.reservation_method = "manual"
        order = self._create_order(3)
        self._submit(order)
        order.action_confirm()
        move = order.picking_ids.move_ids
        move.write({"quantity": 3, "picked": True})
        order.picking_ids._action_done()
        self.assertEqual(self._hold_of(order).state, "used")
        self.assertEqual(self._free(), 2)


@tagged("post_install", "-at_install")
class TestHoarding(StockCase):
    def test_number_of_unpaid_orders_is_limited(self):
        """SUP-09: one member does not empty the shelf with orders never paid."""
        self.company.o2o_hold_limit = 2
        self._submit(self._create_order(1))
        self._submit(self._create_order(1))
        with self.assertRaises(ValidationError) as caught:
            self._submit(self._create_order(1))
        self.assertIn("2 orders waiting for payment", str(caught.exception))

    def test_same_phone_and_same_address_count_too(self):
        """SUP-09: a second account with the same phone, or address, is the same."""
        self.company.o2o_hold_limit = 1
        self._submit(self._create_order(1))
        partner = self.env["res.partner"].create({"name": "李四"})
        other = self._create_order(1, partner=partner)
        other.partner_shipping_id = self.member.partner_id
        with self.assertRaises(ValidationError):
            self._submit(other)
        phone = self.env["res.partner"].create(
            {"name": "王五", "phone": self.member.partner_id.phone}
        )
        with self.assertRaises(ValidationError):
            self._submit(self._create_order(1, partner=phone))
        stranger = self.env["res.partner"].create({"name": "赵六"})
        self._submit(self._create_order(1, partner=stranger))

    def test_same_order_again_is_not_another(self):
        self.company.o2o_hold_limit = 1
        order = self._create_order(1)
        self._submit(order)
        self._submit(order)
        self.assertEqual(len(self._hold_of(order)), 1)

    def _minutes(self, order):
        until = max(self._hold_of(order).mapped("until"))
        return round((until - fields.Datetime.now()).total_seconds() / 60)

    def test_unpaid_orders_shorten_the_next_hold(self):
        """SUP-09: 15, 8, 4, never less; a served order starts afresh."""
        seen = []
        now = fields.Datetime.now()
        for number in range(4):
            with freeze_time(now + timedelta(minutes=20 * number)):
                order = self._create_order(1)
                self._submit(order)
                seen.append(self._minutes(order))
        self.assertEqual(seen, [15, 8, 4, 4])
        with freeze_time(now + timedelta(minutes=90)):
            order = self._create_order(1)
            self._submit(order)
            order.action_confirm()
            order = self._create_order(1)
            self._submit(order)
            self.assertEqual(self._minutes(order), 15)

    def test_office_is_not_limited(self):
        self.company.o2o_hold_limit = 1
        for _number in range(3):
            self._create_order(1, website=False).action_confirm()


@tagged("post_install", "-at_install")
class TestOwed(StockCase):
    def test_job_reserves_what_is_owed(self):
        """Confirmed and held, but not reserved (an old look at the shelf): later."""
        order = self._create_order(3)
        self._submit(order)
        move = type(self.env["stock.move"])
        with patch.object(move, "_action_assign", lambda *_args, **_kw: None):
            order.action_confirm()
        self.assertEqual(self._hold_of(order).state, "active")
        with self.enter_registry_test_mode():
            self.env.ref("o2o_stock.o2o_stock_cron").method_direct_trigger()
        self.assertEqual(order.picking_ids.move_ids.quantity, 3)
        self.assertEqual(self._hold_of(order).state, "used")
