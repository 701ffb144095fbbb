"""Legs of a refund that broke off, failed, or were paid by hand."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

BATCH = 100
#: a call to a provider that is not back after so long has ended with its process
LONGEST_CALL = timedelta(minutes=5)


class O2oRefund(models.Model):
    _inherit = "o2o.refund"

    note = fields.Char(readonly=True, help="Why, in the words of who gave it back")
    can_retry = fields.Boolean(compute="_compute_can_settle", compute_sudo=True)
    can_pay_by_hand = fields.Boolean(compute="_compute_can_settle", compute_sudo=True)

    @api.depends("state", "refund_transaction_id.state")
    def _compute_can_settle(self):
        in_the_air_since = fields.Datetime.now() - LONGEST_CALL
        for refund in self:
            # what a provider has accepted is neither sent nor paid a second time
            is_under_way = refund.refund_transaction_id.state in (
                "pending",
                "authorized",
                "done",
            )
            is_stuck = (
                refund.state == "sending"
                and not is_under_way
                and refund.write_date < in_the_air_since
            )
            refund.can_retry = is_stuck or refund.state == "failed"
            refund.can_pay_by_hand = is_stuck or refund.state in ("by_hand", "failed")

    # === BROKEN OFF === #

    @api.model
    def _cron_send(self):
        self._resume_broken()
        return super()._cron_send()

    @api.model
    def _resume_broken(self):
        """Calls that broke off: where the provider's part is a row that is committed
        with ours, nothing has left, and the refund is sent. Else a person asks."""
        providers = self.env["payment.provider"].search([("state", "!=", "disabled")])
        providers = providers.filtered(lambda it: it._o2o_promises_refunds())
        broken = self.search(
            Domain("state", "=", "sending")
            & Domain("refund_transaction_id", "=", False)
            & Domain("transaction_id.provider_id", "in", providers.ids),
            limit=BATCH,
            order="id",
        )
        broken.try_lock_for_update().write({"state": "waiting"})

    # === BY HAND === #

    def action_paid_by_hand(self):
        """Open the form in which a person says how the money was given back."""
        refunds_sudo = self._as_head_office()
        open_ids = refunds_sudo.filtered(lambda refund: refund.state != "done").ids
        if not open_ids:
            raise UserError(self.env._("This was given back already."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Paid back by hand"),
            "res_model": "o2o.refund.by.hand",
            "view_mode": "form",
            "target": "new",
            "context": {"default_refund_ids": open_ids},
        }

    def _mark_paid_by_hand(self, reason):
        """The money was given back by a person, who says how.

        What was given back by somebody else, or by its provider, while this person
        paid it is paid twice: head office gets to hear of it.

        :return: those refunds, elevated
        :raise UserError: no reason, or the provider is at it
        """
        refunds_sudo = self._as_head_office()
        if not (reason or "").strip():
            raise UserError(self.env._("Say how the money was given back."))
        refunds_sudo.lock_for_update()
        twice_sudo = refunds_sudo.filtered(lambda refund: refund.state == "done")
        for refund in twice_sudo:
            refund._note_paid_twice(reason.strip())
        for refund in refunds_sudo - twice_sudo:
            if not refund.can_pay_by_hand:
                raise UserError(
                    self.env._("The provider is giving this back: wait for its answer.")
                )
            refund.message_post(body=reason.strip())
            refund._mark_done()
        return twice_sudo

    def _note_paid_twice(self, reason):
        self.ensure_one()
        self.message_post(body=reason)
        note = self.env._(
            "%(refund)s had gone back already when somebody paid it by hand:"
            " %(reason)s",
            refund=self.display_name,
            reason=reason,
        )
        problem_sudo = self.order_id._o2o_raise_problem("payment", note)
        if note not in problem_sudo.note:
            # the list has a row of this order already
            problem_sudo.note = f"{problem_sudo.note} {note}"
