from functools import partial

from odoo.tests import tagged

from ..const import MAX_FAILURES_PER_NUMBER
from .common_parallel import ParallelCase

NUMBER = "88PARALLEL01"
CODE = "424242"
THREADS = 8


@tagged("post_install", "-at_install")
class TestCardActivationParallel(ParallelCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(self._clean_up)
        with self._committed() as env:
            cards = env["o2o.card"]
            self.card_id = cards.create(
                {"number": NUMBER, "code_hash": cards._code_hash(NUMBER, CODE)}
            ).id
            self.partner_id = env["res.partner"].create({"name": "O2O Attacker"}).id
            self.number_hash = cards._hash("number", str(env.company.id), NUMBER)

    def _clean_up(self):
        with self._committed() as env:
            env["o2o.card.attempt"].search(
                [("number_hash", "=", self.number_hash)]
            ).unlink()
            env["o2o.card.throttle"].search(
                [("key_hash", "=", self.number_hash)]
            ).unlink()
            env["o2o.card"].browse(self.card_id).unlink()
            self._delete_members(env, [self.partner_id])

    def _attack(self, codes):
        """Send all guesses at once."""

        def guess(code, env):
            partner = env["res.partner"].browse(self.partner_id)
            return env["o2o.card"]._try_activate(NUMBER, code, partner, False)[1]

        return self._at_once([partial(guess, code) for code in codes])

    def test_parallel_guesses_do_not_exceed_the_limit(self):
        """CARD-02: many guesses at once get three looks at the card, like a few."""
        answers = self._attack([f"{n:06d}" for n in range(THREADS)])
        self.assertEqual(answers.count("mismatch"), MAX_FAILURES_PER_NUMBER)
        self.assertEqual(answers.count("too_many"), THREADS - MAX_FAILURES_PER_NUMBER)

    def test_parallel_activation_happens_once(self):
        """CARD-04: a double submit activates the card once."""
        answers = self._attack([CODE] * 3)
        self.assertEqual(
            sorted(map(str, answers)), ["False", "already_member", "already_member"]
        )
