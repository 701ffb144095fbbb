"""What the benchmarks of the bell and the grab pool do inside Odoo."""

from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields
from odoo.fields import Command

PASSWORD = "bench_office"


def _env(cr):
    return api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})


def add_stores(registry, count, tills_each):
    """Stores in one city, each with tills and goods, and a member beside each.

    :return: dict ``tills``: list of ``[store id, till id, channel]``; ``members``: a
        contact for each store, who lives next door; ``product``
    """
    with registry.cursor() as cr:
        env = _env(cr)
        cashier = env["res.users"].search([("login", "=", "bench_cashier")])
        env["res.users"].create(
            {
                "name": "Office",
                "login": PASSWORD,
                "password": PASSWORD,
                "group_ids": [
                    Command.link(env.ref(group).id)
                    for group in (
                        "base.group_user",
                        "sales_team.group_sale_manager",
                        "o2o_order.o2o_order_group_manager",
                    )
                ],
            }
        )
        region = env["o2o.region"].search([("parent_id", "=", False)], limit=1)
        china = env.ref("base.cn")
        product = env["product.product"].search([("is_storable", "=", True)], limit=1)
        env["o2o.store"].search([("is_head_office", "=", False)]).is_paused = True
        tills, members = [], []
        for number in range(count):
            place = {
                "country_id": china.id,
                "partner_latitude": 26.0 + number * 0.004,
                "partner_longitude": 106.6,
                "o2o_region_id": region.id,
            }
            partner = env["res.partner"].create({"name": f"Shop {number}", **place})
            warehouse = env["stock.warehouse"].create(
                {
                    "name": f"Bench {number}",
                    "code": f"B{number:03}",
                    "partner_id": partner.id,
                }
            )
            env["stock.quant"]._update_available_quantity(
                product, warehouse.lot_stock_id, 100000
            )
            store = env["o2o.store"].create(
                {
                    "name": f"Bench {number}",
                    "code": f"B{number:03}",
                    "warehouse_id": warehouse.id,
                    "region_id": region.id,
                    "latitude": place["partner_latitude"],
                    "longitude": place["partner_longitude"],
                    "user_ids": [Command.link(cashier.id)],
                }
            )
            for till in env["pos.config"].create(
                [
                    {"name": f"Till {number}/{each}", "o2o_store_id": store.id}
                    for each in range(tills_each)
                ]
            ):
                tills.append([store.id, till.id, till._ensure_access_token()])
            members.append(
                env["res.partner"].create({"name": f"Member {number}", **place}).id
            )
        env["o2o.sourcing.rule.set"].create(
            {
                "name": "Bench",
                "pool_radius_km": 100.0,
                "pool_max_km": 100.0,
                "pool_max_unfinished": 100000,
            }
        ).action_publish()
        return {
            "tills": tills,
            "members": members,
            "product": product.id,
            "website": env["website"].search([], limit=1).id,
        }


def ring_all(registry, tills, nonce):
    """One message to each till, in one transaction."""
    with registry.cursor() as cr:
        for till in _env(cr)["pos.config"].browse(tills):
            till._notify("O2O_BENCH", {"nonce": nonce})


def pool_order(registry, member, product, website):
    """An order that is to be grabbed. :return: id of its fulfillment"""
    with registry.cursor() as cr:
        env = _env(cr)
        # what was grabbed before counts as done: a store may keep three at a time
        env["o2o.fulfillment"].search([("grabbed_at", "!=", False)]).grabbed_at = False
        order = env["sale.order"].create(
            {
                "partner_id": member,
                "website_id": website,
                "order_line": [Command.create({"product_id": product})],
            }
        )
        order.action_confirm()
        fulfillment = order.o2o_fulfillment_ids
        fulfillment._move_to_store(env["o2o.store"])
        fulfillment._present_by_pool()
        # past the head start of those that won little: every store may take it
        fulfillment._announce(fields.Datetime.now() + timedelta(minutes=10))
        return fulfillment.id


def look_at(registry, fulfillment):
    """What became of an order that was grabbed."""
    with registry.cursor() as cr:
        record = _env(cr)["o2o.fulfillment"].browse(fulfillment)
        rows = record.announcement_ids.mapped("state")
        return {
            "state": record.state,
            "store": record.store_id.id,
            "won": rows.count("won"),
            "asked": len(rows),
            "accepted": record.event_ids.mapped("kind").count("accepted"),
        }
