from datetime import timedelta

from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import RiskCase


@tagged("post_install", "-at_install")
class TestRules(RiskCase):
    def test_within_the_limit_nothing_happens(self):
        """PAY-09: as many as are allowed go to their store."""
        self._rule(limit=2)
        for _count in range(2):
            order = self._bought()
            self.assertTrue(order.o2o_fulfillment_ids)
        self.assertFalse(self.hits.search([]))

    def test_over_the_limit_is_held(self):
        """PAY-09: paid, and no store hears of it; what fired is written down."""
        rule = self._rule(limit=1)
        self._bought()
        order = self._bought()
        self.assertEqual((order.state, order.o2o_stage), ("sale", "review"))
        self.assertFalse(order.o2o_fulfillment_ids)
        hit = order.o2o_risk_hit_ids
        self.assertEqual((hit.rule_id, hit.count, hit.action), (rule, 2, "hold"))
        self.assertIn(rule.name, order.o2o_risk_reasons)

    def test_note_only(self):
        """PAY-09: a rule that is tried out first holds nobody."""
        self._rule(action="note")
        self._bought()
        order = self._bought()
        self.assertTrue(order.o2o_fulfillment_ids)
        self.assertEqual(order.o2o_risk_hit_ids.action, "note")

    def test_refused_with_a_neutral_word(self):
        """PAY-09: who is refused does not learn what is counted; it is written down
        although the request leaves nothing behind."""
        self._rule(action="refuse")
        self._order()
        with self.assertRaisesRegex(UserError, "not possible at the moment"):
            self._order()
        with self.enter_registry_test_mode():
            self.env.cr.postrollback.run()
        self.assertEqual(self.hits.search([]).action, "refuse")

    def test_own_message(self):
        """PAY-09: head office may say it in its own words."""
        self._rule(action="refuse", message="Please call 400-000-000.")
        self._order()
        with self.assertRaisesRegex(UserError, "400-000-000"):
            self._order()

    def test_amount(self):
        """PAY-09: many small ones are as much as a large one."""
        self._rule(limit=0, limit_amount=500)
        self.assertTrue(self._bought(quantity=2).o2o_fulfillment_ids)
        self.assertEqual(self._bought().o2o_stage, "review")

    def test_window(self):
        """PAY-09: what is older than the window does not count."""
        self._rule(window_minutes=30)
        now = fields.Datetime.now()
        with freeze_time(now - timedelta(minutes=31)):
            self._order()
        self.assertTrue(self._bought().o2o_fulfillment_ids)
        self.assertEqual(self._bought().o2o_stage, "review")

    def test_each_key(self):
        """PAY-09: by the same member, device, network, address and phone."""
        for key_kind in ("member", "device", "network", "place", "phone"):
            with self.subTest(key=key_kind):
                rule = self._rule(key_kind)
                self._order(device=key_kind, network=f"198.51.100.{len(key_kind)}")
                order = self._bought(
                    device=key_kind, network=f"198.51.100.{len(key_kind)}"
                )
                self.assertIn(rule, order.o2o_risk_hit_ids.rule_id)
                rule.active = False

    def test_other_company_is_counted_by_itself(self):
        """PAY-09: what is bought in one company says nothing in another."""
        rule = self._rule()
        other = self.env["res.company"].create({"name": "Other"})
        member = self.facts._hash("member", self.member.partner_id.id)
        self.facts._note(other, {"sale.order/0": {"order": 1.0}}, {"member": member})
        self.assertTrue(self._bought().o2o_fulfillment_ids)
        rule.company_id = other
        self.assertTrue(self._bought().o2o_fulfillment_ids)

    def test_payments_and_coupons_and_refunds(self):
        """PAY-09: failed payments and refunds have the keys of their order."""
        order = self._bought(device="first")
        self._order(device="first").transaction_ids._set_error("refused")
        order._o2o_cancel("head_office", "test")
        self.assertTrue(order.o2o_refund_ids)
        device = self.facts._hash("device", "first")
        kinds = self.facts.search([("key_hash", "=", device)]).mapped("kind")
        self.assertEqual(
            sorted(kinds),
            ["attempt", "attempt", "failure", "order", "order", "refund"],
        )
        self._rule("device", counted="failure", limit=1)
        self._order(device="first").transaction_ids._set_error("refused again")
        self.assertEqual(self._bought(device="first").o2o_stage, "review")

    def test_same_payer(self):
        """PAY-09: many members, one account that pays: held once it is known."""
        rule = self._rule("payer")
        other = self._create_member("o2o_payer_two", "13900000012")
        orders = [self._order(), self._order(member=other, device="other")]
        payer = {"payer": self.facts._hash("payer", "o2o_alipay/2088")}
        for order in orders:
            self.facts._note(
                self.company, {f"sale.order/{order.id}": {"order": 200.0}}, payer
            )
            self._pay_for(order)
        self.assertTrue(orders[0].o2o_fulfillment_ids)
        self.assertEqual(orders[1].o2o_risk_hit_ids.rule_id, rule)
        self.assertEqual(orders[1].o2o_stage, "review")

    def test_refused_too_late_is_held(self):
        """PAY-09: the rule came after the submission: money that is here is held."""
        self._order()
        order = self._order()
        self._rule(action="refuse")
        self._pay_for(order)
        self.assertEqual(order.o2o_stage, "review")
        self.assertEqual(order.o2o_risk_hit_ids.action, "hold")

    def test_senseless_rules(self):
        """PAY-09: a rule needs a limit and a time that facts are kept for."""
        for vals in ({"limit_count": 0}, {"window_minutes": 0}, {"limit_amount": -1}):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
                self.cr.savepoint(),
            ):
                self._rule(**vals).flush_recordset()
        with self.assertRaises(ValidationError):
            self._rule(window_minutes=91 * 24 * 60)

    def test_warned_once_an_hour(self):
        """PAY-09: a rule that fires often is brought to the people in charge."""
        rule = self._rule(warn_count=1)
        for _count in range(3):
            self._order()
        for _run in range(2):
            with self.enter_registry_test_mode():
                self.env.ref("o2o_risk.o2o_risk_rule_cron_warn").method_direct_trigger()
        people = rule._get_people_in_charge()
        self.assertIn(self.env.ref("base.user_admin"), people)
        self.assertEqual(len(rule.activity_ids), len(people))

    def test_rules_that_ship(self):
        """PAY-09: to begin with nobody is refused."""
        shipped = self.rules.with_context(active_test=False).search(
            [("id", "in", self._get_shipped_ids())]
        )
        self.assertTrue(shipped)
        self.assertNotIn("refuse", shipped.mapped("action"))

    def _get_shipped_ids(self):
        return (
            self.env["ir.model.data"]
            .search([("module", "=", "o2o_risk"), ("model", "=", "o2o.risk.rule")])
            .mapped("res_id")
        )
