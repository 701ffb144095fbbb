from odoo import models
from odoo.exceptions import UserError
from odoo.tools import float_round


class ResPartner(models.Model):
    """What a member may pay with points: asked by the shop and the till."""

    _inherit = "res.partner"

    def _o2o_points_offer(self, amount, available=None):
        """What a member may choose; the rules are the company's (PTS-05).

        :param float amount: goods that may be paid with points, company currency
        :param int available: points that count; what the member can spend when omitted
        :return: dict ``available``, ``min``, ``max``, ``step`` (points; ``max`` is 0
            when nothing can be chosen), ``worth_per_step``, ``max_worth`` (money),
            ``percent`` and ``percent_worth`` (the most money points may pay here)
        """
        self.ensure_one()
        company = self.env.company
        # sudo: callers checked that this member may be shown
        if available is None:
            available = self.sudo().o2o_points
        if not self._o2o_active_card():
            available = 0
        step = company.o2o_points_step
        least = max(step, -(-company.o2o_points_min // step) * step)
        limit = float_round(
            max(0.0, amount) * company.o2o_points_max_percent / 100,
            precision_rounding=company.currency_id.rounding,
            rounding_method="DOWN",
        )
        most = min(company._o2o_points_within(limit), available // step * step)
        if most < least:
            most = 0
        return {
            "available": available,
            "min": least,
            "max": most,
            "step": step,
            "worth_per_step": company._o2o_points_worth(step),
            "max_worth": company._o2o_points_worth(most),
            "percent": company.o2o_points_max_percent,
            "percent_worth": limit,
        }

    def _o2o_check_points_choice(self, points, offer):
        """Refuse a number of points that the offer does not hold; 0 is always fine.

        :raises UserError: saying what can be chosen
        """
        if not isinstance(points, int) or isinstance(points, bool) or points < 0:
            raise UserError(self.env._("Please enter a whole number of points."))
        if not points:
            return
        if not offer["max"]:
            raise UserError(self.env._("Points cannot be used for this order."))
        if points % offer["step"] or not offer["min"] <= points <= offer["max"]:
            raise UserError(
                self.env._(
                    "Choose between %(min)s and %(max)s points, in steps of %(step)s.",
                    **{key: offer[key] for key in ("min", "max", "step")},
                )
            )
