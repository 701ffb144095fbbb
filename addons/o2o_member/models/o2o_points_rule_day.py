from odoo import fields, models


class O2oPointsRuleDay(models.Model):
    """One day of the sign-in cycle (PTS-02)."""

    _name = "o2o.points.rule.day"
    _description = "Sign-in Day"
    _order = "rule_id, day"
    _rec_name = "day"

    rule_id = fields.Many2one(
        "o2o.points.rule", required=True, index=True, ondelete="cascade"
    )
    day = fields.Integer(required=True, default=1)
    points = fields.Integer(required=True)

    _day_uniq = models.UniqueIndex("(rule_id, day)", "Each day has one line.")
    _day_positive = models.Constraint(
        "CHECK (day BETWEEN 1 AND 366 AND points >= 0)",
        "Days count from 1, and points cannot be negative.",
    )
