from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common_parallel import ParallelOrderCase


@tagged("post_install", "-at_install")
class TestGiveBackParallel(ParallelOrderCase):
    """Real connections: two people give money of one order back at once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss = new_test_user(
            cls.env, "o2o_boss", "base.group_user,o2o_order.o2o_order_group_manager"
        )
        provider = cls.env["payment.provider"].create(
            {"name": "Test gateway", "code": "none", "state": "test"}
        )
        cls.order = cls.env["sale.order"].create(
            {
                "partner_id": cls.member.partner_id.id,
                "order_line": [
                    Command.create({"product_id": cls.product.id, "product_uom_qty": 1})
                ],
            }
        )
        cls.payment = cls.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": cls.env["payment.method"].search([], limit=1).id,
                "amount": 100.0,
                "currency_id": cls.order.currency_id.id,
                "partner_id": cls.order.partner_id.id,
                "operation": "online_redirect",
                "sale_order_ids": [Command.set(cls.order.ids)],
                "state": "done",
                "is_post_processed": True,
            }
        )
        cls.env.flush_all()
        cls.cr._cnx.commit()

    def _give(self, key, amount):
        def run(env):
            order = self.order.with_env(env).with_user(self.boss.id)
            try:
                order._o2o_give_back(
                    {self.payment.with_env(env): amount}, f"test/{key}", "x"
                )
            except UserError:
                return False
            return True

        return run

    def _given(self):
        return self._commit(
            lambda env: sum(self.order.with_env(env).o2o_refund_ids.mapped("amount"))
        )

    def test_button_of_odoo_meets_a_surplus(self):
        """FAULT-28: what a person gives back and what goes back of a second payment
        are not decided on the same sum: who is second begins again."""

        def give_by_button(env):
            payment = self.payment.with_env(env)
            refund = payment._create_child_transaction(10.0, is_refund=True)
            # the other test counts on what is left
            refund.state = "cancel"

        def give_surplus(env):
            self.order.with_env(env)._o2o_claim_row()

        for first, second in (
            (give_by_button, give_surplus),
            (give_surplus, give_by_button),
        ):
            with self.registry.cursor() as late:
                env = api.Environment(late, SUPERUSER_ID, {})
                self.order.with_env(env)._o2o_get_surplus()
                self._commit(first)
                with (
                    mute_logger("odoo.sql_db"),
                    self.assertRaises(SerializationFailure),
                ):
                    second(env)
                late.rollback()

    def test_three_of_60_in_the_same_moment(self):
        """FAULT-45, FAULT-46: three of 60 on 100, and then, with a refund open already,
        four of 30 on what is left: one each, whoever comes first; a form that is sent
        twice counts once."""
        results = self._in_parallel([self._give(f"a{at}", 60.0) for at in range(3)])
        self.assertEqual(sum(results), 1)
        self.assertEqual(self._given(), 60.0)
        results = self._in_parallel([self._give(f"b{at}", 30.0) for at in range(4)])
        self.assertEqual(sum(results), 1)
        self.assertEqual(self._given(), 90.0)
        results = self._in_parallel([self._give("c", 10.0)] * 4)
        self.assertEqual(sum(results), 4)
        self.assertEqual(self._given(), 100.0)
