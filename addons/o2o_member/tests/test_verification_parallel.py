import threading

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..lib import otp

PHONE = "19900000001"
THREADS = 8


@tagged("post_install", "-at_install")
class TestVerificationParallel(TransactionCase):
    """Real connections and commits, cleaned up by the test itself."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            target_hash, _address = env["o2o.verification"]._hashes("sms", PHONE, "")
            env["o2o.verification"].search([("target_hash", "=", target_hash)]).unlink()
            env["o2o.card.throttle"].search([("key_hash", "=", target_hash)]).unlink()

    def _all_at_once(self, calls):
        """Run functions of an environment together; replay what loses the race."""
        barrier = threading.Barrier(len(calls))
        results, failures = [], []

        def run(call):
            try:
                is_first = True
                for _replay in range(50):
                    try:
                        with self.registry.cursor() as cr:
                            env = api.Environment(cr, SUPERUSER_ID, {})
                            # the snapshot of this transaction is taken here
                            cr.execute("SELECT 1")
                            if is_first:
                                is_first = False
                                barrier.wait(timeout=30)
                            answer = call(env["o2o.verification"])
                    except SerializationFailure:
                        continue
                    results.append(answer)
                    return
                failures.append("no turn in 50 replays")
            except Exception as error:  # a thread must not fail silently
                failures.append(repr(error))

        threads = [threading.Thread(target=run, args=(call,)) for call in calls]
        with mute_logger("odoo.sql_db"):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
        self.assertEqual(failures, [])
        return results

    def _issue(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            return env["o2o.verification"]._issue("login", "sms", PHONE)

    def test_parallel_guesses_get_five_looks(self):
        """MEM-01: many guesses at once get no more tries than one after the other."""
        code = self._issue()
        wrong = "000000" if code != "000000" else "000001"
        answers = self._all_at_once(
            [lambda rows: rows._check("login", "sms", PHONE, wrong)] * THREADS
        )
        self.assertEqual(answers.count("mismatch"), otp.MAX_TRIES)
        self.assertEqual(answers.count("too_many"), THREADS - otp.MAX_TRIES)

    def test_parallel_use_is_once(self):
        """MEM-01: the same code sent twice at once opens one door."""
        code = self._issue()
        answers = self._all_at_once(
            [lambda rows: rows._check("login", "sms", PHONE, code)] * 3
        )
        self.assertEqual(sorted(map(str, answers)), ["False", "expired", "expired"])

    def test_parallel_requests_send_one_code(self):
        """MEM-01: a button pressed many times at once sends one message."""
        answers = self._all_at_once(
            [lambda rows: rows._request("login", "sms", PHONE, "", send=False)] * 4
        )
        errors = [answer["error"] for answer in answers]
        self.assertEqual(sorted(map(str, errors)), ["False", "wait", "wait", "wait"])
