from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import RiskCase


@tagged("post_install", "-at_install")
class TestFacts(RiskCase):
    def test_no_person_in_the_table(self):
        """PAY-08: keyed hashes only: no phone, no address, no number of a member."""
        self._order()
        text = str(self.facts.search([]).read())
        for secret in ("13900000001", "长岭", "203.0.113.5", "张三"):
            self.assertNotIn(secret, text)
        kinds = {fact.key_kind: fact.key_hash for fact in self.facts.search([])}
        self.assertEqual(len(set(kinds.values())), len(kinds))
        self.assertTrue(all(len(it) == 64 for it in kinds.values()))

    def test_pickup_has_no_place(self):
        """PAY-09: the counter of a store is everybody's address."""
        order = self._submit()
        self.patch(type(order), "_o2o_is_pickup", lambda order: True)
        self.assertNotIn("place", order._o2o_risk_keys())

    def test_written_once(self):
        """PAY-09: facts are neither changed nor deleted by hand."""
        self._order()
        fact = self.facts.search([], limit=1)
        with self.assertRaises(UserError):
            fact.amount = 0.0
        with self.assertRaises(UserError):
            fact.unlink()

    def test_they_expire(self):
        """PAY-08: kept as long as the setting says, no longer."""
        with freeze_time(fields.Datetime.now() - timedelta(days=31)):
            self._order()
        young = self._order()
        self.env["ir.config_parameter"].set_param("o2o_risk.keep_days", "30")
        with self.enter_registry_test_mode():
            self.env.ref("o2o_risk.o2o_risk_fact_cron_expire").method_direct_trigger()
        left = set(self.facts.search([]).mapped("ref"))
        self.assertEqual(
            left,
            {
                f"sale.order/{young.id}",
                f"payment.transaction/{young.transaction_ids.id}",
            },
        )

    def test_topups(self):
        """PAY-05, PAY-09: top-ups are counted and refused; held they cannot be."""
        member = self.member.partner_id
        self._rule(counted="topup", limit=2, action="hold")
        self._rule(counted="topup", limit=3, action="refuse")
        for _count in range(3):
            self._topup(member)
        self.assertEqual(self.hits.search([]).mapped("action"), ["note"])
        with self.assertRaises(UserError):
            self._topup(member)
        # the money is spent: that order is held
        self.rules.search([("action", "=", "refuse")]).active = False
        self.assertEqual(self._bought().o2o_stage, "review")

    def _topup(self, member):
        topup = self.env["o2o.wallet.topup"]._begin(member, 100.0)
        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": self.online.id,
                "payment_method_id": self.method.id,
                "amount": 100.0,
                "currency_id": self.company.currency_id.id,
                "partner_id": member.id,
                "operation": "online_redirect",
                "o2o_wallet_topup_id": topup.id,
            }
        )
        with self._browser():
            transaction._o2o_risk_topup()
