from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common_purchases import PurchasesCommon


@tagged("post_install", "-at_install")
class TestPointsPurchases(PurchasesCommon):
    def test_award_once(self):
        """PTS-01: whole points per line, once per document, explained."""
        order = self._order((self.bottle, 1), (self.cup, 1))
        entry = self._award(order, 10.5, 10.5)
        self.assertEqual(entry.points, 20)
        self.assertEqual(self._award(order, 10.5, 10.5), entry)
        self.assertEqual(self.member.o2o_points, 20)
        self.assertEqual(entry.explanation, f"{order.name}: 21.00 × 1")

    def test_strangers_get_nothing(self):
        """CARD-04: no card, no points, no shares."""
        stranger = self.env["res.partner"].create({"name": "O2O Stranger"})
        order = self._order((self.bottle, 1))
        self.assertFalse(self._award(order, 100.0, member=stranger))
        self.assertFalse(self.Share.search([("partner_id", "=", stranger.id)]))

    def test_product_beats_category_beats_everything(self):
        """PTS-01: the most specific rule decides, the level multiplies."""
        rule = self.env["o2o.points.rule"].create
        rule({"name": "All", "factor": 2.0})
        rule({"name": "Gifts", "factor": 0.0, "categ_ids": self.gift.ids})
        rule(
            {
                "name": "This bottle",
                "factor": 5.0,
                "product_tmpl_ids": self.bottle.product_tmpl_id.ids,
            }
        )
        plain = self.env["product.product"].create({"name": "O2O Plain"})
        order = self._order((self.bottle, 1), (self.cup, 1), (plain, 1))
        self.patch(type(self.member), "_o2o_points_multiplier", lambda _partner: 1.5)
        self.assertEqual(self._award(order, 10.0, 10.0, 10.0).points, 75 + 0 + 30)

    def test_rule_of_a_parent_category(self):
        """PTS-01: a rule for a category counts for those below it."""
        child = self.env["product.category"].create(
            {"name": "O2O Child", "parent_id": self.sauce.id}
        )
        self.bottle.categ_id = child
        self.env["o2o.points.rule"].create(
            {"name": "Sauce", "factor": 3.0, "categ_ids": self.sauce.ids}
        )
        self.assertEqual(self._award(self._order((self.bottle, 1)), 10.0).points, 30)

    def test_rule_out_of_season(self):
        """PTS-01: a rule counts between its days, both included."""
        self.company.partner_id.tz = "Asia/Shanghai"
        self.env["o2o.points.rule"].create(
            {
                "name": "Festival",
                "factor": 2.0,
                "date_from": "2026-02-01",
                "date_to": "2026-02-02",
            }
        )
        for moment, points in (
            ("2026-01-31 15:59:59", 10),
            ("2026-01-31 16:00:00", 20),
            ("2026-02-02 15:59:59", 20),
            ("2026-02-02 16:00:00", 10),
        ):
            with freeze_time(moment):
                entry = self._award(self._order((self.bottle, 1)), 10.0)
            self.assertEqual(entry.points, points, moment)

    def test_daily_limit(self):
        """PTS-01: no more than the limit of the day; a partial return honours it."""
        self.env["o2o.points.rule"].create({"name": "All", "max_points_per_day": 50})
        first = self._award(self._order((self.bottle, 1)), 30.0)
        order = self._order((self.bottle, 1), (self.cup, 1))
        second = self._award(order, 30.0, 15.0)
        third = self._award(self._order((self.bottle, 1)), 30.0)
        self.assertEqual((first.points, second.points, third.points), (30, 20, 0))
        self.assertIn("limited to 20", second.explanation)
        bottle, cup = order.order_line
        self.Share._set_returned({cup: 1})
        self.assertEqual(self.member.o2o_points, 50, "30 points of the rest pass 20")
        self.Share._set_returned({bottle: 1})
        self.assertEqual(self.member.o2o_points, 30)

    def test_limit_in_all(self):
        """PTS-01: a member never gets more than the limit in all."""
        self.env["o2o.points.rule"].create({"name": "All", "max_points_per_member": 35})
        for points in (30, 5, 0):
            entry = self._award(self._order((self.bottle, 1)), 30.0)
            self.assertEqual(entry.points, points)

    def test_return_of_a_part(self):
        """PTS-09: a returned piece takes its own points back, once."""
        order = self._order((self.bottle, 3), (self.cup, 1))
        entry = self._award(order, 99.99, 10.0)
        bottle, cup = order.order_line
        self.assertEqual(entry.points, 109)
        back = self.Share._set_returned({bottle: 1}, reason="Broken")
        self.assertRecordValues(
            back, [{"points": -33, "kind": "reversal", "reason": "Broken"}]
        )
        self.assertFalse(self.Share._set_returned({bottle: 1}), "said twice")
        self.Share._set_returned({bottle: 3, cup: 1})
        self.assertEqual(self.member.o2o_points, 0)
        self.assertEqual(entry._reversible_points(), 0)

    def test_more_than_bought_comes_back(self):
        """PTS-09: nobody loses more points than the line gave."""
        order = self._order((self.bottle, 1))
        self._award(order, 50.0)
        self.Share._set_returned({order.order_line: 7})
        self.assertRecordValues(self.member, [{"o2o_points": 0, "o2o_points_debt": 0}])

    def test_line_delivered_in_two_parts(self):
        """PTS-09: a line shared by two stores comes back from the last part first."""
        order = self._order((self.bottle, 3))
        line = order.order_line
        for number, quantity in enumerate((1, 2)):
            self.Share._award(
                self.member,
                [
                    {
                        "record": line,
                        "product": self.bottle,
                        "quantity": quantity,
                        "amount": 10.0 * quantity,
                    }
                ],
                document=f"part/{number}",
                source=order,
            )
        self.assertEqual(self.member.o2o_points, 30)
        self.Share._set_returned({line: 1})
        self.assertEqual(self.member.o2o_points, 20)
        self.Share._set_returned({line: 3})
        self.assertEqual(self.member.o2o_points, 0)

    def test_reversals_never_pass_the_row(self):
        """PTS-09: a row is taken back at most once, in however many parts."""
        entry = self.member._o2o_post_points(100, "manual", "t:1")
        entry._reverse("t:1:a", points=60)
        with self.assertRaisesRegex(UserError, "Only 40"):
            entry._reverse("t:1:b", points=41)
        entry._reverse("t:1:c")
        self.assertEqual(self.member.o2o_points, 0)
