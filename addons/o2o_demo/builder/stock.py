"""How much of what stands where.

Quantities follow the price (cheap goods stand in piles), the size of the store and
a fixed variation; a few goods are missing or scarce in some stores, so that routing
has something to decide.
"""

import zlib

from .common import read_json

#: price below which a medium store keeps that many
LEVELS = ((150, 60), (400, 24), (1000, 12), (2000, 6), (float("inf"), 3))
HEAD_OFFICE_FACTOR = 20


def build(shop):
    if shop.get("stock_counted"):
        return
    counted = [_prepare_head_office(shop)]
    for row in read_json("stores.json")["stores"]:
        counted.append(_prepare_store(shop, row))
    quants = shop.env["stock.quant"].with_context(inventory_mode=True)
    quants = quants.create([vals for rows in counted for vals in rows])
    quants.action_apply_inventory()
    shop.name(quants[:1], "stock_counted")


def get_quantity(price, code, store_row):
    """Pieces of one product in one store."""
    product = code.upper()
    if product in store_row["missing"]:
        return 0
    if product in store_row["scarce"]:
        return store_row["scarce"][product]
    variation = 0.7 + zlib.crc32(f"{store_row['code']}{product}".encode()) % 61 / 100
    return max(1, round(_get_level(price) * store_row["size"] * variation))


def _get_level(price):
    return next(level for limit, level in LEVELS if price < limit)


def _prepare_head_office(shop):
    location = shop.head_office.warehouse_id.lot_stock_id
    return [
        _prepare_quant(
            product, location, _get_level(product.lst_price) * HEAD_OFFICE_FACTOR
        )
        for product in shop.products
    ]


def _prepare_store(shop, row):
    location = shop.get(f"warehouse_{row['code'].lower()}").lot_stock_id
    quantities = (
        (product, get_quantity(product.lst_price, product.default_code, row))
        for product in shop.products
    )
    return [
        _prepare_quant(product, location, quantity)
        for product, quantity in quantities
        if quantity
    ]


def _prepare_quant(product, location, quantity):
    return {
        "product_id": product.id,
        "location_id": location.id,
        "inventory_quantity": quantity,
    }
