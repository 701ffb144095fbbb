from odoo.tests import tagged

from ..lib import otp
from .common_parallel import ParallelCase

PHONE = "19900000001"
THREADS = 8


@tagged("post_install", "-at_install")
class TestVerificationParallel(ParallelCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        with self._committed() as env:
            target_hash, _address = env["o2o.verification"]._hashes("sms", PHONE, "")
            env["o2o.verification"].search([("target_hash", "=", target_hash)]).unlink()
            env["o2o.card.throttle"].search([("key_hash", "=", target_hash)]).unlink()

    def _call(self, method, *args, times, **kwargs):
        """Call a method of the codes many times at once."""

        def work(env):
            return getattr(env["o2o.verification"], method)(*args, **kwargs)

        return self._at_once([work] * times)

    def _issue(self):
        with self._committed() as env:
            return env["o2o.verification"]._issue("login", "sms", PHONE)

    def test_parallel_guesses_get_five_looks(self):
        """MEM-01: many guesses at once get no more tries than one after the other."""
        code = self._issue()
        wrong = "000000" if code != "000000" else "000001"
        answers = self._call("_check", "login", "sms", PHONE, wrong, times=THREADS)
        self.assertEqual(answers.count("mismatch"), otp.MAX_TRIES)
        self.assertEqual(answers.count("too_many"), THREADS - otp.MAX_TRIES)

    def test_parallel_use_is_once(self):
        """MEM-01: the same code sent twice at once opens one door."""
        code = self._issue()
        answers = self._call("_check", "login", "sms", PHONE, code, times=3)
        self.assertEqual(sorted(map(str, answers)), ["False", "expired", "expired"])

    def test_parallel_requests_send_one_code(self):
        """MEM-01: a button pressed many times at once sends one message."""
        answers = self._call("_request", "login", "sms", PHONE, "", times=4, send=False)
        errors = [answer["error"] for answer in answers]
        self.assertEqual(sorted(map(str, errors)), ["False", "wait", "wait", "wait"])
