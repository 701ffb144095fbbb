from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged

from .common import PIN, WalletCommon

DAY = fields.Datetime.to_datetime("2026-05-04 04:00:00")


@tagged("post_install", "-at_install")
class TestWalletPin(WalletCommon):
    def test_pin_is_kept_as_a_hash(self):
        """PAY-05: nobody reads a PIN, not even from the database."""
        self.wallet._set_pin(PIN)
        self.assertTrue(self.wallet.has_pin)
        self.assertNotIn(PIN, self.wallet.sudo().pin_hash)
        self.assertFalse(self.wallet._check_pin(PIN))

    def test_easy_pins_are_refused(self):
        """PAY-05: six digits that are not guessed at first."""
        for pin in ("111111", "123456", "654321", "12345", "12345a", "", None, 258036):
            with self.subTest(pin=pin), self.assertRaises(ValidationError):
                self.wallet._set_pin(pin)

    @freeze_time(DAY)
    def test_wrong_pins_lock_for_hours(self):
        """PAY-05: five wrong ones lock the PIN, the right one too; time opens it."""
        self.wallet._set_pin(PIN)
        for _number in range(4):
            self.assertEqual(self.wallet._check_pin("258037"), "pin_wrong")
        self.assertEqual(self.wallet._check_pin("258037"), "pin_locked")
        self.assertEqual(self.wallet._check_pin(PIN), "pin_locked")
        events = self.member._o2o_security_events()
        self.assertIn("wallet_pin_locked", events.mapped("kind"))
        with freeze_time(DAY + timedelta(hours=3, minutes=1)):
            self.assertFalse(self.wallet._check_pin(PIN))

    def test_right_pin_forgives(self):
        """PAY-05: wrong ones count in a row."""
        self.wallet._set_pin(PIN)
        for _number in range(4):
            self.wallet._check_pin("258037")
        self.wallet._check_pin(PIN)
        self.assertEqual(self.wallet._check_pin("258037"), "pin_wrong")

    def test_new_pin_opens(self):
        """PAY-05: who proved to be the member may set a new one at once."""
        self.wallet._set_pin(PIN)
        for _number in range(5):
            self.wallet._check_pin("258037")
        self.wallet._set_pin("736152")
        self.assertFalse(self.wallet._check_pin("736152"))

    def test_no_pin_no_pass(self):
        """PAY-05: without a PIN nothing is right, and nothing given is no PIN."""
        self.assertEqual(self.wallet._check_pin(""), "pin_missing")
        self.wallet._set_pin(PIN)
        for nothing in ("", None, False, 258036):
            self.assertEqual(self.wallet._check_pin(nothing), "pin_needed")

    def test_amount_that_needs_a_pin(self):
        """PAY-05: above an amount the PIN is asked for."""
        self.assertFalse(self.wallet._needs_pin(200.0))
        self.assertTrue(self.wallet._needs_pin(200.01))
        self.company.o2o_wallet_pin_above = 0
        self.assertTrue(self.wallet._needs_pin(0.01))
