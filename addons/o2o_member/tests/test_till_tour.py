from odoo.tests import HttpCase, new_test_user, tagged

from .common import MemberCommon


@tagged("post_install", "-at_install")
class TestTillTour(MemberCommon, HttpCase):
    def test_member_tour(self):
        """POS-02, PTS-07, PTS-08: last 4, card, points with a PIN, a coupon for points,
        customer of the order."""
        cashier = new_test_user(
            self.env,
            login="o2o_tour_cashier",
            groups="base.group_user,point_of_sale.group_pos_user",
            lang="en_US",
        )
        self.company.o2o_till_points_per_operation = 100
        self.manager.with_user(self.manager).o2o_pin = "294817"
        member = self._create_member("Tour Member", "88097316")
        member._o2o_post_points(1000, "manual", "test:start")
        program = self.env["loyalty.program"].create(
            {"name": "Tour Coupon", "program_type": "coupons", "pos_ok": True}
        )
        self.env["o2o.coupon.offer"].create(
            {"program_id": program.id, "points_price": 300}
        )
        config = self.env["pos.config"].create({"name": "Tour Till"})
        self.start_tour(
            f"/pos/ui/{config.id}",
            "o2o_pos_member_tour",
            login=cashier.login,
            timeout=180,
        )
        operation = self.env["o2o.points.operation"].search(
            [("partner_id", "=", member.id)]
        )
        self.assertRecordValues(
            operation,
            [
                {
                    "points": 500,
                    "user_id": cashier.id,
                    "supervisor_id": self.manager.id,
                    "session_id": config.current_session_id.id,
                }
            ],
        )
        self.assertEqual(member.o2o_points, 1200)
        exchange = self.env["o2o.coupon.exchange"].search(
            [("partner_id", "=", member.id)]
        )
        self.assertEqual(exchange.entry_id.actor_id, cashier)
