from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..const import CHECKS
from .common import PickupCase


@tagged("post_install", "-at_install")
class TestAttacks(PickupCase):
    """What must not work, tried (invariants 7 and 8)."""

    def test_guessing_codes_ends_soon(self):
        """Idea 24: so many tries, then not even the right code is answered."""
        fulfillment = self._place_ready()
        for number in range(CHECKS):
            self.assertEqual(self._find(f"{number:08d}")["status"], "refused")
        answer = self._find(fulfillment.pickup_code)
        self.assertEqual((answer["status"], answer["order"]), ("refused", False))
        self.assertIn("Too many", answer["message"])
        # a colleague works on
        answer = self._find(fulfillment.pickup_code, self.cashier_two)
        self.assertEqual(answer["status"], "ok")

    def test_guessing_at_the_second_step_ends_as_soon(self):
        fulfillment = self._place_ready()
        for number in range(CHECKS):
            answer = self._act(
                self.cashier,
                self.near,
                fulfillment,
                "hand_over",
                code=f"{number:08d}",
            )
            self.assertEqual(answer["status"], "refused")
        answer = self._act(
            self.cashier,
            self.near,
            fulfillment,
            "hand_over",
            code=fulfillment.pickup_code,
        )
        self.assertIn("Too many", answer["message"])
        self.assertEqual(fulfillment.state, "ready")

    def test_guessing_by_search_ends_as_soon(self):
        fulfillment = self._place_ready()
        search = self.env["o2o.fulfillment"].with_user(self.cashier)
        till = self._till(self.near).id
        for number in range(CHECKS):
            search.pos_search(till, f"{number:08d}")
        self.assertFalse(search.pos_search(till, fulfillment.pickup_code)["orders"])
        forged = search.with_context(o2o_pickup_search=fulfillment.pickup_code)
        self.assertFalse(forged.pos_search(till, fulfillment.pickup_code)["orders"])

    def test_cashier_of_another_store(self):
        """Only staff of that store verifies."""
        fulfillment = self._place_ready()
        with self.assertRaises(AccessError):
            self._find(fulfillment.pickup_code, self.cashier_far, self.near)
        with self.assertRaises(AccessError):
            self._act(
                self.cashier_far,
                self.near,
                fulfillment,
                "hand_over",
                code=fulfillment.pickup_code,
            )
        answer = self._act(
            self.cashier_far,
            self.far,
            fulfillment,
            "hand_over",
            code=fulfillment.pickup_code,
        )
        self.assertEqual((answer["status"], answer["order"]), ("gone", False))
        self.assertEqual(fulfillment.state, "ready")

    def test_code_of_another_order(self):
        """A right code opens its own order only."""
        mine = self._place_ready(lines=[(self.product, 1)])
        other = self._place_ready(lines=[(self.product, 1)])
        answer = self._act(
            self.cashier, self.near, other, "hand_over", code=mine.pickup_code
        )
        self.assertEqual((answer["status"], other.state), ("refused", "ready"))

    def test_code_is_read_by_nobody(self):
        """Neither a cashier nor head office nor a member reads it by RPC."""
        fulfillment = self._place_ready()
        for user in (self.cashier, self.head_office_user):
            with self.assertRaises(AccessError):
                fulfillment.with_user(user).read(["pickup_code"])
            with self.assertRaises(AccessError):
                self.env["o2o.fulfillment"].with_user(user).search(
                    [("pickup_code", "=like", f"{fulfillment.pickup_code[:1]}%")]
                )
            with self.assertRaises(AccessError):
                fulfillment.with_user(user).read(["proxy_token"])
        self.assertNotIn(fulfillment.pickup_code, str(fulfillment._prepare_pos_dict()))

    def test_nobody_writes_places_or_codes(self):
        """Bookings and codes come from the server's own methods."""
        fulfillment = self._place_ready()
        booking = self._get_bookings(fulfillment.order_id)
        for user in (self.cashier, self.head_office_user, self.member):
            with self.assertRaises(AccessError):
                booking.with_user(user).write({"state": "released"})
            with self.assertRaises(AccessError):
                fulfillment.with_user(user).write({"pickup_code": "00000000"})

    def test_cashier_sees_times_of_the_own_store(self):
        """Invariant 8: record rule."""
        booking = self._get_bookings(self._place_pickup().order_id)
        bookings = self.env["o2o.pickup.booking"]
        self.assertIn(booking, bookings.with_user(self.cashier).search([]))
        self.assertNotIn(booking, bookings.with_user(self.cashier_far).search([]))
        with self.assertRaises(AccessError):
            bookings.with_user(self.member).search([])

    def test_staff_sees_no_code_on_a_members_page(self):
        """A cashier who opens the page of an order is not its member."""
        fulfillment = self._place_ready()
        self.assertTrue(fulfillment._is_code_shown_to(self.member))
        self.assertTrue(fulfillment._is_code_shown_to(self.env.ref("base.public_user")))
        clerk = new_test_user(self.env, "o2o_clerk", groups="base.group_user")
        self.assertFalse(fulfillment._is_code_shown_to(clerk))

    def test_odd_codes(self):
        """Invariant 7: anything may arrive."""
        self._place_ready()
        for value in (None, False, 12345678, [], {}, "%" * 8, "١٢٣٤٥٦٧٨", "1" * 999):
            self.assertEqual(self._find(value)["status"], "refused")

    def test_odd_values_of_a_press(self):
        fulfillment = self._place_ready()
        for values in (
            {"code": {}},
            {"code": 1},
            {"without_code": ["x"]},
            {"without_code": "  "},
            {"by": "proxy"},
        ):
            answer = self._act(
                self.cashier, self.near, fulfillment, "hand_over", **values
            )
            self.assertEqual(
                (answer["status"], fulfillment.state), ("refused", "ready")
            )
