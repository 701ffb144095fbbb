"""Between Odoo's amounts and the gateways' fen."""

from decimal import Decimal

from odoo.addons.payment import utils as payment_utils


def to_fen(amount, currency):
    """Fen of an amount that Odoo has rounded to its currency.

    :raise ValueError: a currency without hundredths
    """
    if currency.decimal_places != 2:
        raise ValueError("the gateways count in hundredths")
    return payment_utils.to_minor_currency_units(currency.round(amount), currency)


def from_fen(fen):
    """The amount of so many fen, as Odoo writes it."""
    return float(Decimal(fen) / 100)
