from odoo import fields, models


# one class per topic, one topic per file
# pylint: disable=consider-merging-classes-inherited
class ResConfigSettings(models.TransientModel):
    """Settings of the points of a company."""

    _inherit = "res.config.settings"

    o2o_points_for_money = fields.Integer(
        related="company_id.o2o_points_for_money", readonly=False
    )
    o2o_points_pending_days = fields.Integer(
        related="company_id.o2o_points_pending_days", readonly=False
    )
    o2o_points_valid_months = fields.Integer(
        related="company_id.o2o_points_valid_months", readonly=False
    )
    o2o_points_grace_days = fields.Integer(
        related="company_id.o2o_points_grace_days", readonly=False
    )
    o2o_points_reminder_days = fields.Integer(
        related="company_id.o2o_points_reminder_days", readonly=False
    )
    o2o_points_big_adjust = fields.Integer(
        related="company_id.o2o_points_big_adjust", readonly=False
    )
