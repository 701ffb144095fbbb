import json

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common_sourcing import SourcingCase

BUILT_IN = {"region": 0, "open": 0}


@tagged("post_install", "-at_install")
class TestSourcingExplain(SourcingCase):
    """Idea 7: why this store, to head office, to the store, to the member."""

    def test_head_office_reads_scores_and_reasons(self):
        self._publish(BUILT_IN, ["head_office"], weight_distance=50, weight_load=50)
        self.far.is_paused = True
        third = self._create_near_store("THIRD", north=0.02)
        self._set_stock(third, self.product, 10)
        decision = self._decide().with_user(self.head_office_user)
        text = decision.explanation
        self.assertIn("Store FAR (24", text)
        self.assertIn("left out, paused", text)
        self.assertIn("points (distance", text)
        self.assertIn("fewer points", text)
        self.assertIn("Store THIRD", decision.table_html)
        self.assertIn("left out, other city", decision.table_html)

    def test_names_are_escaped_in_the_table(self):
        self.near.name = "<script>alert(1)</script>"
        self.assertNotIn("<script>", self._decide().table_html)

    def test_store_is_told_what_was_missing(self):
        """ "You did not get it: 2 of 6 bottles missing"."""
        self._set_stock(self.near, self.product, -6)
        decision = self._decide([(self.product, 6)])
        self.assertEqual(
            decision._explain_to_store(self.near),
            "You did not get it: 2 of 6 坤沙大曲 53度 missing.",
        )
        self.assertEqual(decision._explain_to_store(self.far), "You got it.")
        self.assertIn("another city", decision._explain_to_store(self.other_city))

    def test_till_lists_what_the_store_missed(self):
        """Idea 7, invariant 8: reasons, but neither the member nor the winner."""
        self._set_stock(self.near, self.product, -6)
        fulfillment = self._place([(self.product, 6)])
        decisions = self.env["o2o.routing.decision"].with_user(self.cashier)
        missed = decisions.pos_missed_orders(self._till(self.near).id)
        self.assertEqual(len(missed), 1)
        self.assertIn("2 of 6", missed[0]["text"])
        content = json.dumps(missed, ensure_ascii=False)
        for secret in ("FAR", self.member.name, fulfillment.order_id.name):
            self.assertNotIn(secret, content)

    def test_till_of_another_store_is_not_answered(self):
        decisions = self.env["o2o.routing.decision"]
        with self.assertRaises(AccessError):
            decisions.with_user(self.cashier_far).pos_missed_orders(
                self._till(self.near).id
            )
        with self.assertRaises(AccessError):
            decisions.with_user(self.member).pos_missed_orders(self._till(self.near).id)

    def test_another_city_has_missed_nothing(self):
        self._place()
        self.other_city.user_ids = self.cashier
        decisions = self.env["o2o.routing.decision"].with_user(self.cashier)
        self.assertEqual(
            decisions.pos_missed_orders(self._till(self.other_city).id), []
        )

    def test_member_is_told_in_a_line(self):
        """Idea 7: each kind of decision has its short sentence."""
        self._publish(BUILT_IN, ["head_office"], max_parcels=2)
        first = self._place()
        self.assertIn("km away", first._get_short_explanation())
        parts = self._place([(self.product, 14)])
        self.assertIn("this part", parts[0]._get_short_explanation())

    def test_part_is_explained(self):
        self._publish(BUILT_IN, ["head_office"], max_parcels=2)
        decision = self._decide([(self.product, 16)])
        self.assertIn("chosen for a part: 坤沙大曲 53度 × 6", decision.explanation)
        self.assertIn("× 6", decision._explain_to_store(self.far))

    def test_many_stores_do_not_bloat_the_row(self):
        """Idea 7: the first 30 by name, the others by number."""
        self.env["o2o.store"].search([]).write({"is_paused": False})
        for number in range(35):
            self._create_near_store(f"N{number}", north=0.001 * number)
        decision = self._decide()
        self.assertEqual(len(decision.facts), 30)
        self.assertEqual(decision.facts[0]["store_id"], self.near.id)
        self.assertGreaterEqual(decision.counts["stock"], 35)
        self.assertIn("more stores: left out, goods missing", decision.explanation)
        self.assertIn("more stores: left out, other city", decision.explanation)
