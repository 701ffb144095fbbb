from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..const import QUARANTINE_KINDS
from ..money import from_fen


class O2oPaymentQuarantine(models.Model):
    """Something a gateway said that is not as it was planned: a person decides.

    Nothing here is paid, given back or forgotten by itself.
    """

    _name = "o2o.payment.quarantine"
    _description = "Payment Held for a Person"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "key"

    key = fields.Char(required=True, readonly=True)
    kind = fields.Selection(QUARANTINE_KINDS, required=True, readonly=True)
    provider_id = fields.Many2one(
        "payment.provider", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    intent_id = fields.Many2one(
        "o2o.payment.intent",
        string="Payment",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    event_id = fields.Many2one(
        "o2o.payment.event",
        string="Notification",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    transaction_id = fields.Many2one(related="intent_id.transaction_id")
    currency_id = fields.Many2one("res.currency", compute="_compute_amounts")
    expected_fen = fields.Integer(readonly=True)
    found_fen = fields.Integer(readonly=True)
    expected = fields.Monetary(compute="_compute_amounts", help="What was planned")
    found = fields.Monetary(compute="_compute_amounts", help="What the gateway says")
    note = fields.Char(readonly=True)
    state = fields.Selection(
        [
            ("open", "To be decided"),
            ("accepted", "Accepted as paid"),
            ("refunded", "Given back"),
            ("ignored", "Noted, nothing done"),
        ],
        required=True,
        readonly=True,
        default="open",
        index=True,
        tracking=True,
    )
    reason = fields.Text(readonly=True, tracking=True)
    decided_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    decided_at = fields.Datetime(readonly=True)
    can_accept = fields.Boolean(compute="_compute_can_settle")
    can_refund = fields.Boolean(compute="_compute_can_settle")

    _key_uniq = models.Constraint("UNIQUE (key)", "This is on the list already.")

    @api.depends("expected_fen", "found_fen", "intent_id")
    def _compute_amounts(self):
        yuan = self.env.ref("base.CNY")
        for row in self:
            row.currency_id = row.intent_id.currency_id or yuan
            row.expected = from_fen(row.expected_fen)
            row.found = from_fen(row.found_fen)

    @api.depends(
        "kind",
        "state",
        "found_fen",
        "event_id",
        "intent_id.state",
        "intent_id.reserved_fen",
        "intent_id.pos_payment_id",
    )
    def _compute_can_settle(self):
        for row in self:
            is_open = row.state == "open" and row.found_fen > 0
            # a notification claims an amount, a query knows it
            row.can_accept = (
                is_open
                and row.kind == "amount"
                and not row.event_id
                and row.intent_id.state == "held"
                and not row.intent_id.reserved_fen
            )
            row.can_refund = row.can_accept or (
                is_open
                and row.kind == "till_no_sale"
                and not row.intent_id.pos_payment_id
                and not row.intent_id.reserved_fen
            )

    @api.model
    def _report(
        self,
        kind,
        key,
        provider,
        *,
        intent=None,
        event=None,
        expected_fen=0,
        found_fen=0,
        note="",
    ):
        """Put something on the list; said twice, it is there once.

        :param str key: names the case for good
        """
        # sudo: whoever pays or works causes these rows, nobody writes them
        rows_sudo = self.sudo()
        if known := rows_sudo.search([("key", "=", key)]):
            return known
        row = rows_sudo.create(
            {
                "key": key,
                "kind": kind,
                "provider_id": provider.id,
                "company_id": provider.company_id.id,
                "intent_id": intent.id if intent else False,
                "event_id": event.id if event else False,
                "expected_fen": expected_fen,
                "found_fen": found_fen,
                "note": note,
            }
        )
        row._call_somebody()
        return row

    def _call_somebody(self):
        """An activity for whoever decides about payments of this company."""
        self.ensure_one()
        # no mail from here: a payment or a gateway waits for the end of this
        self.with_context(mail_activity_quick_update=True).activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("Decide about a payment"),
            user_id=self._get_person(self.company_id).id,
        )

    @api.model
    def _get_person(self, company):
        """Who decides about payments of a company, or else the administrator."""
        group = self.env.ref("o2o_payment.o2o_payment_group_manager")
        people = group.all_user_ids.filtered(
            lambda user: user.active and company in user.company_ids
        )
        return people[:1] or self.env.ref("base.user_admin")

    # === DECIDING === #

    def action_decide(self):
        """Open the form in which a person decides and says why."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Decide"),
            "res_model": "o2o.payment.decision",
            "view_mode": "form",
            "target": "new",
            "context": {"default_quarantine_id": self.id},
        }

    def _decide(self, decision, reason):
        """Settle the case.

        :param str decision: ``accepted``, ``refunded`` or ``ignored``
        :raise AccessError: not one of those who decide
        :raise UserError: decided already, no reason, or not possible for this kind
        """
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group("o2o_payment.o2o_payment_group_manager"):
            raise AccessError(
                self.env._("Only who is in charge of payments decides this.")
            )
        if not (reason or "").strip():
            raise UserError(self.env._("Say why."))
        # sudo: the check above
        row_sudo = self.sudo()
        row_sudo.lock_for_update()
        # several rows may be about one payment
        row_sudo.intent_id.lock_for_update(allow_referencing=True)
        row_sudo.invalidate_recordset(["can_accept", "can_refund"])
        if row_sudo.state != "open":
            raise UserError(self.env._("This was decided already."))
        if decision != "ignored":
            if decision not in row_sudo._get_possible_decisions():
                raise UserError(
                    self.env._("This cannot be done here: settle it at the gateway.")
                )
            getattr(row_sudo, f"_settle_{decision}")(reason)
        row_sudo.write(
            {
                "state": decision,
                "reason": reason.strip(),
                "decided_by_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
            }
        )
        row_sudo.activity_unlink(["mail.mail_activity_data_todo"])

    def _get_possible_decisions(self):
        """What can be done here, beside noting it. Hook."""
        self.ensure_one()
        possible = {"accepted": self.can_accept, "refunded": self.can_refund}
        return {decision for decision, is_possible in possible.items() if is_possible}

    @api.model
    def _note_found(self, payment, intent):
        """A sale and its money have found each other: nobody has to decide any more.

        :param pos.payment payment: of the sale
        :param o2o.payment.intent intent: its money
        """
        self._close_found(
            Domain("key", "=", f"pos.payment/{payment.id}")
            | (
                Domain("kind", "=", "till_no_sale")
                & Domain("intent_id", "=", intent.id)
            ),
            self.env._("The money and its sale have been found."),
        )

    @api.model
    def _close_found(self, domain, reason):
        """Close cases that have settled themselves."""
        # sudo: whoever sells or works causes this, nobody writes it
        rows_sudo = self.sudo().search(Domain("state", "=", "open") & domain)
        rows_sudo.write(
            {
                "state": "accepted",
                "reason": reason,
                "decided_at": fields.Datetime.now(),
            }
        )
        rows_sudo.activity_unlink(["mail.mail_activity_data_todo"])

    def _settle_accepted(self, reason):
        """What has come is the payment, whatever was planned."""
        intent = self.intent_id
        if intent.transaction_id:
            intent.transaction_id.amount = from_fen(self.found_fen)
        # it had come when it was held
        intent._enter("paid", paid_fen=self.found_fen, paid_at=self.create_date)
        intent._tell_transaction()
        self.env.ref("payment.cron_post_process_payment_tx")._trigger()

    def _settle_refunded(self, reason):
        """All that has come goes back."""
        if self.intent_id.state == "held":
            self.intent_id.paid_fen = self.found_fen
        self.env["o2o.payment.refund"]._plan(
            self.intent_id, self.found_fen, reason=reason
        )
