from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import MONEY_OPERATIONS


class O2oTerminalSettlement(models.Model):
    """A closed batch: everything since the last settlement (POS-09, POS-16).

    The terminal's figure is sales less voids, without refunds; a difference means that
    somebody used the terminal past the box.
    """

    _name = "o2o.terminal.settlement"
    _description = "Bank card settlement"
    _order = "id desc"
    _rec_name = "batch"
    _check_company_auto = True

    transaction_id = fields.Many2one(
        "o2o.terminal.transaction",
        string="Request",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    terminal_id = fields.Many2one(
        "o2o.terminal", required=True, readonly=True, index=True, ondelete="restrict"
    )
    store_id = fields.Many2one("o2o.store", required=True, readonly=True, index=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    batch = fields.Char(readonly=True)
    settled_at = fields.Datetime(readonly=True)
    transaction_ids = fields.One2many(
        "o2o.terminal.transaction", "settlement_id", string="Transactions"
    )
    sale_count = fields.Integer(string="Sales", readonly=True)
    sale_amount = fields.Monetary(string="Sales amount", readonly=True)
    void_count = fields.Integer(string="Voids", readonly=True)
    void_amount = fields.Monetary(string="Voids amount", readonly=True)
    refund_count = fields.Integer(string="Refunds", readonly=True)
    refund_amount = fields.Monetary(string="Refunds amount", readonly=True)
    terminal_amount = fields.Monetary(
        string="Figure of the terminal", readonly=True, help="Sales less voids"
    )
    difference = fields.Monetary(readonly=True)

    _transaction_unique = models.Constraint(
        "UNIQUE(transaction_id)", "A batch is settled once."
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_evidence(self):
        raise UserError(self.env._("Settlements are never deleted."))

    @api.model
    def _settle(self, request):
        """Close what is open of a terminal; called when the terminal settled.

        :param request: the approved transaction that asked for it
        """
        transactions = request.search(
            [
                ("terminal_id", "=", request.terminal_id.id),
                ("settlement_id", "=", False),
                ("state", "=", "approved"),
                ("op", "in", MONEY_OPERATIONS),
                ("id", "<", request.id),
            ]
        )
        vals = {}
        for op in MONEY_OPERATIONS:
            ours = transactions.filtered(lambda other, op=op: other.op == op)
            vals[f"{op}_count"] = len(ours)
            vals[f"{op}_amount"] = sum(ours.mapped("booked_amount"))
        settlement = self.create(
            {
                **vals,
                "transaction_id": request.id,
                "terminal_id": request.terminal_id.id,
                "store_id": request.store_id.id,
                "company_id": request.company_id.id,
                "batch": request.batch,
                "settled_at": request.booked_at or fields.Datetime.now(),
                "terminal_amount": request.booked_amount,
                "difference": request.booked_amount
                - (vals["sale_amount"] - vals["void_amount"]),
            }
        )
        (transactions | request).settlement_id = settlement
        if request.terminal_id.has_slips:
            self.env["o2o.print.job"]._queue(
                "settlement_slip", settlement, settlement.store_id
            )
        return settlement
