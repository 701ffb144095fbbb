import itertools

from odoo import fields

from .common import MemberCommon


class LevelCommon(MemberCommon):
    """Members who buy from a company in Shanghai with four levels."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.tz = "Asia/Shanghai"
        cls.company._o2o_ensure_levels()
        levels = cls.company._o2o_levels()
        cls.ordinary, cls.silver, cls.gold, cls.diamond = levels
        # the names of the house are in the language of the database
        names = ("Ordinary", "Silver", "Gold", "Diamond")
        for level, name in zip(levels, names, strict=True):
            level.with_context(lang="en_US").name = name
        cls.silver.write({"spend_min": 1000, "count_min": 0, "grace_days": 30})
        cls.gold.write(
            {"spend_min": 5000, "count_min": 5, "needs_both": True, "grace_days": 30}
        )
        cls.diamond.write({"spend_min": 20000, "count_min": 0, "grace_days": 0})
        levels.window_months = 12
        cls.History = cls.env["o2o.level.membership"]
        cls.Grant = cls.env["o2o.level.grant"]
        cls.member = cls._create_member()
        cls._numbers = itertools.count()

    @classmethod
    def _buy(cls, partner, amount, at=None, evaluate=True):
        """A completed purchase; returns its share for :meth:`_take_back`."""
        number = next(cls._numbers)
        share = cls.env["o2o.points.share"].create(
            {
                "partner_id": partner.id,
                "company_id": cls.env.company.id,
                "kind": "earn",
                "document": f"t:{number}",
                "res_model": "sale.order.line",
                "res_id": number + 10**9,
                "purchased_at": at or fields.Datetime.now(),
                "quantity": 1,
                "kept_quantity": 1,
                "amount": amount,
                "kept_amount": amount,
                "points": 0,
            }
        )
        if evaluate:
            partner._o2o_after_purchases_changed()
        return share

    @classmethod
    def _fee_line(cls, price=365.0, taxes=()):
        """An order line of a membership fee."""
        product = cls.env["product.product"].create(
            {
                "name": "O2O Gold Year",
                "type": "service",
                "list_price": price,
                "invoice_policy": "order",
                "taxes_id": [fields.Command.set([tax.id for tax in taxes])],
            }
        )
        return (
            cls.env["sale.order"]
            .create(
                {
                    "partner_id": cls.member.id,
                    "order_line": [fields.Command.create({"product_id": product.id})],
                }
            )
            .order_line
        )

    @classmethod
    def _take_back(cls, share, evaluate=True):
        share._keep(0)
        if evaluate:
            share.partner_id._o2o_after_purchases_changed()

    def _current(self, partner=None):
        partner = partner or self.member
        return partner._o2o_current_memberships().get(partner)
