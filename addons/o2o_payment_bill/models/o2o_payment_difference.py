"""Something on which a bill, our payments and what was sold do not agree."""

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.o2o_payment.money import from_fen

from ..const import DIFFERENCE_KINDS, RESOLUTIONS
from .fields_fen import SumOfFen


class O2oPaymentDifference(models.Model):
    """One row per cause, by its key. The match opens it, and resolves it when it is
    gone; a person resolves it with a reason, above an amount two persons."""

    _name = "o2o.payment.difference"
    _description = "Difference with a Bill"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "day desc, id desc"
    _rec_name = "number"
    _check_company_auto = True
    _mail_post_access = "read"

    key = fields.Char(required=True, readonly=True, copy=False)
    kind = fields.Selection(
        DIFFERENCE_KINDS, string="What", required=True, readonly=True, index=True
    )
    provider_id = fields.Many2one(
        "payment.provider",
        string="Gateway",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    bill_id = fields.Many2one(
        "o2o.payment.bill",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    currency_id = fields.Many2one(related="bill_id.currency_id")
    day = fields.Date(string="Day of the bill", required=True, readonly=True)
    found_at = fields.Datetime(string="Found", required=True, readonly=True)
    age_days = fields.Integer(
        string="Age in days", compute="_compute_age_days", search="_search_age_days"
    )
    line_id = fields.Many2one(
        "o2o.payment.bill.line",
        string="Row",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    intent_id = fields.Many2one(
        "o2o.payment.intent",
        string="Payment",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    refund_id = fields.Many2one(
        "o2o.payment.refund",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    number = fields.Char(string="Our number", readonly=True, index="trigram")
    provider_no = fields.Char(string="Gateway's number", readonly=True, index="trigram")
    order_ids = fields.Many2many(
        "sale.order",
        string="Orders",
        compute="_compute_order_ids",
        search="_search_order_ids",
        compute_sudo=True,
    )
    ours_fen = SumOfFen(required=True, readonly=True)
    gateway_fen = SumOfFen(required=True, readonly=True)
    stake_fen = SumOfFen(required=True, readonly=True)
    ours = fields.Monetary(string="By our books", compute="_compute_amounts")
    gateway = fields.Monetary(string="By the bill", compute="_compute_amounts")
    difference = fields.Monetary(
        compute="_compute_amounts",
        help="Above zero: the gateway holds more of our money than our books say",
    )
    count = fields.Integer(string="Rows", required=True, readonly=True, default=1)
    is_asked = fields.Boolean(
        string="Gateway asked", required=True, readonly=True, default=False
    )
    state = fields.Selection(
        [
            ("open", "Open"),
            ("second", "Waits for a second person"),
            ("resolved", "Resolved"),
        ],
        required=True,
        readonly=True,
        default="open",
        index=True,
        tracking=True,
    )
    resolution = fields.Selection(RESOLUTIONS, readonly=True, tracking=True)
    reason = fields.Text(readonly=True, tracking=True)
    first_by_id = fields.Many2one(
        "res.users", string="Decided by", readonly=True, ondelete="restrict"
    )
    second_by_id = fields.Many2one(
        "res.users", string="Confirmed by", readonly=True, ondelete="restrict"
    )
    resolved_at = fields.Datetime(readonly=True)
    move_id = fields.Many2one(
        "account.move", string="Journal entry", readonly=True, ondelete="restrict"
    )
    can_decide = fields.Boolean(compute="_compute_can_decide")
    can_confirm = fields.Boolean(compute="_compute_can_decide")

    _key_uniq = models.Constraint("UNIQUE (key)", "This is on the list already.")
    _open_idx = models.Index("(provider_id) WHERE state <> 'resolved'")
    _booked_idx = models.Index("(provider_id) WHERE move_id IS NOT NULL")

    @api.depends("ours_fen", "gateway_fen")
    def _compute_amounts(self):
        for row in self:
            row.ours = from_fen(row.ours_fen)
            row.gateway = from_fen(row.gateway_fen)
            row.difference = from_fen(row.gateway_fen - row.ours_fen)

    @api.depends("found_at", "resolved_at", "state")
    def _compute_age_days(self):
        now = fields.Datetime.now()
        for row in self:
            until = row.resolved_at if row.state == "resolved" else now
            row.age_days = (until - row.found_at).days if until else 0

    def _search_age_days(self, operator, value):
        """Of the open ones: ``>`` and ``>=`` are asked for."""
        if operator not in (">", ">="):
            return NotImplemented
        days = value + (operator == ">")
        moment = fields.Datetime.subtract(fields.Datetime.now(), days=days)
        return Domain("state", "!=", "resolved") & Domain("found_at", "<=", moment)

    @api.depends("intent_id")
    def _compute_order_ids(self):
        for row in self:
            row.order_ids = row.intent_id.transaction_id.sale_order_ids

    def _search_order_ids(self, operator, value):
        return [("intent_id.transaction_id.sale_order_ids", operator, value)]

    @api.depends("state", "first_by_id")
    @api.depends_context("uid")
    def _compute_can_decide(self):
        is_in_charge = self.env.user.has_group("o2o_payment.o2o_payment_group_manager")
        for row in self:
            row.can_decide = is_in_charge and row.state == "open"
            row.can_confirm = (
                is_in_charge
                and row.state == "second"
                and row.first_by_id != self.env.user
            )

    def action_view_rows(self):
        """Rows of the bills that have this number, or another fee than agreed."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_payment_bill.o2o_payment_bill_line_action"
        )
        action["domain"] = (
            [("bill_id", "=", self.bill_id.id), ("is_fee_off", "=", True)]
            if self.kind == "fee"
            else [
                ("provider_id", "=", self.provider_id.id),
                "|",
                ("out_no", "=", self.intent_id.out_no or self.number),
                ("number", "=", self.number),
            ]
        )
        return action
