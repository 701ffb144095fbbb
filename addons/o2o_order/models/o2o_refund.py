import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..const import REFUND_REASONS, Gift

_logger = logging.getLogger(__name__)

BATCH = 100


class O2oRefund(models.Model):
    """Money that has to go back to a member: written down first, then sent (idea 5).

    The row is committed before a provider is called, and says so before and after the
    call. A call that broke off in between leaves the row at "being sent": nobody knows
    whether the money left, so it is never sent again by itself; a person asks the
    provider. Providers that cannot refund leave the row to head office.
    """

    _name = "o2o.refund"
    _description = "Refund to a Member"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "order_id"

    order_id = fields.Many2one(
        "sale.order", required=True, readonly=True, index=True, ondelete="restrict"
    )
    fulfillment_id = fields.Many2one(
        "o2o.fulfillment", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    return_id = fields.Many2one(
        "o2o.order.return",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    partner_id = fields.Many2one(related="order_id.partner_id", string="Member")
    transaction_id = fields.Many2one(
        "payment.transaction",
        string="Payment",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    provider_id = fields.Many2one(related="transaction_id.provider_id")
    refund_transaction_id = fields.Many2one(
        "payment.transaction", readonly=True, ondelete="restrict", copy=False
    )
    amount = fields.Monetary(required=True, readonly=True)
    currency_id = fields.Many2one(
        "res.currency", required=True, readonly=True, ondelete="restrict"
    )
    reason = fields.Selection(REFUND_REASONS, required=True, readonly=True)
    gift_amount = fields.Monetary(
        string="Below the price",
        readonly=True,
        help="What of it does not make the order owe: the member pays that much less",
    )
    state = fields.Selection(
        [
            ("waiting", "To be sent"),
            ("sending", "Being sent"),
            ("by_hand", "To be paid back by hand"),
            ("failed", "Failed"),
            ("done", "Given back"),
        ],
        required=True,
        readonly=True,
        default="waiting",
        index=True,
        tracking=True,
    )
    failure = fields.Char(readonly=True)
    done_at = fields.Datetime(readonly=True)
    key = fields.Char(required=True, readonly=True, copy=False)

    _key_uniq = models.Constraint("UNIQUE (key)", "This refund is written already.")
    _amount_positive = models.Constraint(
        "CHECK (amount > 0)", "A refund gives something back."
    )

    @api.model
    def _plan(self, order, transaction, amount, reason, key, fulfillment=None):
        """:return: the row of this key, new or known"""
        if known := self.search([("key", "=", key)]):
            return known
        refund = self.create(
            {
                "order_id": order.id,
                "fulfillment_id": fulfillment.id if fulfillment else False,
                "company_id": order.company_id.id,
                "transaction_id": transaction.id,
                "amount": amount,
                "currency_id": transaction.currency_id.id,
                "reason": reason,
                "gift_amount": self._get_gift_amount(order, amount, reason),
                "key": key,
            }
        )
        if refund._can_be_sent():
            # the call goes out in a transaction of its own, within seconds
            self.env.ref("o2o_order.o2o_refund_cron")._trigger()
        else:
            refund._leave_to_head_office("by_hand")
        return refund

    @api.model
    def _get_gift_amount(self, order, amount, reason):
        """:return: what of a refund the order does not owe afterwards"""
        if reason == "agreed":
            return order._o2o_get_gift_part(amount)
        # the goods are back, whatever else was paid too much
        return amount if reason == "returned" and order.state == "sale" else 0.0

    def _is_open(self):
        self.ensure_one()
        return self.state != "done"

    def _can_be_sent(self):
        """Whether the provider gives back this amount when asked."""
        self.ensure_one()
        transaction, provider = self.transaction_id, self.transaction_id.provider_id
        if provider.state == "disabled":
            return False
        is_all = not transaction.currency_id.compare_amounts(
            self.amount, transaction.amount
        )
        if transaction.state == "authorized":
            return bool(provider.support_manual_capture) and is_all
        return provider.support_refund == "partial" or (
            provider.support_refund == "full_only" and is_all
        )

    @api.model
    def _cron_send(self):
        """Ask the providers, row by row, each step committed."""
        cron = self.env["ir.cron"]
        domain = Domain("state", "=", "waiting")
        rows = self.search(domain, limit=BATCH, order="id")
        cron._commit_progress(remaining=self.search_count(domain))
        for row in rows:
            if row := row.try_lock_for_update().filtered_domain(domain):
                row.state = "sending"
                cron._commit_progress()
                row._send()
            if not cron._commit_progress(1):
                break

    def _send(self):
        """Call the provider once and keep what it says."""
        self.ensure_one()
        self.invalidate_recordset(["state"])
        if self.state != "sending":
            # a person has decided meanwhile
            return
        self = self.with_context(lang=self.company_id.partner_id.lang)
        transaction = self.transaction_id
        try:
            with self.env.cr.savepoint():
                if transaction.state == "authorized":
                    answer = transaction._void()
                else:
                    answer = transaction.with_context(
                        o2o_gift=Gift(self.gift_amount)
                    )._refund(self.amount)
        except Exception as error:
            _logger.exception("refund %s failed", self.id)
            self._leave_to_head_office("failed", str(error)[:500])
            return
        self.refund_transaction_id = answer
        self._note_answer()

    def _note_answer(self):
        """What became of it at the provider; called again when that changes."""
        self.ensure_one()
        answer = self.refund_transaction_id
        if self.state == "done" or not answer:
            return
        is_refund = answer.operation == "refund"
        # an authorized payment is voided, not refunded
        if answer.state == ("done" if is_refund else "cancel"):
            self._mark_done()
        elif answer.state in ("done", "cancel", "error"):
            self._leave_to_head_office("failed", answer.state_message)

    def _mark_done(self):
        for refund in self.filtered(lambda refund: refund.state != "done"):
            refund.write({"state": "done", "done_at": fields.Datetime.now()})
            refund.activity_unlink(["mail.mail_activity_data_todo"])
            refund.order_id._o2o_tell_member("refunded", amount=refund.amount)
        for returned in self.return_id:
            if all(refund.state == "done" for refund in returned.refund_ids):
                returned._mark_paid()

    def _leave_to_head_office(self, state, failure=None):
        """A person has to give the money back: never silent."""
        self.ensure_one()
        self.write({"state": state, "failure": failure})
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("Give the money back"),
            note=failure or self.env._("The payment provider cannot do it by itself."),
            user_id=self.order_id._o2o_get_responsible().id,
        )

    # === ACTIONS (head office) === #

    def action_retry(self):
        """Ask the provider again, after a person made sure that nothing left."""
        refunds = self._as_head_office().filtered("can_retry")
        refunds.write({"state": "waiting", "failure": False})
        if refunds:
            self.env.ref("o2o_order.o2o_refund_cron").sudo()._trigger()

    def _as_head_office(self):
        self.check_access("read")
        if not self.env.user.has_group("o2o_order.o2o_order_group_user"):
            raise UserError(self.env._("Only head office may do this."))
        return self.sudo()
