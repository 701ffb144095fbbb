from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common_redeem import RedeemCommon


@tagged("post_install", "-at_install")
class TestOffer(RedeemCommon):
    def test_offer(self):
        """PTS-05: least, most and step are the company's, whole steps only."""
        offer = self.member._o2o_points_offer(90.0)
        self.assertEqual(
            {key: offer[key] for key in ("min", "max", "step", "available")},
            {"min": 200, "max": 4500, "step": 100, "available": 10000},
        )
        self.assertEqual(offer["worth_per_step"], 1.0)
        self.assertEqual(offer["max_worth"], 45.0)
        self.assertEqual(self.member._o2o_points_offer(3.99)["max"], 0, "under min")
        self.assertEqual(self.member._o2o_points_offer(4.0)["max"], 200)
        self.assertEqual(self.member._o2o_points_offer(-5.0)["max"], 0)
        self.assertEqual(self.member._o2o_points_offer(9999.0)["max"], 10000)

    def test_offer_never_worth_more_than_allowed(self):
        """PTS-05: rounding of the worth does not pass the limit."""
        self.company.write(
            {"o2o_points_for_money": 3, "o2o_points_step": 1, "o2o_points_min": 0}
        )
        for cents in range(1, 300, 7):
            offer = self.member._o2o_points_offer(cents / 100)
            self.assertLessEqual(offer["max_worth"], offer["percent_worth"])

    def test_strangers_are_offered_nothing(self):
        """CARD-04: no active card, no points."""
        stranger = self.env["res.partner"].create({"name": "O2O Stranger"})
        self.assertEqual(stranger._o2o_points_offer(1000.0)["max"], 0)
        self.member.o2o_card_ids._freeze("Test")
        self.assertEqual(self.member._o2o_points_offer(1000.0)["max"], 0)


@tagged("post_install", "-at_install")
class TestRedemption(RedeemCommon):
    def _hold(self, points=300, document="test/1", **kwargs):
        return self.Redemption._hold(self.member, points, document, 3.0, **kwargs)

    def test_hold_is_taken_at_once(self):
        """FAULT-62, PTS-05: held points are gone for everybody else; twice is once."""
        redemption = self._hold()
        self.assertEqual(self.member.o2o_points, 9700)
        self.assertEqual(self._hold(), redemption)
        self.assertEqual(self.member.o2o_points, 9700)
        with self.assertRaisesRegex(UserError, "Not enough points"):
            self._hold(9800, "test/2")

    def test_another_number_replaces_the_first(self):
        """PTS-05: changing the order gives the old points back."""
        first = self._hold()
        second = self._hold(500)
        self.assertEqual((first.state, second.state), ("returned", "held"))
        self.assertEqual(self.member.o2o_points, 9500)

    def test_release_twice(self):
        """PTS-05: points come back once."""
        redemption = self._hold()
        redemption._release("Gone")
        redemption._release("Gone")
        self.assertEqual(self.member.o2o_points, 10000)
        self.assertEqual(
            self.Entry.search([("reversal_of_id", "=", redemption.entry_id.id)]).kind,
            "redeem_return",
        )

    def test_one_living_redemption_per_order(self):
        """PTS-05: the database refuses a second one."""
        redemption = self._hold()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.cr.savepoint(),
        ):
            redemption.copy()

    def test_cron_gives_back_what_was_left(self):
        """PTS-05: abandoned holds end, used ones stay; twice changes nothing."""
        abandoned, kept = self._hold(), self._hold(400, "test/2")
        line = self._order().order_line[0]
        kept._use([{"record": line, "quantity": 1, "points": 400, "amount": 4.0}])
        with self.enter_registry_test_mode():
            cron = self.env.ref("o2o_member.o2o_points_redemption_cron_release")
            cron.method_direct_trigger()
            self.assertEqual(abandoned.state, "held")
            with freeze_time(fields.Datetime.now() + timedelta(hours=1)):
                cron.method_direct_trigger()
                cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual((abandoned.state, kept.state), ("returned", "used"))
        self.assertEqual(self.member.o2o_points, 9600)
        with self.assertRaisesRegex(UserError, "given back"):
            abandoned._use([])

    def test_nobody_writes_redemptions(self):
        """PTS-09: staff reads, the server writes."""
        redemption = self._hold()
        with self.assertRaises(AccessError):
            redemption.with_user(self.manager).state = "returned"
        with self.assertRaises(AccessError):
            redemption.with_user(self.cashier).read(["points"])


@tagged("post_install", "-at_install")
class TestSaleRedeem(RedeemCommon):
    def test_discount_line_and_shares(self):
        """PTS-05: points pay a part; each line remembers its share."""
        order = self._order()
        order._o2o_set_points(3300)
        self.assertEqual(order.amount_total, 67.0)
        self.assertEqual(self.member.o2o_points, 10000, "only chosen")
        order.action_confirm()
        self.assertEqual(self.member.o2o_points, 6700)
        redemption = self._redemptions(order)
        self.assertRecordValues(
            redemption, [{"state": "used", "points": 3300, "amount": 33.0}]
        )
        shares = self.Share.search([("entry_id", "=", redemption.entry_id.id)])
        self.assertRecordValues(
            shares,
            [
                {"points": 1980, "amount": 19.8, "kind": "redeem"},
                {"points": 1320, "amount": 13.2, "kind": "redeem"},
            ],
        )
        self.assertIn(order.name, redemption.entry_id.explanation)

    def test_taxes_to_the_cent(self):
        """PTS-05: one line per group of taxes; the total drops by the worth."""
        self.company.o2o_points_step = 1
        self.bottle.taxes_id = self.tax_13
        self.cup.taxes_id = self.tax_9
        plain = self._create_product("O2O Plain", 3.33)
        for points in (201, 777, 1234, 5001):
            order = self._order((self.bottle, 1), (self.cup, 1), (plain, 1))
            before = order.amount_total
            order._o2o_set_points(points)
            self.assertEqual(len(order.order_line.filtered("o2o_is_points")), 3)
            self.assertAlmostEqual(
                order.amount_total, before - points / 100, 2, msg=str(points)
            )

    def test_choice_is_checked(self):
        """PTS-05: the server decides what can be chosen."""
        order = self._order()
        for points in (-100, 100, 250, 5100, 10100, True, 300.5, "300", None):
            with self.subTest(points=points), self.assertRaises(UserError):
                order._o2o_set_points(points)
        self.assertFalse(order.order_line.filtered("o2o_is_points"))

    def test_not_on_delivery_and_excluded_goods(self):
        """PTS-05: delivery and excluded products are paid with money."""
        self.cup.o2o_no_points = True
        delivery = self._create_product("O2O Delivery", 20.0, type="service")
        order = self._order((self.bottle, 1), (self.cup, 1), (delivery, 1))
        self._line(order, delivery).is_delivery = True
        self.assertEqual(order._o2o_points_offer()["max"], 3000)
        order._o2o_set_points(3000)
        order.action_confirm()
        shares = self.Share.search([("kind", "=", "redeem")])
        self.assertEqual(shares.mapped("res_id"), self._line(order, self.bottle).ids)

    def test_discounts_come_first(self):
        """PTS-05: points pay what coupons and discounts leave."""
        order = self._order()
        order.order_line = [
            Command.create({"product_id": self.cup.id, "price_unit": -40.0})
        ]
        self.assertEqual(order._o2o_points_offer()["max"], 3000)

    def test_cart_changes(self):
        """PTS-05: fewer goods, fewer points; held ones come back."""
        order = self._order()
        order._o2o_set_points(5000)
        order._o2o_hold_points()
        self.assertEqual(self.member.o2o_points, 5000)
        order._cart_update_line_quantity(self._line(order, self.cup).id, 0)
        self.assertEqual(order.o2o_points_spent, 3000)
        self.assertEqual(order.amount_total, 30.0)
        self.assertEqual(self.member.o2o_points, 10000)
        order._cart_update_line_quantity(self._line(order, self.bottle).id, 0)
        self.assertEqual(order.o2o_points_spent, 0)
        self.assertFalse(order.order_line)

    def test_points_line_cannot_be_multiplied(self):
        """PTS-05: a cart update of the discount line removes it or does nothing."""
        order = self._order()
        order._o2o_set_points(1000)
        line = order.order_line.filtered("o2o_is_points")
        order._cart_update_line_quantity(line.id, 5)
        self.assertEqual(order.amount_total, 90.0)
        line = order.order_line.filtered("o2o_is_points")
        order._cart_update_line_quantity(line.id, 0)
        self.assertEqual((order.amount_total, order.o2o_points_spent), (100.0, 0))

    def test_tampered_price_is_put_right(self):
        """PTS-05: what is held is what the points are worth."""
        order = self._order()
        order._o2o_set_points(1000)
        order.order_line.filtered("o2o_is_points").price_unit = -99.0
        with self.assertRaisesRegex(UserError, "no longer fit"):
            order.action_confirm()

    def test_prices_and_taxes_are_recomputed(self):
        """PTS-05: core's recomputations leave the points alone."""
        self.bottle.taxes_id = self.cup.taxes_id = self.tax_9
        order = self._order()
        order._o2o_set_points(1000)
        total = order.amount_total
        order._recompute_taxes()
        order._recompute_prices()
        self.assertEqual(order.amount_total, total)
        order._recompute_cart()
        self.assertEqual(order.amount_total, total)

    def test_partner_changes(self):
        """PTS-05: another buyer does not spend these points."""
        order = self._order()
        order._o2o_set_points(1000)
        order._o2o_hold_points()
        order.partner_id = self._create_member("O2O Second", "88000200")
        self.assertEqual(order.o2o_points_spent, 0)
        self.assertEqual(order.amount_total, 100.0)
        self.assertEqual(self.member.o2o_points, 10000)

    def test_cancel_gives_all_back(self):
        """PTS-05, trap 4: cancel returns every point; a new confirmation takes them."""
        order = self._order()
        order._o2o_set_points(3300)
        for _round in range(2):
            order.action_confirm()
            self.assertEqual(self.member.o2o_points, 6700)
            order._action_cancel()
            self.assertEqual(self.member.o2o_points, 10000)
            order.action_draft()
        self.assertEqual(self._redemptions(order).mapped("state"), ["returned"] * 2)

    def test_delete_gives_back(self):
        """PTS-05: a deleted quotation holds nothing."""
        order = self._order()
        order._o2o_set_points(1000)
        order._o2o_hold_points()
        order.unlink()
        self.assertEqual(self.member.o2o_points, 10000)

    def test_copy_has_no_points(self):
        """PTS-05: a duplicate is paid with money until somebody chooses."""
        order = self._order()
        order._o2o_set_points(1000)
        copy = order.copy()
        self.assertEqual((copy.amount_total, copy.o2o_points_spent), (100.0, 0))

    def test_late_confirmation(self):
        """PTS-05: points given back by the cron are taken again, or refused."""
        order = self._order()
        order._o2o_set_points(3000)
        order._o2o_hold_points()
        with freeze_time(fields.Datetime.now() + timedelta(hours=1)):
            self._redemptions(order)._release_due()
            self.assertEqual(self.member.o2o_points, 10000)
            self._redemptions(order)._release_due()
        order.action_confirm()
        self.assertEqual(self.member.o2o_points, 7000)
        late = self._order()
        late._o2o_set_points(5000)
        late._o2o_hold_points()
        self._redemptions(late)._release()
        self.member._o2o_post_points(-6900, "redeem", "elsewhere")
        with self.assertRaises(UserError), self.cr.savepoint():
            late.action_confirm()
        self.assertEqual(late.state, "draft")

    def test_no_change_after_confirmation(self):
        """PTS-05: what is placed is placed."""
        order = self._order()
        order._o2o_set_points(1000)
        order.action_confirm()
        with self.assertRaisesRegex(UserError, "already placed"):
            order._o2o_set_points(0)
        self.assertEqual(order.o2o_points_spent, 1000)

    def _pay(self, order, state):
        provider = self.env["payment.provider"].search([], limit=1)
        return self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": self.env["payment.method"].search([], limit=1).id,
                "amount": order.amount_total,
                "currency_id": order.currency_id.id,
                "partner_id": order.partner_id.id,
                "sale_order_ids": [Command.set(order.ids)],
                "reference": f"O2O-{order.id}-{state}",
                "state": state,
            }
        )

    def test_payment_holds(self):
        """PTS-05: points are held from the first payment on, as long as it runs."""
        order = self._order()
        order._o2o_set_points(1000)
        self._pay(order, "pending")
        redemption = self._redemptions(order)
        self.assertEqual(redemption.state, "held")
        with freeze_time(fields.Datetime.now() + timedelta(hours=1)):
            redemption._release_due()
            self.assertEqual(redemption.state, "held", "a payment is under way")
        with self.assertRaisesRegex(UserError, "already placed"):
            order._o2o_set_points(0)

    def test_money_came_but_points_went(self):
        """PTS-05: a late payment without points confirms nothing and tells staff."""
        order = self._order()
        order._o2o_set_points(5000)
        payment = self._pay(order, "draft")
        self._redemptions(order)._release()
        self.member._o2o_post_points(-6000, "redeem", "elsewhere")
        payment.state = "done"
        payment._check_amount_and_confirm_order()
        self.assertEqual(order.state, "draft")
        self.assertIn("points are missing", order.activity_ids.summary)

    def test_promotions_ignore_points(self):
        """PTS-05: a promotion of 10 percent is the same with and without points."""
        self.env["loyalty.program"].create(
            {
                "name": "O2O Ten",
                "program_type": "promotion",
                "trigger": "auto",
                "applies_on": "current",
                "rule_ids": [Command.create({"minimum_amount": 90.0})],
                "reward_ids": [Command.create({"discount": 10.0})],
            }
        )
        order = self._order()
        order._update_programs_and_rewards()
        order._o2o_sync_points()
        claim = order._get_claimable_rewards()
        for coupon, reward in claim.items():
            order._apply_program_reward(reward[:1], coupon)
        self.assertEqual(order.amount_total, 90.0)
        order._o2o_set_points(2000)
        self.assertEqual(order.amount_total, 70.0)
        order._update_programs_and_rewards()
        self.assertEqual(order.amount_total, 70.0)


@tagged("post_install", "-at_install")
class TestPointsGoods(RedeemCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gift = cls._create_product(
            "O2O Gift", 25.0, o2o_payment_kind="points", o2o_points_price=1200
        )

    def test_pure_points_order(self):
        """PTS-06, PTS-10: no money, points held and used, an ordinary order."""
        order = self._order((self.gift, 2))
        self.assertEqual(order.amount_total, 0.0)
        self.assertEqual(order.o2o_points_total, 2400)
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertEqual(self.member.o2o_points, 7600)
        self.Share._set_returned({order.order_line: 1})
        self.assertEqual(self.member.o2o_points, 8800)
        self.Share._set_returned({order.order_line: 2})
        self.assertEqual(self.member.o2o_points, 10000)
        self.assertEqual(self._redemptions(order).state, "returned")

    def test_mixed_cart(self):
        """PTS-06: goods for points, goods for money, and points as money."""
        order = self._order((self.gift, 1), (self.bottle, 1))
        self.assertEqual(order.amount_total, 60.0)
        order._o2o_set_points(3000)
        self.assertEqual(order.amount_total, 30.0)
        order.action_confirm()
        self.assertEqual(self.member.o2o_points, 10000 - 3000 - 1200)
        self.Share._set_returned({self._line(order, self.gift): 1})
        self.assertEqual(self.member.o2o_points, 7000)

    def test_points_for_goods_leave_less_to_choose(self):
        """PTS-06: the same points are not offered twice."""
        order = self._order((self.gift, 8), (self.bottle, 1))
        self.assertEqual(order._o2o_points_offer()["max"], 400)
        order = self._order((self.gift, 9))
        self.assertEqual(order._o2o_get_missing_points(), 800)
        with self.assertRaisesRegex(UserError, "Not enough points"):
            order.action_confirm()

    def test_members_only(self):
        """CARD-04, PTS-06: no card, no goods for points."""
        stranger = self.env["res.partner"].create({"name": "O2O Stranger"})
        order = self._order((self.bottle, 1), partner_id=stranger.id)
        with self.assertRaisesRegex(UserError, "no active member card"):
            order._cart_add(self.gift.id, 1)
        order.order_line = [Command.create({"product_id": self.gift.id})]
        with self.assertRaisesRegex(UserError, "no active member card"):
            order.action_confirm()

    def test_price_in_points_is_required(self):
        """PTS-06: 如果选择了积分,则需要填写积分."""
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(Exception) as refused,
            self.cr.savepoint(),
        ):
            self._create_product("O2O Free", 1.0, o2o_payment_kind="points")
        self.assertIn("o2o_points_price_positive", str(refused.exception))

    def test_new_price_in_points(self):
        """PTS-06: an open cart pays the price of today."""
        order = self._order((self.gift, 1))
        self.gift.o2o_points_price = 1500
        order._recompute_cart()
        self.assertEqual(order.o2o_points_total, 1500)


@tagged("post_install", "-at_install")
class TestNeverBoughtWithPoints(RedeemCommon):
    @settings(
        max_examples=15,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.lists(
            st.tuples(st.integers(1, 4), st.integers(1, 99999)), min_size=1, max_size=4
        ),
        st.integers(0, 60),
        st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3)), max_size=6),
        st.booleans(),
    )
    def test_any_returns_equal_never_bought(self, goods, steps, returns, is_cancelled):
        """PTS-05: spent points, earned points and money of the kept lines are what
        these lines alone cost and gave, in whatever parts the others came back."""
        self.member._o2o_post_points(
            100000, "manual", f"random:{self.Entry.search_count([])}"
        )
        before = self.member.o2o_points
        order = self._order(*[(self.bottle, quantity) for quantity, _price in goods])
        for line, (_quantity, price) in zip(order.order_line, goods, strict=True):
            line.price_unit = price / 100
        bought = order.order_line
        offer = order._o2o_points_offer()
        points = min(steps * 100, offer["max"])
        points = points if points >= offer["min"] else 0
        order._o2o_set_points(points)
        order.action_confirm()
        spent = {line: [0, 0.0] for line in bought}
        for share in self.Share.search(
            [("res_model", "=", bought._name), ("res_id", "in", bought.ids)]
        ):
            spent[bought.browse(share.res_id)] = [share.points, share.amount]
        self.assertEqual(sum(part for part, _worth in spent.values()), points)
        money = {line: line.price_total - spent[line][1] for line in bought}
        self.assertAlmostEqual(sum(money.values()), order.amount_total, 2)
        # examples share the member, whose level rises on the way
        rate = self.member._o2o_points_multiplier()
        self.Share._award(
            self.member,
            [
                {
                    "record": line,
                    "product": line.product_id,
                    "quantity": line.product_uom_qty,
                    "amount": money[line],
                }
                for line in bought
            ],
            document=f"random/{order.id}",
            source=order,
        )
        kept = {line: line.product_uom_qty for line in bought}
        for at, quantity in returns:
            line = bought[at % len(bought)]
            kept[line] = max(0, kept[line] - quantity)
            self.Share._set_returned({line: line.product_uom_qty - kept[line]})
        if is_cancelled:
            kept = dict.fromkeys(bought, 0)
            order._action_cancel()
            self.Share._set_returned({line: line.product_uom_qty for line in bought})
        expected = before
        for line in bought:
            part = kept[line] / line.product_uom_qty
            expected -= int(spent[line][0] * part + 1e-9)
            amount = self.company.currency_id.round(money[line] * part)
            expected += int(amount * rate + 1e-6)
        self.assertEqual(self._account(self.member).points, expected)
        worth = sum(
            spent[line][1] * kept[line] / line.product_uom_qty for line in bought
        )
        self.assertAlmostEqual(
            self.Share._worth_kept(bought), worth, delta=0.005 * len(bought) + 1e-6
        )
        self.assertNotIn(
            self._account(self.member).id, self.Entry._cron_check_balances()
        )
