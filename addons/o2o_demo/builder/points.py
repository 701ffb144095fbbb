"""What members can have for points, and some points to begin with."""

from odoo.fields import Command

from .common import read_json


def build(shop):
    texts = read_json("points.json")
    for row in texts["products"]:
        _build_product(shop, row)
    for row in texts["coupons"]:
        _build_coupon(shop, row)
    for phone, points in texts["members"].items():
        member = shop.get(f"member_{phone}")
        member._o2o_post_points(
            points, "manual", f"demo:{phone}", reason=texts["reason"]
        )


def _build_product(shop, row):
    """As the one it is a copy of, with a price in points, in every store."""
    if shop.get(f"points_{row['code'].lower()}"):
        return
    original = shop.get(f"product_{row['copy'].lower()}").product_tmpl_id
    template = original.copy(
        {
            "name": row["name"],
            "default_code": row["code"],
            "o2o_payment_kind": "points",
            "o2o_points_price": row["points"],
            "is_published": True,
        }
    )
    product = template.product_variant_id
    stores = shop.env["o2o.store"].search([("company_id", "=", shop.company.id)])
    quants = shop.env["stock.quant"].with_context(inventory_mode=True)
    quants.create(
        [
            {
                "product_id": product.id,
                "location_id": warehouse.lot_stock_id.id,
                "inventory_quantity": row["pieces"],
            }
            for warehouse in stores.warehouse_id
        ]
    ).action_apply_inventory()
    shop.name(product, f"points_{row['code'].lower()}")


def _build_coupon(shop, row):
    program = shop.ensure(
        "loyalty.program",
        f"coupon_{row['code']}",
        {
            "name": row["name"],
            "program_type": "coupons",
            "applies_on": "current",
            "trigger": "with_code",
            "company_id": shop.company.id,
            "rule_ids": [
                Command.clear(),
                Command.create({"minimum_amount": row["minimum"]}),
            ],
            "reward_ids": [
                Command.clear(),
                Command.create(
                    {
                        "reward_type": "discount",
                        "discount": row["discount"],
                        "discount_mode": "per_order",
                        "discount_applicability": "order",
                        "required_points": 1,
                        "description": row["name"],
                    }
                ),
            ],
        },
    )
    shop.ensure(
        "o2o.coupon.offer",
        f"coupon_offer_{row['code']}",
        {
            "program_id": program.id,
            "company_id": shop.company.id,
            "points_price": row["points"],
            "quota": row["quota"],
            "member_limit": 2,
            "note": row["name"],
        },
    )
