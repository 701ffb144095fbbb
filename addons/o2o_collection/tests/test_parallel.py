from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.o2o_order.tests.common_parallel import ParallelOrderCase


@tagged("post_install", "-at_install")
class TestDoorParallel(ParallelOrderCase):
    """FAULT-64: two phones, two tills, in the same moment."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company._o2o_door_setup()
        cls.company.o2o_door_proof_required = False
        journal = cls.env["account.journal"].create(
            {"name": "O2O Cash", "code": "O2OC", "type": "cash"}
        )
        cash = cls.env["pos.payment.method"].create(
            {"name": "O2O Cash", "journal_id": journal.id}
        )
        cls.till = cls._till(cls.near)
        cls.till.picking_type_id = cls.near.warehouse_id.pos_type_id
        cls.till.payment_method_ids = [Command.set(cash.ids)]
        cls.till.open_ui()
        cls.till.current_session_id.set_opening_control(0, None)
        fulfillment = cls._place()
        fulfillment._mark_accepted()
        fulfillment._mark_shipped()
        cls.row = fulfillment._get_collection()
        cls.row._assign(cls.cashier_two)
        cls.env.flush_all()
        cls.cr._cnx.commit()

    def _press(self, action, key, **values):
        """:return: a function that presses the button in a transaction of its own"""

        def act(env):
            rows = env["o2o.collection"].with_user(self.cashier_two.id)
            return rows._door_act(
                self.row.id, action, {"open_fen": 40000, **values}, key
            )["status"]

        return act

    def test_once(self):
        """FAULT-64: eight presses of two phones collect once; four tills take once."""
        acts = [
            self._press("cash", f"same-press-{at % 2}", received_fen=40000)
            for at in range(8)
        ]
        answers = self._in_parallel(acts)
        # the four presses of one phone are one press
        self.assertEqual(answers.count("ok"), 4, answers)
        paid = self._commit(
            lambda env: [
                env["o2o.collection.payment"]
                .search([("collection_id", "=", self.row.id)])
                .mapped("amount_fen"),
                env["sale.order"].browse(self.row.order_id.id).amount_paid,
            ]
        )
        self.assertEqual(paid, [[40000], 400.0])
        answers = self._in_parallel(
            [self._press("finish", f"finish-{at}") for at in range(4)]
        )
        self.assertEqual(answers, ["ok"] * 4)

        def begin(env):
            handovers = env["o2o.collection.handover"].with_user(self.cashier_two.id)
            store_sudo = self.near.with_env(handovers.sudo().env)
            return handovers.sudo()._begin(store_sudo, 40000).code

        code = self._commit(begin)

        def take(env):
            return (
                env["o2o.collection.till"]
                .with_user(self.cashier.id)
                .pos_take(
                    self.till.id,
                    self.cashier_two.id,
                    {"counted_fen": 40000, "expected_fen": 40000, "code": code},
                )["status"]
            )

        answers = self._in_parallel([take] * 4)
        self.assertEqual(sorted(answers), ["ok"] + ["refused"] * 3)
        lines = self._commit(
            lambda env: (
                env["pos.session"]
                .browse(self.till.current_session_id.id)
                .statement_line_ids.mapped("amount")
            )
        )
        self.assertEqual(lines, [400.0])
