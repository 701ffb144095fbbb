from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import freeze_time, tagged

from odoo.addons.o2o_order.tests.common_payment import PaidOnlineCase

from .common import PickupCase


@tagged("post_install", "-at_install")
class TestNoShow(PickupCase, PaidOnlineCase):
    def _texts(self):
        return PickupCase._texts(self)

    def _place_paid_ready(self):
        """Paid at a provider, accepted, packed."""
        cart = self._create_pickup_cart()
        self._succeed(self._submit_cart(cart, self.online, state="draft"))
        fulfillment = cart.o2o_fulfillment_ids
        self._act(self.cashier, self.near, fulfillment, "accept")
        self._act(self.cashier, self.near, fulfillment, "ready", place="B-12")
        return fulfillment

    def _at(self, fulfillment, **after):
        return freeze_time(fulfillment.collect_until + timedelta(**after))

    def test_no_show_restocks_and_refunds_alone(self):
        """Idea 24: 48 hours after ready the order ends by itself."""
        before = self.near._get_free_quantities(self.product)[self.near][self.product]
        fulfillment = self._place_paid_ready()
        order = fulfillment.order_id
        free = self.near._get_free_quantities(self.product)[self.near][self.product]
        self.assertEqual(free, before - 2)
        with self._at(fulfillment, minutes=1):
            self._run_timers()
            self._run_refunds()
        self.assertEqual((fulfillment.state, order.state), ("expired", "cancel"))
        self.assertEqual(order.o2o_cancel_reason, "expired")
        free = self.near._get_free_quantities(self.product)[self.near][self.product]
        self.assertEqual(free, before)
        self.assertEqual(order.o2o_refund_ids.mapped("reason"), ["expired"])
        self.assertEqual([abs(it) for it in self.refunds], [order.amount_total])
        self.assertEqual(order.o2o_payment_state, "refunded")
        self.assertIn("expired", self._kinds(fulfillment))
        self.assertIn("was not collected", self._texts())
        self.assertFalse(self._get_bookings(order))

    def test_points_come_back(self):
        """Idea 24: what the member paid in points is in the account again."""
        self.company.write(
            {
                "o2o_points_valid_months": 0,
                "o2o_points_for_money": 100,
                "o2o_points_min": 100,
                "o2o_points_step": 100,
                "o2o_points_max_percent": 50.0,
            }
        )
        partner = self.member.partner_id
        self.env["o2o.points.rule"].search([]).active = False
        partner._o2o_post_points(50000, "manual", "pickup:start")
        cart = self._create_pickup_cart()
        cart._o2o_set_points(10000)
        self._succeed(self._submit_cart(cart, self.online, state="draft"))
        self.assertEqual(partner.o2o_points, 40000)
        fulfillment = cart.o2o_fulfillment_ids
        self._act(self.cashier, self.near, fulfillment, "accept")
        self._act(self.cashier, self.near, fulfillment, "ready")
        with self._at(fulfillment, minutes=1):
            self._run_timers()
        self.assertEqual(fulfillment.state, "expired")
        self.assertEqual(partner.o2o_points, 50000)

    def test_nothing_happens_before_the_time(self):
        fulfillment = self._place_paid_ready()
        with self._at(fulfillment, minutes=-1):
            self._run_timers()
        self.assertEqual(fulfillment.state, "ready")

    def test_reminder_comes_once_before_the_end(self):
        """Idea 24: a word before it is too late."""
        fulfillment = self._place_paid_ready()
        with self._at(fulfillment, hours=-11):
            self._run_timers()
            self._run_timers()
        self.assertEqual(fulfillment.state, "ready")
        self.assertEqual(self._kinds(fulfillment).count("reminded"), 1)
        self.assertIn("still waits", self._texts())

    def test_collected_order_is_left_alone(self):
        """The timer that fires late finds nothing to end."""
        fulfillment = self._place_paid_ready()
        self._act(
            self.cashier,
            self.near,
            fulfillment,
            "hand_over",
            code=fulfillment.pickup_code,
        )
        with self._at(fulfillment, hours=1):
            self._run_timers()
            fulfillment._on_timer_no_show()
        self.assertEqual(fulfillment.state, "completed")
        self.assertFalse(fulfillment.order_id.o2o_refund_ids)

    def test_chosen_time_later_than_ready_counts(self):
        """Who comes in three days is not late after two."""
        self.near.pickup_days_ahead = 3
        cart = self._create_pickup_cart()
        last = self.near._get_pickup_slots()[-1]
        cart._o2o_note_slot(last)
        self._submit_cart(cart)
        cart.action_confirm()
        fulfillment = cart.o2o_fulfillment_ids
        self._act(self.cashier, self.near, fulfillment, "accept")
        self._act(self.cashier, self.near, fulfillment, "ready")
        self.assertEqual(fulfillment.collect_until, last["end"] + timedelta(hours=48))

    def test_company_waits_for_ever(self):
        self.company.o2o_no_show_hours = 0
        fulfillment = self._place_paid_ready()
        self.assertFalse(fulfillment.collect_until)
        self.assertNotIn("no_show", fulfillment.timer_ids.mapped("kind"))

    def test_failing_refund_does_not_keep_the_goods(self):
        """The row of the refund is written with the end; sending it is another job."""
        fulfillment = self._place_paid_ready()
        with (
            self._at(fulfillment, minutes=1),
            patch.object(
                type(self.env["payment.transaction"]),
                "_send_refund_request",
                side_effect=RuntimeError("gateway down"),
            ),
        ):
            self._run_timers()
        self.assertEqual(fulfillment.state, "expired")
        self.assertEqual(fulfillment.order_id.o2o_refund_ids.state, "waiting")

    def test_timer_is_shown_as_the_limit(self):
        """The till counts down to the end of the waiting."""
        fulfillment = self._place_paid_ready()
        row = fulfillment._prepare_pos_dict()
        self.assertEqual(
            (row["due_kind"], row["due_at"]),
            ("no_show", fields.Datetime.to_string(fulfillment.collect_until)),
        )
