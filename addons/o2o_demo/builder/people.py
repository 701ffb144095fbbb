"""Staff with their logins, cards, and members who activated one."""

import base64

from odoo.fields import Command

from .common import LANG, TIMEZONE, read_bytes, read_csv
from .regions_stores import get_region

STAFF_PASSWORD = "demo2026"
CASHIER_GROUPS = ("base.group_user", "point_of_sale.group_pos_user")
HEAD_OFFICE_GROUPS = (
    "base.group_user",
    "o2o_order.o2o_order_group_manager",
    "o2o_member.o2o_member_group_manager",
    "o2o_pos_device.o2o_pos_device_group_manager",
    "point_of_sale.group_pos_manager",
    "sales_team.group_sale_manager",
    "stock.group_stock_manager",
    "account.group_account_invoice",
    "o2o_wallet.o2o_wallet_group_manager",
    "website.group_website_designer",
)
#: cards that were printed and given to the stores last year
ISSUED_CARDS = "cards_2025.csv"


def build(shop):
    _build_staff(shop)
    _import_cards(shop)
    _build_members(shop)


def _build_staff(shop):
    groups = {"head_office": HEAD_OFFICE_GROUPS, "cashier": CASHIER_GROUPS}
    known = {row["login"] for row in read_csv("staff.csv") if _get_user(shop, row)}
    for row in read_csv("staff.csv"):
        user = shop.ensure(
            "res.users",
            f"user_{row['login']}",
            {
                "name": row["name"],
                "login": row["login"],
                "lang": LANG,
                "tz": TIMEZONE,
                "odoobot_state": "disabled",  # no English welcome chat
                "company_id": shop.company.id,
                "company_ids": [Command.set(shop.company.ids)],
                "group_ids": [
                    Command.set([shop.env.ref(name).id for name in groups[row["role"]]])
                ],
            },
        )
        if row["store"]:
            store = shop.get(f"store_{row['store'].lower()}")
        else:
            store = shop.head_office
        store.user_ids = [Command.link(user.id)]
    # whom members write to from their orders; else the administrator
    shop.website.salesperson_id = shop.get("user_zongbu")
    _set_passwords(
        shop, [row for row in read_csv("staff.csv") if row["login"] not in known]
    )


def _get_user(shop, row):
    return shop.get(f"user_{row['login']}")


def _set_passwords(shop, rows):
    """Hash once for all new logins: the hash is slow on purpose."""
    if not rows:
        return
    users = shop.env["res.users"]
    hashed = users._crypt_context().hash(STAFF_PASSWORD)
    for row in rows:
        users._set_encrypted_password(_get_user(shop, row).id, hashed)


def _import_cards(shop):
    """The same wizard, the same file format as in daily use."""
    if shop.get("batch_issued"):
        return
    batch = import_card_file(shop.env, ISSUED_CARDS, read_bytes(f"data/{ISSUED_CARDS}"))
    shop.name(batch, "batch_issued")


def _build_members(shop):
    codes = {row["card"]: row["code"] for row in read_card_rows()}
    for row in read_csv("members.csv"):
        if shop.get(f"member_{row['phone']}"):
            continue
        number = row["card"]
        if row["password"]:
            partner = _register(shop, row, codes[number])
        else:
            partner = _activate(shop, row, codes[number])
        partner.write(_prepare_address(shop, row))
        shop.name(partner, f"member_{row['phone']}")


def _register(shop, row, code):
    """As the member did on the website."""
    sms_code = shop.env["o2o.verification"]._issue("register", "sms", row["phone"])
    user, errors = shop.env["o2o.member.service"]._register_member(
        {
            "name": row["name"],
            "phone": row["phone"],
            "number": row["card"],
            "code": code,
            "password": row["password"],
            "sms_code": sms_code,
            "consent": "1",
        },
        "",
    )
    if errors:
        raise ValueError(f"{row['phone']}: {errors}")
    return user.partner_id


def _activate(shop, row, code):
    """As a store does at its counter for somebody without a login."""
    partner = shop.env["res.partner"].create(
        {"name": row["name"], "phone": row["phone"], "lang": LANG}
    )
    _card, error = shop.env["o2o.card"]._try_activate(row["card"], code, partner, False)
    if error:
        raise ValueError(f"{row['phone']}: {error}")
    return partner


def _prepare_address(shop, row):
    region = get_region(shop, row["region"])
    shift = int(row["phone"][-2:])
    return {
        "city": row["city"],
        "street": row["street"],
        "state_id": _get_state(shop, row["region"]).id,
        "country_id": shop.env.ref("base.cn").id,
        "tz": TIMEZONE,
        "o2o_region_id": region.id,
        # somewhere within two kilometres of the district's centre
        "partner_latitude": region.latitude + (shift % 7 - 3) * 0.004,
        "partner_longitude": region.longitude + (shift % 5 - 2) * 0.005,
    }


def _get_state(shop, region_code):
    """The province: that of the stores in the same city."""
    city = get_region(shop, region_code.partition("-")[0])
    stores = shop.stores.filtered(lambda store: store.region_id._get_city() == city)
    return stores[:1].partner_id.state_id


def read_card_rows():
    """Number and code of each issued card; the header of the file is Chinese."""
    return [
        dict(zip(("card", "code"), row.values(), strict=True))
        for row in read_csv(ISSUED_CARDS)
    ]


def import_card_file(env, name, content):
    """Import a card file through the wizard.

    :return: the ``o2o.card.batch``
    """
    wizard = env["o2o.card.import"].create(
        {"file": base64.b64encode(content), "file_name": name}
    )
    action = wizard.action_import()
    return env[action["res_model"]].browse(action["res_id"])
