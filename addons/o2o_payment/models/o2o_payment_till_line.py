from datetime import timedelta

from odoo import api, fields, models

#: no request is on its way for so long
KEPT_FOR = timedelta(days=7)


class O2oPaymentTillLine(models.Model):
    """A line that a cashier took off the payment screen: no request for it, however
    late it arrives, moves money (PAY-02)."""

    _name = "o2o.payment.till.line"
    _description = "Line Taken off a Payment Screen"
    _rec_name = "payment_uuid"

    config_id = fields.Many2one(
        "pos.config", string="Till", required=True, readonly=True, ondelete="cascade"
    )
    payment_uuid = fields.Char(
        required=True, readonly=True, help="The line of the payment screen"
    )

    _payment_uuid_uniq = models.Constraint(
        "UNIQUE (payment_uuid)", "This line was taken off already."
    )

    @api.model
    def _take_off(self, config, payment_uuid):
        """May be repeated."""
        if not self._is_off(payment_uuid):
            self.create({"config_id": config.id, "payment_uuid": payment_uuid})

    @api.model
    def _is_off(self, payment_uuid):
        return bool(self.search_count([("payment_uuid", "=", payment_uuid)], limit=1))

    @api.autovacuum
    def _gc_lines(self):
        limit = fields.Datetime.now() - KEPT_FOR
        self.search([("create_date", "<", limit)], limit=10000).unlink()
