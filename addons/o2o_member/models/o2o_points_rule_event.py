from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import formatLang

EVENT_KINDS = ("sign_in", "referral", "share", "review")


# one class per topic, one topic per file
# pylint: disable=consider-merging-classes-inherited
class O2oPointsRule(models.Model):
    """Rules for what is not a purchase: fixed points for an event (PTS-02…04)."""

    _inherit = "o2o.points.rule"

    currency_id = fields.Many2one(related="company_id.currency_id")
    day_ids = fields.One2many(
        "o2o.points.rule.day",
        "rule_id",
        string="Days in a Row",
        help="After the last day the cycle begins again. A missed day starts it anew.",
    )
    friend_points = fields.Integer(
        string="Points for the Friend", help="Given together with the member's points."
    )
    min_amount = fields.Monetary(
        string="First Order at Least",
        help="What the friend has to keep of the first orders, tax included. "
        "Any amount when 0.",
    )

    _friend_positive = models.Constraint(
        "CHECK (friend_points >= 0 AND min_amount >= 0)",
        "Points and amounts of a rule cannot be negative.",
    )

    @api.constrains("kind", "product_tmpl_ids", "categ_ids")
    def _check_products_of_purchases(self):
        for rule in self:
            if rule.kind in EVENT_KINDS and (rule.product_tmpl_ids or rule.categ_ids):
                raise ValidationError(
                    self.env._(
                        "Only rules for purchases name products. Clear them first."
                    )
                )

    @api.model
    def _event_rule(self, kind):
        """The rule of an event in force today, in the current company."""
        return self._current(kind)[:1]

    def _sign_in_points(self, streak):
        """Points for so many days in a row.

        A day without a line gives what the line before it gives.
        """
        if not self.day_ids:
            return self.points
        day = (streak - 1) % max(self.day_ids.mapped("day")) + 1
        line = self.day_ids.filtered(lambda line: line.day <= day).sorted("day")[-1:]
        return line.points if line else self.points

    def _promised(self, partner, points):
        """How many of these points the limits leave on a day nothing was given yet."""
        if self.max_points_per_day:
            points = min(points, self.max_points_per_day)
        if self.max_points_per_member:
            given = self._points_given(partner, self.kind, fields.Domain.TRUE)
            points = min(points, max(0, self.max_points_per_member - given))
        return points

    def _referral_promise(self):
        """What inviting a friend gives, as a sentence; empty when it gives nothing."""
        if not self.points:
            return ""
        if self.friend_points:
            text = self.env._(
                "%(points)s points for you and %(friend_points)s for your friend, when "
                "your friend completes the first order.",
                points=self.points,
                friend_points=self.friend_points,
            )
        else:
            text = self.env._(
                "%s points for you, when your friend completes the first order.",
                self.points,
            )
        if not self.min_amount:
            return text
        amount = formatLang(
            self.env, self.min_amount, currency_obj=self.company_id.currency_id
        )
        condition = self.env._("It counts from %s on.", amount)
        return f"{text} {condition}"
