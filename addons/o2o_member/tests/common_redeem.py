from odoo.fields import Command

from .common import MemberCommon


class RedeemCommon(MemberCommon):
    """A member with 10,000 points; 100 points are worth one unit of money."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {
                "o2o_points_for_money": 100,
                "o2o_points_min": 200,
                "o2o_points_step": 100,
                "o2o_points_max_percent": 50.0,
            }
        )
        cls.Redemption = cls.env["o2o.points.redemption"]
        cls.Share = cls.env["o2o.points.share"]
        cls.member = cls._create_member()
        cls.member._o2o_post_points(10000, "manual", "redeem:start")
        country = cls.company.account_fiscal_country_id
        group = cls.env["account.tax.group"].create(
            {"name": "O2O Taxes", "country_id": country.id}
        )
        cls.tax_13, cls.tax_9 = cls.env["account.tax"].create(
            [
                {
                    "name": f"O2O {rate}%",
                    "amount": rate,
                    "price_include_override": included,
                    "tax_group_id": group.id,
                    "country_id": country.id,
                }
                for rate, included in ((13, "tax_included"), (9, "tax_excluded"))
            ]
        )
        cls.bottle = cls._create_product("O2O Bottle", 60.0)
        cls.cup = cls._create_product("O2O Cup", 40.0)

    @classmethod
    def _create_product(cls, name, price, taxes=None, **vals):
        return cls.env["product.product"].create(
            {
                "name": name,
                "type": "consu",
                "list_price": price,
                "taxes_id": [Command.set(taxes.ids if taxes else [])],
                "is_published": True,
                "available_in_pos": True,
                **vals,
            }
        )

    @classmethod
    def _order(cls, *lines, **vals):
        """A quotation of (product, quantity); one bottle and one cup by default."""
        return cls.env["sale.order"].create(
            {
                "partner_id": cls.member.id,
                "order_line": [
                    Command.create(
                        {"product_id": product.id, "product_uom_qty": quantity}
                    )
                    for product, quantity in lines or ((cls.bottle, 1), (cls.cup, 1))
                ],
                **vals,
            }
        )

    def _line(self, order, product):
        return order.order_line.filtered(lambda line: line.product_id == product)

    def _redemptions(self, order):
        return self.Redemption.search(
            [("document", "=", f"sale.order/{order.id}")], order="id"
        )
