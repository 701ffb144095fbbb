"""What a till of Odoo 19.0 may say, and is not believed here (issue 6)."""

from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged

from .common_till import TillCase


@tagged("post_install", "-at_install")
class TestHolesTill(TillCase):
    """PAY-02: a till says much."""

    def test_the_word_of_a_till(self):
        """FAULT-54: Odoo takes an electronic payment that is only said to be paid,
        with a number that is made up; here it is nobody's money, and a person is
        told."""
        methods = type(self.env["pos.payment.method"])
        with patch.object(
            methods,
            "_get_payment_terminal_selection",
            lambda self: [("o2o_plain", "A terminal of plain Odoo")],
        ):
            plain = self._create_method("O2O Plain", "O2OP", "bank")
            plain.write(
                {"payment_method_type": "terminal", "use_payment_terminal": "o2o_plain"}
            )
            self.pos_session.action_pos_session_closing_control()
            self.till.payment_method_ids = [Command.link(plain.id)]
            self.till.open_ui()
            self.till.current_session_id.set_opening_control(0, None)
            for number, status in enumerate(("waiting", "retry", "done", False)):
                payment = self._sell(
                    line=f"plain-{number}",
                    method=plain,
                    payment_status=status,
                    transaction_id="made up",
                )
                self.assertEqual(payment.pos_order_id.state, "paid")
                self.assertEqual(
                    payment.transaction_id,
                    "made up",
                    "Odoo has closed the hole: simplify",
                )
        for number, status in enumerate(("waiting", "retry", "done", False)):
            payment = self._sell(
                line=f"ours-{number}", payment_status=status, transaction_id="made up"
            )
            self.assertFalse(payment.transaction_id)
            row = self.quarantine.search([("key", "=", f"pos.payment/{payment.id}")])
            self.assertEqual((row.kind, row.state), ("till", "open"))
