"""What persons decide about differences; the server checks who, and how many."""

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.o2o_payment.money import from_fen

from ..const import MONEY_KINDS


class O2oPaymentDifference(models.Model):
    _inherit = "o2o.payment.difference"

    can_book = fields.Boolean(compute="_compute_can_book")

    def _compute_can_book(self):
        for row in self:
            row.can_book = row.kind in MONEY_KINDS and row.gateway_fen != row.ours_fen

    def action_decide(self):
        """Open the form in which a person decides and says why."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Resolve"),
            "res_model": "o2o.payment.resolution",
            "view_mode": "form",
            "target": "new",
            "context": {"default_difference_id": self.id},
        }

    def _get_own_sudo(self):
        """This row, locked, for who may decide about it.

        :raise AccessError: not in charge of payments, or of another company
        """
        self.ensure_one()
        self.check_access("read")
        self.env["o2o.payment.bill"]._ensure_in_charge()
        # sudo: the checks above
        row_sudo = self.sudo()
        row_sudo.lock_for_update(allow_referencing=True)
        row_sudo.invalidate_recordset()
        return row_sudo

    def _get_decided_on(self):
        """What a decision is about; it is rewritten when the bill is matched again."""
        self.ensure_one()
        return [self.ours_fen, self.gateway_fen, self.resolution or False]

    def _ensure_seen(self, seen):
        """:raise UserError: not what whoever decides has seen"""
        if seen and list(seen) != self._get_decided_on():
            raise UserError(
                self.env._("This has changed meanwhile. Load it anew and look again.")
            )

    def _needs_two(self):
        """Whether the amount is above what one person decides."""
        self.ensure_one()
        return self.company_id._o2o_needs_two(self.stake_fen)

    def _decide(self, resolution, reason, seen=None):
        """Resolve it, or leave it to a second person when much is at stake.

        :param str resolution: ``noted`` or ``booked``
        :param list seen: of :meth:`_get_decided_on`, when it was looked at
        :raise AccessError: not one of those who decide
        :raise UserError: decided or changed already, no reason, or nothing to book
        """
        row_sudo = self._get_own_sudo()
        if row_sudo.state != "open":
            raise UserError(self.env._("This was decided already."))
        row_sudo._ensure_seen(seen)
        if not (reason or "").strip():
            raise UserError(self.env._("Say why."))
        if resolution not in ("noted", "booked"):
            raise UserError(self.env._("Choose what to do."))
        if resolution == "booked" and not row_sudo.can_book:
            raise UserError(
                self.env._("There is no amount to book: only note what you found out.")
            )
        row_sudo.write(
            {
                "resolution": resolution,
                "reason": reason.strip(),
                "first_by_id": self.env.uid,
                "second_by_id": False,
                "state": "second",
            }
        )
        if not row_sudo._needs_two():
            row_sudo._finish()

    def action_confirm(self):
        """A second person agrees, to what the form shows: it comes with the context.

        :raise AccessError: the one who decided, or not one of those who decide
        :raise UserError: nothing waits for a second person, or something else
        """
        row_sudo = self._get_own_sudo()
        if row_sudo.state != "second":
            raise UserError(self.env._("Nothing waits for a second person here."))
        if row_sudo.first_by_id == self.env.user:
            raise AccessError(self.env._("Another person has to confirm this."))
        row_sudo._ensure_seen(self.env.context.get("o2o_seen"))
        row_sudo.second_by_id = self.env.user
        row_sudo._finish()

    def action_send_back(self):
        """Somebody does not agree: it is open again.

        :raise UserError: nothing waits for a second person
        """
        row_sudo = self._get_own_sudo()
        if row_sudo.state != "second":
            raise UserError(self.env._("Nothing waits for a second person here."))
        row_sudo.write({"state": "open", "resolution": False, "first_by_id": False})

    def _finish(self):
        self.ensure_one()
        if self.resolution == "booked":
            self.move_id = self._book()
        self.write({"state": "resolved", "resolved_at": fields.Datetime.now()})
        self.bill_id._count()

    # === BOOKS === #

    def _book(self):
        """Gain or loss against what the gateway owes; or against what the session of a
        till has booked, where no bill has moved that to the gateway.

        :return: ``account.move``, posted
        :raise UserError: an account is missing
        """
        self.ensure_one()
        amount = from_fen(self.gateway_fen - self.ours_fen)
        provider = self.provider_id
        method = self.intent_id.pos_payment_id.payment_method_id
        account = (
            method._o2o_get_outstanding_account()
            if self.kind == "ours_only" and method
            else provider._o2o_get_account("clearing")
        )
        return provider._o2o_post(
            self.bill_id.day,
            f"{provider.name} {self.number}",
            [
                (account, amount, self.reason),
                (provider._o2o_get_account("difference"), -amount, self.reason),
            ],
        )
