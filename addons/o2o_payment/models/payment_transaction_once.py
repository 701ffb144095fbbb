"""What follows from a payment follows once, whoever comes for it."""

from odoo import models
from odoo.tools import SQL

from ..const import GATEWAYS


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _post_process(self):
        """Leave out what somebody else has done since it was looked up.

        Our job, the page that waits and Odoo's job may come for the same payment; in
        Odoo 19.0 its job does it all once more (``tests/test_holes.py``). Orders are
        locked before payments, as everywhere.
        """
        ours = self.filtered(lambda tx: tx.provider_code in GATEWAYS)
        ours.sale_order_ids.sudo()._o2o_lock_row()
        ours._o2o_lock_rows()
        return super(
            PaymentTransaction, self - ours.filtered("is_post_processed")
        )._post_process()

    def _o2o_lock_rows(self):
        """Wait for these rows, then read them anew; who comes second is run again."""
        if self:
            self.flush_recordset()
            self.env.execute_query(
                SQL(
                    "SELECT id FROM payment_transaction WHERE id IN %s"
                    " ORDER BY id FOR NO KEY UPDATE",
                    tuple(self.ids),
                )
            )
            self.invalidate_recordset(["is_post_processed"])
