from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user


class StockCase(TransactionCase):
    """Two stores with a till each, one product, a member, a cashier."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "no_reset_password": True})
        cls.company = cls.env.company
        cls.env["o2o.stock.safety"].search([]).active = False
        cls.stock = cls.env["o2o.stock"]
        cls.holds = cls.env["o2o.stock.hold"]
        # the one that serves orders of the website, whoever routes them
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.company.id)], limit=1
        )
        cls.other = cls._create_warehouse("HOLD2")
        cls.product = cls._create_product("坤沙大曲 53度")
        cls.second = cls._create_product("年份老酒 53度")
        cls._set_stock(cls.warehouse, cls.product, 5)
        cls.website = cls.env["website"].search(
            [("company_id", "=", cls.company.id)], limit=1
        ) or cls.env["website"].create({"name": "Test", "company_id": cls.company.id})
        cls.member = new_test_user(
            cls.env, "o2o_stock_member", groups="base.group_portal", name="Member 张三"
        )
        cls.member.partner_id.write({"phone": "13900001111", "street": "长岭南路 8 号"})
        cls.cashier = new_test_user(
            cls.env,
            "o2o_stock_cashier",
            groups="base.group_user,point_of_sale.group_pos_user",
        )
        cls.pos_manager = new_test_user(
            cls.env,
            "o2o_stock_pos_manager",
            groups="base.group_user,point_of_sale.group_pos_manager",
        )
        # settles sale orders at the till, which plain cashiers do not see
        cls.teller = new_test_user(
            cls.env,
            "o2o_stock_teller",
            groups="base.group_user,point_of_sale.group_pos_user,"
            "sales_team.group_sale_salesman_all_leads",
        )
        cls.keeper = new_test_user(
            cls.env,
            "o2o_stock_keeper",
            groups="base.group_user,stock.group_stock_manager",
        )
        cls.seller = new_test_user(
            cls.env,
            "o2o_stock_seller",
            groups="base.group_user,sales_team.group_sale_salesman_all_leads",
        )
        cls.till = cls.env["pos.config"].create(
            {"name": "Till HOLD", "picking_type_id": cls.warehouse.pos_type_id.id}
        )

    @classmethod
    def _create_warehouse(cls, code):
        return cls.env["stock.warehouse"].create(
            {"name": f"Store {code}", "code": code, "company_id": cls.company.id}
        )

    @classmethod
    def _create_product(cls, name):
        return cls.env["product.product"].create(
            {
                "name": name,
                "type": "consu",
                "is_storable": True,
                "list_price": 100.0,
                "taxes_id": [Command.clear()],
                "available_in_pos": True,
            }
        )

    @classmethod
    def _set_stock(cls, warehouse, product, quantity):
        cls.env["stock.quant"]._update_available_quantity(
            product, warehouse.lot_stock_id, quantity
        )

    @classmethod
    def _in(cls, minutes):
        return fields.Datetime.now() + timedelta(minutes=minutes)

    def _claim(self, key, quantity, *, product=None, minutes=15, **kwargs):
        return self.stock._claim(
            key,
            [
                (
                    product or self.product,
                    kwargs.pop("warehouse", self.warehouse),
                    quantity,
                )
            ],
            self._in(minutes),
            **kwargs,
        )

    def _free(self, product=None, warehouse=None, channel="office"):
        warehouse = warehouse or self.warehouse
        product = product or self.product
        return self.stock._get_available(product, warehouse, channel)[warehouse][
            product
        ]

    @classmethod
    def _create_order(cls, quantity=1, *, partner=None, website=True, product=None):
        return cls.env["sale.order"].create(
            {
                "partner_id": (partner or cls.member.partner_id).id,
                "website_id": cls.website.id if website else False,
                "warehouse_id": cls.warehouse.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": (product or cls.product).id,
                            "product_uom_qty": quantity,
                        }
                    )
                ],
            }
        )

    @classmethod
    def _submit(cls, order):
        """What every way of paying begins with."""
        provider = cls.env["payment.provider"].search(
            [("code", "=", "custom")], limit=1
        ) or cls.env["payment.provider"].search([], limit=1)
        return cls.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": cls.env["payment.method"].search([], limit=1).id,
                "amount": order.amount_total,
                "currency_id": order.currency_id.id,
                "partner_id": order.partner_id.id,
                "sale_order_ids": [Command.set(order.ids)],
                "reference": f"HOLD-{order.id}-{len(order.transaction_ids)}",
            }
        )

    def _hold_of(self, order):
        return self.holds.search([("key", "=", order._o2o_get_hold_key())])
