from unittest.mock import patch

from odoo.tests import tagged, warmup

from .. import const
from ..lib import hashing
from ..models import o2o_card, o2o_card_activation
from .common import MemberCommon

ADDRESS = "10.9.8.7"
PHONE = "138 0013 8000"


@tagged("post_install", "-at_install")
class TestCardGuard(MemberCommon):
    """What an attacker meets who tries codes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.card = cls._create_card("88000001", "123456")
        cls.partner = cls.env["res.partner"].create({"name": "O2O Zhang"})

    def _try(self, number="88000001", code="000000", address=ADDRESS, phone=""):
        return self.Card._try_activate(number, code, self.partner, address, phone)[1]

    def _pass(self, seconds):
        self.env.flush_all()
        self.cr.execute(
            "UPDATE o2o_card_attempt"
            " SET attempted_at = attempted_at - %s * interval '1 second'",
            [seconds],
        )
        self.env["o2o.card.attempt"].invalidate_model()

    def _seconds(self, answer):
        self.assertTrue(answer.startswith("wait:"), answer)
        return int(answer.removeprefix("wait:"))

    def _assert_rising(self, **who):
        for expected in (2, 4, 8, 16):
            number = f"7700{expected:04d}"
            self.assertEqual(self._try(number, **who), "mismatch")
            seconds = self._seconds(self._try("88000001", "123456", **who))
            self.assertLessEqual(abs(seconds - expected), 1)
            self._pass(expected)
        self.assertEqual(self.card.state, "new")

    def test_delay_rises_per_address(self):
        """CARD-02: 2, 4, 8, 16 seconds, whatever number is tried next."""
        self._assert_rising(address=ADDRESS)
        self.assertFalse(self._try("88000001", "123456", address=ADDRESS))

    def test_delay_rises_per_phone(self):
        """CARD-02: the same for a phone that changes its address and its spelling."""
        for index, expected in enumerate((2, 4, 8)):
            phone = ("13800138000", "138 0013 8000", "+86-138-0013-8000")[index]
            answer = self._try(f"7700{index}", phone=phone, address=f"10.1.1.{index}")
            self.assertEqual(answer, "mismatch")
            answer = self._try("88000001", phone=PHONE, address="10.2.2.2")
            self.assertLessEqual(abs(self._seconds(answer) - expected), 1)
            self._pass(expected)

    def test_delay_is_capped(self):
        """CARD-02: the pause ends somewhere; the limit of the hour does the rest."""
        attempts = self.env["o2o.card.attempt"]
        hashed = self.Card._hash("phone", "13800138000")
        attempts.create(
            [
                {
                    "number_hash": str(index),
                    "phone_hash": hashed,
                    "attempted_at": attempts._window_start().replace(year=2999),
                    "success": False,
                }
                for index in range(40)
            ]
        )
        self.cr.execute(
            "UPDATE o2o_card_attempt SET attempted_at = now() AT TIME ZONE 'UTC'"
        )
        attempts.invalidate_model()
        seconds = self._seconds(self._try(phone=PHONE, address=False))
        self.assertLessEqual(seconds, const.MAX_DELAY_SECONDS)

    def test_refused_tries_are_not_counted(self):
        """CARD-02: hammering during the pause does not lock the owner's card."""
        self._try("77000001")
        for _index in range(5):
            self._seconds(self._try("88000001", "123456"))
        self.assertEqual(self.env["o2o.card.attempt"].search_count([]), 1)

    def test_own_card_does_not_shorten_the_pause(self):
        """CARD-02: who owns a card cannot use it to go on guessing at once."""
        self._try("77000001")
        self._pass(2)
        self._try("77000002")
        self._pass(4)
        self.assertFalse(self._try("88000001", "123456"))
        self.partner = self.env["res.partner"].create({"name": "O2O Other"})
        self._try("77000003")
        self.assertGreaterEqual(self._seconds(self._try("77000004")), 7)

    def test_a_counter_is_not_delayed(self):
        """CARD-03: staff without address and phone makes typing errors in peace."""
        self._try("77000001", address=False)
        self.assertEqual(self._try("77000002", address=False), "mismatch")

    @warmup
    def test_same_answer_same_work(self):
        """CARD-02: neither answer, queries nor hashes tell which numbers exist."""
        used = self._create_card("88000002", "222222")
        used._activate(self.env["res.partner"].create({"name": "O2O Used"}))
        recalled = self._create_card("88000003", "333333")
        recalled._recall()
        electronic = self.Card._issue_electronic(
            self.env["res.partner"].create({"name": "O2O E"})
        )
        self._measure("76666666", 99)  # caches are warm for everybody then
        seen = {
            number: self._measure(number, index)
            for index, number in enumerate(
                (
                    "77777777",
                    "88000001",
                    "88000002",
                    "88000003",
                    electronic.number,
                    "'; --",
                )
            )
        }
        self.assertEqual(len(set(seen.values())), 1, seen)
        self.assertEqual(seen["77777777"][0], "mismatch")

    def _measure(self, number, index):
        self.env.flush_all()
        self.env.invalidate_all()
        hashes = []

        def counting(*args):
            hashes.append(args[1])
            return hashing.keyed_hash(*args)

        before = self.cr.sql_log_count
        with (
            patch.object(o2o_card, "keyed_hash", counting),
            patch.object(
                o2o_card_activation, "same_hash", wraps=hashing.same_hash
            ) as compare,
        ):
            answer = self._try(number, "999999", address=f"10.3.3.{index}")
            self.env.flush_all()
        work = self.cr.sql_log_count - before
        return answer, work, tuple(hashes), compare.call_count

    def test_electronic_cards_have_no_code(self):
        """CARD-02: no code opens an electronic card, not even an empty one."""
        member = self.env["res.partner"].create({"name": "O2O E"})
        card = self.Card._issue_electronic(member)
        for index, code in enumerate(("", "000000", "nothing")):
            answer = self._try(card.number, code, address=f"10.4.4.{index}")
            self.assertEqual(answer, "mismatch")
