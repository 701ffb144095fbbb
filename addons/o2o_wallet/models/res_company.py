from odoo import fields, models

from ..const import USE_ORDERS


class ResCompany(models.Model):
    """The rules of stored value of a company (PAY-05, idea 26).

    The caps are those of China's rules on single-purpose commercial prepaid cards:
    5,000 yuan on a named card, which has no end, and 1,000 on one without a name. The
    default use order is the one that courts apply when a prepaid contract with a gift
    ends (Supreme People's Court, interpretation no. 4 of 2025 on prepaid
    consumption): what was used is charged to money and gift in their proportion, so
    neither side gains by the order.
    """

    _inherit = "res.company"

    o2o_wallet_use_order = fields.Selection(
        USE_ORDERS,
        string="Wallet: What Is Used First",
        required=True,
        default="proportional",
        help="In proportion: each payment takes own money and bonus as they are in the "
        "wallet, so what is left can be paid out fairly at any time.",
    )
    o2o_wallet_cap_registered = fields.Monetary(
        string="Wallet Cap, Identity Checked",
        currency_field="currency_id",
        default=5000.0,
        help="Most that a wallet may hold, bonus included. 0: no cap.",
    )
    o2o_wallet_cap_anonymous = fields.Monetary(
        string="Wallet Cap Without Identity",
        currency_field="currency_id",
        default=1000.0,
        help="Most that a wallet may hold, bonus included, as long as nobody has "
        "checked the identity of the member. 0: no cap.",
    )
    o2o_wallet_limit_payment = fields.Monetary(
        string="Wallet Limit per Payment",
        currency_field="currency_id",
        default=5000.0,
        help="0: no limit.",
    )
    o2o_wallet_limit_day = fields.Monetary(
        string="Wallet Limit per Day",
        currency_field="currency_id",
        default=10000.0,
        help="0: no limit.",
    )
    o2o_wallet_pin_above = fields.Monetary(
        string="Payment PIN Above",
        currency_field="currency_id",
        default=200.0,
        help="Payments above this amount need the member's payment PIN. 0: all do.",
    )
    o2o_wallet_bonus_grace_days = fields.Integer(
        string="Days of Grace for a Bonus",
        default=30,
        help="A bonus that comes back with a refund when its end is over or near can "
        "be used as long as when it was paid with: a day at least, these days at most.",
    )

    _o2o_wallet_not_negative = models.Constraint(
        "CHECK (o2o_wallet_cap_registered >= 0 AND o2o_wallet_cap_anonymous >= 0"
        " AND o2o_wallet_limit_payment >= 0 AND o2o_wallet_limit_day >= 0"
        " AND o2o_wallet_pin_above >= 0 AND o2o_wallet_bonus_grace_days >= 0)",
        "Caps and limits of wallets cannot be negative.",
    )
