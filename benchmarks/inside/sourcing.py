"""What the sourcing benchmark does inside Odoo. Every function takes the registry."""

import math
import random
import sys
import time

from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.tools import SQL

from .bulk import Copies, without_indexes

#: stores per city; the first city is the biggest, as in life: with 10,000 stores it has
#: about 600, with 1,000 about 140
CITY_SIZE = 67
RANK_SHIFT = 5
SPREAD_KM = 12.0
ORDER_LINES = 3
#: how many of all pairs of store and product have a row of stock, of 1024
STOCKED = 205
TABLES = ("stock_quant", "stock_location", "stock_warehouse", "o2o_store")


def _env(cr):
    context = {"tracking_disable": True, "allowed_company_ids": [1]}
    return api.Environment(cr, SUPERUSER_ID, context)


def _say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


# === data ===


def build_chain(registry, stores, products):
    """A chain with so many stores and products, always the same.

    :return: dict of what is there
    """
    with registry.cursor() as cr:
        env = _env(cr)
        env["o2o.store"].search([("is_head_office", "=", False)]).action_archive()
        cities = _add_cities(env, stores)
        first_product = _add_products(env, products)
        cr.execute("SET LOCAL maintenance_work_mem = '512MB'")
        cr.execute("SET LOCAL synchronous_commit = off")
        with without_indexes(cr, *TABLES):
            first_location = _add_stores(env, stores, cities)
            quants = _add_stock(env, first_product, products, first_location, stores)
        _say("committing")
    return {
        "stores": stores,
        "cities": len(cities),
        "products": products,
        "quants": quants,
    }


def _add_cities(env, stores):
    """Cities far from each other, with as many stores as their rank allows.

    :return: list of tuples ``(region id, latitude, longitude, number of stores)``
    """
    chance = random.Random(7)
    count = max(1, math.ceil(stores / CITY_SIZE))
    weights = [1 / (rank + RANK_SHIFT) for rank in range(count)]
    sizes = [round(stores * weight / sum(weights)) for weight in weights]
    sizes[0] += stores - sum(sizes)
    regions = env["o2o.region"].create(
        [
            {
                "name": f"City {number}",
                "latitude": 23 + chance.random() * 17,
                "longitude": 101 + chance.random() * 18,
            }
            for number in range(count)
        ]
    )
    return [
        (region.id, region.latitude, region.longitude, size)
        for region, size in zip(regions, sizes, strict=True)
    ]


def _add_products(env, products):
    """:return: the id of the first one"""
    template = env["product.product"].create(
        {
            "name": "Liquor",
            "type": "consu",
            "is_storable": True,
            "list_price": 100,
            "taxes_id": [Command.clear()],
        }
    )
    _say("products")
    templates, variants = Copies(template.product_tmpl_id), Copies(template)
    first_template, first = templates.reserve(products), variants.reserve(products)
    rows = f"generate_series(0, {products - 1}) i"
    templates.insert(
        rows,
        {
            "id": f"{first_template} + i",
            "name": "jsonb_build_object('en_US', 'L' || i)",
        },
    )
    variants.insert(
        rows,
        {
            "id": f"{first} + i",
            "product_tmpl_id": f"{first_template} + i",
            "default_code": "'L' || i",
        },
    )
    return first


def _add_stores(env, stores, cities):
    """Stores around the centres of their cities, each with a warehouse of its own.

    :return: the id of the first store's shelf; the others follow
    """
    warehouse = env["stock.warehouse"].create({"name": "Template", "code": "TPL"})
    calendar = env["resource.calendar"].create({"name": "Hours", "tz": "UTC"})
    calendar.attendance_ids.write({"hour_from": 0, "hour_to": 24})
    store = env["o2o.store"].create(
        {
            "name": "Template",
            "code": "TPL",
            "warehouse_id": warehouse.id,
            "calendar_id": calendar.id,
        }
    )
    _say("stores")
    warehouses, records = Copies(warehouse), Copies(store)
    shelves, others = (
        Copies(warehouse.lot_stock_id),
        Copies(warehouse.wh_input_stock_loc_id),
    )
    first_shelf, first_warehouse = (
        shelves.reserve(stores * 5),
        warehouses.reserve(stores),
    )
    first_store = records.reserve(stores)
    rows = f"generate_series(0, {stores - 1}) i"
    warehouses.insert(
        rows,
        {
            "id": f"{first_warehouse} + i",
            "name": "'Warehouse ' || i",
            "code": "'W' || i",
            "lot_stock_id": f"{first_shelf} + i",
        },
    )
    shelves.insert(
        rows,
        {
            "id": f"{first_shelf} + i",
            "complete_name": "'W' || i || '/Stock'",
            "warehouse_id": f"{first_warehouse} + i",
            "barcode": "NULL",
        },
    )
    # input, quality, output, packing: every warehouse of Odoo has them
    others.insert(
        f"generate_series({stores}, {5 * stores - 1}) i",
        {
            "id": f"{first_shelf} + i",
            "complete_name": "'W' || i || '/Other'",
            "warehouse_id": f"{first_warehouse} + i %% {stores}",
            "barcode": "NULL",
        },
    )
    env.cr.execute(
        "CREATE TEMPORARY TABLE bench_place (i int, region int, lat float, lng float)"
    )
    chance, number = random.Random(11), 0
    places = []
    for region_id, latitude, longitude, size in cities:
        for _store in range(size):
            north, east = (chance.gauss(0, SPREAD_KM) / 111.2 for _ in range(2))
            east /= math.cos(math.radians(latitude))
            places.append((number, region_id, latitude + north, longitude + east))
            number += 1
    env.cr.execute_values("INSERT INTO bench_place VALUES %s", places)
    records.insert(
        "bench_place",
        {
            "id": f"{first_store} + i",
            "name": "jsonb_build_object('en_US', 'Store ' || i)",
            "code": "'S' || i",
            "warehouse_id": f"{first_warehouse} + i",
            "region_id": "region",
            "latitude": "lat",
            "longitude": "lng",
            "area_radius_km": "15 + i %% 20",
            "has_area": "TRUE",
            "max_open_orders": "20",
            "capacity_orders": "10",
        },
    )
    store.action_archive()
    return first_shelf


def _add_stock(env, first_product, products, first_location, stores):
    """A row of stock for a fifth of all pairs, in no order a planner could guess."""
    quant = env["stock.quant"].create(
        {
            "product_id": first_product,
            "location_id": env["stock.warehouse"]
            .search([("company_id", "=", 1)], limit=1)
            .lot_stock_id.id,
            "quantity": 1,
        }
    )
    _say(f"stock of {stores} stores")
    env.flush_all()
    env.cr.execute(
        f"""
        INSERT INTO stock_quant (product_id, location_id, company_id, quantity,
                                 reserved_quantity, in_date, create_uid, write_uid,
                                 create_date, write_date)
        SELECT {first_product} + p, {first_location} + s, company_id,
               1 + (hashint4(s + p) & 31), hashint4(s - p) & 1, in_date,
               1, 1, create_date, write_date
          FROM generate_series(0, {stores - 1}) s,
               generate_series(0, {products - 1}) p,
               (SELECT * FROM stock_quant WHERE id = {quant.id}) template
         WHERE hashint8(p::bigint * 1000003 + s) & 1023 < {STOCKED}
        """
    )
    return env.cr.rowcount


# === measuring ===


def make_orders(registry, count):
    """Orders of three lines from members all over the country.

    :return: their ids
    """
    chance = random.Random(23)
    with registry.cursor() as cr:
        env = _env(cr)
        website = env["website"].search([("company_id", "=", 1)], limit=1)
        cities = env["o2o.region"].search([("name", "like", "City %")])
        cr.execute(
            "SELECT min(id), max(id) FROM product_product WHERE default_code LIKE 'L%'"
        )
        first, last = cr.fetchone()
        cities = cities.sorted("id")
        weights = [1 / (rank + RANK_SHIFT) for rank in range(len(cities))]
        orders = env["sale.order"]
        for number in range(count):
            [city] = chance.choices(cities, weights)
            partner = env["res.partner"].create(
                {
                    "name": f"Member {number}",
                    "o2o_region_id": city.id,
                    "partner_latitude": city.latitude + chance.gauss(0, 0.08),
                    "partner_longitude": city.longitude + chance.gauss(0, 0.08),
                }
            )
            orders += env["sale.order"].create(
                {
                    "partner_id": partner.id,
                    "website_id": website.id,
                    "order_line": [
                        Command.create({"product_id": product, "product_uom_qty": 1})
                        for product in chance.sample(range(first, last), ORDER_LINES)
                    ],
                }
            )
        return orders.ids


def make_rules(registry):
    """Rule sets to measure beside the built-in ones.

    :return: ``{name: id}``
    """
    with registry.cursor() as cr:
        env = _env(cr)
        full = env["o2o.sourcing.rule.set"].create(
            {"name": "All filters, split in three", "max_parcels": 3}
        )
        nearby = env["o2o.sourcing.rule.set"].create({"name": "Within 20 km"})
        nowhere = env["o2o.sourcing.rule.set"].create({"name": "Whole country"})
        for rules, off in ((nearby, ("region",)), (nowhere, ("region", "distance"))):
            for it in rules.filter_ids:
                if it.kind in off:
                    it.is_on = False
                elif it.kind == "distance":
                    it.is_on = rules == nearby
        return {
            "all filters, parcels": full.id,
            "within 20 km": nearby.id,
            "whole country": nowhere.id,
        }


def statement(registry, orders, rules=None, times=3):
    """The statement that finds the candidates, by the clocks of the database.

    Of some tries the fastest counts: what others do on the machine only adds.

    :return: list of dicts ``clock`` (planning and execution, as PostgreSQL says),
        ``plan``, ``cpu`` (of the database process, result included), in ms; ``rows``
    """
    with registry.cursor() as cr:
        env = _env(cr)
        data = env["o2o.sourcing.rule.set"].browse(rules or [])._get_rules()
        [[backend]] = env.execute_query(SQL("SELECT pg_backend_pid()"))
        return [
            _measure(env, backend, _get_query(env["o2o.sourcing"], order, data), times)
            for order in env["sale.order"].browse(orders)
        ]


def _measure(env, backend, query, times):
    clocks, plans, cpus, rows = [], [], [], 0
    for _try in range(times):
        used = _cpu(backend)
        rows = len(env.execute_query(query))
        cpus.append(_cpu(backend) - used)
        [[[plan]]] = env.execute_query(
            SQL("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) %s", query)
        )
        plans.append(plan["Planning Time"])
        clocks.append(plan["Planning Time"] + plan["Execution Time"])
    return {
        "clock": min(clocks),
        "plan": min(plans),
        "cpu": min(cpus),
        "rows": rows,
    }


def _cpu(process):
    """Milliseconds a process has been on a processor (Linux keeps nanoseconds)."""
    with open(f"/proc/{process}/schedstat") as stream:
        return int(stream.read().split()[0]) / 1e6


def _get_query(sourcing, order, rules):
    request = sourcing._prepare_request(order)
    kinds = {it["kind"] for it in rules["filters"]}
    region_ids = None
    if "region" in kinds:
        region_ids = request["region"]._get_served_region_ids()
    place, reason = sourcing._get_place_sql(request, rules, region_ids)
    return sourcing._get_candidates_sql(request, rules, place, reason)


def explain(registry, order, rules=None):
    """The plan of one order's statement, for people."""
    with registry.cursor() as cr:
        env = _env(cr)
        data = env["o2o.sourcing.rule.set"].browse(rules or [])._get_rules()
        query = _get_query(env["o2o.sourcing"], env["sale.order"].browse(order), data)
        rows = env.execute_query(SQL("EXPLAIN (ANALYZE, BUFFERS) %s", query))
        return [row[0] for row in rows]


def decide(registry, orders, rules=None):
    """The whole decision in Python, with the row it writes; nothing is kept.

    :return: list of dicts ``seconds``, ``statements``, ``rule``
    """
    results = []
    with registry.cursor() as cr:
        env = _env(cr)
        if rules:
            env["o2o.sourcing.rule.set"].browse(rules).action_publish()
            env.flush_all()
        for order_id in orders:
            env.invalidate_all()
            order = env["sale.order"].browse(order_id)
            count, begin = cr.sql_log_count, time.perf_counter()
            decision = env["o2o.sourcing"]._decide(order)
            env.flush_all()
            results.append(
                {
                    "seconds": time.perf_counter() - begin,
                    "statements": cr.sql_log_count - count,
                    "rule": decision.rule,
                }
            )
        cr.rollback()
    return results
