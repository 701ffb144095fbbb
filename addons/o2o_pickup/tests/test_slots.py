from datetime import timedelta

from psycopg2.errors import CheckViolation, UniqueViolation

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.o2o_stock.tests.common_pos import prepare_sale

from .common import PickupCase


def at(text):
    return fields.Datetime.to_datetime(f"{text}:00")


#: a Monday, 09:00 in Shanghai
NOW = at("2026-01-05 01:00")


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestSlots(PickupCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.env["resource.calendar"].create(
            {
                "name": "Shop hours",
                "tz": "Asia/Shanghai",
                "attendance_ids": [
                    Command.create(
                        {
                            "name": "day",
                            "dayofweek": str(day),
                            "hour_from": 10,
                            "hour_to": 12,
                            "day_period": "morning",
                        }
                    )
                    for day in range(7)
                ],
            }
        )
        cls.near.write(
            {
                "calendar_id": cls.calendar.id,
                "pickup_slot_capacity": 2,
                "pickup_slot_minutes": 30,
                "pickup_days_ahead": 1,
            }
        )

    def _starts(self, store=None):
        return [slot["start"] for slot in (store or self.near)._get_pickup_slots()]

    def test_slots_are_the_opening_hours(self):
        """SHOP-11: four half hours today and tomorrow, in the time of the store."""
        today = at("2026-01-05 02:00")
        half = timedelta(minutes=30)
        expected = [
            today + timedelta(days=day) + half * number
            for day in (0, 1)
            for number in range(4)
        ]
        self.assertEqual(self._starts(), expected)

    def test_lead_time_and_past_are_not_offered(self):
        """SHOP-11: nobody comes before the store is ready."""
        self.near.pickup_lead_minutes = 90
        self.assertEqual(self._starts()[0], at("2026-01-05 02:30"))

    def test_holiday_has_no_slots(self):
        """SHOP-11: opening hours incl. holidays."""
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.calendar.id,
                "date_from": at("2026-01-04 16:00"),
                "date_to": at("2026-01-05 16:00"),
            }
        )
        self.assertEqual(self._starts()[0], at("2026-01-06 02:00"))

    def test_store_without_hours_is_always_open(self):
        self.near.calendar_id = False
        self.assertEqual(self._starts()[0], at("2026-01-05 01:30"))

    def test_switched_off(self):
        """A store may take people whenever they come."""
        self.near.has_pickup_slots = False
        self.assertEqual(self.near._get_pickup_slots(), [])
        order = self._place_pickup().order_id
        self.assertFalse(order.o2o_pickup_at)
        self.assertFalse(self._get_bookings(order))

    def test_settings_have_bounds(self):
        """The database refuses settings that make no times."""
        for vals in (
            {"pickup_slot_minutes": 0},
            {"pickup_slot_capacity": 0},
            {"pickup_lead_minutes": -1},
            {"pickup_days_ahead": 31},
        ):
            with (
                self.subTest(vals=vals),
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
                self.cr.savepoint(),
            ):
                self.near.write(vals)
                self.near.flush_recordset()
            self.near.invalidate_recordset()

    def test_next_free_slot_is_preselected_and_taken(self):
        """SHOP-11: the first free time, kept for the order when it is submitted."""
        fulfillment = self._place_pickup()
        order = fulfillment.order_id
        self.assertEqual(order.o2o_pickup_at, at("2026-01-05 02:00"))
        self.assertEqual(order.o2o_pickup_until, at("2026-01-05 02:30"))
        booking = self._get_bookings(order)
        self.assertEqual((booking.store_id, booking.place), (self.near, 1))
        self.assertEqual(fulfillment.pickup_at, order.o2o_pickup_at)

    def test_full_slot_is_not_offered(self):
        """SHOP-11: two places, then the next time."""
        first = self._starts()[0]
        orders = [self._place_pickup(lines=[(self.product, 1)]).order_id for _ in "123"]
        self.assertEqual(
            [order.o2o_pickup_at for order in orders],
            [first, first, first + timedelta(minutes=30)],
        )
        self.assertNotIn(first, self._starts())
        places = [self._get_bookings(order).place for order in orders]
        self.assertEqual(places, [1, 2, 1])

    def test_chosen_slot_that_filled_up_is_refused_and_the_cart_stays(self):
        """SHOP-11: the server decides, with a clear message."""
        self.near.pickup_slot_capacity = 1
        carts = [
            self._create_pickup_cart(lines=[(self.product, 1)]) for _number in range(2)
        ]
        self.assertEqual(carts[0].o2o_pickup_at, carts[1].o2o_pickup_at)
        self._submit_cart(carts[0])
        with (
            self.assertRaisesRegex(UserError, "Somebody was faster"),
            self.cr.savepoint(),
        ):
            self._submit_cart(carts[1])
        carts[1].invalidate_recordset()
        self.assertEqual(carts[1].state, "draft")
        self.assertEqual(len(carts[1].website_order_line), 1)
        carts[1]._o2o_prefill_slot()
        self.assertEqual(
            carts[1].o2o_pickup_at, carts[0].o2o_pickup_at + timedelta(minutes=30)
        )

    def test_database_keeps_a_place_for_one(self):
        """SHOP-11: whatever the code does, a place is taken once."""
        booking = self._get_bookings(self._place_pickup().order_id)
        other = self._create_pickup_cart(lines=[(self.product, 1)])
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.cr.savepoint(),
        ):
            booking.copy({"order_id": other.id})
            self.env.flush_all()

    def test_time_that_was_never_offered_is_refused(self):
        """Invariant 7: what the page sends is a wish."""
        cart = self._create_pickup_cart()
        for value in ("2026-01-05 03:17:00", "2020-01-01 02:00:00", "x", "", None):
            with self.assertRaises(UserError):
                cart._o2o_page_slot(value)

    def test_cancelling_gives_the_place_back(self):
        """SHOP-11: capacity comes back with the order."""
        self.near.pickup_slot_capacity = 1
        order = self._place_pickup().order_id
        self.assertNotIn(order.o2o_pickup_at, self._starts())
        order._o2o_cancel("changed_mind")
        self.assertIn(order.o2o_pickup_at, self._starts())

    def test_moving_gives_the_old_place_back(self):
        """SHOP-11: another time, as long as nothing is packed, and not without end."""
        self.near.pickup_slot_capacity = 1
        fulfillment = self._place_pickup()
        order = fulfillment.order_id
        first, second = order.o2o_pickup_at, self._starts()[0]
        order._o2o_move_slot(fields.Datetime.to_string(second))
        self.assertEqual(order.o2o_pickup_at, second)
        self.assertEqual(self._get_bookings(order).start_at, second)
        self.assertIn(first, self._starts())
        self.assertIn("changed", self._kinds(fulfillment))
        order.o2o_slot_moves = 3
        with self.assertRaises(UserError):
            order._o2o_move_slot(fields.Datetime.to_string(first))

    def test_packed_goods_keep_their_time(self):
        fulfillment = self._place_ready()
        with self.assertRaises(UserError):
            fulfillment.order_id._o2o_move_slot(
                fields.Datetime.to_string(self._starts()[-1])
            )

    def test_delivery_instead_gives_the_place_back(self):
        """A cart at the payment page that is delivered after all."""
        cart = self._create_pickup_cart()
        self._submit_cart(cart)
        self.assertTrue(self._get_bookings(cart))
        cart._set_delivery_method(self.carrier)
        cart._o2o_take_slot()
        self.assertFalse(self._get_bookings(cart))
        self.assertFalse(cart.o2o_pickup_at)

    def test_order_without_a_page_gets_the_next_time(self):
        """Guests and the back office choose none."""
        cart = self._create_pickup_cart()
        cart.write({"o2o_pickup_at": False, "o2o_pickup_until": False})
        cart.action_confirm()
        self.assertEqual(cart.o2o_pickup_at, at("2026-01-05 02:00"))
        self.assertTrue(self._get_bookings(cart))

    def _pay_at_till(self, cart, deposit=None):
        """What the button of ``pos_sale`` makes of an order, paid at the counter."""
        cash = self.env["pos.payment.method"].create({"name": "O2O Cash"})
        till = self._till(self.near)
        till.write(
            {
                "payment_method_ids": [Command.set(cash.ids)],
                "down_payment_product_id": deposit.id if deposit else False,
            }
        )
        till.open_ui()
        till.current_session_id.set_opening_control(0, None)
        product = deposit or self.product
        line = {
            "product_id": product.id,
            "name": product.name,
            "qty": 1,
            "price_unit": 200,
            "sale_order_origin_id": cart.id,
            "sale_order_line_id": False if deposit else cart.order_line[:1].id,
        }
        sale = prepare_sale(till.current_session_id.id, self.env.uid, cash.id, [line])
        result = self.env["pos.order"].sync_from_ui([sale])
        return self.env["pos.order"].browse(result["pos.order"][0]["id"])

    def test_full_time_stops_no_sale_of_a_till(self):
        """SHOP-11: who has paid at the counter has the goods, and needs no time."""
        self.near.pickup_slot_capacity = 1
        cart = self._create_pickup_cart(lines=[(self.product, 1)])
        self._place_pickup(lines=[(self.product, 1)])
        sale = self._pay_at_till(cart)
        self.assertEqual((sale.state, cart.state), ("paid", "sale"))
        self.assertFalse(self._get_bookings(cart))
        self.assertFalse(cart.o2o_pickup_at)

    def test_sale_of_a_till_gives_the_place_back(self):
        cart = self._create_pickup_cart(lines=[(self.product, 1)])
        self._submit_cart(cart)
        self.assertTrue(self._get_bookings(cart))
        self._pay_at_till(cart)
        self.assertFalse(self._get_bookings(cart))

    def test_full_time_stops_no_deposit(self):
        """SHOP-11: money that has come gets the next time, at the counter as well."""
        self.near.pickup_slot_capacity = 1
        cart = self._create_pickup_cart(lines=[(self.product, 1)])
        wanted = cart.o2o_pickup_at
        self._place_pickup(lines=[(self.product, 1)])
        deposit = self.env["product.product"].create(
            {"name": "Deposit", "type": "service", "available_in_pos": True}
        )
        sale = self._pay_at_till(cart, deposit)
        self.assertEqual((sale.state, cart.state), ("paid", "sale"))
        self.assertGreater(self._get_bookings(cart).start_at, wanted)

    def test_paid_order_is_not_refused_for_its_time(self):
        """Money that has come gets the next time, nobody loses it."""
        self.near.pickup_slot_capacity = 1
        cart = self._create_pickup_cart(lines=[(self.product, 1)])
        wanted = cart.o2o_pickup_at
        self._place_pickup(lines=[(self.product, 1)])
        tx = self.env["payment.transaction"].create(
            {
                "provider_id": self.on_site.id,
                "payment_method_id": self.on_site.payment_method_ids[:1].id,
                "amount": cart.amount_total,
                "currency_id": cart.currency_id.id,
                "partner_id": cart.partner_id.id,
                "state": "done",
                "reference": "PAID-BEFORE",
            }
        )
        tx.sale_order_ids = cart
        cart.action_confirm()
        self.assertGreater(cart.o2o_pickup_at, wanted)
        self.assertEqual(self._get_bookings(cart).start_at, cart.o2o_pickup_at)

    def test_chosen_time_stays_valid_while_the_member_types(self):
        """A minute at the page does not lose the time; a quarter of an hour does."""
        self.near.pickup_lead_minutes = 60
        cart = self._create_pickup_cart()
        self.assertEqual(cart.o2o_pickup_at, at("2026-01-05 02:00"))
        with freeze_time(NOW + timedelta(minutes=5)):
            self.assertTrue(cart._o2o_is_slot_offered())
            self.assertNotIn(cart.o2o_pickup_at, self._starts())
        with freeze_time(NOW + timedelta(minutes=20)):
            self.assertFalse(cart._o2o_is_slot_offered())

    def test_till_says_the_time(self):
        """Idea 1: the till gets the time for its voice and its list."""
        fulfillment = self._place_pickup()
        board = (
            self.env["o2o.fulfillment"]
            .with_user(self.cashier)
            .pos_board(self._till(self.near).id)
        )
        [row] = [row for row in board["orders"] if row["id"] == fulfillment.id]
        self.assertEqual(row["wanted_at"], "2026-01-05 02:00:00")
        self.assertNotIn("pickup_code", row)
