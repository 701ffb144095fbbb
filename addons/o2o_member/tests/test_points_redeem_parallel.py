from odoo.tests import tagged

from .common_parallel import ParallelPointsCase


@tagged("post_install", "-at_install")
class TestRedeemParallel(ParallelPointsCase):
    number = "88PARALLEL03"

    def _hold(self, partner, document, points=30):
        return partner.env["o2o.points.redemption"]._hold(partner, points, document)

    def test_twenty_orders_at_once(self):
        """FAULT-62, PTS-05: twenty orders hold 30 of 100 points at once; three get it.

        A process has no connections for more beside its web server; ``bench member``
        does it with fifty.
        """
        results = self._in_parallel([f"parallel/{n}" for n in range(20)], self._hold)
        self.assertEqual(sum(map(bool, results)), 3)
        self.assertEqual(self._balances(), (10, 10))

    def test_one_order_in_many_tabs(self):
        """PTS-05: the same order, submitted six times at once, holds once."""
        results = self._in_parallel(["parallel/same"] * 6, self._hold)
        self.assertEqual(len(set(results)), 1)
        self.assertEqual(self._balances(), (70, 70))

    def test_cron_and_confirmation_at_once(self):
        """PTS-05: points are given back or used, never both."""
        with self._committed() as env:
            partner = env["res.partner"].browse(self.partner_id)
            redemption = self._hold(partner, "parallel/race")
            redemption.due_at = "2020-01-01"
            redemption_id = redemption.id

        def act(partner, what):
            redemption = partner.env["o2o.points.redemption"].browse(redemption_id)
            if what == "use":
                redemption._use(
                    [
                        {
                            "record": partner,
                            "quantity": 1,
                            "points": 30,
                            "amount": 0.0,
                        }
                    ]
                )
            else:
                redemption._release_due()
            return redemption

        self._in_parallel(["use", "cron", "cron", "cron"], act)
        with self._committed() as env:
            state = env["o2o.points.redemption"].browse(redemption_id).state
        expected = {"used": 70, "returned": 100}[state]
        self.assertEqual(self._balances(), (expected, expected))
