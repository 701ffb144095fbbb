"""Money that goes back through a gateway: one number, one refund."""

import logging
from datetime import timedelta, timezone

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..const import REFUND_OPEN_STATES, REFUND_STATES
from ..lib.o2o_gateway.gateway import RefundOrder
from ..lib.o2o_gateway.order_numbers import make_number
from ..lib.o2o_gateway.results import RefundState
from ..moments import to_utc
from ..money import from_fen
from ..words import failure_words

_logger = logging.getLogger(__name__)

#: a number that the gateway does not know is believed to be absent after so long
ABSENT_AFTER = timedelta(minutes=1)
#: seconds between the questions about a refund that is under way; the last goes on
PAUSES = (10, 20, 60, 300, 1800)


class O2oPaymentRefund(models.Model):
    """A refund at a gateway: written and committed first, sent by its job.

    What all refunds of a payment promise never passes what was paid: the row of the
    payment counts it, under its lock and a constraint of the database. A call whose
    answer is lost is repeated with the same number, which is the same refund.
    """

    _name = "o2o.payment.refund"
    _description = "Refund at a Gateway"
    _inherit = ["o2o.payment.job"]
    _order = "id desc"
    _rec_name = "refund_no"

    _job_xmlid = "o2o_payment.o2o_payment_refund_cron"

    refund_no = fields.Char(
        string="Number of the refund", required=True, readonly=True, copy=False
    )
    intent_id = fields.Many2one(
        "o2o.payment.intent",
        string="Payment",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    provider_id = fields.Many2one(related="intent_id.provider_id")
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    transaction_id = fields.Many2one(
        "payment.transaction", readonly=True, ondelete="restrict", copy=False
    )
    amount_fen = fields.Integer(string="Amount in fen", required=True, readonly=True)
    currency_id = fields.Many2one(related="intent_id.currency_id")
    amount = fields.Monetary(compute="_compute_amount")
    reason = fields.Char(readonly=True)
    state = fields.Selection(
        REFUND_STATES, required=True, readonly=True, default="new", index=True
    )
    is_sent = fields.Boolean(
        readonly=True, help="A call was begun: the gateway may know of it"
    )
    sent_at = fields.Datetime(readonly=True)
    provider_no = fields.Char(string="Gateway's number", readonly=True)
    done_at = fields.Datetime(readonly=True)

    _refund_no_uniq = models.Constraint(
        "UNIQUE (refund_no)", "This number was used for another refund."
    )
    _one_per_transaction = models.UniqueIndex(
        "(transaction_id) WHERE transaction_id IS NOT NULL",
        "This refund was sent already.",
    )
    _amount_positive = models.Constraint(
        "CHECK (amount_fen > 0)", "A refund gives something back."
    )

    @api.depends("amount_fen")
    def _compute_amount(self):
        for refund in self:
            refund.amount = from_fen(refund.amount_fen)

    # === PLANNING === #

    @api.model
    def _plan(self, intent, amount_fen, reason="", **vals):
        """Promise a refund and let the job send it once this is committed.

        :raise ValidationError: more than what is left of the payment
        """
        self._promise(intent, amount_fen)
        now = fields.Datetime.now().replace(tzinfo=timezone.utc)
        number = int(self.env["ir.sequence"].sudo().next_by_code("o2o.payment"))
        refund = self.create(
            {
                "refund_no": make_number("R", now, 0, number),
                "intent_id": intent.id,
                "company_id": intent.company_id.id,
                "amount_fen": amount_fen,
                "reason": reason,
                **vals,
            }
        )
        refund._wake()
        return refund

    @api.model
    def _promise(self, intent, amount_fen):
        """Count an amount as given back, unless more would go back than was paid.

        :raise ValidationError: more than what is left of the payment
        """
        intent.ensure_one()
        intent.flush_recordset()
        # waits for a refund that is being planned at the same time, and counts it
        rows = self.env.execute_query(
            SQL(
                "UPDATE o2o_payment_intent SET reserved_fen = reserved_fen + %(fen)s"
                " WHERE id = %(id)s AND state IN ('paid', 'held')"
                " AND reserved_fen + %(fen)s <= paid_fen RETURNING id",
                fen=amount_fen,
                id=intent.id,
            )
        )
        intent.invalidate_recordset(["reserved_fen"])
        if not rows:
            raise ValidationError(
                self.env._(
                    "%(number)s: of %(paid)s, %(given)s were given back already.",
                    number=intent.out_no,
                    paid=intent.currency_id.format(from_fen(intent.paid_fen)),
                    given=intent.currency_id.format(from_fen(intent.reserved_fen)),
                )
            )

    def _release(self):
        """It failed: what it promised is left of the payment again."""
        self.ensure_one()
        self.intent_id.flush_recordset()
        self.env.execute_query(
            SQL(
                "UPDATE o2o_payment_intent SET reserved_fen = reserved_fen - %s"
                " WHERE id = %s RETURNING id",
                self.amount_fen,
                self.intent_id.id,
            )
        )
        self.intent_id.invalidate_recordset(["reserved_fen"])

    # === FACTS === #

    def _may_change(self):
        self.ensure_one()
        return self.state in REFUND_OPEN_STATES

    def _find_mismatch(self, amount_fen, currency):
        """What of a refund is not as it was planned: a kind of quarantine, or ""."""
        self.ensure_one()
        is_same = amount_fen in (None, self.amount_fen)
        return "" if is_same and currency == self.currency_id.name else "refund_amount"

    # === SENDING === #

    def _work(self):
        """Send it, or ask what became of it; in a job, which commits in between.

        :return: whether the gateway gave an answer
        """
        self.ensure_one()
        if not self._may_change():
            self._rest()
            return True
        was_sent = self.is_sent
        if self.state == "new":
            self.write(
                {
                    "state": "sending",
                    "is_sent": True,
                    "sent_at": fields.Datetime.now(),
                }
            )
        is_question = self.state == "pending"
        self._commit()
        outcome = self._ask() if is_question else self._send()
        may_give_up = not is_question
        if was_sent and may_give_up and outcome.is_rejected and outcome.was_sent:
            # this call has done nothing; the one before it may have
            outcome, may_give_up = self._ask_after_refusal(outcome)
        self._commit()
        if not self.try_lock_for_update(allow_referencing=True):
            # another job acts on its own answer
            return False
        self._act_on(outcome, may_give_up=may_give_up)
        self._commit()
        self._finish()
        return outcome.is_ok

    def _ask_after_refusal(self, refusal):
        """What became of a refund whose first answer was lost, and that was refused
        when it was sent again.

        :return: ``Outcome``, and whether it ends the refund: only when the gateway
            does not know of it for some time
        """
        self.ensure_one()
        outcome = self._ask()
        if (
            outcome.is_ok
            and outcome.value.state is RefundState.ABSENT
            and self._is_known_by_now()
        ):
            return refusal, True
        return outcome, False

    def _is_known_by_now(self):
        """Whether a gateway would know of it, had it got it."""
        self.ensure_one()
        return fields.Datetime.now() - self.sent_at > ABSENT_AFTER

    def _send(self):
        self.ensure_one()
        return self.provider_id._o2o_get_client().refund(
            RefundOrder(
                self.intent_id.out_no,
                self.refund_no,
                self.amount_fen,
                self.intent_id.paid_fen,
                reason=self.reason or "",
                notify_url=self.provider_id.o2o_notify_url,
            )
        )

    def _ask(self):
        self.ensure_one()
        return self.provider_id._o2o_get_client().query_refund(
            self.intent_id.out_no, self.refund_no
        )

    def _act_on(self, outcome, may_give_up=True):
        """Do what an answer says. The caller holds the lock of this row.

        :param Outcome outcome: of a ``Refund``
        :param bool may_give_up: it was the refund that was refused, not a question
        """
        self.ensure_one()
        if not self._may_change():
            return
        if outcome.is_rejected and outcome.was_sent and may_give_up:
            self._fail(failure_words(self.env, outcome))
            return
        if not outcome.is_ok:
            self._postpone(failure_words(self.env, outcome))
            return
        refund = outcome.value
        if (refund.out_no, refund.refund_no) != (self.intent_id.out_no, self.refund_no):
            raise ValueError("an answer about another refund")
        getattr(self, f"_note_{refund.state.value}")(refund)

    def _note_done(self, refund):
        if kind := self._find_mismatch(refund.amount_fen, refund.currency):
            self._leave_to_person(kind, refund)
            return
        self.write(
            {
                "state": "done",
                "done_at": to_utc(refund.refunded_at) or fields.Datetime.now(),
                "provider_no": refund.provider_no,
            }
        )
        self._rest()
        self._tell_transaction()

    def _note_pending(self, refund):
        if self.state != "pending":
            self.write({"state": "pending", "attempt_count": 0})
        self.provider_no = refund.provider_no or self.provider_no
        pause = PAUSES[min(self.attempt_count, len(PAUSES) - 1)]
        self.attempt_count += 1
        self._wake(pause)

    def _note_absent(self, refund):
        """The gateway does not know it (yet): the same number again."""
        if self._is_known_by_now():
            self.state = "sending"
        self._postpone(self.env._("The gateway does not know of it yet."))

    def _note_failed(self, refund):
        self._fail(refund.word)

    def _note_abnormal(self, refund):
        self._leave_to_person("refund_abnormal", refund)

    def _fail(self, why):
        """The money stays with us."""
        self.ensure_one()
        _logger.info("refund %s failed: %s", self.id, why)
        self._release()
        self.write({"state": "failed", "next_at": False, "failure": (why or "")[:500]})
        self._tell_transaction()
        if not self._is_followed():
            self._report_failure(why)

    def _is_followed(self):
        """Whether somebody else hears of a failure: who planned this refund."""
        self.ensure_one()
        transaction_sudo = self.transaction_id.sudo()
        return bool(transaction_sudo) and not (
            # by Odoo's own button, for an order
            transaction_sudo.source_transaction_id.sale_order_ids
            and not self.env["o2o.refund"]
            .sudo()
            .search_count([("refund_transaction_id", "=", transaction_sudo.id)])
        )

    def _report_failure(self, why):
        """Nobody else hears of it: a person is told. Hook for who sees it himself."""
        self.ensure_one()
        self.env["o2o.payment.quarantine"]._report(
            "refund_abnormal",
            f"{self.refund_no}/failed",
            self.provider_id,
            intent=self.intent_id,
            expected_fen=self.amount_fen,
            note=f"{self.refund_no} {why or ''}"[:500],
        )

    def _leave_to_person(self, kind, refund):
        self.ensure_one()
        self.write({"state": "abnormal", "provider_no": refund.provider_no})
        self._rest()
        self.env["o2o.payment.quarantine"]._report(
            kind,
            f"{self.refund_no}/{kind}",
            self.provider_id,
            intent=self.intent_id,
            expected_fen=self.amount_fen,
            found_fen=refund.amount_fen or 0,
            note=f"{self.refund_no} {refund.word}",
        )

    def _tell_transaction(self):
        """Odoo's transaction follows; it reads what is written here."""
        self.ensure_one()
        transaction_sudo = self.transaction_id.sudo()
        if transaction_sudo:
            transaction_sudo._process(
                transaction_sudo.provider_code,
                {"amount_fen": self.amount_fen, "currency": self.currency_id.name},
            )

    def _finish(self):
        """Books and messages, in a transaction of their own."""
        self.ensure_one()
        transaction_sudo = self.transaction_id.sudo()
        if transaction_sudo.state in ("done", "error") and (
            not transaction_sudo.is_post_processed
        ):
            transaction_sudo._post_process()
