import threading
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.exceptions import ConcurrencyError
from odoo.fields import Command
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL, mute_logger

ROUNDS = 10


@tagged("post_install", "-at_install")
class TestUnpaidParallel(TransactionCase):
    """Idea 5: the timer cancels and the money comes in the same moment.

    Real connections and real commits; each side is run again by the rules of its own
    (the job takes the timer again, Odoo replays the notification).
    """

    def setUp(self):
        super().setUp()
        self.startPatcher(
            patch(
                "odoo.addons.account_payment.models.payment_transaction"
                ".PaymentTransaction._create_payment"
            )
        )
        with self._env() as env:
            self.partner_id = env["res.partner"].create({"name": "O2O Parallel"}).id
            self.product_id = (
                env["product.product"]
                .create({"name": "O2O Parallel", "type": "service", "list_price": 10})
                .id
            )
            self.provider_id = (
                env["payment.provider"]
                .create({"name": "O2O Parallel", "code": "none", "state": "test"})
                .id
            )
        self.order_ids = []
        self.addCleanup(self._clean_up)

    def _env(self):
        return Environment(self.registry)

    def _clean_up(self):
        with self.registry.cursor() as cr:
            orders = tuple(self.order_ids) or (0,)
            for query in (
                "DELETE FROM o2o_refund WHERE order_id IN %s",
                "DELETE FROM o2o_timer WHERE order_id IN %s",
                "DELETE FROM o2o_order_problem WHERE order_id IN %s",
                "DELETE FROM sale_order_transaction_rel WHERE sale_order_id IN %s",
                "DELETE FROM sale_order WHERE id IN %s",
            ):
                cr.execute(SQL(query, orders))
            cr.execute(
                SQL(
                    "DELETE FROM payment_transaction WHERE provider_id = %s",
                    self.provider_id,
                )
            )
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["payment.provider"].browse(self.provider_id).unlink()
            env["res.partner"].browse(self.partner_id).unlink()
            env["product.product"].browse(self.product_id).product_tmpl_id.unlink()

    def _submit(self):
        """:return: ids of an order that waits for its money, and of its timer"""
        with self._env() as env:
            order = env["sale.order"].create(
                {
                    "partner_id": self.partner_id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": self.product_id,
                                "tax_ids": [Command.clear()],
                            }
                        )
                    ],
                }
            )
            transaction = env["payment.transaction"].create(
                {
                    "provider_id": self.provider_id,
                    "payment_method_id": env["payment.method"].search([], limit=1).id,
                    "amount": order.amount_total,
                    "currency_id": order.currency_id.id,
                    "partner_id": self.partner_id,
                    "operation": "online_redirect",
                    "sale_order_ids": [Command.set(order.ids)],
                    "state": "pending",
                }
            )
            timer = env["o2o.timer"].search([("order_id", "=", order.id)])
            self.order_ids.append(order.id)
            return order.id, transaction.id, timer.id

    def _run_timer(self, env, timer_id):
        """One turn of the job."""
        timer = env["o2o.timer"].browse(timer_id)
        env["sale.order"].browse(timer.order_id.id)._on_timer_unpaid()

    def _notify(self, env, transaction_id):
        """The notification of the provider: success, worked off at once."""
        transaction = env["payment.transaction"].browse(transaction_id)
        transaction._set_done()
        transaction._post_process()

    def _in_parallel(self, *acts):
        barrier = threading.Barrier(len(acts))
        failures = []

        def work(act):
            is_first = True
            try:
                for _replay in range(50):
                    try:
                        with self._env() as env:
                            env.cr.execute("SELECT 1")
                            if is_first:
                                is_first = False
                                barrier.wait(timeout=60)
                            act(env)
                        return
                    except (SerializationFailure, ConcurrencyError):
                        continue
                failures.append("no turn in 50 replays")
            except Exception as error:  # a thread must not fail silently
                failures.append(repr(error))

        threads = [threading.Thread(target=work, args=(act,)) for act in acts]
        with mute_logger("odoo.sql_db", "odoo.addons.payment.models"):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(120)
        self.assertEqual(failures, [])

    def _assert_one_outcome(self, order_id, transaction_id):
        """Confirmed and paid, or cancelled with the money on its way back."""
        with self._env() as env:
            order = env["sale.order"].browse(order_id)
            transaction = env["payment.transaction"].browse(transaction_id)
            self.assertEqual(transaction.state, "done", "the money was lost")
            back = sum(order.o2o_refund_ids.mapped("amount"))
            if order.state == "sale":
                self.assertFalse(back, "confirmed, and paid back too")
            else:
                self.assertEqual(order.state, "cancel")
                self.assertEqual(back, transaction.amount)
            return order.state

    def test_timer_and_payment_meet(self):
        """Exactly one outcome each time: here the order always lives."""
        for _round in range(ROUNDS):
            order_id, transaction_id, timer_id = self._submit()
            self._in_parallel(
                lambda env, timer_id=timer_id: self._run_timer(env, timer_id),
                lambda env, tx=transaction_id: self._notify(env, tx),
            )
            self.assertEqual(self._assert_one_outcome(order_id, transaction_id), "sale")

    def test_timer_and_payment_meet_and_goods_are_gone(self):
        """Who comes too late, and cannot be served, gets the money back: once."""
        orders = type(self.env["sale.order"])
        with patch.object(orders, "_o2o_can_revive", return_value=False):
            for _round in range(ROUNDS):
                order_id, transaction_id, timer_id = self._submit()
                self._in_parallel(
                    lambda env, timer_id=timer_id: self._run_timer(env, timer_id),
                    lambda env, tx=transaction_id: self._notify(env, tx),
                    lambda env, tx=transaction_id: self._notify(env, tx),
                )
                self._assert_one_outcome(order_id, transaction_id)


class Environment:
    """An environment of its own connection, committed at the end."""

    def __init__(self, registry):
        self.cursor = registry.cursor()

    def __enter__(self):
        return api.Environment(self.cursor.__enter__(), SUPERUSER_ID, {})

    def __exit__(self, *exception):
        return self.cursor.__exit__(*exception)
