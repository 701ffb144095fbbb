from uuid import uuid4

from psycopg2.errors import SerializationFailure

from odoo import api
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.o2o_order.tests.common_parallel import ParallelOrderCase
from odoo.addons.o2o_stock.tests.common_pos import prepare_sale

from .common import SimulatedGateways


@tagged("post_install", "-at_install")
class TestTillRefundParallel(SimulatedGateways, ParallelOrderCase):
    """Real connections: refunds of one sale in the same moment."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        journal = cls.env["account.journal"].create(
            {"name": "Gateways", "code": "GATE", "type": "bank"}
        )
        cls._start_gateways()
        cls.code_method = cls.env["pos.payment.method"].create(
            {
                "name": "O2O Code",
                "journal_id": journal.id,
                "payment_method_type": "terminal",
                "use_payment_terminal": "o2o_code",
            }
        )
        cls.tills = cls.env["pos.config"].search([("o2o_store_id", "=", cls.near.id)])
        cls.tills |= cls.env["pos.config"].create(
            {"name": "Till 2", "o2o_store_id": cls.near.id}
        )
        for till in cls.tills:
            till.payment_method_ids = [Command.set(cls.code_method.ids)]
            till.open_ui()
            till.current_session_id.set_opening_control(0, None)
        cls.sale, cls.second_sale = cls._sell(50.0, 50.0), cls._sell(80.0)
        cls.third_sale = cls._sell(90.0)
        cls.env.flush_all()
        cls.cr._cnx.commit()

    @classmethod
    def _sell(cls, *amounts):
        """A sale paid by codes; its attempts are paid."""
        till = cls.tills[0]
        sale = prepare_sale(
            till.current_session_id.id,
            cls.cashier.id,
            cls.code_method.id,
            [
                {
                    "product_id": cls.product.id,
                    "name": cls.product.name,
                    "qty": 1,
                    "price_unit": sum(amounts),
                }
            ],
        )
        sale["payment_ids"] = []
        for amount in amounts:
            uuid = str(uuid4())
            intent = cls.intents._plan(
                cls.alipay,
                amount,
                cls.yuan,
                "test",
                way="code",
                config_id=till.id,
                payment_uuid=uuid,
            )
            intent._enter("paid", paid_fen=intent.amount_fen)
            sale["payment_ids"].append(
                Command.create(
                    {
                        "payment_method_id": cls.code_method.id,
                        "amount": amount,
                        "uuid": uuid,
                    }
                )
            )
        cls.env["pos.order"].with_user(cls.cashier).sync_from_ui([sale])
        return cls.env["pos.order"].search([("uuid", "=", sale["uuid"])])

    def test_refunds_at_two_tills(self):
        """FAULT-45, FAULT-46: eight refunds of 30 on 50 + 50 at two tills, at once:
        one for each payment, whoever comes first; the sums agree."""

        def ask(till):
            def run(env):
                service = env["o2o.payment.till"].with_user(self.cashier.id)
                answer = {"status": "again"}
                uuids = str(uuid4()), str(uuid4())
                for _try in range(40):
                    answer = service.pos_refund(
                        till.id, *uuids, 30.0, self.sale.id, 30.0
                    )
                    env.cr.commit()
                    if answer["status"] != "again":
                        break
                return answer["status"]

            return run

        statuses = self._in_parallel([ask(self.tills[at % 2]) for at in range(8)])
        self.assertEqual(statuses.count("ok"), 2, statuses)
        self.assertEqual(statuses.count("refused"), 6, statuses)

        def read(env):
            sale = self.sale.with_env(env)
            intents = sale.payment_ids._o2o_get_intents()
            return intents.mapped("reserved_fen"), sale._o2o_get_money_left()

        self.assertEqual(self._commit(read), ([3000, 3000], 40.0))

    def test_two_tabs_with_one_refund(self):
        """FAULT-43: the same refund in two tabs, at once: one promise."""
        sale, order = self.second_sale.id, str(uuid4())

        def ask(env):
            service = env["o2o.payment.till"].with_user(self.cashier.id)
            answer = {"status": "again"}
            line = str(uuid4())
            for _try in range(40):
                answer = service.pos_refund(
                    self.tills[0].id, order, line, 40.0, sale, 40.0
                )
                env.cr.commit()
                if answer["status"] != "again":
                    break
            return answer["status"]

        statuses = self._in_parallel([ask] * 4)
        self.assertEqual(statuses.count("ok"), 1, statuses)

    def test_taken_off_while_it_is_asked_for(self):
        """PAY-02: a refund that is asked for, and its line that is taken off, in the
        same moment. Who began before the other one ended, and gets the lock after it,
        has not seen what it did: it is run again, and only one of both is done."""
        sale, till = self.third_sale, self.tills[0]

        def act(method, *args):
            def run(env):
                service = env["o2o.payment.till"].with_user(self.cashier.id)
                return getattr(service, method)(till.id, *args)["status"]

            return run

        for is_asked_first in (True, False):
            line, order = str(uuid4()), str(uuid4())
            ask = act("pos_refund", order, line, 1.0, sale.id, 1.0)
            drop = act("pos_refund_drop", line)
            first, second = (ask, drop) if is_asked_first else (drop, ask)
            with self.registry.cursor() as late:
                late.execute("SELECT 1")  # the snapshot of this transaction
                self.assertEqual(self._commit(first), "ok")
                with (
                    mute_logger("odoo.sql_db"),
                    self.assertRaises(SerializationFailure),
                ):
                    second(api.Environment(late, self.env.uid, {}))
                late.rollback()
            # as Odoo runs a request again
            answer = self._commit(second)
            self.assertEqual(answer, "given" if is_asked_first else "refused")
            rows = self._commit(
                lambda env, line=line: env["o2o.payment.refund"].search_count(
                    [("payment_uuid", "=", line)]
                )
            )
            self.assertEqual(rows, is_asked_first)
