from odoo import models
from odoo.fields import Domain


class PosOrder(models.Model):
    _inherit = "pos.order"

    def _process_saved_order(self, draft):
        """A refund that is sold names all that went back for it."""
        result = super()._process_saved_order(draft)
        if self.state in ("paid", "done"):
            self._o2o_get_promises(Domain("order_uuid", "=", self.uuid))._report_loose()
        return result

    def _o2o_get_promises(self, domain):
        """Refunds at gateways that give something back, elevated."""
        # sudo: cashiers read no refunds
        return (
            self.env["o2o.payment.refund"]
            .sudo()
            .search(Domain(domain) & Domain("state", "!=", "failed"))
        )

    def _o2o_get_money_left(self):
        """What of this sale can still be given back, whichever the ways were.

        What gateways were told to give back counts, sold or not.
        """
        self.ensure_one()
        promised = self._o2o_get_promises(
            Domain("intent_id.pos_payment_id", "in", self.payment_ids.ids)
            & Domain("pos_payment_id", "=", False)
        )
        given = sum(max(0.0, -it.amount_paid) for it in self._o2o_get_refunds())
        left = self.amount_paid - given - sum(promised.mapped("amount"))
        return max(0.0, self.currency_id.round(left))
