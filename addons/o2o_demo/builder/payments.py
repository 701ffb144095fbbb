"""Money by phone: every till scans the codes of customers."""

from odoo.fields import Command


def build(shop):
    """Where the codes are charged is said by the runner, see ``runner.py``."""
    if shop.get("payment_code"):
        return
    plain = shop.get("payment_card")
    method = shop.ensure(
        "pos.payment.method",
        "payment_code",
        {
            "name": shop.texts["pos"]["code"],
            "journal_id": plain.journal_id.id,
            "company_id": shop.company.id,
            "payment_method_type": "terminal",
            "use_payment_terminal": "o2o_code",
        },
    )
    tills = shop.stores.pos_config_ids.filtered(
        lambda till: not till.has_active_session
    )
    tills.payment_method_ids = [Command.link(method.id)]
