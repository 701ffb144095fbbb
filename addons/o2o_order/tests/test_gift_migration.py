import importlib.util

from odoo.tests import tagged
from odoo.tools.misc import file_path

from .common_payment import PaidOnlineCase

MIGRATION = "o2o_order/migrations/19.0.2.2.0/post-gift_amounts.py"


@tagged("post_install", "-at_install")
class TestGiftMigration(PaidOnlineCase):
    """REFUNDS: an old database has no amounts of gifts; its orders owe nothing then."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        spec = importlib.util.spec_from_file_location("gifts", file_path(MIGRATION))
        cls.migration = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(cls.migration)

    def setUp(self):
        super().setUp()
        self.order = self._place_paid()
        self.payment = self.order.transaction_ids
        self.order._o2o_give_back({self.payment: 30.0}, "agreed", "x")
        self.payment._refund(20.0)
        self.twice = self.env["o2o.refund"]._plan(
            self.order, self.payment, 10.0, "twice", "twice"
        )
        self._run_refunds()
        self.by_hand = self.payment.child_transaction_ids.filtered(
            lambda tx: tx.amount == -20.0
        )
        self.rows = self.order.o2o_refund_ids - self.twice
        self.surplus = self.order._o2o_get_surplus()
        self.env.flush_all()
        self.cr.execute("UPDATE o2o_refund SET gift_amount = NULL")
        self.cr.execute("UPDATE payment_transaction SET o2o_gift_amount = NULL")

    def _migrate(self):
        self.migration.migrate(self.cr, "19.0.2.1.0")
        self.env.invalidate_all()

    def test_from_before_there_was_a_choice(self):
        """What was agreed, and what went back by Odoo's button, kept the price."""
        self._migrate()
        self.assertEqual(self.rows.gift_amount, 30.0)
        self.assertEqual(self.by_hand.o2o_gift_amount, 20.0)
        self.assertEqual(self.twice.gift_amount, 0.0)
        self.assertEqual(self.order._o2o_get_surplus(), self.surplus)

    def test_from_the_two_days_of_the_choice(self):
        """What said that it was none is none."""
        self.cr.execute("ALTER TABLE o2o_refund ADD COLUMN keeps_price boolean")
        self.cr.execute(
            "ALTER TABLE payment_transaction ADD COLUMN o2o_keeps_price boolean"
        )
        self._migrate()
        self.assertFalse(self.rows.gift_amount)
        self.assertFalse(self.by_hand.o2o_gift_amount)
        self.cr.execute("UPDATE o2o_refund SET keeps_price = TRUE")
        self.cr.execute("UPDATE payment_transaction SET o2o_keeps_price = TRUE")
        self._migrate()
        self.assertEqual(self.rows.gift_amount, 30.0)
        self.assertEqual(self.by_hand.o2o_gift_amount, 20.0)
        self.assertEqual(self.twice.gift_amount, 0.0)

    def test_of_an_order_that_was_cancelled(self):
        """Nothing was sold: nothing was given."""
        self.cr.execute(
            "UPDATE sale_order SET state = 'cancel' WHERE id = %s", [self.order.id]
        )
        self._migrate()
        self.assertFalse(self.rows.gift_amount)
        self.assertFalse(self.by_hand.o2o_gift_amount)

    def test_a_new_database(self):
        self.migration.migrate(self.cr, "")
        self.env.invalidate_all()
        self.assertFalse(self.rows.gift_amount)
