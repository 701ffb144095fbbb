"""Company, taxes, delivery, payment and the look of the website."""

from odoo.fields import Command

from .common import LANG, TIMEZONE, read_base64, read_bytes

ADDRESS_FIELDS = ("street", "city", "zip", "phone", "email")


def build(shop):
    """Everything that does not depend on stores or goods."""
    _set_language(shop)
    _set_company(shop)
    _set_taxes(shop)
    _name_unit(shop)
    _set_people_of_the_system(shop)


def open_website(shop):
    """Delivery, payment and pages; the stores must exist."""
    _set_website(shop)
    _set_delivery(shop)
    _set_payment(shop)
    _hide_what_is_not_sold(shop)


def _set_language(shop):
    lang = shop.env["res.lang"]._activate_lang(LANG)
    shop.env["ir.default"].set("res.partner", "lang", LANG)
    shop.env["ir.default"].set("res.partner", "tz", TIMEZONE)
    shop.chinese = lang


def _set_company(shop):
    company, texts = shop.company, shop.texts["company"]
    currency = shop.env.ref("base.CNY")
    currency.active = True
    vals = {
        "name": texts["name"],
        "country_id": shop.env.ref("base.cn").id,
        "state_id": shop.state(texts["state"]).id,
        "company_registry": texts["company_registry"],
        "report_footer": texts["report_footer"],
        "logo": read_base64("static/img/logo.png"),
        "terms_type": "html",
        # nobody sits at the tills of the demo: its orders wait for whoever looks
        "o2o_answer_minutes": 1440,
        **{name: texts[name] for name in ADDRESS_FIELDS},
    }
    if company.currency_id != currency:
        vals["currency_id"] = currency.id
    company.write(vals)
    company.partner_id.write({"lang": LANG, "tz": TIMEZONE})
    # the source language too: the page has no other text than its Chinese one
    terms = read_bytes("data/terms.html").decode()
    company.with_context(lang=None).invoice_terms_html = terms
    company.with_context(lang=LANG).invoice_terms_html = terms
    if company.chart_template != "cn":
        shop.env["account.chart.template"].try_loading("cn", company)
    company.resource_calendar_id.tz = TIMEZONE
    shop.env["ir.filters"]._o2o_name_templates()


def _name_unit(shop):
    """Shops count in pieces; Odoo's Chinese word means a unit of measure."""
    unit = shop.env.ref("uom.product_uom_unit")
    unit.with_context(lang=LANG).name = shop.texts["unit"]


def _set_taxes(shop):
    """Prices on the shelf contain the tax: 13 % for liquor."""
    sale_tax = shop.env["account.tax"].search(
        [
            ("company_id", "=", shop.company.id),
            ("type_tax_use", "=", "sale"),
            ("amount", "=", 13),
        ],
        limit=1,
    )
    sale_tax.write(
        {
            "name": shop.texts["sale_tax"],
            "description": shop.texts["sale_tax_label"],
            "invoice_label": shop.texts["invoice_label"],
            "price_include_override": "tax_included",
        }
    )
    shop.company.account_sale_tax_id = sale_tax
    shop.sale_tax = sale_tax


def _set_people_of_the_system(shop):
    texts = shop.texts
    shop.env.ref("base.partner_root").name = texts["system_user"]
    admin = shop.env.ref("base.user_admin")
    admin.write({"lang": LANG, "tz": TIMEZONE, "odoobot_state": "disabled"})
    admin.partner_id.write(
        {"name": texts["administrator"], "email": texts["administrator_email"]}
    )


def _set_website(shop):
    website = shop.website
    website.write(
        {
            "name": shop.texts["website"]["name"],
            "logo": read_base64("static/img/logo.png"),
            "favicon": read_base64("static/img/favicon.png"),
            "default_lang_id": shop.chinese.id,
            "language_ids": [Command.set(shop.chinese.ids)],
            "configurator_done": True,
            "show_line_subtotals_tax_selection": "tax_included",
            "social_facebook": False,
            "social_github": False,
            "social_instagram": False,
            "social_linkedin": False,
            "social_tiktok": False,
            "social_twitter": False,
            "social_youtube": False,
            "social_discord": False,
        }
    )
    website.user_id.partner_id.lang = LANG
    if not shop.get("home_page"):
        _set_colours(shop)
        _set_home_page(shop)


def _set_colours(shop):
    """The brand's red and gold, and fonts that need no foreign server."""
    assets = shop.env["website.assets"].with_context(website_id=shop.website.id)
    folder = "/website/static/src/scss/options"
    for file_name, values in shop.texts["website"]["scss"].items():
        assets.make_scss_customization(f"{folder}/{file_name}", values)


def _set_home_page(shop):
    """Let the home page of this website show the page of this addon."""
    page = shop.env["website.page"].search(
        [("url", "=", "/"), ("website_id", "in", [shop.website.id, False])],
        order="website_id",
        limit=1,
    )
    # the source language: the page has no other text than its Chinese one
    page.view_id.with_context(lang=None).arch = """
        <t name="Home" t-name="website.homepage">
            <t t-call="website.layout" pageName.f="homepage">
                <div id="wrap" class="oe_structure oe_empty">
                    <t t-call="o2o_demo.homepage_content" />
                </div>
            </t>
        </t>
    """
    page.is_published = True
    shop.name(page, "home_page")


def _set_delivery(shop):
    texts = shop.texts["delivery"]
    shop.env["delivery.carrier"].search(
        [("delivery_type", "=", "fixed"), ("id", "!=", _id(shop, "carrier_delivery"))]
    ).is_published = False
    fee = shop.ensure(
        "product.product",
        "product_delivery",
        {
            "name": texts["product"],
            "type": "service",
            "list_price": texts["price"],
            "sale_ok": False,
            "purchase_ok": False,
            "invoice_policy": "order",
            "taxes_id": [Command.set(shop.sale_tax.ids)],
        },
    )
    shop.ensure(
        "delivery.carrier",
        "carrier_delivery",
        {
            "name": texts["name"],
            "sequence": 1,
            "website_description": texts["description"],
            "product_id": fee.id,
            "delivery_type": "fixed",
            "fixed_price": texts["price"],
            "free_over": True,
            "amount": texts["free_over"],
            "allow_cash_on_delivery": True,
            "company_id": shop.company.id,
            "is_published": True,
        },
    )
    _set_pickup(shop)


def _set_pickup(shop):
    texts = shop.texts["pickup"]
    carrier = shop.get("carrier_pickup")
    if carrier:
        return
    carrier = shop.env["delivery.carrier"].search(
        [("delivery_type", "=", "in_store")], limit=1
    )
    warehouses = shop.stores.warehouse_id
    vals = {
        "name": texts["name"],
        "sequence": 2,
        "website_description": texts["description"],
        "warehouse_ids": [Command.set(warehouses.ids)],
        "website_id": False,
        "is_published": True,
    }
    if carrier:
        carrier.write(vals)
    else:
        product = shop.env["product.product"].create(
            {
                "name": texts["product"],
                "type": "service",
                "list_price": 0,
                "sale_ok": False,
                "purchase_ok": False,
            }
        )
        carrier = shop.env["delivery.carrier"].create(
            {**vals, "delivery_type": "in_store", "product_id": product.id}
        )
        carrier.write({"warehouse_ids": vals["warehouse_ids"], "is_published": True})
    carrier.product_id.name = texts["product"]
    shop.name(carrier, "carrier_pickup")


def _set_payment(shop):
    """Money is taken at the door or at the counter, or by phone.

    The gateways are those of the simulator: the runner connects them at each start.
    """
    providers = shop.env["payment.provider"].search(
        [("company_id", "=", shop.company.id)]
    )
    for mode in ("cash_on_delivery", "on_site"):
        provider = providers.filtered(lambda p, mode=mode: p.custom_mode == mode)[:1]
        texts = shop.texts[mode]
        provider.write(
            {
                "name": texts["name"],
                "state": "enabled",
                "is_published": True,
                "website_id": False,
                "pending_msg": f"<p>{texts['message']}</p>",
            }
        )
        provider.payment_method_ids.write(
            # before the ways to pay at once, which have Odoo's own places
            {"name": texts["name"], "active": True, "sequence": 1}
        )
        providers -= provider
    providers.filtered(lambda p: p.state != "disabled").write(
        {"state": "disabled", "is_published": False}
    )


def _hide_what_is_not_sold(shop):
    """Core's own service products stay out of the shop and the till."""
    own = shop.products.product_tmpl_id
    others = shop.env["product.template"].search(
        [("id", "not in", own.ids), ("is_published", "=", True)]
    )
    others.is_published = False
    shop.env["product.template"].search(
        [("id", "not in", own.ids), ("available_in_pos", "=", True)]
    ).filtered(lambda product: product.type != "service").available_in_pos = False


def _id(shop, name):
    record = shop.get(name)
    return record.id if record else 0
