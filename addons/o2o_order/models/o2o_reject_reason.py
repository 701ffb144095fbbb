from odoo import api, fields, models


class O2oRejectReason(models.Model):
    """Why a store turns an order down, and what that puts right (ROUT-08, idea 2)."""

    _name = "o2o.reject.reason"
    _description = "Reject reason"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    needs_note = fields.Boolean(
        string="Asks for a note", help="The cashier must write a word of explanation"
    )
    stock_effect = fields.Selection(
        [("none", "Leave the stock as it is"), ("count", "Count the goods")],
        required=True,
        default="none",
        string="Stock",
        help="Count the goods: the cashier says how many are really on the shelf, and"
        " the stock of the store is corrected at once",
    )
    pause_minutes = fields.Integer(
        string="Pause (minutes)",
        help="The store gets no new order for so many minutes; 0 does not pause it",
    )
    closes_today = fields.Boolean(
        string="Closed for today",
        help="The store gets no new order until it opens on another day",
    )
    calls_customer = fields.Boolean(
        string="Call first",
        help="The cashier is shown the customer's phone number before rejecting",
    )
    is_own_fault = fields.Boolean(
        string="Fault of the store", help="Counts against the store in its score"
    )

    _code_uniq = models.Constraint("UNIQUE (code)", "This code is already in use.")
    _pause_range = models.Constraint(
        "CHECK (pause_minutes BETWEEN 0 AND 1440)",
        "A store is paused for a day at most.",
    )

    @api.model
    def _prepare_pos_list(self):
        """The reasons as the till shows them."""
        return self.search([("active", "=", True)]).read(
            [
                "name",
                "code",
                "needs_note",
                "stock_effect",
                "pause_minutes",
                "closes_today",
                "calls_customer",
            ]
        )

    def _rest_store(self, store):
        """What this reason means for the next hours of the store."""
        self.ensure_one()
        now = fields.Datetime.now()
        until = False
        if self.pause_minutes:
            until = fields.Datetime.add(now, minutes=self.pause_minutes)
        if self.closes_today:
            until = store._get_next_opening_day(now)
        # a longer rest that is running already stays
        if until and (not store.paused_until or store.paused_until < until):
            store.paused_until = until
