import uuid
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..const import (
    BINDING_OPERATIONS,
    OPEN_TRANSACTION_STATES,
    TRANSACTION_SECONDS,
)
from .o2o_terminal_transaction import clip_number

TERMINAL_STATES = [
    ("idle", "Ready"),
    ("busy", "Busy"),
    ("signed_out", "Not signed in"),
    ("unknown_tx", "Outcome unknown"),
    ("offline", "Offline"),
]


class O2oTerminal(models.Model):
    """The bank-card terminal of a till and how its box reaches it (POS-13)."""

    _name = "o2o.terminal"
    _description = "Bank card terminal"
    _order = "store_id, name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    box_id = fields.Many2one("o2o.box", required=True, index=True, ondelete="restrict")
    store_id = fields.Many2one(
        related="box_id.store_id", store=True, index=True, precompute=True
    )
    company_id = fields.Many2one(
        related="box_id.company_id", store=True, index=True, precompute=True
    )
    config_id = fields.Many2one(
        "pos.config",
        string="Till",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    connection = fields.Selection(
        [
            ("tcp", "Network"),
            ("serial", "Serial port"),
            ("virtual", "Virtual terminal of the box"),
        ],
        required=True,
        default="tcp",
    )
    host = fields.Char(
        string="Address", help="IP address of the terminal in the store's network"
    )
    port = fields.Integer(default=8899)
    device = fields.Char(help="For example /dev/serial/by-id/...")
    baudrate = fields.Integer(default=9600)
    pos_no = fields.Char(
        string="Till number", size=8, help="As agreed with the bank: at most 8 letters"
    )
    answer_seconds = fields.Integer(
        string="Wait for the customer (seconds)",
        default=120,
        required=True,
        help="For the card and the PIN. After that the outcome is unknown.",
    )
    has_slips = fields.Boolean(
        string="Slips on the store's printer",
        default=True,
        help="Untick it when the terminal prints its own slips",
    )
    is_settled_at_closing = fields.Boolean(
        string="Settle when the till is closed", default=True
    )
    requested_at = fields.Datetime(string="Last request", readonly=True, copy=False)
    state = fields.Selection(
        TERMINAL_STATES, readonly=True, default="offline", copy=False
    )
    state_at = fields.Datetime(string="Status since", readonly=True, copy=False)
    signed_in_at = fields.Datetime(string="Signed in", readonly=True, copy=False)
    mid = fields.Char(string="Merchant number", readonly=True, copy=False)
    tid = fields.Char(string="Terminal number", readonly=True, copy=False)
    batch = fields.Char(readonly=True, copy=False)
    transaction_ids = fields.One2many("o2o.terminal.transaction", "terminal_id")

    _config_unique = models.Constraint(
        "UNIQUE(config_id)", "This till has a bank card terminal already."
    )
    _answer_range = models.Constraint(
        "CHECK (answer_seconds BETWEEN 20 AND 300)",
        "Wait between 20 and 300 seconds for the customer.",
    )

    # === CONSTRAINS === #

    @api.constrains("connection", "host", "device")
    def _check_connection(self):
        for terminal in self:
            if terminal.connection == "tcp" and not terminal.host:
                raise ValidationError(
                    self.env._("Enter the address of terminal %s.", terminal.name)
                )
            device = terminal.device or ""
            if terminal.connection == "serial" and (
                not device.startswith("/dev/") or ".." in device
            ):
                raise ValidationError(
                    self.env._(
                        "The device of terminal %s is a path below /dev.",
                        terminal.name,
                    )
                )

    @api.constrains("pos_no")
    def _check_pos_no(self):
        for terminal in self:
            number = terminal.pos_no or ""
            if number and not (number.isascii() and number.isalnum()):
                raise ValidationError(
                    self.env._("The till number has letters and digits only.")
                )

    @api.constrains("config_id", "box_id")
    def _check_store(self):
        for terminal in self:
            # sudo: a manager of devices may have no access to tills
            store = terminal.sudo().config_id.o2o_store_id
            if store and store != terminal.store_id:
                raise ValidationError(
                    self.env._("Till and box belong to different stores.")
                )

    # === CRUD === #

    def write(self, vals):
        if vals.get("box_id") or vals.get("active") is False:
            self._ensure_nothing_open()
        return super().write(vals)

    def _ensure_nothing_open(self):
        """Only the box that took a request can tell what became of it.

        A sign-in moves no money: one that was forgotten keeps nobody.
        """
        if self._get_blocking():
            raise UserError(
                self.env._("A transaction of this terminal is open: settle it first.")
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # sudo: transactions of every store count
        if self.sudo().transaction_ids:
            raise UserError(
                self.env._("This terminal has been used before: archive it instead.")
            )

    # === ACTIONS === #

    def action_sign_in(self):
        """Sign in now; the box does so by itself every morning (POS-10)."""
        self.check_access("write")
        return self._request("signin")._get_form_action()

    def action_settle(self):
        """Close the batch since the last settlement (POS-09, POS-16)."""
        self.check_access("write")
        return self._request("settle")._get_form_action()

    # === REQUESTS === #

    def _get_open_transactions(self):
        # sudo: an open transaction blocks the terminal for everybody
        return (
            self.env["o2o.terminal.transaction"]
            .sudo()
            .search(
                Domain("terminal_id", "in", self.ids)
                & Domain("state", "in", OPEN_TRANSACTION_STATES)
            )
        )

    def _get_blocking(self):
        """What keeps the terminal from the next request.

        A sign-in that no box has taken up in its time begins no more: the box may be
        away for days, and is told so when it comes back.
        """
        limit = fields.Datetime.now() - timedelta(seconds=TRANSACTION_SECONDS)
        return self._get_open_transactions().filtered(
            lambda each: each.op in BINDING_OPERATIONS or each.create_date > limit
        )

    def _request(self, op, amount=0.0, origin=None, uid=None, payment_uuid=False):
        """Ask the terminal for something; the single way to a new transaction.

        The caller has checked the rights. The terminal is locked, so two tills never
        pass the check for open transactions together.

        :param op: ``sale``, ``void``, ``refund``, ``balance``, ``reprint``,
            ``signin`` or ``settle``
        :param origin: the sale that a void or refund is about
        :param uid: names the request; the same one again returns the same transaction
        :param payment_uuid: the payment line of a till that it is for
        :return: the transaction
        """
        self.ensure_one()
        # sudo: transactions are written by this method only
        transactions_sudo = self.env["o2o.terminal.transaction"].sudo()
        self.sudo().lock_for_update()
        if uid and (known := transactions_sudo.search([("uid", "=", uid)])):
            return known.sudo(self.env.su)
        if op in BINDING_OPERATIONS and (blocking := self._get_blocking()):
            raise UserError(
                self.env._(
                    "Transaction %s of this terminal is still open.", blocking[0].name
                )
            )
        if origin:
            origin._ensure_can_reverse(op, amount)
        transaction = transactions_sudo.create(
            {
                "uid": uid or uuid.uuid4().hex,
                "terminal_id": self.id,
                "box_id": self.box_id.id,
                "store_id": self.store_id.id,
                "company_id": self.company_id.id,
                "config_id": self.config_id.id,
                "user_id": self.env.uid,
                "op": op,
                "amount": amount,
                "payment_uuid": payment_uuid,
                "origin_id": origin.id if origin else False,
            }
        )
        # a request that started before this one was committed is run again: its lock
        # meets a changed row, and then it sees this transaction
        self.sudo().requested_at = fields.Datetime.now()
        self.box_id._wake()
        return transaction.sudo(self.env.su)

    # === BOX === #

    def _apply_status(self, report):
        """What the box reports; called elevated by the sync."""
        self.ensure_one()
        clip = self.env["o2o.box"]._clip
        vals = {
            key: clip_number(clip(report.get(key), 32))
            for key in ("mid", "tid", "batch")
        }
        state = report.get("state")
        if isinstance(state, str) and state in dict(TERMINAL_STATES):
            vals["state"] = state
        vals["signed_in_at"] = self.store_id._parse_local(report.get("signed_in_at"))
        changed = {key: value for key, value in vals.items() if self[key] != value}
        if "state" in changed:
            changed["state_at"] = fields.Datetime.now()
        if changed:
            self.write(changed)
            self.store_id._notify_tills(
                "O2O_TERMINAL_STATUS",
                {"terminal_id": self.id, "state": self.state},
            )

    def _prepare_box_dict(self):
        """How the box reaches the terminal."""
        self.ensure_one()
        return {
            "id": self.id,
            "name": self.name,
            "connection": self.connection,
            "host": self.host or "",
            "port": self.port,
            "device": self.device or "",
            "baudrate": self.baudrate,
            "pos_no": self.pos_no or "",
            "answer_seconds": self.answer_seconds,
        }
