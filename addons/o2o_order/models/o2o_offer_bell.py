"""The clock of an offer: until when the store may answer, and the alert on the way."""

from datetime import timedelta

from odoo import api, fields, models


class O2oOffer(models.Model):
    _inherit = "o2o.offer"

    due_at = fields.Datetime(
        string="Answer until", help="Then the next store gets the order"
    )
    alerted_at = fields.Datetime(
        string="Alert given",
        help="When others were told that the store does not answer",
    )
    alert_count = fields.Integer(string="Alerts")

    @api.model_create_multi
    def create(self, vals_list):
        """The clock starts with the offer, in the same transaction."""
        stores = self.env["o2o.store"].browse(vals["store_id"] for vals in vals_list)
        for vals, store in zip(vals_list, stores, strict=True):
            offered_at = fields.Datetime.to_datetime(vals["offered_at"])
            vals.setdefault(
                "due_at", offered_at + timedelta(seconds=store._get_answer_seconds())
            )
        offers = super().create(vals_list)
        for offer in offers.filtered(lambda offer: offer.state == "open"):
            offer._start_clock()
        return offers

    def _start_clock(self):
        """First an alert, at once when nobody in the store would hear the bell."""
        self.ensure_one()
        # sudo: who orders does not see the tills
        listening = self.env["o2o.till.presence"].sudo()._get_listening(self.store_id)
        # a second, because the job that ends one offer may be the one that makes this
        seconds = self.store_id._get_alert_seconds() if listening else 1
        self.env["o2o.timer"]._set_soon(
            "offer",
            self.fulfillment_id,
            min(self.offered_at + timedelta(seconds=max(seconds, 1)), self.due_at),
        )
