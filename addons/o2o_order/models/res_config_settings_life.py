from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    o2o_unpaid_minutes = fields.Integer(
        related="company_id.o2o_unpaid_minutes", readonly=False
    )
    o2o_unpaid_transfer_hours = fields.Integer(
        related="company_id.o2o_unpaid_transfer_hours", readonly=False
    )
    o2o_ready_minutes = fields.Integer(
        related="company_id.o2o_ready_minutes", readonly=False
    )
    o2o_receive_days = fields.Integer(
        related="company_id.o2o_receive_days", readonly=False
    )
    o2o_after_sales_days = fields.Integer(
        related="company_id.o2o_after_sales_days", readonly=False
    )
    o2o_route_manual = fields.Selection(
        related="company_id.o2o_route_manual", readonly=False
    )
    o2o_member_cancel_until = fields.Selection(
        related="company_id.o2o_member_cancel_until", readonly=False
    )
    o2o_review_amount = fields.Monetary(
        related="company_id.o2o_review_amount",
        readonly=False,
        currency_field="currency_id",
    )
    o2o_notice_accepted = fields.Boolean(
        related="company_id.o2o_notice_accepted", readonly=False
    )
    o2o_notice_shipped = fields.Boolean(
        related="company_id.o2o_notice_shipped", readonly=False
    )
    o2o_notice_ready = fields.Boolean(
        related="company_id.o2o_notice_ready", readonly=False
    )
    o2o_notice_late = fields.Boolean(
        related="company_id.o2o_notice_late", readonly=False
    )
    o2o_notice_changed = fields.Boolean(
        related="company_id.o2o_notice_changed", readonly=False
    )
