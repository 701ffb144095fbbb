from odoo.tests import tagged

from .common_parallel import ParallelPointsCase

THREADS = 6


@tagged("post_install", "-at_install")
class TestPointsParallel(ParallelPointsCase):
    def _post_in_parallel(self, keys, points, kind):
        return self._in_parallel(
            keys, lambda partner, key: partner._o2o_post_points(points, kind, key)
        )

    def test_parallel_spending_stops_at_zero(self):
        """PTS-09: six tills spend 30 of 100 points at once; three succeed."""
        results = self._post_in_parallel(
            [f"parallel:{n}" for n in range(THREADS)], -30, "redeem"
        )
        self.assertEqual(sum(map(bool, results)), 3)
        self.assertEqual(self._balances(), (10, 10))

    def test_parallel_replays_are_one_row(self):
        """PTS-01: the same completion reported six times at once counts once."""
        results = self._post_in_parallel(["parallel:same"] * THREADS, 7, "manual")
        self.assertEqual(len(set(results)), 1)
        self.assertEqual(self._balances(), (107, 107))

    def test_parallel_sign_in_is_one_row(self):
        """PTS-02: six taps at once are one day, one row and its points once."""
        with self._committed() as env:
            rule = env["o2o.points.rule"].create(
                {"name": "Parallel", "kind": "sign_in", "points": 9, "sequence": -1}
            )
            self.rule_ids = rule.ids
        results = self._in_parallel(
            range(THREADS),
            lambda partner, _key: partner.env["o2o.sign.in"]._sign_in(partner)[0],
        )
        self.assertEqual(len(set(results)), 1)
        self.assertEqual(self._balances(), (109, 109))
