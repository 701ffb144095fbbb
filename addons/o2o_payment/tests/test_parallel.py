from odoo.exceptions import ValidationError
from odoo.tests import tagged

from odoo.addons.o2o_order.tests.common_parallel import ParallelOrderCase

from ..models.o2o_payment_stamp import keep_stamp
from .common import SimulatedGateways


@tagged("post_install", "-at_install")
class TestParallel(SimulatedGateways, ParallelOrderCase):
    """Real connections: what happens in the same moment."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["account.journal"].create(
            {"name": "Gateways", "code": "GATE", "type": "bank"}
        )
        cls._start_gateways()
        cls.env.flush_all()
        cls.cr._cnx.commit()

    def _make(self, provider, paid=False):
        """An attempt that is committed."""

        def make(env):
            intent = env["o2o.payment.intent"]._plan(
                provider.with_env(env), 100.0, self.yuan.with_env(env), "test"
            )
            if paid:
                intent._enter("paid", paid_fen=10000)
            return intent.id

        return self.env["o2o.payment.intent"].browse(self._commit(make))

    def _read(self, function):
        """What is committed now."""
        return self._commit(function)

    def test_refunds_in_the_same_moment(self):
        """FAULT-45: eight refunds of 30 on 100 at once: three, never more."""
        intent = self._make(self.alipay, paid=True)

        def refund(env):
            try:
                env["o2o.payment.refund"]._plan(intent.with_env(env), 3000)
            except ValidationError:
                return False
            return True

        results = self._in_parallel([refund] * 8)
        self.assertEqual(sum(results), 3)
        self.assertEqual(
            self._read(
                lambda env: (
                    intent.with_env(env).reserved_fen,
                    len(intent.with_env(env).refund_ids),
                )
            ),
            (9000, 3),
        )

    def test_notifications_in_the_same_moment(self):
        """FAULT-2: told eight times at once: one row, eight acknowledgements."""
        intent = self._make(self.wechat)
        out_no = self._read(lambda env: intent.with_env(env).out_no)
        self._module(self.wechat).ledger.open(
            out_no, 10000, "test", notify_url="http://127.0.0.1/", way="qr"
        )
        module = self._module(self.wechat)
        module.ledger.pay(out_no)
        letter = module.letter(module.ledger.find(out_no), None)

        def tell(env):
            _answer, is_believed = env["o2o.payment.event"]._receive(
                self.wechat.with_env(env), dict(letter.headers()), letter.body
            )
            return is_believed

        self.assertEqual(self._in_parallel([tell] * 8), [True] * 8)
        rows = self._read(
            lambda env: (
                env["o2o.payment.event"]
                .search([("out_no", "=", out_no)])
                .mapped("delivery_count")
            )
        )
        self.assertEqual(rows, [8])

    def test_stamps_in_the_same_moment(self):
        """PAY-02: two processes that meet have one moment for a number."""
        stamps = self._in_parallel(
            [lambda env: keep_stamp(env.registry, "PARALLEL00000001")] * 6
        )
        self.assertEqual(len({stamp.sent_at for stamp in stamps}), 1)

    def test_first_payments_in_the_same_moment(self):
        """PAY-07: Odoo makes the line of the journal with the first payment: payments
        in the same moment make one each, and every payment after that fails. Here the
        line is there before."""
        lines = self.env["account.payment.method.line"]
        domain = [("payment_provider_id", "=", self.alipay.id)]

        def pay():
            # each looks for the line as the booking of a payment does
            self._in_parallel([lambda env: self.alipay.with_env(env).journal_id.id] * 6)
            return self._read(lambda env: lines.with_env(env).search_count(domain))

        self.assertEqual(pay(), 1)
        # as plain Odoo begins; it has no button for it
        self._commit(
            lambda env: env.cr.execute(
                "DELETE FROM account_payment_method_line"
                " WHERE payment_provider_id = %s",
                [self.alipay.id],
            )
        )
        self.assertGreater(pay(), 1, "Odoo has closed the hole: simplify")
