"""Wallets: two members with money, campaigns, and the way to pay with them."""

from odoo.fields import Command

from .common import read_json

#: Odoo's own wallet and gift card, which would stand among the goods of a till
ODOO_CARDS = ("loyalty.ewallet_product_50", "loyalty.gift_card_product_50")


def build(shop):
    texts = read_json("wallet.json")
    shop.company._o2o_wallet_setup()
    _offer_at_tills(shop, texts)
    _offer_on_website(shop, texts)
    for row in texts["campaigns"]:
        shop.ensure(
            "o2o.wallet.campaign",
            f"wallet_campaign_{row['key']}",
            {
                "name": row["name"],
                "minimum": row["minimum"],
                "bonus": row["bonus"],
                "bonus_days": row["days"],
                "company_id": shop.company.id,
            },
        )
    for phone, row in texts["wallets"].items():
        _build_wallet(shop, phone, row)


def _offer_at_tills(shop, texts):
    method = shop.company._o2o_wallet_method()
    method.name = texts["method"]
    for till in shop.env["pos.config"].search([("company_id", "=", shop.company.id)]):
        if method not in till.payment_method_ids and not till.has_active_session:
            till.payment_method_ids = [Command.link(method.id)]
    for name in ODOO_CARDS:
        if product := shop.env.ref(name, raise_if_not_found=False):
            product.available_in_pos = False


def _offer_on_website(shop, texts):
    provider = shop.env["payment.provider"].search(
        [("company_id", "=", shop.company.id), ("code", "=", "o2o_wallet")], limit=1
    )
    provider.write({"name": texts["method"], "state": "enabled", "is_published": True})
    provider.journal_id = shop.company.o2o_wallet_journal_id
    provider.payment_method_ids.write({"name": texts["method"], "active": True})


def _build_wallet(shop, phone, row):
    if shop.get(f"wallet_{phone}"):
        return
    member = shop.get(f"member_{phone}")
    wallet = shop.env["o2o.wallet"]._open(member)
    if row["registered"]:
        wallet._register_identity()
    for amount in row["topups"]:
        shop.env["o2o.wallet.topup"]._begin(member, amount)._mark_done()
    wallet._set_pin(row["pin"])
    shop.name(wallet, f"wallet_{phone}")
