from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common_level import LevelCommon

NOW = "2026-06-15 04:00:00"


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestLevelBenefits(LevelCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref("product.group_product_pricelist")
        cls.env["product.pricelist"].create({"name": "O2O Everybody", "sequence": 1})
        cls.pricelist = cls.env["product.pricelist"].create(
            {
                "name": "O2O Gold Prices",
                "company_id": cls.company.id,
                "sequence": 0,
                "item_ids": [
                    Command.create({"compute_price": "percentage", "percent_price": 10})
                ],
            }
        )
        cls.gold.pricelist_id = cls.pricelist
        cls.bottle = cls.env["product.product"].create(
            {"name": "O2O Bottle", "list_price": 100, "taxes_id": [Command.clear()]}
        )

    def _make_gold(self, partner=None):
        self.Grant.with_user(self.manager)._grant_by_hand(
            partner or self.member,
            self.gold,
            self.company._o2o_today().replace(year=2030),
            "t",
            f"t:{(partner or self.member).id}",
        )

    def _order(self, partner=None, **values):
        return self.env["sale.order"].create(
            {
                "partner_id": (partner or self.member).id,
                "order_line": [
                    Command.create({"product_id": self.bottle.id, "product_uom_qty": 1})
                ],
                **values,
            }
        )

    # === prices and points ===

    def test_price_of_the_level(self):
        """MEM-06: the pricelist of the level is the pricelist of its members."""
        self.assertNotEqual(self.member.property_product_pricelist, self.pricelist)
        self._make_gold()
        self.assertEqual(self.member.property_product_pricelist, self.pricelist)
        self.assertEqual(self._order().amount_total, 90)

    def test_price_set_by_hand_wins(self):
        """MEM-06: a pricelist somebody chose for this member stays."""
        by_hand = self.env["product.pricelist"].create({"name": "O2O By Hand"})
        self.member.property_product_pricelist = by_hand
        self._make_gold()
        self.assertEqual(self.member.property_product_pricelist, by_hand)

    def test_default_price_set_by_hand_wins(self):
        """MEM-06: also when what was chosen is the pricelist of everybody."""
        default = self.member.property_product_pricelist
        self._make_gold()
        self.member.property_product_pricelist = default
        self.env.invalidate_all()
        self.assertEqual(self.member.property_product_pricelist, default)

    def test_price_of_a_level_is_nobody_elses(self):
        """MEM-06: first in the list, a level pricelist is still no fallback."""
        stranger = self.env["res.partner"].create({"name": "O2O Stranger"})
        self.assertNotEqual(stranger.property_product_pricelist, self.pricelist)

    def test_points_multiplier(self):
        """MEM-06: gold members get one and a half times the points."""
        self.assertEqual(self.member._o2o_points_multiplier(), 1.0)
        self._make_gold()
        self.assertEqual(self.member._o2o_points_multiplier(), 1.5)
        self.assertEqual(self.member._o2o_points_for_amount(100), 150)

    # === level of the day ===

    def test_level_stays_on_the_order(self):
        """MEM-06: an order remembers the level at confirmation, whatever comes."""
        order = self._order()
        order.action_confirm()
        self.assertEqual(order.o2o_level_id, self.ordinary)
        self._make_gold()
        order.action_unlock()
        order.client_order_ref = "x"
        self.assertEqual(order.o2o_level_id, self.ordinary)
        with self.assertRaises(UserError):
            order.o2o_level_id = self.gold
        with self.assertRaises(UserError):
            self._order(o2o_level_id=self.gold.id)
        self.assertFalse(order.copy().o2o_level_id)

    # === delivery ===

    def test_free_delivery(self):
        """MEM-06: delivery is free for the level from its amount on, not for others."""
        product = self.env["product.product"].create(
            {"name": "O2O Delivery", "type": "service", "list_price": 8}
        )
        carrier = self.env["delivery.carrier"].create(
            {"name": "O2O Courier", "product_id": product.id, "fixed_price": 8}
        )
        self.gold.write({"has_free_delivery": True, "free_delivery_over": 90})
        self.assertEqual(carrier.rate_shipment(self._order())["price"], 8)
        self._make_gold()
        order = self._order()
        self.assertEqual(carrier.rate_shipment(order)["price"], 0)
        self.gold.free_delivery_over = 90.01
        self.assertGreater(carrier.rate_shipment(order)["price"], 0)

    # === offers for levels ===

    def _program(self, **values):
        return self.env["loyalty.program"].create(
            {
                "name": "O2O Gold Offer",
                "program_type": "promotion",
                "trigger": "auto",
                "applies_on": "current",
                "company_id": self.company.id,
                "o2o_level_ids": [Command.set(self.gold.ids)],
                "rule_ids": [Command.create({"reward_point_amount": 1})],
                "reward_ids": [
                    Command.create({"reward_type": "discount", "discount": 50})
                ],
                **values,
            }
        )

    def test_offer_for_a_level(self):
        """MEM-14: an automatic offer of a level applies to its members alone."""
        program = self._program()
        order = self._order()
        order._update_programs_and_rewards()
        self.assertNotIn(program, order.coupon_point_ids.coupon_id.program_id)
        self._make_gold()
        order = self._order()
        order._update_programs_and_rewards()
        self.assertIn(program, order.coupon_point_ids.coupon_id.program_id)

    def test_code_of_a_level(self):
        """MEM-14: knowing the code of an offer does not help somebody else."""
        self._program(
            trigger="with_code",
            program_type="promo_code",
            rule_ids=[Command.create({"mode": "with_code", "code": "O2OGOLD"})],
        )
        order = self._order()
        self.assertIn("error", order._try_apply_code("O2OGOLD"))
        self._make_gold()
        self.assertNotIn("error", self._order()._try_apply_code("O2OGOLD"))

    def test_offer_goes_with_the_level(self):
        """MEM-14: who falls before confirming loses the discount."""
        self._program()
        self._make_gold()
        order = self._order()
        order._update_programs_and_rewards()
        for coupon, rewards in order._get_claimable_rewards().items():
            order._apply_program_reward(rewards[:1], coupon)
        discounted = order.amount_total
        self.member.o2o_level_grant_ids._revoke("t")
        order._update_programs_and_rewards()
        self.assertGreater(order.amount_total, discounted)
        self.assertFalse(order.order_line.filtered("reward_id"))

    def test_coupon_at_the_till(self):
        """MEM-14: the server refuses the code of a level to another customer."""
        program = self._program(program_type="coupons", trigger="with_code")
        coupon = self.env["loyalty.card"].create(
            {"program_id": program.id, "points": 1, "code": "O2OTILL"}
        )
        config = self.env["pos.config"].create({"name": "O2O Till"})
        arguments = (coupon.code, "2026-06-15 04:00:00", self.member.id, False)
        result = config.with_user(self.cashier).use_coupon_code(*arguments)
        self.assertFalse(result["successful"])
        self.assertIn("Gold", result["payload"]["error_message"])
        self._make_gold()
        result = config.with_user(self.cashier).use_coupon_code(*arguments)
        self.assertTrue(result["successful"])

    def test_till_knows_prices_of_levels(self):
        """MEM-06: a till that works with pricelists knows those of the levels."""
        config = self.env["pos.config"].create({"name": "O2O Till"})
        self.assertNotIn(self.pricelist, config._get_available_pricelists())
        config.use_pricelist = True
        self.assertIn(self.pricelist, config._get_available_pricelists())
        fields = self.env["res.partner"]._load_pos_data_fields(config)
        self.assertIn("o2o_level_id", fields)


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestBirthdayGift(LevelCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = cls.env["loyalty.program"].create(
            {
                "name": "O2O Birthday",
                "program_type": "coupons",
                "applies_on": "current",
                "trigger": "with_code",
                "company_id": cls.company.id,
                "reward_ids": [
                    Command.create({"reward_type": "discount", "discount": 20})
                ],
            }
        )
        cls.company.o2o_birthday_days_before = 7
        cls.company.o2o_birthday_days_valid = 30
        cls.ordinary.birthday_program_id = cls.program
        cls.Gift = cls.env["o2o.birthday.gift"]

    def _run(self, at):
        with freeze_time(at), self.enter_registry_test_mode():
            cron = self.env.ref("o2o_member.o2o_birthday_gift_cron_give")
            cron.method_direct_trigger()
        self.env.invalidate_all()
        return self.Gift.search([("partner_id", "=", self.member.id)], order="id")

    def test_a_week_before(self):
        """MEM-13: the coupon comes seven days before, and is usable at once."""
        self.member.o2o_birthday = "1990-06-22"
        self.assertFalse(self._run("2026-06-14 15:59:00"))  # still 14 June there
        gift = self._run("2026-06-14 16:00:00")
        self.assertEqual(gift.coupon_id.partner_id, self.member)
        self.assertEqual(str(gift.coupon_id.expiration_date), "2026-07-22")
        self.assertEqual(self.member._o2o_usable_coupons(), gift.coupon_id)
        product = self.env["product.product"].create(
            {"name": "O2O Bottle", "list_price": 100}
        )
        order = self._order(self.member, product)
        status = order._try_apply_code(gift.coupon_id.code)
        self.assertNotIn("error", status)
        for coupon, rewards in status.items():
            order._apply_program_reward(rewards, coupon)
        self.assertEqual(order.amount_untaxed, 80)

    def _order(self, partner, product):
        return self.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "order_line": [Command.create({"product_id": product.id})],
            }
        )

    def test_once_a_year(self):
        """MEM-13: one gift a year, however often the cron runs."""
        self.member.o2o_birthday = "1990-06-22"
        self._run("2026-06-15 04:00:00")
        self._run("2026-06-16 04:00:00")
        self.assertEqual(len(self._run("2026-06-22 04:00:00")), 1)
        self.assertEqual(self._run("2027-06-20 04:00:00").mapped("year"), [2026, 2027])

    def test_new_birthday_is_no_second_gift(self):
        """MEM-13: moving the birthday brings no second gift in the same year."""
        self.member.o2o_birthday = "1990-02-05"
        self._run("2026-02-01 04:00:00")
        for birthday, day in (
            ("1990-06-22", "2026-06-20"),
            ("1990-12-24", "2026-12-20"),
        ):
            self.member.o2o_birthday = birthday
            self.assertEqual(len(self._run(f"{day} 04:00:00")), 1)

    def test_birthday_moved_over_the_turn_of_the_year(self):
        """MEM-13: nor one some days later, in the next year."""
        self.member.o2o_birthday = "1990-12-24"
        self._run("2026-12-20 04:00:00")
        self.member.o2o_birthday = "1990-01-05"
        self.assertEqual(self._run("2027-01-02 04:00:00").mapped("year"), [2026])

    def test_turn_of_the_year(self):
        """MEM-13: a birthday in January has its gift in December, once."""
        self.member.o2o_birthday = "1990-01-03"
        self.assertEqual(self._run("2026-12-28 04:00:00").year, 2027)
        self.assertEqual(len(self._run("2027-01-02 04:00:00")), 1)

    def test_leap_day(self):
        """MEM-13: born on 29 February: 28 February in a common year, also at home in
        a leap year."""
        self.member.o2o_birthday = "2000-02-29"
        gift = self._run("2027-02-21 04:00:00")
        self.assertEqual(str(gift.birthday), "2027-02-28")
        gifts = self._run("2028-02-28 04:00:00")
        self.assertEqual(gifts.mapped(lambda gift: str(gift.birthday))[1], "2028-02-29")

    def test_gift_is_personal(self):
        """MEM-13: a stranger who knows the code gets nothing."""
        self.member.o2o_birthday = "1990-06-22"
        gift = self._run(NOW)
        product = self.env["product.product"].create({"name": "x", "list_price": 10})
        thief = self._create_member("O2O Thief", "88000400")
        order = self._order(thief, product)
        self.assertIn("error", order._try_apply_code(gift.coupon_id.code))
        config = self.env["pos.config"].create({"name": "O2O Till"})
        result = config.use_coupon_code(gift.coupon_id.code, NOW, thief.id, False)
        self.assertFalse(result["successful"])
        result = config.use_coupon_code(gift.coupon_id.code, NOW, self.member.id, False)
        self.assertTrue(result["successful"])

    def test_no_gift_without_program(self):
        """MEM-13: only levels with a gift give one."""
        self.ordinary.birthday_program_id = False
        self.silver.birthday_program_id = self.program
        self.member.o2o_birthday = "1990-06-22"
        self.assertFalse(self._run(NOW))
        self._buy(self.member, 1000)
        self.assertTrue(self._run(NOW))
