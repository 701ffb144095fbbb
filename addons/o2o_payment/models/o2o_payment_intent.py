"""An attempt to be paid: what was planned, and what the gateway says of it."""

import logging
import secrets
from datetime import timedelta, timezone

from odoo import api, fields, models

from odoo.addons.o2o_order.models.sale_order_checkout import LEAN

from ..const import INTENT_FROM, INTENT_STATES, OPEN_STATES, WAYS
from ..lib.o2o_gateway.gateway import MAX_SUBJECT, Order
from ..lib.o2o_gateway.order_numbers import make_number
from ..lib.o2o_gateway.results import PaymentState
from ..moments import to_utc
from ..money import from_fen, to_fen
from ..words import failure_words
from .o2o_payment_stamp import keep_stamp

_logger = logging.getLogger(__name__)

#: how long a payment may be made, and the least that gateways take
PATIENCE = timedelta(minutes=30)
LEAST = timedelta(minutes=1)
#: after the end, for clocks that differ
GRACE = timedelta(minutes=1)
#: seconds after which what follows from a payment is done again: the process that was
#: at it has ended
FINISH_SECONDS = 20
#: after which it is tried again when somebody else has the order in hand
BUSY_SECONDS = 2
#: seconds between the questions while a payer is at it; the last one goes on
PAUSES = (5, 5, 10, 10, 20, 30, 60)


class O2oPaymentIntent(models.Model):
    """One attempt to be paid through a gateway, written down before anything is sent.

    Only what a gateway answers to a query moves it, and only when number, amount and
    currency are those that were planned. All else waits for a person.
    """

    _name = "o2o.payment.intent"
    _description = "Attempt to Be Paid"
    _inherit = ["o2o.payment.job"]
    _order = "id desc"
    _rec_name = "out_no"

    _job_xmlid = "o2o_payment.o2o_payment_intent_cron"

    out_no = fields.Char(
        string="Our number", required=True, readonly=True, copy=False, index="trigram"
    )
    provider_id = fields.Many2one(
        "payment.provider",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    transaction_id = fields.Many2one(
        "payment.transaction", readonly=True, ondelete="restrict", copy=False
    )
    way = fields.Selection(WAYS, readonly=True)
    amount_fen = fields.Integer(string="Amount in fen", required=True, readonly=True)
    currency_id = fields.Many2one(
        "res.currency", required=True, readonly=True, ondelete="restrict"
    )
    amount = fields.Monetary(compute="_compute_amount")
    subject = fields.Char(required=True, readonly=True)
    state = fields.Selection(
        INTENT_STATES,
        required=True,
        readonly=True,
        copy=False,
        default="new",
        index=True,
    )
    expires_at = fields.Datetime(required=True, readonly=True)
    opened_at = fields.Datetime(readonly=True, help="When the payer was sent to pay")
    is_close_wanted = fields.Boolean(
        readonly=True, help="Nobody waits for this money any more: close it"
    )
    provider_no = fields.Char(string="Gateway's number", readonly=True, copy=False)
    paid_at = fields.Datetime(readonly=True, copy=False)
    paid_fen = fields.Integer(
        string="Paid in fen", required=True, default=0, readonly=True, copy=False
    )
    reserved_fen = fields.Integer(
        string="Given back in fen",
        required=True,
        default=0,
        readonly=True,
        copy=False,
        help="What was given back, or is promised to be",
    )
    token = fields.Char(
        required=True, readonly=True, copy=False, groups="base.group_system"
    )
    qr_text = fields.Char(readonly=True, copy=False, groups="base.group_system")
    page_url = fields.Char(readonly=True, copy=False, groups="base.group_system")
    refund_ids = fields.One2many("o2o.payment.refund", "intent_id", readonly=True)
    event_ids = fields.One2many("o2o.payment.event", "intent_id", readonly=True)
    quarantine_ids = fields.One2many(
        "o2o.payment.quarantine", "intent_id", readonly=True
    )

    _out_no_uniq = models.Constraint(
        "UNIQUE (out_no)", "This number was used for another payment."
    )
    _token_uniq = models.Constraint("UNIQUE (token)", "This address is taken.")
    _one_per_transaction = models.UniqueIndex(
        "(transaction_id) WHERE transaction_id IS NOT NULL",
        "This payment has an attempt already.",
    )
    _amount_positive = models.Constraint(
        "CHECK (amount_fen > 0)", "A payment is of something."
    )
    _refunds_within_payment = models.Constraint(
        "CHECK (reserved_fen >= 0 AND reserved_fen <= paid_fen)",
        "No more is given back than was paid.",
    )
    _paid_is_paid = models.Constraint(
        "CHECK (state <> 'paid' OR paid_fen > 0)", "Paid means that money has come."
    )

    @api.depends("amount_fen")
    def _compute_amount(self):
        for intent in self:
            intent.amount = from_fen(intent.amount_fen)

    # === PLANNING === #

    @api.model
    def _plan(self, provider, amount, currency, subject, **vals):
        """Write an attempt down. The caller commits before it is opened.

        :param float amount: in ``currency``
        :raise ValueError: no amount that a gateway takes
        """
        now = fields.Datetime.now()
        number = int(self.env["ir.sequence"].sudo().next_by_code("o2o.payment"))
        out_no = make_number(
            "P", now.replace(tzinfo=timezone.utc), vals.pop("store", 0), number
        )
        return self.create(
            {
                "out_no": out_no,
                "provider_id": provider.id,
                "company_id": provider.company_id.id,
                "amount_fen": to_fen(amount, currency),
                "currency_id": currency.id,
                "subject": subject[:MAX_SUBJECT],
                "expires_at": now + PATIENCE,
                "token": secrets.token_urlsafe(24),
                **vals,
            }
        )

    @api.model
    def _limit_expiry(self, due_at):
        """Until when to take a payment for something that waits until ``due_at``."""
        now = fields.Datetime.now()
        return max(min(now + PATIENCE, due_at), now + LEAST)

    def _prepare_order(self, client_ip="", **more):
        """What the gateway is told (``o2o_gateway.gateway.Order``)."""
        self.ensure_one()
        # where the browser is; Odoo ends it with a slash in a request
        base = self.provider_id.get_base_url().rstrip("/")
        return Order(
            out_no=self.out_no,
            amount_fen=self.amount_fen,
            subject=self.subject,
            expires_at=self.expires_at.replace(tzinfo=timezone.utc),
            notify_url=self.provider_id.o2o_notify_url,
            return_url=f"{base}/o2o/payment/return/{self.sudo().token}",
            client_ip=client_ip,
            takes_credit=self._takes_credit(),
            **more,
        )

    def _takes_credit(self):
        """Whether credit cards may pay this (PAY-05)."""
        self.ensure_one()
        rule = self.provider_id.o2o_credit
        if rule != "goods":
            return rule == "all"
        if till_sudo := self.config_id.sudo():
            # sudo: what the till sells is known to its cashiers only
            return not till_sudo._o2o_is_for_wallet(self.order_uuid)
        # sudo: transactions belong to whoever pays
        return not self.transaction_id.sudo()._o2o_is_for_wallet()

    # === STATES === #

    def _enter(self, state, **vals):
        """The single writer of ``state``; silent when it is there already.

        :return: whether the state has changed
        """
        self.ensure_one()
        if self.state == state:
            return False
        if self.state not in INTENT_FROM[state]:
            _logger.warning(
                "intent %s does not go from %s to %s", self.id, self.state, state
            )
            return False
        _logger.info("intent %s: %s -> %s", self.id, self.state, state)
        self.write({"state": state, **vals})
        return True

    def _is_open(self):
        self.ensure_one()
        return self.state in OPEN_STATES

    def _may_change(self):
        """Whether the gateway may have news of it; money may come late."""
        self.ensure_one()
        return self.state in (*OPEN_STATES, "closed", "failed")

    def _is_decided(self):
        """Whether a person has decided all that was strange about it."""
        self.ensure_one()
        rows = self.quarantine_ids
        return bool(rows) and "open" not in rows.mapped("state")

    def _is_over(self):
        """Whether the gateway takes no payment any more, by the time."""
        self.ensure_one()
        return fields.Datetime.now() >= self.expires_at + GRACE

    # === ASKING === #

    def _work(self):
        """Ask the gateway and do what it says; in a job, which commits in between.

        :return: whether the gateway gave an answer
        """
        self.ensure_one()
        if self.state == "paid":
            # nothing to ask: whoever took the money did not come to the end
            if not self._finish():
                self._wake(BUSY_SECONDS)
            return True
        # nothing is locked while a gateway is asked
        self._commit()
        was_close_wanted = self.is_close_wanted
        outcome = self._ask()
        self._commit()
        # orders before payments, as their timers take them
        self.transaction_id.sudo().sale_order_ids._o2o_lock_row()
        if not self.try_lock_for_update(allow_referencing=True):
            # another job acts on its own answer
            return False
        if self._is_outdated(was_close_wanted):
            return False
        self._act_on(outcome)
        self._commit()
        self._finish()
        return outcome.is_ok

    def _is_outdated(self, was_close_wanted):
        """Whether an answer may be wrong by now. The caller holds the lock. Hook.

        :param bool was_close_wanted: what it was when the gateway was asked
        """
        self.ensure_one()
        return False

    def _prepare_call(self):
        """What a gateway wants to have been kept before it hears of a number."""
        self.ensure_one()
        if self.provider_id.code == "o2o_unionpay":
            keep_stamp(self.env.registry, self.out_no, self.expires_at)

    def _ask(self):
        """One question to the gateway; nothing is written. Due ones are closed.

        :return: ``Outcome`` of a ``Payment``
        """
        self.ensure_one()
        self._prepare_call()
        if self._is_given_up() or (self._is_open() and self._is_due_to_end()):
            return self._end_at_gateway()
        return self.provider_id._o2o_get_client().query(self.out_no)

    def _is_given_up(self):
        """Whether it was ended here, so that what comes late is ended, too. Hook."""
        self.ensure_one()
        return False

    def _is_due_to_end(self):
        """Whether the payer has waited too long, or nobody wants the money any more."""
        self.ensure_one()
        return self.is_close_wanted or fields.Datetime.now() >= self.expires_at

    def _end_at_gateway(self):
        """Let the gateway take no payment any more; nothing is written.

        :return: ``Outcome`` of a ``Payment``: one that was made meanwhile is paid
        """
        self.ensure_one()
        return self.provider_id._o2o_get_client().close(self.out_no)

    def _get_pause(self):
        """Seconds to the next question, while the payer is at it."""
        self.ensure_one()
        return PAUSES[min(self.attempt_count, len(PAUSES) - 1)]

    def _act_on(self, outcome):
        """Do what an answer says. The caller holds the lock of this row.

        :param Outcome outcome: of a query or of closing
        """
        self.ensure_one()
        if self.state == "paid":
            # another job was first: what follows stays due
            return
        if not outcome.is_ok:
            self._note_no_answer(outcome)
            return
        payment = outcome.value
        if payment.out_no != self.out_no:
            # the clients check it, too: it decides whose money this is
            raise ValueError("an answer about another payment")
        if payment.state is PaymentState.PAID:
            self._take(payment)
        elif payment.state is PaymentState.FAILED:
            self._end("failed")
        elif payment.state is PaymentState.CLOSED or (
            payment.state is PaymentState.ABSENT and self._is_over()
        ):
            self._end("closed")
        else:
            self._ask_again()

    def _note_no_answer(self, outcome):
        self.ensure_one()
        if not self._is_open():
            # it was asked on somebody's word only
            self._rest()
            return
        if self._is_over():
            self._enter("unknown")
        self._postpone(failure_words(self.env, outcome))

    def _ask_again(self):
        """The payer is still at it."""
        self.ensure_one()
        if not self._is_open():
            self._rest()
            return
        pause = self._get_pause()
        left = (self.expires_at - fields.Datetime.now()).total_seconds()
        if 0 < left < pause:
            pause = left
        self.write({"attempt_count": self.attempt_count + 1, "failure": False})
        self._wake(pause)

    # === THE END === #

    def _take(self, payment):
        """Money has come: if it is what was planned, it is a payment."""
        self.ensure_one()
        kind = self._find_mismatch(payment.amount_fen, payment.currency)
        if kind:
            self._hold_back(kind, payment)
            return
        if self._enter(
            "paid",
            paid_fen=payment.amount_fen,
            provider_no=payment.provider_no,
            paid_at=to_utc(payment.paid_at) or fields.Datetime.now(),
        ):
            self._tell_transaction()
        if self.state == "paid" and self.transaction_id:
            self._wake(FINISH_SECONDS)
        else:
            self._rest()

    def _find_mismatch(self, amount_fen, currency):
        """What of a payment is not as it was planned: a kind of quarantine, or ""."""
        self.ensure_one()
        if currency != self.currency_id.name:
            return "currency"
        # None is no amount: nobody vouches for it
        return "" if amount_fen == self.amount_fen else "amount"

    def _hold_back(self, kind, payment):
        """Never paid by itself: a person decides."""
        self.ensure_one()
        self._enter("held", provider_no=payment.provider_no)
        self._rest()
        self.env["o2o.payment.quarantine"]._report(
            kind,
            f"{self.out_no}/{kind}/{payment.amount_fen}/{payment.currency}",
            self.provider_id,
            intent=self,
            expected_fen=self.amount_fen,
            found_fen=payment.amount_fen or 0,
            note=f"{payment.currency} {payment.word}",
        )

    def _end(self, state):
        self.ensure_one()
        if self._enter(state):
            self._tell_transaction()
            if self.is_close_wanted:
                self.transaction_id.sudo()._o2o_note_closed()
        self._rest()

    def _tell_transaction(self):
        """Odoo's transaction follows; it reads what is written here."""
        self.ensure_one()
        # sudo: transactions belong to whoever pays
        transaction_sudo = self.transaction_id.sudo()
        if transaction_sudo:
            transaction_sudo._process(
                transaction_sudo.provider_code,
                {
                    "amount_fen": self.paid_fen or self.amount_fen,
                    "currency": self.currency_id.name,
                },
            )

    def _finish(self):
        """What follows from a payment: orders, messages; its own transaction. The books
        are kept after that, by a job of their own.

        Until it is committed the row of a payment stays due: should the process end,
        the job does it again.

        :return: whether it is done; not while another job is at it
        """
        self.ensure_one()
        transaction_sudo = self.transaction_id.sudo()
        if transaction_sudo.state in ("draft", False):
            return True
        if not transaction_sudo.is_post_processed:
            # orders before payments, as their timers take them
            for records in (transaction_sudo.sale_order_ids, transaction_sudo):
                if records.try_lock_for_update(allow_referencing=True) != records:
                    return False
            # as the checkout confirms what is paid at the door
            transaction_sudo.with_context(
                lang=transaction_sudo.partner_lang, o2o_books_later=True, **LEAN
            )._post_process()
        if self.state == "paid":
            self._rest()
        return True

    def _want_closed(self):
        """Nobody waits for this money any more: the job closes it at the gateway."""
        for intent in self.filtered(lambda it: it._is_open()):
            if not intent.is_close_wanted:
                intent.write({"is_close_wanted": True, "attempt_count": 0})
                intent._wake()
