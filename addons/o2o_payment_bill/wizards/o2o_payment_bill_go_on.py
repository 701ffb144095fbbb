from odoo import fields, models


class O2oPaymentBillGoOn(models.TransientModel):
    """A person has looked at the problems of a file and says why it counts."""

    _name = "o2o.payment.bill.go.on"
    _description = "Go On With a File"

    bill_id = fields.Many2one(
        "o2o.payment.bill", required=True, readonly=True, ondelete="cascade"
    )
    problems = fields.Text(related="bill_id.problems")
    reason = fields.Text(required=True)

    def action_go_on(self):
        """Match and book the file as it is."""
        self.bill_id._go_on(self.reason)
