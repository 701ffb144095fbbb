from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import MemberCommon

DAY0 = fields.Datetime.to_datetime("2026-01-15 04:00:00")
# points of these purchases wait three days and live for sixty
WAIT, LIFE = 3, 60


class PurchasesCommon(MemberCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Share = cls.env["o2o.points.share"]
        cls.member = cls._create_member()
        cls.sauce, cls.gift = cls.env["product.category"].create(
            [{"name": "O2O Sauce"}, {"name": "O2O Gift"}]
        )
        cls.bottle, cls.cup = cls.env["product.product"].create(
            [
                {"name": "O2O Bottle", "categ_id": cls.sauce.id},
                {"name": "O2O Cup", "categ_id": cls.gift.id},
            ]
        )

    @classmethod
    def _order(cls, *lines):
        """A sale order with lines of (product, quantity)."""
        return cls.env["sale.order"].create(
            {
                "partner_id": cls.member.id,
                "order_line": [
                    (0, 0, {"product_id": product.id, "product_uom_qty": quantity})
                    for product, quantity in lines
                ],
            }
        )

    def _award(self, order, *amounts, member=None):
        return self.Share._award(
            member or self.member,
            [
                {
                    "record": line,
                    "product": line.product_id,
                    "quantity": line.product_uom_qty,
                    "amount": amount,
                }
                for line, amount in zip(order.order_line, amounts, strict=True)
            ],
            document=f"sale.order/{order.id}",
            source=order,
        )


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


@tagged("post_install", "-at_install")
class TestNeverBought(PurchasesCommon):
    """Any sequence ends as if the returned lines had never been bought."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.o2o_points_grace_days = 0

    @settings(
        max_examples=40,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.lists(
            st.one_of(
                st.tuples(st.just("buy"), st.integers(1, 9000), st.integers(1, 9000)),
                st.tuples(st.just("return"), st.integers(0, 5), st.integers(0, 1)),
                st.tuples(st.just("redeem"), st.integers(1, 120), st.just(0)),
                st.tuples(st.just("cancel redemption"), st.integers(0, 5), st.just(0)),
                st.tuples(st.just("days"), st.integers(1, 40), st.just(0)),
            ),
            min_size=3,
            max_size=14,
        )
    )
    def test_any_sequence_equals_never_bought(self, steps):
        """PTS-05, PTS-09: buy, return in part, cancel, expire, redeem, in any order."""
        self.patch(
            type(self.company),
            "_o2o_points_lifetime",
            lambda _company, _kind, moment: (
                moment + timedelta(days=WAIT),
                moment + timedelta(days=LIFE),
            ),
        )
        number = f"7{self.Card.search_count([]):09d}"
        member = self._create_member("O2O Random", number)
        orders, spendings, day = [], [], 0
        story = _Story()
        for step, (action, first, second) in enumerate(steps):
            with freeze_time(DAY0 + timedelta(days=day)):
                if action == "buy":
                    order = self._order((self.bottle, 2), (self.cup, 1))
                    amounts = first / 100, second / 100
                    self._award(order, *amounts, member=member)
                    orders.append((order, [0, 0]))
                    story.buy(day, [(2, amounts[0]), (1, amounts[1])])
                elif action == "return" and orders:
                    at = first % len(orders)
                    order, returned = orders[at]
                    line = order.order_line[second]
                    if returned[second] < line.product_uom_qty:
                        returned[second] += 1
                        self.Share._set_returned({line: returned[second]})
                        story.give_back(at, second)
                elif action == "redeem":
                    try:
                        spendings.append(
                            member._o2o_post_points(
                                -first, "redeem", f"{number}:{step}"
                            )
                        )
                        story.spend(day, first)
                    except UserError:
                        continue
                elif action == "cancel redemption" and spendings:
                    at = first % len(spendings)
                    if spendings[at]._reversible_points():
                        spendings[at]._reverse(f"{number}:{step}")
                        story.cancel(at)
                elif action == "days":
                    day += first
                    with freeze_time(DAY0 + timedelta(days=day)):
                        self.env["o2o.points.bucket"]._expire_accounts(100)
                        self.env.invalidate_all()
        account = self._account(member)
        self.assertEqual(account.points, story.balance(day))
        self.assertNotIn(account.id, self.Entry._cron_check_balances())


class _Story:
    """The same life without what was undone, told day by day in the plainest way."""

    def __init__(self):
        self.events = []
        self.purchases = []
        self.spendings = []

    def buy(self, day, lines):
        event = {"day": day, "lines": [[qty, qty, amount] for qty, amount in lines]}
        self.purchases.append(event)
        self.events.append(event)

    def give_back(self, at, line):
        self.purchases[at]["lines"][line][0] -= 1

    def spend(self, day, points):
        event = {"day": day, "spent": points}
        self.spendings.append(event)
        self.events.append(event)

    def cancel(self, at):
        self.spendings[at]["spent"] = 0

    def balance(self, today):
        lots, debt = [], 0
        for event in self.events:
            day = event["day"]
            if "lines" in event:
                points = sum(
                    int(round(amount * kept / bought, 2) + 1e-6)
                    for kept, bought, amount in event["lines"]
                )
                paid = min(points, debt)
                debt -= paid
                lots.append({"day": day, "points": points - paid})
                continue
            wanted = event["spent"]
            # equal lives: the oldest lot is the first to end; pending ones come last
            for lot in lots:
                if lot["day"] + LIFE > day:
                    part = min(wanted, lot["points"])
                    lot["points"] -= part
                    wanted -= part
            debt += wanted
        return sum(lot["points"] for lot in lots if lot["day"] + LIFE > today) - debt
