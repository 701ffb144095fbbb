from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user

from odoo.addons.o2o_member.tests.common import new_test_users

#: two cities; the near store is about 3 km from the member, the far one 9 km
GUIYANG = (26.6470, 106.6302)
GUANSHANHU = (26.6010, 106.6200)
HUAXI = (26.4300, 106.6700)
CHENGDU = (30.5728, 104.0668)


class O2oOrderCase(TransactionCase):
    """A small chain: head office, two stores in Guiyang, one in Chengdu."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "no_reset_password": True})
        cls.company = cls.env.company
        # points are usable at once, so that tests can look at one number
        cls.company.o2o_points_pending_days = 0
        # an order is completed on receipt; test_life has the after-sales period
        cls.company.o2o_after_sales_days = 0
        cls.website = cls.env["website"].search(
            [("company_id", "=", cls.company.id)], limit=1
        ) or cls.env["website"].create({"name": "Test", "company_id": cls.company.id})
        cls.env["o2o.store"].search([]).write({"is_paused": True})
        region = cls.env["o2o.region"].create
        cls.guiyang = region(
            {"name": "贵阳", "latitude": GUIYANG[0], "longitude": GUIYANG[1]}
        )
        cls.guanshanhu = region(
            {
                "name": "观山湖区",
                "parent_id": cls.guiyang.id,
                "latitude": GUIYANG[0],
                "longitude": GUIYANG[1],
            }
        )
        cls.chengdu = region(
            {"name": "成都", "latitude": CHENGDU[0], "longitude": CHENGDU[1]}
        )
        cls.head_office = cls.company._o2o_ensure_head_office()
        cls.head_office.is_paused = False
        cashier = "base.group_user,point_of_sale.group_pos_user"
        cls.cashier, cls.cashier_two, cls.cashier_far, cls.head_office_user = (
            new_test_users(
                cls.env,
                o2o_cashier=cashier,
                o2o_cashier_two=cashier,
                o2o_cashier_far=cashier,
                o2o_head_office="base.group_user,o2o_order.o2o_order_group_user",
            )
        )
        cls.cashier.name = "Cashier Near"
        cls.cashier_two.name = "Cashier Two"
        cls.cashier_far.name = "Cashier Far"
        cls.near = cls._create_store(
            "NEAR", cls.guanshanhu, GUANSHANHU, cls.cashier | cls.cashier_two
        )
        cls.far = cls._create_store("FAR", cls.guiyang, HUAXI, cls.cashier_far)
        cls.other_city = cls._create_store(
            "CD", cls.chengdu, CHENGDU, cls.env["res.users"]
        )
        cls.product = cls._create_product("坤沙大曲 53度", 200.0)
        cls.scarce = cls._create_product("年份老酒 53度", 1200.0)
        for store in (cls.head_office, cls.near, cls.far, cls.other_city):
            cls._set_stock(store, cls.product, 10)
        cls._set_stock(cls.far, cls.scarce, 2)
        cls.member = cls._create_member("o2o_test_member", "13900000001")
        cls.carrier = cls.env["delivery.carrier"].create(
            {
                "name": "Store delivery",
                "product_id": cls.env["product.product"]
                .create({"name": "Delivery", "type": "service", "list_price": 0.0})
                .id,
                "fixed_price": 0.0,
                "allow_cash_on_delivery": True,
                "is_published": True,
            }
        )
        cls.provider = cls.env["payment.provider"].search(
            [("custom_mode", "=", "cash_on_delivery")], limit=1
        )
        cls.provider.write({"state": "enabled", "is_published": True})
        cls.reason = cls.env.ref("o2o_order.o2o_reject_reason_sold_out")
        cls.reason_other = cls.env.ref("o2o_order.o2o_reject_reason_other")

    @classmethod
    def _create_store(cls, code, region, position, users):
        warehouse = cls.env["stock.warehouse"].create(
            {
                "name": f"Warehouse {code}",
                "code": code,
                "company_id": cls.company.id,
                "partner_id": cls.env["res.partner"]
                .create(
                    {
                        "name": f"Store {code}",
                        "street": "1 Test Road",
                        "city": region.name,
                        "country_id": cls.env.ref("base.cn").id,
                        "partner_latitude": position[0],
                        "partner_longitude": position[1],
                    }
                )
                .id,
            }
        )
        store = cls.env["o2o.store"].create(
            {
                "name": f"Store {code}",
                "code": code,
                "warehouse_id": warehouse.id,
                "region_id": region.id,
                "latitude": position[0],
                "longitude": position[1],
                "user_ids": [Command.set(users.ids)],
            }
        )
        cls.env["pos.config"].create({"name": f"Till {code}", "o2o_store_id": store.id})
        return store

    @classmethod
    def _let_points_pay(cls, points, step=100):
        """A unit of money earns a point, a hundred pay one, half of an order at most.

        :param int points: what the member (``cls.partner``) has to begin with
        """
        cls.company.write(
            {
                "o2o_points_per_unit": 1.0,
                "o2o_points_valid_months": 0,
                "o2o_points_for_money": 100,
                "o2o_points_min": 100,
                "o2o_points_step": step,
                "o2o_points_max_percent": 50.0,
            }
        )
        cls.partner = cls.member.partner_id
        cls.partner._o2o_post_points(points, "manual", f"{cls.__name__}:start")
        cls.env["o2o.points.rule"].search([]).active = False

    @classmethod
    def _create_product(cls, name, price):
        return cls.env["product.product"].create(
            {
                "name": name,
                "type": "consu",
                "is_storable": True,
                "list_price": price,
                "taxes_id": [Command.clear()],
                "allow_out_of_stock_order": False,
                "is_published": True,
            }
        )

    @classmethod
    def _set_stock(cls, store, product, quantity):
        cls.env["stock.quant"]._update_available_quantity(
            product, store.warehouse_id.lot_stock_id, quantity
        )

    @classmethod
    def _create_member(cls, login, phone):
        """A portal user with an active card (CARD-04)."""
        user = new_test_user(
            cls.env, login, groups="base.group_portal", name="Member 张三"
        )
        user.partner_id.write(
            {
                "phone": phone,
                "street": "长岭南路 8 号",
                "city": "贵阳市观山湖区",
                "country_id": cls.env.ref("base.cn").id,
            }
        )
        batch = cls.env["o2o.card.batch"].create({"file_name": "test.txt"})
        cls.env["o2o.card"].create(
            {
                "number": f"88{phone}",
                "code_hash": "not-a-hash",
                "batch_id": batch.id,
                "state": "active",
                "partner_id": user.partner_id.id,
            }
        )
        return user

    @classmethod
    def _create_cart(cls, lines=None, member=None, carrier=None, **vals):
        """A cart of the website, not submitted: nothing is held for it yet.

        :param list lines: tuples ``(product, quantity)``
        """
        partner = (member or cls.member).partner_id
        return cls.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "website_id": cls.website.id,
                "carrier_id": (carrier or cls.carrier).id,
                "order_line": [
                    Command.create(
                        {"product_id": product.id, "product_uom_qty": quantity}
                    )
                    for product, quantity in (lines or [(cls.product, 2)])
                ],
                **vals,
            }
        )

    @classmethod
    def _create_order(cls, *args, **kwargs):
        """A submitted order, ready to confirm; its goods are held."""
        order = cls._create_cart(*args, **kwargs)
        partner = order.partner_id
        cls.env["payment.transaction"].create(
            {
                "provider_id": cls.provider.id,
                "payment_method_id": cls.provider.payment_method_ids[:1].id
                or cls.env["payment.method"].search([], limit=1).id,
                "amount": order.amount_total,
                "currency_id": order.currency_id.id,
                "partner_id": partner.id,
                "sale_order_ids": [Command.set(order.ids)],
                "reference": f"COD-{order.id}",
                "state": "pending",
            }
        )
        return order

    @classmethod
    def _place(cls, *args, **kwargs):
        """An order that was submitted; returns its fulfillment."""
        order = cls._create_order(*args, **kwargs)
        order.action_confirm()
        return order.o2o_fulfillment_ids

    def _split(self, fulfillment, store, quantities):
        """Send some of a fulfillment to another store, as a routing decision would."""
        sourcing = self.env["o2o.sourcing"]
        wanted = fulfillment._get_wanted()
        rest = {
            line: quantity - quantities.get(line, 0)
            for line, quantity in wanted.items()
            if quantity > quantities.get(line, 0)
        }
        decision = self.env["o2o.routing.decision"].create(
            {
                "order_id": fulfillment.order_id.id,
                "store_id": fulfillment.store_id.id,
                "rule": "nearest",
                "parts": [
                    sourcing._prepare_part(fulfillment.store_id, rest),
                    sourcing._prepare_part(store, quantities),
                ],
            }
        )
        return fulfillment._follow(decision) - fulfillment

    @classmethod
    def _till(cls, store):
        return store.pos_config_ids[:1]

    def _act(self, user, store, fulfillment, action, **values):
        """Press a button at a till, as the cashier would."""
        return (
            self.env["o2o.fulfillment"]
            .with_user(user)
            .pos_act(self._till(store).id, fulfillment.id, action, values)
        )
