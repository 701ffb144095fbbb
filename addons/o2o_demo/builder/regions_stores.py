"""Cities and districts, stores with their hours, warehouses and tills."""

from odoo.fields import Command

from .common import LANG, TIMEZONE, read_json


def build(shop):
    data = read_json("stores.json")
    _show_warehouses(shop)
    _build_regions(shop, data["regions"])
    hours = _build_hours(shop, data["hours"])
    shop.head_office = _build_head_office(shop, data["head_office"])
    shop.stores = shop.env["o2o.store"].union(
        *(_build_store(shop, row, hours) for row in data["stores"])
    )


def _show_warehouses(shop):
    """Show warehouses and locations to everybody who works with stock.

    Core would do it at the second warehouse, the slow way through the settings.
    """
    shop.env.ref("base.group_user").implied_ids = [
        Command.link(shop.env.ref(f"stock.group_stock_multi_{name}").id)
        for name in ("locations", "warehouses")
    ]
    warehouses = shop.env["stock.warehouse"].search(
        [("company_id", "=", shop.company.id)]
    )
    warehouses.with_context(active_test=False).int_type_id.active = True


def _build_regions(shop, cities):
    for order, city in enumerate(cities, 1):
        parent = _build_region(shop, city, order * 10)
        for index, district in enumerate(city["districts"], 1):
            _build_region(shop, district, index, parent)


def _build_region(shop, row, sequence, parent=None):
    return shop.ensure(
        "o2o.region",
        _region_name(row["code"]),
        {
            "name": row["name"],
            "sequence": sequence,
            "parent_id": parent.id if parent else False,
            "latitude": row["latitude"],
            "longitude": row["longitude"],
        },
    )


def _region_name(code):
    return f"region_{code.lower().replace('-', '_')}"


def get_region(shop, code):
    """A region built before, by its code."""
    return shop.get(_region_name(code))


def _build_hours(shop, rows):
    return {
        key: shop.ensure(
            "resource.calendar",
            f"hours_{key}",
            {
                "name": row["name"],
                "tz": TIMEZONE,
                "company_id": shop.company.id,
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "name": row["name"],
                                "dayofweek": str(day),
                                "hour_from": row["from"],
                                "hour_to": row["to"],
                                # core lists morning and afternoon at the pick-up
                                "day_period": "morning",
                            }
                        )
                        for day in range(7)
                    ),
                ],
            },
        )
        for key, row in rows.items()
    }


def _build_head_office(shop, row):
    """The company's first warehouse becomes the central one."""
    warehouse = shop.env["stock.warehouse"].search(
        [("company_id", "=", shop.company.id)], order="id", limit=1
    )
    if not shop.get("store_head_office"):
        warehouse.write(
            {
                "name": row["name"],
                "code": row["code"],
                "partner_id": shop.company.partner_id.id,
            }
        )
        warehouse.flush_recordset()  # its old code is free for a store now
    shop.company.partner_id.write(_position(row))
    store = shop.company._o2o_ensure_head_office()
    if not shop.get("store_head_office"):
        store.write(
            {
                "name": row["name"],
                "code": row["code"],
                "warehouse_id": warehouse.id,
                "region_id": get_region(shop, row["region"]).id,
                "latitude": row["latitude"],
                "longitude": row["longitude"],
                "phone": shop.texts["company"]["phone"],
            }
        )
        shop.name(store, "store_head_office")
    return store


def _build_store(shop, row, hours):
    key = row["code"].lower()
    partner = shop.ensure("res.partner", f"place_{key}", _prepare_place(shop, row))
    warehouse = shop.ensure(
        "stock.warehouse",
        f"warehouse_{key}",
        {
            "name": row["name"],
            "code": row["code"],
            "company_id": shop.company.id,
            "partner_id": partner.id,
            "opening_hours": hours[row["hours"]].id,
        },
    )
    store = shop.ensure(
        "o2o.store",
        f"store_{key}",
        {
            "name": row["name"],
            "code": row["code"],
            "warehouse_id": warehouse.id,
            "region_id": get_region(shop, row["region"]).id,
            "latitude": row["latitude"],
            "longitude": row["longitude"],
            "calendar_id": hours[row["hours"]].id,
            "phone": row["phone"],
        },
    )
    for number, till in enumerate(row["tills"], 1):
        _build_till(shop, store, till, f"till_{key}_{number}")
    return store


def _prepare_place(shop, row):
    return {
        "name": f"{shop.texts['website']['name']} {row['name']}",
        "company_id": shop.company.id,
        "is_company": True,
        "lang": LANG,
        "country_id": shop.env.ref("base.cn").id,
        "state_id": shop.state(row["state"]).id,
        "city": row["city"],
        "street": row["street"],
        "zip": row["zip"],
        "phone": row["phone"],
        **_position(row),
    }


def _position(row):
    return {
        "partner_latitude": row["latitude"],
        "partner_longitude": row["longitude"],
    }


def _build_till(shop, store, name, key):
    if shop.get(key):
        return
    texts = shop.texts["pos"]
    label = f"{store.name} {name}"
    shop.ensure(
        "pos.config",
        key,
        {
            "name": label,
            "company_id": shop.company.id,
            "o2o_store_id": store.id,
            "picking_type_id": store.warehouse_id.pos_type_id.id,
            "payment_method_ids": [
                Command.set((_build_cash(shop, key, label) | _build_card(shop)).ids)
            ],
            "receipt_header": texts["receipt_header"],
            "receipt_footer": texts["receipt_footer"],
            "is_header_or_footer": True,
        },
    )


def _build_cash(shop, key, label):
    """Core wants one cash journal per till."""
    journal = shop.ensure(
        "account.journal",
        f"journal_{key}",
        {
            "name": f"{shop.texts['pos']['cash']} {label}",
            "type": "cash",
            "code": f"P{key.rpartition('till_')[2].replace('_', '').upper()[:4]}",
            "company_id": shop.company.id,
        },
    )
    return shop.ensure(
        "pos.payment.method",
        f"payment_{key}",
        {
            "name": shop.texts["pos"]["cash"],
            "journal_id": journal.id,
            "company_id": shop.company.id,
        },
    )


def _build_card(shop):
    journal = shop.env["account.journal"].search(
        [("type", "=", "bank"), ("company_id", "=", shop.company.id)], limit=1
    )
    return shop.ensure(
        "pos.payment.method",
        "payment_card",
        {
            "name": shop.texts["pos"]["card"],
            "journal_id": journal.id,
            "company_id": shop.company.id,
        },
    )
