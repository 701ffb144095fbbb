from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .. import const
from .common import MemberCommon

ADDRESS = "10.9.8.7"


@tagged("post_install", "-at_install")
class TestCardActivation(MemberCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.card = cls._create_card("88000001", "123456")
        cls.partner = cls.env["res.partner"].create({"name": "O2O Zhang"})
        cls.other = cls.env["res.partner"].create({"name": "O2O Li"})

    def _try(self, number="88000001", code="123456", partner=None, address=ADDRESS):
        return self.Card._try_activate(number, code, partner or self.partner, address)

    def _wait(self, minutes=6):
        """Let the pause after a miss pass."""
        self.env.flush_all()
        self.cr.execute(
            "UPDATE o2o_card_attempt"
            " SET attempted_at = attempted_at - %s * interval '1 minute'",
            [minutes],
        )
        self.env["o2o.card.attempt"].invalidate_model()

    def test_activation(self):
        """CARD-03, CARD-04: number and code together make a member."""
        self.assertFalse(self.partner.o2o_is_member)
        card, error = self._try(" 8800-0001 ", " 123456 ")
        self.assertFalse(error)
        self.assertRecordValues(
            card,
            [{"id": self.card.id, "state": "active", "partner_id": self.partner.id}],
        )
        self.assertTrue(card.activated_at)
        self.assertTrue(self.partner.o2o_is_member)
        self.assertEqual(self.partner._o2o_active_card(), card)

    def test_wrong_code_and_unknown_card_look_the_same(self):
        """CARD-05: only imported codes activate; which part is wrong is not told."""
        for number, code in (
            ("88000001", "000000"),
            ("77777777", "123456"),
            ("77777777", "000000"),
        ):
            self.assertEqual(self._try(number, code), (self.Card, "mismatch"))
            self._wait()
        self.assertEqual(self.card.state, "new")

    def test_code_of_another_card(self):
        """CARD-02: the code belongs to its card, also when another card has it."""
        self._create_card("88000002", "222222")
        self.assertEqual(self._try("88000001", "222222")[1], "mismatch")

    def test_used_card_is_told_to_its_owner_only(self):
        """CARD-03: "already activated" needs the right code."""
        self._try()
        self.assertEqual(self._try(partner=self.other)[1], "used")
        self.assertEqual(self._try(code="999999", partner=self.other)[1], "mismatch")

    def test_recalled_card(self):
        """CARD-04: a recalled card does not activate, and says so to its owner only."""
        self.card.with_user(self.manager).action_recall("post")
        self.assertEqual(self._try()[1], "recalled")
        self.assertEqual(self._try(code="999999")[1], "mismatch")
        self.card.with_user(self.manager).action_undo_recall()
        self._wait()
        self.assertFalse(self._try()[1])

    def test_second_card(self):
        """CARD-04: a member has one active card."""
        self._create_card("88000002", "222222")
        self._try()
        self.assertEqual(self._try("88000002", "222222")[1], "already_member")

    def test_three_wrong_tries_lock_the_number(self):
        """CARD-02: after three misses even the right code is not looked at."""
        start = fields.Datetime.now()
        for try_no in range(const.MAX_FAILURES_PER_NUMBER):
            result = self._try(code="000000", address=f"10.0.0.{try_no}")
            self.assertEqual(result[1], "mismatch")
        self.assertEqual(self._try(address="10.0.0.99")[1], "too_many")
        self.assertEqual(self.card.state, "new")
        with freeze_time(start + timedelta(minutes=59)):
            self.assertEqual(self._try()[1], "too_many")
        with freeze_time(start + timedelta(minutes=62)):
            self.assertFalse(self._try()[1])

    def test_unknown_numbers_lock_too(self):
        """CARD-02: the lock does not tell which numbers exist."""
        for _try in range(const.MAX_FAILURES_PER_NUMBER):
            self._try("77777777", "000000")
            self._wait()
        self.assertEqual(self._try("77777777", "000000")[1], "too_many")
        self.assertFalse(self._try()[1], "other numbers stay open")

    def test_success_clears_the_misses(self):
        """CARD-02: two misses before the right code do not count for later."""
        for _round in range(2):
            self._try(code="000000", partner=self.other)
            self._wait()
        self._try()
        for _round in range(2):
            self.assertEqual(self._try(code="0", partner=self.other)[1], "mismatch")
            self._wait()
        self.assertEqual(self._try(partner=self.other)[1], "used")

    def test_address_limit(self):
        """CARD-02: one address cannot walk through the card numbers."""
        for number in range(const.MAX_FAILURES_PER_ADDRESS):
            self.assertEqual(self._try(f"9900{number:04d}", "0")[1], "mismatch")
            self._wait(5)
        self.assertEqual(self._try()[1], "too_many")
        self.assertFalse(self._try(address="10.9.8.8")[1], "others are not affected")

    def test_registrations_per_address(self):
        """CARD-03: mass activation from one address stops, too."""
        hashed = self.Card._hash("address", ADDRESS)
        self.env["o2o.card.attempt"].create(
            [
                {
                    "number_hash": str(number),
                    "address_hash": hashed,
                    "attempted_at": fields.Datetime.now(),
                    "success": True,
                }
                for number in range(const.MAX_SUCCESSES_PER_ADDRESS)
            ]
        )
        self.assertEqual(self._try()[1], "too_many")

    def test_staff_has_no_address(self):
        """CARD-03: a counter activates without an address limit."""
        self.assertFalse(self._try(address=False)[1])

    def test_attempts_hold_no_personal_data(self):
        """CARD-02: neither number, nor code, nor address is stored readably."""
        self._try(code="000000")
        attempt = self.env["o2o.card.attempt"].search([], limit=1)
        self.assertNotIn("88000001", attempt.number_hash)
        self.assertNotIn(ADDRESS, attempt.address_hash)

    def test_activate_twice(self):
        """CARD-04: the card row decides, not the caller's memory."""
        self.card._activate(self.partner)
        with self.assertRaises(UserError):
            self.card._activate(self.other)
        self.assertEqual(self.card.partner_id, self.partner)

    def test_missing_key(self):
        """CARD-02: without the key nothing activates, and the reason is plain."""
        self.env["ir.config_parameter"].set_param(const.HASH_KEY_PARAMETER, False)
        with self.assertRaisesRegex(UserError, const.HASH_KEY_PARAMETER):
            self._try()

    def test_old_rows_are_removed(self):
        """CARD-02: tries and throttle rows do not pile up."""
        self._try(code="000000")
        with freeze_time(fields.Datetime.now() + timedelta(days=31)):
            self.env["o2o.card.attempt"]._gc_attempts()
            self.env["o2o.card.throttle"]._gc_throttle()
        self.assertFalse(self.env["o2o.card.attempt"].search([]))
        self.assertFalse(self.env["o2o.card.throttle"].search([]))
