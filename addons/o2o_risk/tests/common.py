from contextlib import contextmanager
from unittest.mock import patch

from odoo.addons.o2o_order.tests.common_payment import PaidOnlineCase


class RiskRules:
    """Only the rules of a test count. Mixed into test cases."""

    @classmethod
    def _start_rules(cls):
        cls.rules = cls.env["o2o.risk.rule"]
        cls.rules.search([]).active = False
        cls.facts = cls.env["o2o.risk.fact"]
        cls.hits = cls.env["o2o.risk.hit"]
        cls.listings = cls.env["o2o.risk.listing"]

    @classmethod
    def _rule(cls, key_kind="member", limit=1, action="hold", **vals):
        return cls.rules.create(
            {
                "name": f"Too much by {key_kind}",
                "key_kind": key_kind,
                "limit_count": limit,
                "action": action,
                **vals,
            }
        )


class RiskCase(RiskRules, PaidOnlineCase):
    """Carts that browsers submit, each as the test says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._start_rules()
        cls._set_stock(cls.near, cls.product, 100)
        cls.company.o2o_hold_limit = 0

    @contextmanager
    def _browser(self, device="phone", network="203.0.113.5"):
        checks = type(self.env["o2o.risk.check"])
        hash_of = self.facts._hash
        keys = {
            "device": hash_of("device", device),
            "network": hash_of("network", network),
        }
        with patch.object(checks, "_get_request_keys", lambda service: dict(keys)):
            yield

    def _order(self, member=None, quantity=1, **browser):
        """An order at its payment, judged as the website does it."""
        order = self._submit(
            [(self.product, quantity)], partner_id=(member or self.member).partner_id.id
        )
        with self._browser(**browser):
            order._o2o_risk_submit(order.transaction_ids)
        return order

    def _pay_for(self, order):
        """The money comes later, in a transaction of its own."""
        self.env.cr.cache.pop("o2o_risk", None)
        self._succeed(order.transaction_ids)
        return order

    def _bought(self, **values):
        return self._pay_for(self._order(**values))
