"""Money by phone: every till scans the codes of customers."""

from odoo.fields import Command

from odoo.addons.o2o_payment.const import GATEWAYS

#: percent, as the simulator charges it
FEE_RATE = 0.6


def build(shop):
    """Where the codes are charged is said by the runner, see ``runner.py``."""
    _prepare_books(shop)
    _add_method(shop)


def _prepare_books(shop):
    """Each gateway has a journal and a clearing account for its bills."""
    providers = shop.env["payment.provider"].search(
        [("code", "in", list(GATEWAYS)), ("company_id", "=", shop.company.id)]
    )
    providers._o2o_prepare_books()
    providers.o2o_fee_rate = FEE_RATE


def _add_method(shop):
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
