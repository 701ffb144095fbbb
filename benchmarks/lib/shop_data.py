"""The same small chain in any database; runs inside `odoo shell`.

Where our addons are installed, the warehouses are stores, the tills belong to them,
and the buyer is a member with an active card, so that ours does all of its work.
Everything here is plain records: no demo addon is needed.
"""

# ruff: noqa: F821 - `env` and SCALE are put in front by `script`

import json

from odoo.fields import Command

company = env.ref("base.main_company")
env = env(context=dict(env.context, tracking_disable=True, allowed_company_ids=[1]))
is_ours = "o2o.store" in env
china = env.ref("base.cn")
PLACES = [("HQ", 26.64, 106.63), ("A", 26.60, 106.62), ("B", 26.43, 106.67)]
PLACES += [("C", 30.57, 104.06), ("D", 30.60, 104.10), ("E", 27.72, 107.03)]

# a mail with a PDF in the middle of a checkout is not what is compared
env["ir.config_parameter"].set_param("sale.async_emails", "True")
env.ref("sale.send_pending_emails_cron").active = True

if "o2o.risk.rule" in env:
    # one buyer orders all day: counted, and not held
    env["o2o.risk.rule"].search([]).action = "note"

# products

categories = env["product.public.category"].create(
    [{"name": f"Category {number}"} for number in range(8)]
)
values = []
for number in range(SCALE["products"]):
    value = {
        "name": f"Liquor {number:03} 53",
        "type": "consu",
        "is_storable": True,
        "list_price": 100 + number,
        "taxes_id": [Command.clear()],
        "available_in_pos": True,
        "website_published": True,
        "allow_out_of_stock_order": False,
        "public_categ_ids": [Command.link(categories[number % 8].id)],
    }
    if is_ours and "o2o_origin" in env["product.template"]:
        value["o2o_origin"] = "Maotai town"
        value["o2o_production_date"] = "2024-05-01"
        value["o2o_degree"] = 53.0
        value["o2o_net_content_ml"] = 500
        value["o2o_aroma"] = "sauce"
    values.append(value)
products = env["product.template"].create(values).product_variant_id

# warehouses, stock, tills

cashier = env["res.users"].create(
    {
        "name": "Cashier",
        "login": "bench_cashier",
        "password": "bench_cashier",
        "group_ids": [
            Command.link(env.ref("base.group_user").id),
            Command.link(env.ref("point_of_sale.group_pos_user").id),
        ],
    }
)
main = env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
warehouses = main
for code, latitude, longitude in PLACES[1:]:
    address = env["res.partner"].create(
        {
            "name": f"Store {code}",
            "country_id": china.id,
            "partner_latitude": latitude,
            "partner_longitude": longitude,
        }
    )
    warehouses |= env["stock.warehouse"].create(
        {"name": f"Store {code}", "code": f"S{code}", "partner_id": address.id}
    )
for warehouse in warehouses:
    for product in products:
        env["stock.quant"]._update_available_quantity(
            product, warehouse.lot_stock_id, 10000
        )
till = env["pos.config"].create(
    {"name": "Till", "picking_type_id": warehouses[1].pos_type_id.id}
)
if is_ours:
    region = env["o2o.region"].create(
        {"name": "Guiyang", "latitude": 26.64, "longitude": 106.63}
    )
    company._o2o_ensure_head_office()
    for warehouse, (code, latitude, longitude) in zip(
        warehouses[1:], PLACES[1:], strict=True
    ):
        store = env["o2o.store"].create(
            {
                "name": f"Store {code}",
                "code": code,
                "warehouse_id": warehouse.id,
                "region_id": region.id,
                "latitude": latitude,
                "longitude": longitude,
                "user_ids": [Command.link(cashier.id)],
            }
        )
        if warehouse == warehouses[1]:
            till.o2o_store_id = store

# delivery, payment, buyer

service = env["product.product"].create(
    {"name": "Delivery", "type": "service", "taxes_id": [Command.clear()]}
)
env["delivery.carrier"].search([]).is_published = False
env["delivery.carrier"].create(
    {
        "name": "Store delivery",
        "product_id": service.id,
        "fixed_price": 0.0,
        "allow_cash_on_delivery": True,
        "is_published": True,
    }
)
provider = env.ref("delivery.payment_provider_cod")
provider.write({"state": "enabled", "is_published": True})
provider.payment_method_ids.active = True
website = env["website"].search([("company_id", "=", company.id)], limit=1)
buyer = (
    env["res.users"]
    .with_context(no_reset_password=True)
    .create(
        {
            "name": "Buyer",
            "login": "bench_buyer",
            "password": "bench_buyer",
            "email": "buyer@example.com",
            "group_ids": [Command.set(env.ref("base.group_portal").ids)],
        }
    )
)
buyer.partner_id.write(
    {
        "phone": "13900000000",
        "street": "1 Renmin road",
        "city": "Guiyang",
        "zip": "550000",
        "state_id": env["res.country.state"]
        .search([("country_id", "=", china.id)], limit=1)
        .id,
        "country_id": china.id,
        # known, so that checkout asks no geocoder
        "partner_latitude": 26.63,
        "partner_longitude": 106.62,
    }
)
if is_ours:
    card = env["o2o.card"].create(
        {
            "number": "BENCH0001",
            "code_hash": "0" * 64,
            "state": "active",
            "partner_id": buyer.partner_id.id,
        }
    )
    if "o2o_region_id" in buyer.partner_id:
        buyer.partner_id.o2o_region_id = region

# What the driver needs to know. A till's session and its payment methods are read
# through the till itself.
env["ir.config_parameter"].set_param(
    "o2o_bench.facts",
    json.dumps(
        {
            "till": till.id,
            "products": products.ids,
            "pages": products.mapped("website_url"),
            "prices": products.mapped("list_price"),
            "provider": provider.id,
            "method": provider.payment_method_ids[:1].id,
        }
    ),
)
env.cr.commit()
