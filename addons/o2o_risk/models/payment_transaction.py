from odoo import fields, models
from odoo.exceptions import UserError


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _o2o_risk_topup(self):
        """Count a wallet top-up that is about to be paid.

        A top-up cannot be held: rules that hold orders only note it, and count it
        when the money is spent.

        :raise UserError: a rule refuses; the text is neutral
        """
        self.ensure_one()
        # sudo: counted for everybody, read by nobody who pays
        checks_sudo = self.env["o2o.risk.check"].sudo()
        member = self.partner_id.commercial_partner_id
        keys = {
            "member": checks_sudo.env["o2o.risk.fact"]._hash("member", member.id),
            **checks_sudo._get_request_keys(),
        }
        topup_sudo = self.sudo().o2o_wallet_topup_id
        amount = self._o2o_risk_amount()
        refs = {
            f"o2o.wallet.topup/{topup_sudo.id}": {"topup": amount},
            f"payment.transaction/{self.id}": {"attempt": amount},
        }
        worst, found = checks_sudo._check(self.company_id, refs, keys, self.partner_id)
        if worst == "refuse":
            checks_sudo._note_after_rollback(found)
            raise UserError(checks_sudo._get_refusal(found))
        if found:
            checks_sudo.env["o2o.risk.hit"]._note(
                [{**vals, "action": "note"} for vals in found]
            )

    def _o2o_risk_amount(self):
        """In the currency of the company."""
        self.ensure_one()
        return self.currency_id._convert(
            self.amount,
            self.company_id.currency_id,
            self.company_id,
            fields.Date.context_today(self),
        )

    def _set_error(self, state_message, extra_allowed_states=()):
        """A failed payment has the keys of its attempt."""
        moved = super()._set_error(
            state_message, extra_allowed_states=extra_allowed_states
        )
        # sudo: counted for everybody
        facts_sudo = self.env["o2o.risk.fact"].sudo()
        for transaction in moved or self.browse():
            ref = f"payment.transaction/{transaction.id}"
            facts_sudo._note_after("failure", ref, ref, transaction._o2o_risk_amount())
        return moved
