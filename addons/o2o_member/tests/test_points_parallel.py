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

    def test_parallel_awards_add_up(self):
        """PTS-01: one order completed three times at once, and three others, are four
        awards that know of each other."""

        def award(partner, document):
            line = {
                "record": partner,
                "product": partner.env["product.product"].search([], limit=1),
                "quantity": 1,
                "amount": 10.0,
            }
            shares = partner.env["o2o.points.share"]
            return shares._award(partner, [line], document, partner)

        documents = ["same"] * 3 + [f"other {n}" for n in range(THREADS - 3)]
        results = self._in_parallel(documents, award)
        self.assertEqual(len(set(results)), 4)
        self.assertTrue(all(results))
        with self._committed() as env:
            entries = env["o2o.points.entry"].browse(sorted(set(results)))
            given = entries.mapped("points")
            self.assertEqual(self._balances(), (100, 100 + sum(given)))
            self.assertEqual(
                entries.mapped("balance_after"),
                [100 + sum(given[: n + 1]) for n in range(4)],
            )
            self.assertEqual(entries.bucket_ids.mapped("remaining"), given)
            partner = env["res.partner"].browse(self.partner_id)
            self.assertEqual(partner.o2o_points_pending, sum(given))

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
