from uuid import uuid4

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.o2o_payment.tests.common_till_refund import TillRefundCase


@tagged("post_install", "-at_install")
class TestMixedRefund(TillRefundCase):
    """REFUNDS: a sale paid by code, wallet and cash; each gets its own back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the simulator of this test tells nobody: a shop may be up on this database
        cls.env["ir.config_parameter"].set_param("web.base.url", "http://127.0.0.1:9")
        cls.wallet_method = cls._create_method("O2O Wallet", "O2OW", "bank")
        cls.wallet_method.write(
            {"payment_method_type": "terminal", "use_payment_terminal": "o2o_wallet"}
        )
        cls.pos_session.action_pos_session_closing_control()
        cls.till.payment_method_ids = [Command.link(cls.wallet_method.id)]
        cls.till.open_ui()
        cls.till.current_session_id.set_opening_control(0, None)
        cls.wallet = cls.env["o2o.wallet"]._open(cls.member.partner_id)
        cls.wallet._top_up(500.0, "test/topup", bonus=50.0)

    def _mixed_sale(self):
        """200: 100 by code, 60 from the wallet, 40 in cash."""
        code = self._pay_by_code(100.0)
        uuid = str(uuid4())
        self.env["o2o.wallet.hold"]._hold(
            self.wallet,
            60.0,
            f"pos.payment/{uuid}",
            pos_session=self.till.current_session_id,
        )
        return self._sync(
            [
                (self.code_method, 100.0, code.payment_uuid),
                (self.wallet_method, 60.0, uuid),
                (self.cash_method, 40.0, None),
            ],
            quantity=2,
        )

    def _spent(self):
        self.wallet.invalidate_recordset()
        return round(550.0 - self.wallet.principal - self.wallet.bonus, 2)

    def test_in_two_parts_with_a_leg_that_fails(self):
        """FAULT-51: the code's leg is refused once; wallet and cash go their way; the
        second part proposes what is left, and in the end all is back, to the fen."""
        sale = self._mixed_sale()
        self.assertEqual(self._spent(), 60.0)
        for fault, expected in (
            ("no_money", [50.0, 30.0, 20.0]),
            ("", [50.0, 30.0, 20.0]),
        ):
            preview = self._preview(sale, 100.0)
            tenders = preview["tenders"]
            self.assertEqual([it["amount"] for it in tenders], expected)
            order, line = str(uuid4()), str(uuid4())
            if fault:
                self.simulator.faults.add("alipay.trade.refund", fault)
                _answer, row = self._give_back(sale, 50.0, line, order, 100.0)
                self._run("refund")
                self.assertEqual(row.state, "failed")
            _answer, row = self._give_back(sale, 50.0, line, order, 100.0)
            self._run("refund")
            self.assertEqual(row.state, "done", row.failure)
            self._refund_sale(
                sale,
                [
                    (self.code_method, 50.0, line),
                    (self.wallet_method, 30.0, None),
                    (self.cash_method, 20.0, None),
                ],
                uuid=order,
                quantity=1,
            )
        self.assertEqual(self._spent(), 0.0)
        self.assertFalse(self.env["o2o.wallet.entry"]._find_wrong_wallets())
        self.assertEqual(
            [it["left"] for it in self._preview(sale, 1.0)["tenders"]], [0] * 3
        )
        self.assertEqual(self._give_back(sale, 0.01)[0]["status"], "refused")
        self.assertFalse(self._loose())
