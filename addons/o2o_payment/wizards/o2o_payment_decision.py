from odoo import fields, models


class O2oPaymentDecision(models.TransientModel):
    """A person decides about a payment that is held, and says why."""

    _name = "o2o.payment.decision"
    _description = "Decision About a Held Payment"

    quarantine_id = fields.Many2one(
        "o2o.payment.quarantine", required=True, readonly=True, ondelete="cascade"
    )
    kind = fields.Selection(related="quarantine_id.kind")
    can_accept = fields.Boolean(related="quarantine_id.can_accept")
    can_refund = fields.Boolean(related="quarantine_id.can_refund")
    can_redirect = fields.Boolean(related="quarantine_id.can_redirect")
    can_pay_by_hand = fields.Boolean(related="quarantine_id.can_pay_by_hand")
    expected = fields.Monetary(related="quarantine_id.expected")
    found = fields.Monetary(related="quarantine_id.found")
    currency_id = fields.Many2one(related="quarantine_id.currency_id")
    reason = fields.Text(required=True)

    def action_accept(self):
        """What has come is the payment."""
        self.quarantine_id._decide("accepted", self.reason)

    def action_refund(self):
        """What has come goes back."""
        self.quarantine_id._decide("refunded", self.reason)

    def action_redirect(self):
        """The gateway brings a refund to the shop's own account."""
        self.quarantine_id._decide("redirected", self.reason)

    def action_by_hand(self):
        """The payer has got a refund in another way."""
        self.quarantine_id._decide("by_hand", self.reason)

    def action_ignore(self):
        """It was looked at; nothing is done here."""
        self.quarantine_id._decide("ignored", self.reason)
