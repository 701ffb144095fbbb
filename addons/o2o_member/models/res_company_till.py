from odoo import fields, models


class ResCompany(models.Model):
    """PTS-08: what a cashier may do with points alone."""

    _inherit = "res.company"  # pylint: disable=consider-merging-classes-inherited

    o2o_till_points_per_operation = fields.Integer(
        string="Till Points per Operation",
        default=100,
        help="Points a cashier may add or deduct at once without a supervisor.",
    )
    o2o_till_points_per_day = fields.Integer(
        string="Till Points per Day",
        default=500,
        help="Points a cashier may add and deduct in a day without a supervisor.",
    )

    _o2o_till_points_positive = models.Constraint(
        "CHECK (o2o_till_points_per_operation >= 0 AND o2o_till_points_per_day >= 0)",
        "Limits of points cannot be negative.",
    )
