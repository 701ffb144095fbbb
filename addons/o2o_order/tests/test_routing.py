from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged, warmup

from .common import O2oOrderCase


@tagged("post_install", "-at_install")
class TestRouting(O2oOrderCase):
    def _decide(self, **kwargs):
        return self.env["o2o.sourcing"]._decide(self._create_order(**kwargs))

    def _facts(self, decision):
        return {fact["store_id"]: fact for fact in decision.facts}

    def test_nearest_store_with_all_goods_is_chosen(self):
        """ROUT-01: the nearest open store of the region serves the order."""
        fulfillment = self._place()
        self.assertEqual(fulfillment.store_id, self.near)
        self.assertEqual(fulfillment.routing_id.rule, "nearest")
        self.assertEqual(fulfillment.order_id.warehouse_id, self.near.warehouse_id)

    def test_farther_store_is_chosen_when_the_near_one_lacks_a_line(self):
        """ROUT-01: every line must be in stock at the one store."""
        fulfillment = self._place([(self.product, 1), (self.scarce, 1)])
        self.assertEqual(fulfillment.store_id, self.far)

    def test_quantities_of_two_lines_of_a_product_add_up(self):
        """ROUT-01: 6 + 6 bottles are not served by a store with 10."""
        self._set_stock(self.far, self.product, 5)
        fulfillment = self._place([(self.product, 6), (self.product, 6)])
        self.assertEqual(fulfillment.store_id, self.far)

    def test_region_of_the_address_limits_the_stores(self):
        """ROUT-04: a member of Guiyang is not served from Chengdu."""
        (self.near | self.far).write({"is_paused": True})
        order = self._create_order()
        self.assertEqual(order.o2o_region_id, self.guanshanhu)
        order.action_confirm()
        self.assertEqual(order.o2o_fulfillment_ids.store_id, self.head_office)

    def test_chosen_region_beats_the_address(self):
        """ROUT-04: the member may choose another region."""
        order = self._create_order()
        order.o2o_region_id = self.chengdu
        order.action_confirm()
        self.assertEqual(order.o2o_fulfillment_ids.store_id, self.other_city)

    def test_head_office_serves_when_no_store_can(self):
        """ROUT-06: the operator serves what no store can."""
        self._set_stock(self.head_office, self.product, 100)
        fulfillment = self._place([(self.product, 50)])
        self.assertEqual(fulfillment.store_id, self.head_office)
        self.assertEqual(fulfillment.routing_id.rule, "head_office")

    def test_head_office_serves_a_company_without_stores(self):
        """ROUT-06: before the first store is set up orders still find their way."""
        (self.near | self.far | self.other_city).action_archive()
        self.env["o2o.store"].search([("is_head_office", "=", False)]).action_archive()
        fulfillment = self._place()
        self.assertEqual(fulfillment.store_id, self.head_office)
        self.assertTrue(fulfillment.explanation)

    def test_facts_name_the_filter_that_removed_each_store(self):
        """ROUT-01: the stored table says why each store was left out."""
        self.far.is_paused = True
        self._set_stock(self.head_office, self.product, 20)
        decision = self._decide(lines=[(self.product, 20)])
        facts = self._facts(decision)
        self.assertEqual(facts[self.near.id]["excluded_by"], "stock")
        self.assertEqual(
            facts[self.near.id]["missing"],
            [{"product": self.product.display_name, "wanted": 20.0, "free": 10.0}],
        )
        self.assertEqual(facts[self.far.id]["excluded_by"], "paused")
        self.assertEqual(facts[self.other_city.id]["excluded_by"], "region")

    def test_explanation_survives_a_change_of_the_facts(self):
        """ROUT-01: "why" is answered from what was true then."""
        decision = self._decide()
        before = decision.explanation
        self.near.name = "Renamed"
        self._set_stock(self.near, self.product, -10)
        decision.invalidate_recordset(["explanation"])
        self.assertIn("Store FAR", decision.explanation)
        self.assertEqual(decision.explanation.splitlines()[1:], before.splitlines()[1:])

    def test_decision_cannot_be_rewritten(self):
        with self.assertRaises(UserError):
            self._decide().write({"store_id": self.far.id})

    def test_closed_store_is_left_out(self):
        """ROUT-01: opening hours count, in the time zone of the calendar."""
        self.near.calendar_id = self.env["resource.calendar"].create(
            {
                "name": "9 to 18",
                "tz": "Asia/Shanghai",
                "attendance_ids": [
                    Command.create(
                        {
                            "name": str(day),
                            "dayofweek": str(day),
                            "hour_from": 9,
                            "hour_to": 18,
                            "day_period": "morning",
                        }
                    )
                    for day in range(7)
                ],
            }
        )
        with freeze_time("2026-11-23 00:30:00"):  # 08:30 in Shanghai
            self.assertEqual(self._decide().store_id, self.far)
        with freeze_time("2026-11-23 01:30:00"):  # 09:30 in Shanghai
            self.assertEqual(self._decide().store_id, self.near)

    def test_reserved_goods_are_not_offered_again(self):
        """ROUT-12: free stock is what counts, not what stands on the shelf."""
        first = self._place([(self.product, 8)])
        second = self._place([(self.product, 8)])
        self.assertEqual(first.store_id, self.near)
        self.assertEqual(second.store_id, self.far)

    def test_store_without_position_comes_after_the_others(self):
        self.near.write({"latitude": 0.0, "longitude": 0.0})
        self.assertEqual(self._decide().store_id, self.far)

    def test_address_in_a_known_region_needs_no_geocoder(self):
        """ROUT-04: the centre of the region stands in for the address."""
        partner = self.member.partner_id
        partner.write({"partner_latitude": 0, "partner_longitude": 0})
        partner.geo_localize()
        self.assertAlmostEqual(partner.partner_latitude, self.guanshanhu.latitude)
        elsewhere = self.env["res.partner"].create({"name": "X", "city": "Nowhere"})
        Partner = type(elsewhere)
        with (
            patch.object(Partner, "_o2o_is_on_website", return_value=True),
            patch.object(Partner, "_geo_localize", side_effect=AssertionError),
        ):
            elsewhere.geo_localize()
        self.assertFalse(elsewhere.partner_latitude)

    def test_guess_prefers_the_district_of_the_named_city(self):
        guess = self.env["o2o.region"]._guess_from_text
        self.assertEqual(guess("贵阳市观山湖区长岭南路"), self.guanshanhu)
        self.assertEqual(guess("贵阳市南明区"), self.guiyang)
        self.assertEqual(guess("成都市观山湖区"), self.chengdu)
        self.assertFalse(guess("北京市"))
        self.assertFalse(guess(""))

    def test_region_cannot_be_its_own_city(self):
        with self.assertRaises(UserError):
            self.guiyang.parent_id = self.guanshanhu

    def test_shortage_names_the_regions_that_have_the_goods(self):
        """ROUT-04: when stock is short the member is told where to choose."""
        order = self._create_order([(self.scarce, 2)])
        order.o2o_region_id = self.chengdu
        self.assertIn(self.guiyang.name, order._o2o_get_shortage_message())
        with self.assertRaises(ValidationError):
            order._check_cart_is_ready_to_be_paid()
        order.o2o_region_id = self.guanshanhu
        self.assertEqual(order._o2o_get_shortage_message(), "")

    def test_shortage_everywhere_is_said_plainly(self):
        order = self._create_cart([(self.scarce, 99)])
        self.assertIn("reduce", order._o2o_get_shortage_message())

    @warmup
    def test_routing_cost_does_not_grow_with_the_stores(self):
        """ROUT-01: one stock query however many stores there are."""
        order = self._create_order()
        self.env.flush_all()
        with self.assertQueryCount(20):
            self.env["o2o.sourcing"]._assess_stores(
                order,
                order._o2o_get_wanted(),
                26.6,
                106.6,
                self.env["o2o.store"],
            )
