from odoo import fields, models


class O2oOffer(models.Model):
    """An invitation to a store to take a fulfillment, and its answer."""

    _name = "o2o.offer"
    _description = "Offer to a store"
    _order = "id"

    fulfillment_id = fields.Many2one(
        "o2o.fulfillment", required=True, index=True, ondelete="cascade"
    )
    store_id = fields.Many2one(
        "o2o.store", required=True, index=True, ondelete="restrict"
    )
    state = fields.Selection(
        [
            ("open", "Waiting for an answer"),
            ("accepted", "Accepted"),
            ("rejected", "Rejected"),
            ("expired", "Not answered in time"),
            ("withdrawn", "Withdrawn"),
        ],
        required=True,
        default="open",
    )
    reason_id = fields.Many2one("o2o.reject.reason", ondelete="restrict")
    note = fields.Char()
    offered_at = fields.Datetime(required=True)
    answered_at = fields.Datetime()
    user_id = fields.Many2one("res.users", string="Answered by", ondelete="restrict")

    _one_open_offer = models.UniqueIndex(
        "(fulfillment_id) WHERE state = 'open'",
        "A fulfillment is offered to one store at a time.",
    )

    def _answer(self, state, reason=None, note=None):
        """Close open offers with an answer; answered ones stay as they are."""
        self.filtered(lambda offer: offer.state == "open").write(
            {
                "state": state,
                "reason_id": reason.id if reason else False,
                "note": note,
                "answered_at": fields.Datetime.now(),
                "user_id": self.env.uid,
            }
        )
        # the next offer is inserted at once and must not meet this one still open
        self.flush_recordset(["state"])
