from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import O2oOrderCase


@tagged("post_install", "-at_install")
class TestMemberTill(O2oOrderCase):
    """Idea 10: the member card of a till knows the online orders."""

    def _card(self, user, store):
        config = self._till(store)
        if not config.current_session_id:
            self.env["pos.session"].create(
                {"config_id": config.id, "user_id": user.id}
            ).state = "opened"
        return (
            self.env["o2o.member.till"]
            .with_user(user)
            .member_card(config.id, self.member.partner_id.id)
        )

    def test_open_orders(self):
        """Idea 10: what the member waits for, and in which store."""
        fulfillment = self._place()
        orders = self._card(self.cashier, self.near)["card"]["orders"]
        self.assertEqual(
            [(row["name"], row["store"]) for row in orders],
            [(fulfillment.order_id.name, self.near.name)],
        )
        self.assertNotIn("13900000001", str(orders))

    def test_finished_orders_are_not_open(self):
        """Idea 10: delivered is no longer waited for."""
        fulfillment = self._place()
        self._act(self.cashier, self.near, fulfillment, "accept")
        self._act(self.cashier, self.near, fulfillment, "ship")
        fulfillment._mark_received()
        self.assertEqual(self._card(self.cashier, self.near)["card"]["orders"], [])

    def test_cashier_of_another_store(self):
        """Invariant 8: no look-up at the till of a store one does not work in."""
        with self.assertRaises(AccessError):
            self._card(self.cashier_far, self.near)
