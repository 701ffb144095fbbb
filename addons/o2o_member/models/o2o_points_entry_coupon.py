from odoo import api, models


class O2oPointsEntry(models.Model):
    """Rows of points that were given for a coupon (PTS-07)."""

    _inherit = "o2o.points.entry"

    def _explain_redeem(self, facts):
        if facts.get("coupon"):
            return self.env._("Coupon: %s", facts["coupon"])
        return super()._explain_redeem(facts)

    @api.model
    def _is_grace_given(self, reversal):
        """Not for coupons: who gives one back, and takes it again, would keep points
        alive for good."""
        return (
            reversal.reversal_of_id.res_model != "loyalty.card"
            and super()._is_grace_given(reversal)
        )
