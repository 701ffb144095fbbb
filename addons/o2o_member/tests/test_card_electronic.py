import time
from datetime import timedelta

from odoo import fields
from odoo.tests import TransactionCase, freeze_time, tagged

from ..lib.check_digit import is_luhn, luhn_digit
from ..lib.member_token import PREFIX, TokenError, make_token, read_token
from .common import MemberCommon
from .common_parallel import ParallelCase as _ParallelCase

NOON = "2026-03-01 12:00:30"


@tagged("post_install", "-at_install")
class TestMemberToken(TransactionCase):
    """The text alone, without records."""

    def test_round_trip(self):
        """MEM-11: who and when come back; lower case and blanks do not matter."""
        text = make_token("key", "1", 123456, 6000.0)
        self.assertTrue(text.startswith(PREFIX))
        self.assertLessEqual(len(text), 36)
        self.assertTrue(text.isalnum())
        token = read_token("key", "1", f" {text.lower()}\r\n", 6030.0)
        self.assertEqual((token.reference, token.window), (123456, 100))

    def test_every_changed_character_is_a_forgery(self):
        """MEM-11: no letter of the token can be changed."""
        text = make_token("key", "1", 123456, 6000.0)
        for index in range(len(text)):
            changed = "A" if text[index] != "A" else "B"
            forged = text[:index] + changed + text[index + 1 :]
            with self.subTest(index=index), self.assertRaises(TokenError) as caught:
                read_token("key", "1", forged, 6000.0)
            self.assertEqual(caught.exception.reason, "forged")

    def test_rubbish(self):
        """MEM-11: whatever a scanner reads is answered, never a crash."""
        for text in ("", "O2OM", PREFIX + "é" * 32, PREFIX + "1" * 32, "8" * 5000):
            with self.subTest(text=text[:40]), self.assertRaises(TokenError) as caught:
                read_token("key", "1", text, 0.0)
            self.assertEqual(caught.exception.reason, "forged")

    def test_other_key_and_other_company(self):
        """MEM-11: a token of another database or company is forged here."""
        text = make_token("key", "1", 5, 6000.0)
        for key, audience in (("other", "1"), ("key", "2")):
            with self.assertRaises(TokenError) as caught:
                read_token(key, audience, text, 6000.0)
            self.assertEqual(caught.exception.reason, "forged")

    def test_windows(self):
        """MEM-11: one minute either way, not two."""
        text = make_token("key", "1", 5, 6000.0)
        for timestamp in (5940.0, 5999.0, 6059.0, 6119.0):
            self.assertTrue(read_token("key", "1", text, timestamp))
        for timestamp in (5939.0, 6120.0, 9e9):
            with self.assertRaises(TokenError) as caught:
                read_token("key", "1", text, timestamp)
            self.assertEqual(caught.exception.reason, "expired")

    def test_check_digit(self):
        """MEM-11: a wrong or swapped digit is noticed."""
        self.assertEqual(luhn_digit("7992739871"), "3")
        self.assertTrue(is_luhn("79927398713"))
        self.assertFalse(is_luhn("79927398731"))


@tagged("post_install", "-at_install")
class TestElectronicCard(MemberCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.member = cls._create_member()
        cls.stranger = cls.env["res.partner"].create({"name": "O2O Stranger"})

    def _read(self, text):
        return self.Card._from_member_token(text)

    def test_issue(self):
        """MEM-11: active at once, own number range, check digit, points account."""
        card = self.Card._issue_electronic(self.stranger)
        self.assertRecordValues(
            card,
            [{"kind": "electronic", "state": "active", "partner_id": self.stranger.id}],
        )
        self.assertRegex(card.number, r"\AE[0-9]{10}\Z")
        self.assertTrue(is_luhn(card.number[1:]))
        self.assertTrue(self.stranger.o2o_is_member)
        self.stranger._o2o_post_points(5, "manual", "t:e")

    def test_issue_is_idempotent(self):
        """MEM-11: asking twice is one card; another member gets another number."""
        first = self.Card._issue_electronic(self.stranger)
        self.assertEqual(self.Card._issue_electronic(self.stranger), first)
        other = self.Card._issue_electronic(self.member)
        self.assertNotEqual(other.number, first.number)

    def test_plastic_after_electronic(self):
        """MEM-11: an electronic member may still activate a plastic card."""
        self.Card._issue_electronic(self.stranger)
        self._create_card("88000001")
        error = self.Card._try_activate("88000001", "123456", self.stranger, False)[1]
        self.assertFalse(error)

    def test_token_finds_the_member(self):
        """MEM-11: the till learns who stands there."""
        with freeze_time(NOON):
            partner, error = self._read(self.member._o2o_member_token())
        self.assertFalse(error)
        self.assertEqual(partner, self.member)

    def test_replay(self):
        """MEM-11: a photographed code is worth nothing after its use."""
        with freeze_time(NOON):
            text = self.member._o2o_member_token()
            self.assertFalse(self._read(text)[1])
            self.assertEqual(self._read(text), (self.env["res.partner"], "used"))
            self.assertEqual(self._read(text.lower())[1], "used")

    def test_next_minute_works_again(self):
        """MEM-11: the code of the next minute is another one."""
        with freeze_time(NOON):
            first = self.member._o2o_member_token()
            self._read(first)
        with freeze_time("2026-03-01 12:01:01"):
            second = self.member._o2o_member_token()
            self.assertNotEqual(first, second)
            self.assertFalse(self._read(second)[1])

    def test_clock_skew_and_expiry(self):
        """MEM-11: one minute of difference is fine, two are not, in both directions."""
        with freeze_time(NOON):
            text = self.member._o2o_member_token()
        for moment in ("2026-03-01 12:02:00", "2026-03-01 11:58:59"):
            with freeze_time(moment):
                self.assertEqual(self._read(text)[1], "expired")
        with freeze_time("2026-03-01 11:59:00"):
            self.assertFalse(self._read(text)[1])

    def test_expired_does_not_come_back(self):
        """MEM-11: a refused code uses nothing up, and a used one stays used."""
        with freeze_time(NOON):
            text = self.member._o2o_member_token()
            self._read(text)
        with freeze_time("2026-03-01 12:01:30"):
            self.assertEqual(self._read(text)[1], "used")

    def test_other_member(self):
        """MEM-11: the reference cannot be exchanged for another member's."""
        self._create_card("88000300")._activate(self.stranger)
        with freeze_time(NOON):
            own = self.member._o2o_member_token()
            other = self.stranger._o2o_member_token()
            # reference of one, signature of the other
            mixed = other[:14] + own[14:]
            self.assertEqual(self._read(mixed)[1], "forged")
            self.assertFalse(self._read(own)[1])
            self.assertEqual(self._read(other)[0], self.stranger)

    def test_other_company(self):
        """MEM-11: a code shown for one company opens nothing in another."""
        company = self.env["res.company"].create({"name": "O2O Other"})
        self._create_card("99000001", company_id=company.id)._activate(self.member)
        with freeze_time(NOON):
            text = self.member.with_company(company)._o2o_member_token()
            self.assertEqual(self._read(text)[1], "forged")
            self.assertFalse(
                self.Card.with_company(company)._from_member_token(text)[1]
            )

    def test_card_that_is_not_active(self):
        """MEM-11: with a lost or frozen card the code names nobody, and is not used."""
        with freeze_time(NOON):
            text = self.member._o2o_member_token()
            card = self.member._o2o_active_card()
            card._freeze()
            self.assertEqual(self._read(text), (self.env["res.partner"], "inactive"))
            card._reactivate("frozen")
            self.assertFalse(self._read(text)[1])

    def test_unknown_member(self):
        """MEM-11: a right signature for a member who is gone is answered, too."""
        key, company = self.Card._hash_key(), str(self.env.company.id)
        text = make_token(key, company, 2**39, time.time())
        self.assertEqual(self._read(text)[1], "inactive")

    def test_messages(self):
        """MEM-11: each refusal has its words."""
        for error in ("forged", "expired", "used", "inactive"):
            self.assertTrue(self.Card._member_token_message(error))

    def test_used_codes_are_removed(self):
        """MEM-11: used codes do not pile up."""
        uses = self.env["o2o.card.token.use"]
        self._read(self.member._o2o_member_token())
        self.assertTrue(uses.search([("partner_id", "=", self.member.id)]))
        with freeze_time(fields.Datetime.now() + timedelta(days=2)):
            uses._gc_uses()
        self.assertFalse(uses.search([("partner_id", "=", self.member.id)]))


@tagged("post_install", "-at_install")
class TestCardParallel(_ParallelCase):
    def setUp(self):
        super().setUp()
        with self._committed() as env:
            partner = env["res.partner"].create({"name": "O2O Parallel Token"})
            self.partner_id = partner.id
            self.gate = env["o2o.card"]._hash(
                "electronic", str(env.company.id), str(partner.id)
            )
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        with self._committed() as env:
            env["o2o.card.throttle"].search([("key_hash", "=", self.gate)]).unlink()
            self._delete_members(env, [self.partner_id])

    def test_one_code_at_five_tills(self):
        """MEM-11: five tills read one code at once; one of them gets the member."""
        with self._committed() as env:
            partner = env["res.partner"].browse(self.partner_id)
            env["o2o.card"]._issue_electronic(partner)
            text = partner._o2o_member_token()
        results = self._at_once(
            [lambda env: env["o2o.card"]._from_member_token(text)[1]] * 5
        )
        self.assertEqual(sorted(map(str, results)), ["False"] + ["used"] * 4)

    def test_one_electronic_card(self):
        """MEM-11: five requests at once make one electronic card."""

        def issue(env):
            partner = env["res.partner"].browse(self.partner_id)
            return env["o2o.card"]._issue_electronic(partner).number

        self.assertEqual(len(set(self._at_once([issue] * 5))), 1)
