from odoo import models


class O2oPaymentIntent(models.Model):
    _inherit = "o2o.payment.intent"

    def _take(self, payment):
        """The gateway tells who has paid: the order is counted by that as well, before
        it is confirmed."""
        order = self.transaction_id.sudo().sale_order_ids[:1]
        if payment.payer and order.website_id:
            # sudo: a job does this for everybody
            facts_sudo = self.env["o2o.risk.fact"].sudo()
            payer = f"{self.provider_id.code}/{payment.payer}"
            facts_sudo._note(
                order.company_id,
                {f"sale.order/{order.id}": {"order": order._o2o_risk_amount()}},
                {"payer": facts_sudo._hash("payer", payer)},
            )
        return super()._take(payment)
