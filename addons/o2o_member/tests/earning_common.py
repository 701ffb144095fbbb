from odoo import fields
from odoo.tests import new_test_user

from .common_purchases import PurchasesCommon


class EarningCommon(PurchasesCommon):
    """A company with one rule of each event, and a member who is a portal user."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.tz = "Asia/Shanghai"
        cls.env["o2o.points.rule"].with_context(active_test=False).search(
            [("company_id", "=", cls.company.id)]
        ).active = False
        cls.portal = new_test_user(
            cls.env,
            login="o2o_m_portal",
            groups="base.group_portal",
            lang="en_US",
            name="Anna Zhang",
        )
        cls.anna = cls.portal.partner_id
        cls._create_card("88000300")._activate(cls.anna)
        cls.SignIn = cls.env["o2o.sign.in"]
        cls.Link = cls.env["o2o.member.link"]
        cls.Referral = cls.env["o2o.referral"]

    @classmethod
    def _rule(cls, kind, days=(), **values):
        return cls.env["o2o.points.rule"].create(
            {
                "name": kind,
                "kind": kind,
                "day_ids": [
                    fields.Command.create({"day": day, "points": points})
                    for day, points in days
                ],
                **values,
            }
        )

    @classmethod
    def _friend(cls, name="Bob Li", number="88000400", **values):
        partner = cls.env["res.partner"].create({"name": name, **values})
        cls._create_card(number)._activate(partner)
        return partner

    def _buy(self, partner, *amounts):
        order = self._order(*[(self.bottle, 1) for _amount in amounts])
        self._award(order, *amounts, member=partner)
        return order
