from datetime import date

from odoo.tests import BaseCase, tagged

from ..lib.levels import Grant, LevelRule, best_level, birthday_in, days_left, term_end

ORDINARY = LevelRule(1, 10)
SILVER = LevelRule(2, 20, spend_min=1000)
GOLD = LevelRule(3, 30, spend_min=5000, count_min=5, needs_both=True)
DIAMOND = LevelRule(4, 40, spend_min=20000)
RULES = [DIAMOND, ORDINARY, GOLD, SILVER]


@tagged("post_install", "-at_install")
class TestLevelRules(BaseCase):
    def _best(self, spend=0.0, count=0, grants=()):
        return best_level(RULES, {12: (spend, count)}, list(grants))

    def test_spend_and_count(self):
        """MEM-06: ordinary from the start; silver by spend; gold by more of both."""
        self.assertEqual(self._best(), (1, "registration", False))
        self.assertEqual(self._best(999.99, 1), (1, "registration", False))
        self.assertEqual(self._best(1000, 1), (2, "spend", False))
        self.assertEqual(self._best(6000, 4), (2, "spend", False))
        self.assertEqual(self._best(4999, 9), (2, "spend", False))
        self.assertEqual(self._best(5000, 5), (3, "spend", False))
        self.assertEqual(self._best(20000, 1), (4, "spend", False))

    def test_either_criterion(self):
        """MEM-06: without "both", the number of purchases alone is enough."""
        rule = LevelRule(9, 50, spend_min=100, count_min=3)
        self.assertEqual(rule.is_earned(0, 3), "count")
        self.assertEqual(rule.is_earned(100, 0), "spend")
        self.assertFalse(rule.is_earned(99, 2))

    def test_each_level_has_its_window(self):
        """MEM-06: a level looks at the purchases of its own window."""
        rules = [ORDINARY, LevelRule(5, 20, spend_min=100, window_months=3)]
        self.assertEqual(best_level(rules, {12: (500, 1), 3: (50, 1)}, [])[0], 1)
        self.assertEqual(best_level(rules, {12: (500, 1), 3: (100, 1)}, [])[0], 5)

    def test_highest_wins(self):
        """MEM-08: fee and spend at once: the higher level; equal: the spend."""
        fee = Grant(7, 3, "fee")
        self.assertEqual(self._best(1000, 1, [fee]), (3, "fee", 7))
        self.assertEqual(self._best(20000, 1, [fee]), (4, "spend", False))
        self.assertEqual(self._best(5000, 5, [fee]), (3, "spend", False))
        archived = Grant(8, 99, "fee")
        self.assertEqual(self._best(0, 0, [archived]), (1, "registration", False))

    def test_term(self):
        """MEM-08: terms are inclusive, month ends and leap days included."""
        self.assertEqual(term_end(date(2026, 1, 1), 12), date(2026, 12, 31))
        self.assertEqual(term_end(date(2024, 2, 29), 12), date(2025, 2, 27))
        self.assertEqual(term_end(date(2026, 1, 31), 1), date(2026, 2, 27))

    def test_days_left(self):
        """MEM-08: today counts as used; before the start everything is left."""
        start, end = date(2026, 1, 1), date(2026, 1, 10)
        self.assertEqual(days_left(start, end, date(2025, 12, 1)), (10, 10))
        self.assertEqual(days_left(start, end, date(2026, 1, 1)), (9, 10))
        self.assertEqual(days_left(start, end, date(2026, 1, 10)), (0, 10))
        self.assertEqual(days_left(start, end, date(2026, 3, 1)), (0, 10))

    def test_birthday(self):
        """MEM-13: who is born on a leap day celebrates on 28 February otherwise."""
        born = date(2004, 2, 29)
        self.assertEqual(birthday_in(born, 2027), date(2027, 2, 28))
        self.assertEqual(birthday_in(born, 2028), date(2028, 2, 29))
