from odoo.tests import BaseCase, tagged

from ..lib.limiter import Limiter


@tagged("post_install", "-at_install")
class TestLimiter(BaseCase):
    def test_limit_counts_by_minute_and_key(self):
        """POS-05, PAY-08: so many a minute for each key."""
        limiter = Limiter(3)
        self.assertEqual(
            [limiter.count("a", 0) for _time in range(4)], [True] * 3 + [False]
        )
        self.assertTrue(limiter.count("b", 1))
        self.assertTrue(limiter.is_over("a", 59))
        self.assertFalse(limiter.is_over("a", 60))
        self.assertTrue(limiter.count("a", 61))

    def test_limit_does_not_grow(self):
        """POS-05, PAY-08: whatever keys are invented, the memory is bounded."""
        limiter = Limiter(1, max_keys=10)
        for key in range(1000):
            limiter.count(key, 0)
        self.assertEqual(len(limiter._seen), 10)
