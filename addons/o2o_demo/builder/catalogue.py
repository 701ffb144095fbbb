"""Categories, brands and goods, with their pictures."""

from markupsafe import Markup

from odoo.fields import Command

from .common import read_base64, read_csv, read_json


def build(shop):
    categories = _build_categories(shop, read_json("categories.json"))
    ribbons = {
        key: shop.ensure("product.ribbon", f"ribbon_{key}", vals)
        for key, vals in shop.texts["ribbons"].items()
    }
    rows = read_csv("catalogue.csv")
    _build_products(shop, rows, categories, _build_brands(shop, rows), ribbons)


def _build_categories(shop, tree):
    """The same two levels for the website and for the till.

    :return: ``{code: (product.public.category, pos.category)}``
    """
    found = {}

    def place(row, sequence, parents):
        picture = read_base64(f"static/img/products/{row['picture']}.jpg")
        pair = tuple(
            shop.ensure(
                model,
                f"{prefix}_category_{row['code'].lower()}",
                {
                    "name": row["name"],
                    "sequence": sequence,
                    "parent_id": parent.id if parent else False,
                    picture_field: picture,
                },
            )
            for (model, prefix, picture_field), parent in zip(
                (
                    ("product.public.category", "public", "image_1920"),
                    ("pos.category", "pos", "image_512"),
                ),
                parents,
                strict=True,
            )
        )
        found[row["code"]] = pair
        for index, child in enumerate(row.get("children", ()), 1):
            place(child, sequence * 100 + index, pair)

    for index, row in enumerate(tree, 1):
        place(row, index, (None, None))
    return found


def _build_brands(shop, rows):
    """A bottle is called "brand·name", glasses have no brand.

    :return: ``{name: o2o.brand record}``
    """
    names = dict.fromkeys(filter(None, map(_get_brand_name, rows)))
    return {
        name: shop.ensure("o2o.brand", f"brand_{index}", {"name": name})
        for index, name in enumerate(names, 1)
    }


def _get_brand_name(row):
    brand, dot, _name = row["name"].partition("·")
    return brand if dot else ""


def _build_products(shop, rows, categories, brands, ribbons):
    """Create what is missing in one go; ``shop.products`` holds all of them."""
    missing = {
        row["code"]: _prepare_product(shop, row, index, categories, brands, ribbons)
        for index, row in enumerate(rows, 1)
        if not shop.get(_product_name(row["code"]))
    }
    templates = shop.env["product.template"].create(list(missing.values()))
    for code, template in zip(missing, templates, strict=True):
        shop.name(template.product_variant_id, _product_name(code))
    shop.products = shop.env["product.product"].union(
        *(shop.get(_product_name(row["code"])) for row in rows)
    )


def _product_name(code):
    return f"product_{code.lower()}"


def _prepare_product(shop, row, index, categories, brands, ribbons):
    public, pos = categories[row["category"]]
    brand = brands.get(_get_brand_name(row))
    description = Markup("<p>%s</p>") % row["description"]
    return {
        "name": row["name"],
        "default_code": row["code"],
        "barcode": _barcode(index),
        "type": "consu",
        "is_storable": True,
        "allow_out_of_stock_order": False,
        "show_availability": True,
        "available_threshold": 5,
        "list_price": float(row["price"]),
        "standard_price": float(row["cost"]),
        "weight": float(row["weight"]),
        "taxes_id": [Command.set(shop.sale_tax.ids)],
        "public_categ_ids": [Command.set((public | public.parent_id).ids)],
        "available_in_pos": True,
        "pos_categ_ids": [Command.set(pos.ids)],
        "website_sequence": index * 10,
        "website_ribbon_id": ribbons[row["ribbon"]].id if row["ribbon"] else False,
        "description_ecommerce": description,
        "public_description": description,
        "is_published": True,
        "image_1920": read_base64(f"static/img/products/{row['code']}.jpg"),
        "o2o_brand_id": brand.id if brand else False,
        "o2o_origin": row["origin"],
        "o2o_vintage": int(row["vintage"] or 0),
        "o2o_degree": float(row["degree"] or 0),
        "o2o_net_content_ml": int(row["net_content_ml"] or 0),
        "o2o_production_date": row["production_date"],
        "o2o_aroma": row["aroma"] or False,
    }


def _barcode(index):
    """An EAN-13 of the range every shop may use inside (prefix 20)."""
    digits = f"2088{index:08d}"
    total = sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(digits))
    return f"{digits}{-total % 10}"
