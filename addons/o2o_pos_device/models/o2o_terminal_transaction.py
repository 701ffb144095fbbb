import logging

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..const import (
    MONEY_OPERATIONS,
    OPEN_TRANSACTION_STATES,
    TRANSACTION_ALLOWED_FROM,
    TRANSACTION_SECONDS,
)
from ..iot_handlers.lib.o2o_box.terminal.transaction import mask_card, mask_text

_logger = logging.getLogger(__name__)

#: longer than any number of a merchant, a terminal or a voucher
_CARD_DIGITS = 16
_TEXTS = ("code", "bank", "trace", "ref", "auth", "batch", "mid", "tid")
_MAX_FEN = 999_999_999_999


def clip_number(text):
    """``text`` of a field that holds short numbers; one of a card is masked."""
    return mask_text(text) if text and len(text) >= _CARD_DIGITS else text


class O2oTerminalTransaction(models.Model):
    """One request to a bank-card terminal and what became of it (UPAY-01 to 03).

    Nobody may create or write transactions through the interface: they come from
    ``o2o.terminal._request`` and move by :meth:`_apply_result` only, forward only.
    """

    _name = "o2o.terminal.transaction"
    _description = "Bank card transaction"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name")
    uid = fields.Char(string="Unique key", required=True, readonly=True)
    terminal_id = fields.Many2one(
        "o2o.terminal", required=True, readonly=True, index=True, ondelete="restrict"
    )
    box_id = fields.Many2one(
        "o2o.box", required=True, readonly=True, index=True, ondelete="restrict"
    )
    store_id = fields.Many2one("o2o.store", required=True, readonly=True, index=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    config_id = fields.Many2one(
        "pos.config", string="Till", readonly=True, index="btree_not_null"
    )
    user_id = fields.Many2one("res.users", string="Requested by", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    op = fields.Selection(
        [
            ("sale", "Sale"),
            ("void", "Void"),
            ("refund", "Refund"),
            ("balance", "Balance"),
            ("reprint", "Print again"),
            ("signin", "Sign in"),
            ("settle", "Settlement"),
        ],
        string="Operation",
        required=True,
        readonly=True,
    )
    amount = fields.Monetary(string="Requested amount", readonly=True)
    booked_amount = fields.Monetary(
        readonly=True, help="As the terminal booked it; of a balance, the balance"
    )
    origin_id = fields.Many2one(
        "o2o.terminal.transaction",
        string="Original sale",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    reversal_ids = fields.One2many("o2o.terminal.transaction", "origin_id")
    state = fields.Selection(
        [
            ("new", "Waiting for the box"),
            ("pending", "At the terminal"),
            ("unknown", "Outcome unknown"),
            ("approved", "Approved"),
            ("declined", "Declined"),
        ],
        required=True,
        readonly=True,
        default="new",
        index=True,
    )
    action = fields.Selection(
        [
            ("begin", "Begin"),
            ("cancel", "Cancel"),
            ("resolve", "Ask the terminal"),
            ("decide", "Decided by a person"),
        ],
        string="Asked of the box",
        required=True,
        readonly=True,
        default="begin",
    )
    is_decided_charged = fields.Boolean(string="Decided: charged", readonly=True)
    decided_by_id = fields.Many2one("res.users", readonly=True)
    code = fields.Char(readonly=True)
    message = fields.Char(readonly=True)
    card = fields.Char(string="Card number", readonly=True)
    bank = fields.Char(string="Bank code", readonly=True)
    trace = fields.Char(string="Voucher number", readonly=True)
    ref = fields.Char(string="Reference number", readonly=True)
    auth = fields.Char(string="Authorization", readonly=True)
    batch = fields.Char(readonly=True)
    mid = fields.Char(string="Merchant number", readonly=True)
    tid = fields.Char(string="Terminal number", readonly=True)
    booked_at = fields.Datetime(readonly=True)
    is_adopted = fields.Boolean(
        string="Learned by asking",
        readonly=True,
        help="The first answer was lost; the terminal's own record was taken over",
    )
    payment_uuid = fields.Char(
        string="Payment line",
        readonly=True,
        index="btree_not_null",
        help="The line on the till's payment screen this was asked for",
    )
    handed_at = fields.Datetime(
        string="Given to the box", readonly=True, help="Before that nothing can begin"
    )
    payment_id = fields.Many2one(
        "pos.payment", string="Till payment", readonly=True, index="btree_not_null"
    )
    settlement_id = fields.Many2one(
        "o2o.terminal.settlement", readonly=True, index="btree_not_null"
    )
    can_reverse = fields.Boolean(compute="_compute_can_reverse")

    _open_unique = models.UniqueIndex(
        "(terminal_id) WHERE state IN ('new', 'pending', 'unknown')"
        " AND op IN ('sale', 'void', 'refund', 'settle')",
        "A transaction of this terminal is open: settle it first.",
    )
    _uid_unique = models.Constraint("UNIQUE(uid)", "A transaction exists once.")
    _amount_positive = models.Constraint(
        "CHECK (op NOT IN ('sale', 'void', 'refund') OR amount > 0)",
        "The amount must be more than nothing.",
    )

    # === COMPUTES === #

    @api.depends("trace", "uid")
    def _compute_name(self):
        for transaction in self:
            transaction.name = transaction.trace or (transaction.uid or "")[:8]

    @api.depends("op", "state", "reversal_ids.state")
    def _compute_can_reverse(self):
        for transaction in self:
            transaction.can_reverse = (
                transaction.op == "sale"
                and transaction.state == "approved"
                and transaction.currency_id.compare_amounts(
                    transaction._get_refundable(), 0
                )
                > 0
            )

    # === CRUD === #

    @api.ondelete(at_uninstall=False)
    def _unlink_except_evidence(self):
        raise UserError(self.env._("Bank card transactions are never deleted."))

    # === ACTIONS === #

    def action_cancel(self):
        """Ask the terminal to stop waiting for the card.

        What no box has fetched yet can be ended here: handing it over writes the same
        row, so only one of the two happens.
        """
        self.check_access("read")
        # sudo: the record rules let this user see them; nobody may write them
        kept_back_sudo = self.sudo().filtered(
            lambda transaction: transaction.state == "new" and not transaction.handed_at
        )
        for transaction_sudo in kept_back_sudo:
            transaction_sudo._enter("declined", code="cancelled")
        (self - kept_back_sudo.sudo(False))._ask_box("cancel", ("new", "pending"))

    def action_resolve(self):
        """Ask the terminal what became of it; charges nothing."""
        self._ask_box("resolve", ("unknown",))

    def action_confirm_charged(self):
        """A person saw the terminal's slip: it was charged."""
        self._decide(True)

    def action_confirm_not_charged(self):
        """A person looked at the terminal: it was not charged."""
        self._decide(False)

    def action_void(self):
        """Void the whole sale, until its batch is settled (UPAY-02)."""
        self.ensure_one()
        self.terminal_id.check_access("write")
        void = self.terminal_id._request("void", self.booked_amount, self)
        return void._get_form_action()

    def action_refund(self):
        """Refund what is left of the sale, after its batch was settled (UPAY-03)."""
        self.ensure_one()
        self.terminal_id.check_access("write")
        refund = self.terminal_id._request("refund", self._get_refundable(), self)
        return refund._get_form_action()

    def _decide(self, is_charged):
        # who may set up terminals may decide
        self.terminal_id.check_access("write")
        self._ask_box(
            "decide",
            ("unknown",),
            is_decided_charged=is_charged,
            decided_by_id=self.env.uid,
        )

    def _ask_box(self, action, states, **vals):
        """Ask the box for something about transactions in one of ``states``."""
        self.check_access("read")
        # sudo: the record rules let this user see them; nobody may write them
        asked = self.sudo().filtered(lambda transaction: transaction.state in states)
        asked.write({"action": action, **vals})
        asked.box_id._wake()

    def _get_form_action(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
        }

    # === BUSINESS === #

    def _get_refundable(self):
        """What a void or refund could still give back, open ones counted."""
        self.ensure_one()
        taken = self.reversal_ids.filtered(lambda other: other.state != "declined")
        return self.booked_amount - sum(taken.mapped("amount"))

    def _ensure_can_reverse(self, op, amount):
        """Void: whole, before the settlement. Refund: up to what is left, after it."""
        self.ensure_one()
        if self.op != "sale" or self.state != "approved":
            raise UserError(self.env._("Only an approved sale can be given back."))
        left = self._get_refundable()
        if op == "void" and self.settlement_id:
            raise UserError(
                self.env._("The sale was settled: refund it instead of voiding it.")
            )
        if self.currency_id.compare_amounts(amount, left) > 0:
            raise UserError(self.env._("Nothing is left of this sale to give back."))

    # === TILL === #

    def _get_blocking_text(self):
        """What keeps the terminal from the next request, for a cashier."""
        self.ensure_one()
        if self.op in MONEY_OPERATIONS:
            return self.env._(
                "The terminal has not finished with %(amount)s yet.",
                amount=self.currency_id.format(self.amount),
            )
        labels = dict(self._fields["op"]._description_selection(self.env))
        return self.env._("The terminal is busy: %s.", labels[self.op])

    def _is_given_back(self):
        """Voided on the payment screen: the line may be charged anew."""
        self.ensure_one()
        return any(
            reversal.state == "approved" and reversal._is_till_reversal()
            for reversal in self.reversal_ids
        )

    def _prepare_pos_dict(self):
        """The transaction as the till shows it; no full card number exists anywhere."""
        self.ensure_one()
        age = (fields.Datetime.now() - self.create_date).total_seconds()
        is_open = self.state in OPEN_TRANSACTION_STATES
        return {
            "uid": self.uid,
            "payment_uuid": self.payment_uuid or "",
            "op": self.op,
            "is_reversal": self._is_till_reversal(),
            "state": self.state,
            "amount": self.booked_amount if self.state == "approved" else self.amount,
            "code": self.code or "",
            "message": self.message or "",
            "card": self.card or "",
            "bank": self.bank or "",
            "trace": self.trace or "",
            "ref": self.ref or "",
            "auth": self.auth or "",
            # so long the box may still be waiting for the customer
            "seconds_left": is_open
            and max(self.terminal_id.answer_seconds + 60 - age, 0),
        }

    def _prepare_pos_row(self):
        """The transaction as a line of the till's list (POS-08, POS-11)."""
        self.ensure_one()
        given_back = self.reversal_ids.filtered(lambda other: other.state == "approved")
        return {
            **self._prepare_pos_dict(),
            "at": fields.Datetime.to_string(self.booked_at or self.create_date),
            "batch": self.batch or "",
            "cashier": self.user_id.name or "",
            "till": self.config_id.name or "",
            "order": self.payment_id.pos_order_id.pos_reference or "",
            "origin_trace": self.origin_id.trace or "",
            "given_back": sum(given_back.mapped("booked_amount")),
            "has_slip": bool(self._get_slip()),
        }

    def _get_slip(self):
        """The paper of the transaction: ``(document type, record)``, or None."""
        self.ensure_one()
        if self.state == "approved" and self.op in MONEY_OPERATIONS:
            return "bank_slip", self
        if self.state == "approved" and self.op == "settle" and self.settlement_id:
            return "settlement_slip", self.settlement_id
        return None

    def _print_slip_again(self):
        """Print the paper of the transaction on the store's printer, as a reprint.

        :return: the job
        :raise UserError: there is no paper of it, or no printer
        """
        slip = self._get_slip()
        if not slip:
            raise UserError(self.env._("There is no slip of this transaction."))
        return self.env["o2o.print.job"]._queue_again(*slip, self.store_id)

    # === BOX === #

    def _prepare_box_dict(self):
        """The request as the box takes it, any number of times."""
        self.ensure_one()
        age = (fields.Datetime.now() - self.create_date).total_seconds()
        origin = self.origin_id
        return {
            "terminal_id": self.terminal_id.id,
            "uid": self.uid,
            "action": self.action,
            "op": self.op,
            "amount_fen": round(self.amount * 100),
            "expires_in": TRANSACTION_SECONDS - age,
            "is_started": self.state != "new",
            "orig_trace": (self.op == "void" and origin.trace) or "",
            "orig_ref": (self.op == "refund" and origin.ref) or "",
            "orig_date": (self.op == "refund" and origin._get_local_date()) or "",
            "approves": self.is_decided_charged,
            "note": self.decided_by_id.name or "",
        }

    def _get_local_date(self):
        """Day of the sale at the terminal, ``YYYYMMDD``."""
        if not self.booked_at:
            return ""
        zone = pytz.timezone(self.store_id._get_slip_tz())
        return pytz.utc.localize(self.booked_at).astimezone(zone).strftime("%Y%m%d")

    def _apply_result(self, result):
        """Move to what the box says; called elevated by the sync.

        :param dict result: a ``TxResult`` of the box; anything malformed is ignored
        """
        self.ensure_one()
        state = result.get("state")
        fen = result.get("amount_fen")
        if not isinstance(state, str) or state not in TRANSACTION_ALLOWED_FROM:
            return
        if type(fen) is not int or not 0 <= fen <= _MAX_FEN:
            return
        vals = self._prepare_result_vals(result)
        is_money = self.op in MONEY_OPERATIONS
        if state == "approved" and is_money and fen != round(self.amount * 100):
            # a box that says so has not kept its own rules: a person must look
            state, vals["code"] = "unknown", "wrong_amount"
        elif state == "approved":
            vals["booked_amount"] = fen / 100
        self._enter(state, **vals)

    def _prepare_result_vals(self, result):
        clip = self.env["o2o.box"]._clip
        # masked by the box already; a server must not depend on it
        vals = {key: clip_number(clip(result.get(key), 32)) for key in _TEXTS}
        vals["card"] = mask_card(clip(result.get("card"), 32) or "") or False
        vals["message"] = mask_text(clip(result.get("message"), 200) or "") or False
        vals["is_adopted"] = result.get("is_adopted") is True
        vals["booked_at"] = self.store_id._parse_local(result.get("at"))
        return vals

    def _enter(self, state, **vals):
        """Move to ``state`` from an allowed one; the single writer of ``state``."""
        self.ensure_one()
        is_news = self.state == "unknown" == state and self.message != vals["message"]
        if is_news:
            # still unknown, and the terminal said why
            self.write({key: vals[key] for key in ("code", "message")})
        elif self.state in TRANSACTION_ALLOWED_FROM[state]:
            self.write({"state": state, **vals})
            _logger.info("bank card transaction %s: %s", self.id, state)
            if state == "approved":
                self._after_approval()
        else:
            return
        self.store_id._notify_tills(
            "O2O_TERMINAL_TRANSACTION",
            {
                "uid": self.uid,
                "terminal_id": self.terminal_id.id,
                "payment_uuid": self.payment_uuid or "",
                "op": self.op,
                "state": self.state,
            },
        )

    def _after_approval(self):
        """What follows at once: batch, slips, the sale that came before it."""
        if self.op == "settle":
            self.env["o2o.terminal.settlement"]._settle(self)
        elif self.op in MONEY_OPERATIONS:
            if self.terminal_id.has_slips:
                self.env["o2o.print.job"]._queue("bank_slip", self, self.store_id)
            if self.payment_uuid:
                # a sale that came before its approval
                self.env["pos.payment"].search(
                    [("uuid", "=", self.payment_uuid)]
                ).filtered(
                    lambda payment: payment.pos_order_id.state in ("paid", "done")
                )._o2o_match_transactions()

    def _is_till_reversal(self):
        """Given back on the payment screen, before there was a sale."""
        self.ensure_one()
        origin = self.origin_id
        return bool(
            self.payment_uuid and origin and origin.payment_uuid == self.payment_uuid
        )

    @api.model
    def _get_open_of(self, box):
        """What a box must carry out or find out, oldest first."""
        return self.search(
            Domain("box_id", "=", box.id)
            & Domain("state", "in", OPEN_TRANSACTION_STATES),
            order="id",
            limit=100,
        )
