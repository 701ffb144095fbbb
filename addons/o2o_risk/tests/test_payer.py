from odoo.tests import tagged

from odoo.addons.o2o_payment.tests.common_order import OrderPaymentCase

from .common import RiskRules


@tagged("post_install", "-at_install")
class TestPayer(RiskRules, OrderPaymentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._start_rules()
        cls.company.o2o_hold_limit = 0

    def test_one_account_pays_for_many(self):
        """PAY-09: the gateway says who paid; two members, one account: held."""
        rule = self._rule("payer")
        orders = []
        for number in range(2):
            self.payer = self._create_member(
                f"o2o_payer_{number}", f"1390000020{number}"
            ).partner_id
            order = self._create_cart(
                [(self.product, 1)], pricelist_id=self.pricelist.id
            )
            order.partner_id = self.payer
            self._come_in(self._attempt(order, self.wechat))
            orders.append(order)
        self.assertTrue(orders[0].o2o_fulfillment_ids)
        self.assertEqual(orders[1].o2o_stage, "review")
        self.assertEqual(orders[1].o2o_risk_hit_ids.rule_id, rule)
        self.assertNotIn("oUpF8u", str(self.facts.search([]).read()))
