from datetime import timedelta

from odoo import fields

from .common import MemberCommon

DAY0 = fields.Datetime.to_datetime("2026-01-15 04:00:00")
# points of these purchases wait three days and live for sixty
WAIT, LIFE = 3, 60


class PurchasesCommon(MemberCommon):
    """Members who buy bottles and cups, and get points for them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Share = cls.env["o2o.points.share"]
        cls.member = cls._create_member()
        cls.sauce, cls.gift = cls.env["product.category"].create(
            [{"name": "O2O Sauce"}, {"name": "O2O Gift"}]
        )
        cls.bottle, cls.cup = cls.env["product.product"].create(
            [
                {"name": "O2O Bottle", "categ_id": cls.sauce.id},
                {"name": "O2O Cup", "categ_id": cls.gift.id},
            ]
        )

    @classmethod
    def _order(cls, *lines):
        """A sale order with lines of (product, quantity)."""
        return cls.env["sale.order"].create(
            {
                "partner_id": cls.member.id,
                "order_line": [
                    (0, 0, {"product_id": product.id, "product_uom_qty": quantity})
                    for product, quantity in lines
                ],
            }
        )

    def _award(self, order, *amounts, member=None):
        return self.Share._award(
            member or self.member,
            [
                {
                    "record": line,
                    "product": line.product_id,
                    "quantity": line.product_uom_qty,
                    "amount": amount,
                }
                for line, amount in zip(order.order_line, amounts, strict=True)
            ],
            document=f"sale.order/{order.id}",
            source=order,
        )

    def _lives(self, wait=WAIT, life=LIFE):
        """From now on points wait for some days and live for some."""
        self.patch(
            type(self.company),
            "_o2o_points_lifetime",
            lambda _company, _kind, moment: (
                moment + timedelta(days=wait),
                moment + timedelta(days=life),
            ),
        )
