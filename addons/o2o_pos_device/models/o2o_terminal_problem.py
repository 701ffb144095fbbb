from odoo import api, fields, models
from odoo.exceptions import UserError


class O2oTerminalProblem(models.Model):
    """A sale and the bank-card terminal do not agree; a person has to look (POS-16).

    A sale that happened is never refused, and money that was charged is never
    forgotten: both end here.
    """

    _name = "o2o.terminal.problem"
    _description = "Problem of a card payment"
    _order = "state, id desc"
    _rec_name = "kind"

    kind = fields.Selection(
        [
            ("no_approval", "Sold without an approval of the terminal"),
            ("other_amount", "Approved with another amount"),
            ("other_till", "Approved at another till"),
            ("used", "The approval belongs to another sale"),
            ("given_back", "The approval was given back"),
            ("no_sale", "Charged or given back without a sale"),
        ],
        string="What happened",
        required=True,
        readonly=True,
    )
    payment_id = fields.Many2one(
        "pos.payment", string="Till payment", readonly=True, ondelete="cascade"
    )
    order_id = fields.Many2one(related="payment_id.pos_order_id", string="Order")
    transaction_id = fields.Many2one(
        "o2o.terminal.transaction",
        string="Bank card transaction",
        readonly=True,
        index="btree_not_null",
    )
    config_id = fields.Many2one("pos.config", string="Till", readonly=True)
    store_id = fields.Many2one("o2o.store", readonly=True, index="btree_not_null")
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(readonly=True)
    state = fields.Selection(
        [("open", "Open"), ("solved", "Solved")],
        required=True,
        readonly=True,
        default="open",
        index=True,
    )
    resolution = fields.Char(string="What was done")
    solved_at = fields.Datetime(readonly=True)
    solved_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")

    _payment_unique = models.UniqueIndex(
        "(payment_id) WHERE payment_id IS NOT NULL", "This payment is listed already."
    )
    _charge_unique = models.UniqueIndex(
        "(transaction_id) WHERE kind = 'no_sale'", "This charge is listed already."
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_evidence(self):
        raise UserError(self.env._("Problems of card payments are kept as a record."))

    # === ACTIONS === #

    def action_solve(self):
        """Close them with what was done."""
        self.check_access("write")
        for problem in self.filtered(lambda problem: problem.state == "open"):
            if not (problem.resolution or "").strip():
                raise UserError(self.env._("Write down what was done."))
            problem._enter_solved()

    def _enter_solved(self, **vals):
        self.write(
            {
                "state": "solved",
                "solved_at": fields.Datetime.now(),
                "solved_by_id": self.env.uid,
                **vals,
            }
        )

    # === REPORTING, called elevated === #

    @api.model
    def _report_payment(self, payment, kind, transaction):
        """A card payment that stands on no approval; once per payment."""
        config = payment.pos_order_id.config_id
        if not self.search_count([("payment_id", "=", payment.id)], limit=1):
            self.create(
                {
                    "kind": kind,
                    "payment_id": payment.id,
                    "transaction_id": transaction.id,
                    "config_id": config.id,
                    "store_id": config.o2o_store_id.id,
                    "company_id": payment.company_id.id,
                    "amount": payment.amount,
                }
            )

    @api.model
    def _report_unsold(self, config):
        """Charges of a till that no sale came for; once per charge (POS-16).

        Called when the till closes. A sale that comes later closes the problem.
        """
        charges = self.env["o2o.terminal.transaction"].search(
            [
                ("config_id", "=", config.id),
                ("state", "=", "approved"),
                ("op", "in", ("sale", "void", "refund")),
                ("payment_uuid", "!=", False),
                ("payment_id", "=", False),
            ]
        )
        known = self.search([("transaction_id", "in", charges.ids)]).transaction_id
        for charge in charges - known:
            is_undone = charge.reversal_ids.filtered(
                lambda reversal: reversal.state == "approved"
            )
            if charge._is_till_reversal() or is_undone:
                continue
            self.create(
                {
                    "kind": "no_sale",
                    "transaction_id": charge.id,
                    "config_id": config.id,
                    "store_id": charge.store_id.id,
                    "company_id": charge.company_id.id,
                    "amount": charge.booked_amount,
                }
            )

    @api.model
    def _close(self, payment, transaction):
        """Sale and approval have found each other after all."""
        open_problems = self.search(
            [
                ("state", "=", "open"),
                "|",
                ("payment_id", "=", payment.id),
                ("transaction_id", "=", transaction.id),
            ]
        )
        if open_problems:
            open_problems._enter_solved(
                resolution=self.env._("Sale and approval came together later.")
            )
