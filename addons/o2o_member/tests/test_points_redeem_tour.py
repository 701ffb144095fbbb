from odoo.tests import HttpCase, tagged

from .test_points_pos import PosRedeemCommon


@tagged("post_install", "-at_install")
class TestPointsRedeemTour(PosRedeemCommon, HttpCase):
    def test_tour(self):
        """PTS-05, POS-07: a member pays partly with points, then returns one line and
        gets back the money that was paid for it, and the points."""
        self.member.lang = "en_US"
        self.start_tour(
            f"/pos/ui/{self.till.id}",
            "o2o_points_redeem_tour",
            login="o2o_points_cashier",
            timeout=180,
        )
        orders = self.pos_session.order_ids.sorted("id")
        self.assertEqual(orders.mapped("state"), ["paid", "paid"])
        self.assertEqual(
            [round(order.amount_total, 2) for order in orders], [67, -40.2]
        )
        # what the cup alone would have cost and given
        self.assertEqual(self.member.o2o_points, 10000 - 1320 + 26)
