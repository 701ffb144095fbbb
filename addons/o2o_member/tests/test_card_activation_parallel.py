import threading

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..const import MAX_FAILURES_PER_NUMBER

NUMBER = "88PARALLEL01"
CODE = "424242"
THREADS = 8


@tagged("post_install", "-at_install")
class TestCardActivationParallel(TransactionCase):
    """Real connections and commits, cleaned up by the test itself."""

    def setUp(self):
        super().setUp()
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.card_id = (
                env["o2o.card"]
                .create(
                    {
                        "number": NUMBER,
                        "code_hash": env["o2o.card"]._code_hash(NUMBER, CODE),
                    }
                )
                .id
            )
            self.partner_id = env["res.partner"].create({"name": "O2O Attacker"}).id
            self.number_hash = env["o2o.card"]._hash(
                "number", str(env.company.id), NUMBER
            )
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["o2o.card.attempt"].search(
                [("number_hash", "=", self.number_hash)]
            ).unlink()
            env["o2o.card.throttle"].search(
                [("key_hash", "=", self.number_hash)]
            ).unlink()
            env["o2o.card"].browse(self.card_id).unlink()
            env["loyalty.card"].with_context(active_test=False).search(
                [("partner_id", "=", self.partner_id)]
            ).unlink()
            # the level the member got with the card; its log has no other back door
            cr.execute(
                "DELETE FROM o2o_level_membership WHERE partner_id = %s",
                [self.partner_id],
            )
            env["res.partner"].browse(self.partner_id).unlink()

    def _attack(self, codes):
        """Send all guesses at once; like Odoo, replay what loses the race."""
        barrier = threading.Barrier(len(codes))
        results, failures = [], []

        def guess(code):
            try:
                is_first = True
                for _replay in range(50):
                    try:
                        # commits at the end of the block, rolls back on errors
                        with self.registry.cursor() as cr:
                            env = api.Environment(cr, SUPERUSER_ID, {})
                            partner = env["res.partner"].browse(self.partner_id)
                            # the snapshot of this transaction is taken here
                            cr.execute("SELECT 1")
                            if is_first:
                                is_first = False
                                barrier.wait(timeout=30)
                            answer = env["o2o.card"]._try_activate(
                                NUMBER, code, partner, False
                            )[1]
                    except SerializationFailure:
                        continue
                    results.append((code, answer))
                    return
                failures.append("no turn in 50 replays")
            except Exception as error:  # a thread must not fail silently
                failures.append(repr(error))

        threads = [threading.Thread(target=guess, args=(code,)) for code in codes]
        with mute_logger("odoo.sql_db"):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
        self.assertEqual(failures, [])
        return results

    def test_parallel_guesses_do_not_exceed_the_limit(self):
        """CARD-02: many guesses at once get three looks at the card, like a few."""
        results = self._attack([f"{n:06d}" for n in range(THREADS)])
        answers = [answer for _code, answer in results]
        self.assertEqual(answers.count("mismatch"), MAX_FAILURES_PER_NUMBER)
        self.assertEqual(answers.count("too_many"), THREADS - MAX_FAILURES_PER_NUMBER)

    def test_parallel_activation_happens_once(self):
        """CARD-04: a double submit activates the card once."""
        results = self._attack([CODE] * 3)
        answers = sorted(str(answer) for _code, answer in results)
        self.assertEqual(answers, ["False", "already_member", "already_member"])
