import secrets
import unicodedata
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools import SQL, consteq

from odoo.addons.o2o_payment.money import from_fen

from ..const import CARRIED_WAYS, MAX_FEN

#: how long the code on the courier's phone is good, and how often it may be mistyped
CODE_PATIENCE = timedelta(minutes=15)
MAX_TRIES = 5
#: what has a field in fen and one to show
_AMOUNTS = (
    "expected",
    "counted",
    "difference",
    "declared",
    "slip",
    "slip_taken",
)


class O2oCollectionHandover(models.Model):
    """A courier gives a till what was taken at doors: cash and slips, once (POS-15).

    The courier counts, declares it on the own phone and gets a code; the cashier counts
    again, and the courier tells the code: both are there, both names and both counts
    are written down. For a courier who does not come, a manager stands in. What was
    expected is what was counted and what is short or over; a constraint of the database
    says so. Nobody may create or write rows through the interface.
    """

    _name = "o2o.collection.handover"
    _description = "Hand-over of a Courier"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True, copy=False)
    store_id = fields.Many2one(
        "o2o.store",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    courier_id = fields.Many2one(
        "res.users", required=True, readonly=True, index=True, ondelete="restrict"
    )
    cashier_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    config_id = fields.Many2one(
        "pos.config", string="Till", readonly=True, ondelete="restrict"
    )
    session_id = fields.Many2one(
        "pos.session",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    state = fields.Selection(
        [("open", "At the till"), ("done", "Handed over"), ("void", "Called off")],
        required=True,
        readonly=True,
        default="open",
        index=True,
    )
    code = fields.Char(readonly=True, copy=False, groups="base.group_system")
    code_until = fields.Datetime(readonly=True, copy=False)
    try_count = fields.Integer(readonly=True, copy=False)
    expected_fen = fields.Integer(string="Expected in fen", readonly=True, default=0)
    counted_fen = fields.Integer(string="Counted in fen", readonly=True, default=0)
    difference_fen = fields.Integer(
        string="Difference in fen", readonly=True, default=0
    )
    declared_fen = fields.Integer(
        string="Declared in fen",
        readonly=True,
        default=0,
        tracking=True,
        help="What the courier has counted, before the cashier did",
    )
    is_declared_otherwise = fields.Boolean(
        readonly=True, help="The cashier has counted another amount than the courier"
    )
    slip_fen = fields.Integer(string="Slips in fen", readonly=True, default=0)
    slip_count = fields.Integer(string="Slips", readonly=True, default=0)
    slip_taken_fen = fields.Integer(
        string="Slips taken in fen", readonly=True, default=0
    )
    slip_taken_count = fields.Integer(string="Slips taken", readonly=True, default=0)
    stand_in_id = fields.Many2one(
        "res.users",
        string="Manager in the courier's place",
        readonly=True,
        ondelete="restrict",
        tracking=True,
    )
    stand_in_reason = fields.Char(
        string="Why the courier did not come", readonly=True, tracking=True
    )
    expected_amount = fields.Monetary(string="Expected", compute="_compute_amounts")
    counted_amount = fields.Monetary(string="Counted", compute="_compute_amounts")
    difference_amount = fields.Monetary(
        string="Difference",
        compute="_compute_amounts",
        help="Negative: short. Positive: over",
    )
    declared_amount = fields.Monetary(string="Declared", compute="_compute_amounts")
    slip_amount = fields.Monetary(string="Card slips", compute="_compute_amounts")
    slip_taken_amount = fields.Monetary(
        string="Card slips taken", compute="_compute_amounts"
    )
    reason = fields.Char(readonly=True, help="Why less or more was there")
    difference_state = fields.Selection(
        [("none", "None"), ("open", "To be looked at"), ("solved", "Solved")],
        string="Difference is",
        required=True,
        readonly=True,
        default="none",
        index=True,
        tracking=True,
    )
    resolution = fields.Char(string="What Was Done", readonly=True)
    solved_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    is_same_person = fields.Boolean(
        readonly=True, help="Courier, or who stood in, and cashier were the same person"
    )
    done_at = fields.Datetime(string="Handed over at", readonly=True)
    payment_ids = fields.One2many(
        "o2o.collection.payment", "handover_id", string="Money", readonly=True
    )
    statement_line_id = fields.Many2one(
        "account.bank.statement.line", readonly=True, ondelete="restrict"
    )
    move_id = fields.Many2one(
        "account.move",
        string="Entry of the difference",
        readonly=True,
        ondelete="restrict",
    )

    _name_uniq = models.Constraint(
        "UNIQUE (company_id, name)", "This number is already in use."
    )
    _one_open = models.UniqueIndex(
        "(store_id, courier_id) WHERE state = 'open'",
        "This courier is at a till already.",
    )
    _adds_up = models.Constraint(
        "CHECK (counted_fen = expected_fen + difference_fen"
        " AND counted_fen >= 0 AND expected_fen >= 0)",
        "What was expected and the difference are what was counted.",
    )

    @api.depends(*(f"{kind}_fen" for kind in _AMOUNTS))
    def _compute_amounts(self):
        for handover in self:
            for kind in _AMOUNTS:
                handover[f"{kind}_amount"] = from_fen(handover[f"{kind}_fen"])

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        raise UserError(self.env._("A hand-over is never deleted."))

    # === ON THE PHONE === #

    @api.model
    def _get_held(self, store, courier):
        """What a courier of a store has in hand."""
        return self.env["o2o.collection.payment"].search(
            [
                ("store_id", "=", store.id),
                ("user_id", "=", courier.id),
                ("way", "in", CARRIED_WAYS),
                ("handover_id", "=", False),
            ],
            order="id",
        )

    @api.model
    def _begin(self, store, declared_fen):
        """The courier stands at the till: a code to tell the cashier. Pressed again, a
        new code; what was declared before stays in the history.

        :param o2o.store store: in which the caller works, elevated
        :param int declared_fen: cash that the courier has counted
        :raise UserError: nothing is held, or nothing was declared
        """
        courier = self.env.user
        if not self._get_held(store, courier):
            raise UserError(self.env._("You have no money of the door."))
        if type(declared_fen) is not int or not 0 <= declared_fen <= MAX_FEN:
            raise UserError(self.env._("Count your cash and enter the amount."))
        return self._open(
            store,
            courier,
            declared_fen=declared_fen,
            stand_in_id=False,
            stand_in_reason=False,
        )

    @api.model
    def _begin_for(self, store, courier, reason):
        """A manager stands in for a courier who does not come: left, or is ill.

        :param o2o.store store: elevated, like ``courier``
        :raise AccessError: not a manager of head office
        :raise UserError: nothing is held, or no reason
        """
        if not self.env.user.has_group("o2o_order.o2o_order_group_manager"):
            raise AccessError(self.env._("Only a manager of head office may do this."))
        reason = (reason or "").strip()[:200]
        if not reason:
            raise UserError(self.env._("Say why the courier does not come."))
        if not self._get_held(store, courier):
            raise UserError(self.env._("This money was handed over already."))
        return self._open(
            store,
            courier,
            declared_fen=0,
            stand_in_id=self.env.uid,
            stand_in_reason=reason,
        )

    @api.model
    def _open(self, store, courier, **vals):
        """The open hand-over of a courier, with a new code."""
        handover = self.search(
            [
                ("store_id", "=", store.id),
                ("courier_id", "=", courier.id),
                ("state", "=", "open"),
            ]
        ) or self.create(
            {
                "name": self.env["ir.sequence"].next_by_code("o2o.collection.handover"),
                "store_id": store.id,
                "company_id": store.company_id.id,
                "courier_id": courier.id,
            }
        )
        handover.write(
            {
                "code": f"{secrets.randbelow(1_000_000):06d}",
                "code_until": fields.Datetime.now() + CODE_PATIENCE,
                "try_count": 0,
                **vals,
            }
        )
        return handover

    # === AT THE TILL === #

    def _lock(self):
        self.env.cr.execute(
            SQL(
                "SELECT id FROM o2o_collection_handover WHERE id = %s FOR UPDATE",
                self.id,
            )
        )
        self.invalidate_recordset()

    def _try_code(self, code):
        """Whether the courier's code was told; counts the mistakes, so the caller must
        not roll back."""
        self.ensure_one()
        if self.try_count >= MAX_TRIES or self.code_until < fields.Datetime.now():
            return False
        # a Chinese keyboard types full-width digits; other scripts cannot be compared
        text = unicodedata.normalize("NFKC", str(code or "")[:32]).strip()
        if text.isascii() and consteq(self.code or "", text):
            return True
        self.try_count += 1
        return False

    def _complete(self, config, counted_fen, slip_count, slip_fen, reason):
        """The till has the money now. The caller holds the lock of this row, and has
        checked till, code and what was expected.

        :param pos.config config: with an open session
        :param int counted_fen: cash in the hand of the cashier
        :param int slip_count: slips in the hand of the cashier
        :param int slip_fen: their sum
        :return: the payments that were handed over
        :raise UserError: nothing is left; or without a reason another amount than was
            expected or declared, or other slips
        """
        self.ensure_one()
        held = self._get_held(self.store_id, self.courier_id)
        if not held:
            raise UserError(self.env._("This money was handed over already."))
        self._claim(held)
        cash = held.filtered(lambda payment: payment.way == "cash")
        slips = held - cash
        expected_fen = sum(cash.mapped("amount_fen"))
        difference = counted_fen - expected_fen
        reason = (reason or "").strip()[:200]
        slips_fen = sum(slips.mapped("amount_fen"))
        is_other_slips = (slip_count, slip_fen) != (len(slips), slips_fen)
        is_other = not self.stand_in_id and counted_fen != self.declared_fen
        if not reason:
            if difference:
                raise UserError(self.env._("Say why the cash is short or over."))
            if is_other_slips:
                raise UserError(self.env._("Say which card slips are missing, or why."))
            if is_other:
                raise UserError(
                    self.env._(
                        "The courier has declared another amount: count again, and say"
                        " why."
                    )
                )
        session = config.current_session_id
        self.write(
            {
                "state": "done",
                "code": False,
                "done_at": fields.Datetime.now(),
                "cashier_id": self.env.uid,
                "is_same_person": self.env.user in self.courier_id | self.stand_in_id,
                "config_id": config.id,
                "session_id": session.id,
                "expected_fen": expected_fen,
                "counted_fen": counted_fen,
                "difference_fen": difference,
                "is_declared_otherwise": is_other,
                "slip_fen": slips_fen,
                "slip_count": len(slips),
                "slip_taken_fen": slip_fen,
                "slip_taken_count": slip_count,
                "reason": reason,
                "difference_state": (
                    "open" if difference or is_other_slips else "none"
                ),
            }
        )
        self._book_cash(session)
        self._book_difference()
        self._follow(held)
        return held

    def _claim(self, held):
        """Each of these rows is handed over once, whoever asks at the same moment.

        :raise UserError: one of them was taken meanwhile
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "UPDATE o2o_collection_payment SET handover_id = %s"
                " WHERE id IN %s AND handover_id IS NULL RETURNING id",
                self.id,
                tuple(held.ids),
            )
        )
        held.invalidate_recordset(["handover_id"])
        self.invalidate_recordset(["payment_ids"])
        if len(rows) != len(held):
            raise UserError(self.env._("This money was handed over already."))

    def _follow(self, held):
        """Collections whose money is all at the till are over, unless something is
        missing."""
        rows = held.collection_id
        rows._lock()
        rows._settle()
        if self.difference_state == "open":
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("A courier's money does not agree"),
                note=self.reason,
                user_id=rows[:1].order_id._o2o_get_responsible().id,
            )

    # === BOOKS === #

    def _book_cash(self, session):
        """Cash goes into the drawer as Odoo's own cash-in, from the courier's account:
        the count at the end of the session is right."""
        self.ensure_one()
        if not self.counted_fen:
            return
        if not session.cash_journal_id:
            raise UserError(self.env._("This till takes no cash."))
        line = self.company_id._o2o_get_door_line("cash")
        vals = session._prepare_account_bank_statement_line_vals(
            session,
            1,
            self.counted_amount,
            f"{self.name} {self.courier_id.name}",
            False,
            {"translatedType": self.env._("in")},
        )
        if account := line.journal_id.default_account_id:
            vals["counterpart_account_id"] = account.id
        self.statement_line_id = (
            self.env["account.bank.statement.line"]
            .with_context(no_retrieve_partner=True)
            .create(vals)
        )

    def _book_difference(self):
        """What is missing, or too much, leaves the courier's account at once; head
        office decides what becomes of it."""
        self.ensure_one()
        journal = self.company_id._o2o_get_door_line("cash").journal_id
        is_short = self.difference_fen < 0
        other = journal.loss_account_id if is_short else journal.profit_account_id
        if not self.difference_fen or not other:
            return
        name = self.env._(
            "%(name)s: cash of %(courier)s",
            name=self.name,
            courier=self.courier_id.name,
        )
        self.move_id = self.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": journal.id,
                "date": fields.Date.context_today(self),
                "ref": name,
                "line_ids": [
                    Command.create(
                        {"account_id": account.id, "name": name, "balance": balance}
                    )
                    for account, balance in (
                        (journal.default_account_id, self.difference_amount),
                        (other, -self.difference_amount),
                    )
                ],
            }
        )
        self.move_id.action_post()

    # === HEAD OFFICE === #

    def action_solve(self):
        """Open the form in which head office says what was done."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Solve the difference"),
            "res_model": "o2o.collection.decision",
            "view_mode": "form",
            "target": "new",
            "context": {"default_handover_id": self.id, "default_decision": "solve"},
        }

    def _solve(self, resolution):
        """:raise AccessError: not head office
        :raise UserError: nothing was said
        """
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group("o2o_order.o2o_order_group_user"):
            raise AccessError(self.env._("Only head office may do this."))
        if not (resolution or "").strip():
            raise UserError(self.env._("Write down what was done."))
        # sudo: the check above
        handover_sudo = self.sudo()
        handover_sudo._lock()
        if handover_sudo.difference_state != "open":
            return
        handover_sudo.write(
            {
                "difference_state": "solved",
                "resolution": resolution.strip(),
                "solved_by_id": self.env.uid,
            }
        )
        handover_sudo.activity_unlink(["mail.mail_activity_data_todo"])
        rows = handover_sudo.payment_ids.collection_id
        rows._lock()
        rows._settle()
