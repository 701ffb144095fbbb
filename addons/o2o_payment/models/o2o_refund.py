from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..const import GATEWAYS

#: a call that is not back after so long has ended with its process
BROKEN_AFTER = timedelta(minutes=1)


class O2oRefund(models.Model):
    """Money of orders that goes back through a gateway."""

    _inherit = "o2o.refund"

    @api.model
    def _cron_send(self):
        """A process that ended while it was sending has sent nothing: for gateways the
        refund is a row of the same transaction, which their own job sends. So nobody
        has to look, where another provider may have been called (PAY-10)."""
        broken = self.search(
            Domain("state", "=", "sending")
            & Domain("refund_transaction_id", "=", False)
            & Domain("transaction_id.provider_code", "in", list(GATEWAYS))
            & Domain("write_date", "<", fields.Datetime.now() - BROKEN_AFTER)
        )
        broken.try_lock_for_update().state = "waiting"
        return super()._cron_send()
