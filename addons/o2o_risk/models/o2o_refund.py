from odoo import api, fields, models

#: money that goes back because of the member
MEMBER_REASONS = ("cancelled", "expired", "returned")


class O2oRefund(models.Model):
    _inherit = "o2o.refund"

    @api.model_create_multi
    def create(self, vals_list):
        """A refund has the keys of its order."""
        refunds = super().create(vals_list)
        # sudo: counted for everybody
        facts_sudo = self.env["o2o.risk.fact"].sudo()
        for refund in refunds:
            if refund.reason in MEMBER_REASONS:
                facts_sudo._note_after(
                    "refund",
                    f"o2o.refund/{refund.id}",
                    f"sale.order/{refund.order_id.id}",
                    refund.currency_id._convert(
                        refund.amount,
                        refund.company_id.currency_id,
                        refund.company_id,
                        fields.Date.context_today(refund),
                    ),
                )
        return refunds
