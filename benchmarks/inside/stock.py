"""What the stock benchmarks do inside Odoo. Every function takes the registry."""

import random

from odoo import SUPERUSER_ID, api
from odoo.fields import Command


def _env(cr):
    return api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})


def scarce_product(registry, pieces):
    """A product with so many pieces, spread over the stores but not the head office.

    :return: dict ``product``, ``warehouses``
    """
    with registry.cursor() as cr:
        env = _env(cr)
        product = env["product.product"].create(
            {
                "name": "Scarce liquor",
                "type": "consu",
                "is_storable": True,
                "list_price": 100,
                "taxes_id": [Command.clear()],
                "website_published": True,
                "available_in_pos": True,
                "allow_out_of_stock_order": False,
            }
        )
        stores = env["o2o.store"].search([("is_head_office", "=", False)])
        region = stores.region_id[:1]
        # all in one region: each order may go to each store
        stores.region_id = region
        share, rest = divmod(pieces, len(stores))
        for number, store in enumerate(stores):
            env["stock.quant"]._update_available_quantity(
                product, store.warehouse_id.lot_stock_id, share + (number < rest)
            )
        return {"product": product.id, "warehouses": stores.warehouse_id.ids}


def carts(registry, product, count):
    """Carts of as many members, one piece each, as the shop leaves them before paying.

    :return: list of ``[order id, access token]``
    """
    with registry.cursor() as cr:
        env = _env(cr)
        website = env["website"].search([], limit=1)
        carrier = env["delivery.carrier"].search([("is_published", "=", True)], limit=1)
        region = env["o2o.store"].search([("is_head_office", "=", False)]).region_id[:1]
        random.seed(7)
        # other people than before, with phones of their own
        first = env["res.partner"].search([], order="id desc", limit=1).id
        partners = env["res.partner"].create(
            [
                {
                    "name": f"Member {number}",
                    "phone": f"139{number:08}",
                    "email": f"member{number}@example.com",
                    "street": f"{number} Renmin road",
                    "city": "Guiyang",
                    "country_id": env.ref("base.cn").id,
                    "o2o_region_id": region.id,
                    "partner_latitude": 26.4 + random.random() / 3,
                    "partner_longitude": 106.5 + random.random() / 3,
                }
                for number in range(first, first + count)
            ]
        )
        orders = env["sale.order"].create(
            [
                {
                    "partner_id": partner.id,
                    "website_id": website.id,
                    "carrier_id": carrier.id,
                    "order_line": [
                        Command.create({"product_id": product, "product_uom_qty": 1})
                    ],
                }
                for partner in partners
            ]
        )
        return [[order.id, order._portal_ensure_token()] for order in orders]


def promises(registry, product, orders):
    """What became of the pieces, as the database has it.

    :return: dict of numbers
    """
    with registry.cursor() as cr:
        env = _env(cr)
        quants = env["stock.quant"].search(
            [("product_id", "=", product), ("location_id.usage", "=", "internal")]
        )
        by_warehouse = {}
        for quant in quants:
            warehouse = quant.location_id.warehouse_id.id
            on_hand, reserved = by_warehouse.get(warehouse, (0.0, 0.0))
            by_warehouse[warehouse] = (
                on_hand + quant.quantity,
                reserved + quant.reserved_quantity,
            )
        held = env["o2o.stock.hold"]._read_group(
            [
                ("product_id", "=", product),
                ("state", "=", "active"),
                ("until", ">", cr.now()),
            ],
            ["warehouse_id"],
            ["quantity:sum"],
        )
        held = {warehouse.id: quantity for warehouse, quantity in held}
        placed = env["sale.order"].browse(orders)
        confirmed = placed.filtered(lambda order: order.state == "sale")
        moves = confirmed.order_line.move_ids.filtered(lambda m: m.state != "cancel")
        sold = env["pos.order.line"]._read_group(
            [("product_id", "=", product)], [], ["qty:sum"]
        )[0][0]
        return {
            "confirmed": len(confirmed),
            "reserved": sum(reserved for _on_hand, reserved in by_warehouse.values()),
            "assigned": sum(moves.mapped("quantity")),
            "held": sum(held.values()),
            "on_hand": sum(on_hand for on_hand, _reserved in by_warehouse.values()),
            "negative": sum(
                on_hand - reserved - held.get(warehouse, 0.0) < -1e-6
                for warehouse, (on_hand, reserved) in by_warehouse.items()
            ),
            "without_goods": sum(
                1
                for order in confirmed
                if any(m.state != "assigned" for m in order.order_line.move_ids)
            ),
            "unserved": len(
                confirmed.o2o_fulfillment_ids.filtered(
                    lambda part: part.store_id.is_head_office
                )
            ),
            "sold": sold or 0.0,
            "breaches": env["o2o.stock.breach"].search_count(
                [("product_id", "=", product)]
            ),
        }


def tills(registry, product_count):
    """One store with a till that four devices share, and four stores with one each.

    Cashiers of their own, registers of their own, plenty of goods.

    :return: dict ``shared``, ``own`` (four config ids), ``method`` (of payment),
        ``products``, ``prices``
    """
    with registry.cursor() as cr:
        env = _env(cr)
        stores = env["o2o.store"].search([("is_head_office", "=", False)], limit=5)
        products = env["product.product"].search(
            [("is_storable", "=", True), ("available_in_pos", "=", True)],
            limit=product_count,
        )
        cashiers = env["res.users"].create(
            [
                {
                    "name": f"Cashier {number}",
                    "login": f"bench_till_{number}",
                    "password": f"bench_till_{number}",
                    "group_ids": [
                        Command.link(env.ref("base.group_user").id),
                        Command.link(env.ref("point_of_sale.group_pos_user").id),
                    ],
                }
                for number in range(4)
            ]
        )
        # a register of cash belongs to one till; a card is taken at each
        method = env["pos.payment.method"].create({"name": "Bench card"})
        configs = env["pos.config"]
        for store in stores:
            store.user_ids = [Command.link(it.id) for it in cashiers]
            configs |= env["pos.config"].create(
                {
                    "name": f"Till of {store.name}",
                    "picking_type_id": store.warehouse_id.pos_type_id.id,
                    "o2o_store_id": store.id,
                    "payment_method_ids": [Command.set(method.ids)],
                }
            )
        return {
            "shared": configs[0].id,
            "own": configs[1:5].ids,
            "method": method.id,
            "products": products.ids,
            "prices": products.mapped("list_price"),
        }


def sales_of(registry, configs):
    """:return: ``[orders, their lines, pickings done]`` of these tills"""
    with registry.cursor() as cr:
        env = _env(cr)
        orders = env["pos.order"].search([("config_id", "in", configs)])
        names = orders.mapped("pos_reference")
        return {
            "orders": len(orders),
            "names": len(set(names)),
            "booked": len(orders.filtered(lambda o: o.picking_ids.state == "done")),
        }
