from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """Settings of the wallets of a company."""

    _inherit = "res.config.settings"

    o2o_wallet_use_order = fields.Selection(
        related="company_id.o2o_wallet_use_order", readonly=False
    )
    o2o_wallet_cap_registered = fields.Monetary(
        related="company_id.o2o_wallet_cap_registered",
        currency_field="currency_id",
        readonly=False,
    )
    o2o_wallet_cap_anonymous = fields.Monetary(
        related="company_id.o2o_wallet_cap_anonymous",
        currency_field="currency_id",
        readonly=False,
    )
    o2o_wallet_limit_payment = fields.Monetary(
        related="company_id.o2o_wallet_limit_payment",
        currency_field="currency_id",
        readonly=False,
    )
    o2o_wallet_limit_day = fields.Monetary(
        related="company_id.o2o_wallet_limit_day",
        currency_field="currency_id",
        readonly=False,
    )
    o2o_wallet_pin_above = fields.Monetary(
        related="company_id.o2o_wallet_pin_above",
        currency_field="currency_id",
        readonly=False,
    )
    o2o_wallet_bonus_grace_days = fields.Integer(
        related="company_id.o2o_wallet_bonus_grace_days", readonly=False
    )
    o2o_wallet_journal_id = fields.Many2one(
        related="company_id.o2o_wallet_journal_id", readonly=False
    )
    o2o_wallet_account_id = fields.Many2one(
        related="company_id.o2o_wallet_account_id", readonly=False
    )
    o2o_wallet_bonus_account_id = fields.Many2one(
        related="company_id.o2o_wallet_bonus_account_id", readonly=False
    )

    def action_o2o_wallet_setup(self):
        self.company_id.action_o2o_wallet_setup()
        return {"type": "ir.actions.client", "tag": "reload"}
