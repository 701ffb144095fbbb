from odoo import api, models


class O2oSourcing(models.AbstractModel):
    _inherit = "o2o.sourcing"

    @api.model
    def _decide(self, order, wanted=None, rejected_by=None):
        """An order goes to the stores that hold its goods since it was submitted."""
        is_first = not wanted and not rejected_by
        if (
            is_first
            and not self.env.context.get("o2o_stock_decide")
            and (decision := order._o2o_get_held_decision())
        ):
            return decision
        return super()._decide(order, wanted=wanted, rejected_by=rejected_by)
