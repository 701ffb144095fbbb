"""What a person decides about a refund that reached nobody (FAULT-48)."""

from odoo import fields, models
from odoo.exceptions import UserError

from ..lib.o2o_gateway.results import Refund, RefundState


class O2oPaymentRefund(models.Model):
    _inherit = "o2o.payment.refund"

    is_redirect_wanted = fields.Boolean(
        readonly=True, help="A person decided: it comes to the shop's own account"
    )
    redirect_count = fields.Integer(readonly=True)
    is_at_shop = fields.Boolean(
        string="In the shop's account",
        readonly=True,
        help="It came to the shop's own account: the payer has not got it yet",
    )

    # === TO THE SHOP'S ACCOUNT === #

    def _can_redirect(self):
        """Whether the gateway sends it to the shop's own account when it is told to."""
        self.ensure_one()
        return (
            self.state == "abnormal"
            and not self.is_at_shop
            and self.provider_id.code == "o2o_wechat"
            and bool(self.provider_no)
        )

    def _redirect(self):
        """Let the job bring it to the shop's account; the payer is paid by hand.

        :raise UserError: the gateway cannot do that
        """
        self.ensure_one()
        if not self._can_redirect():
            raise UserError(self.env._("The gateway cannot send it anywhere else."))
        self.write(
            {
                "state": "pending",
                "is_redirect_wanted": True,
                "redirect_count": self.redirect_count + 1,
                "attempt_count": 0,
            }
        )
        self._wake()

    def _work(self):
        if not self.is_redirect_wanted or not self._may_change():
            return super()._work()
        self._commit()
        outcome = self.provider_id._o2o_get_client().settle_abnormal_refund(
            Refund(
                RefundState.ABNORMAL,
                self.intent_id.out_no,
                self.refund_no,
                provider_no=self.provider_no,
            )
        )
        if outcome.is_rejected:
            # an earlier call may have done it
            outcome = self._ask()
        self._commit()
        if not self.try_lock_for_update(allow_referencing=True):
            return False
        if outcome.is_ok:
            self.is_redirect_wanted = False
        self._act_on(outcome, may_give_up=False)
        self._commit()
        self._finish()
        return outcome.is_ok

    def _note_done(self, refund):
        """What has come to the shop's account is owed to the payer: nobody is told that
        it was given back until a person has paid it."""
        if not self.redirect_count or self._find_mismatch(
            refund.amount_fen, refund.currency
        ):
            return super()._note_done(refund)
        self.write(
            {"state": "abnormal", "is_redirect_wanted": False, "is_at_shop": True}
        )
        self._rest()
        return self.env["o2o.payment.quarantine"]._report(
            "refund_at_shop",
            f"{self.refund_no}/at_shop",
            self.provider_id,
            intent=self.intent_id,
            expected_fen=self.amount_fen,
            found_fen=self.amount_fen,
            note=f"{self.refund_no} {refund.word}",
        )

    def _note_abnormal(self, refund):
        """What cannot be sent elsewhere either is a case of its own."""
        if not self.redirect_count:
            return super()._note_abnormal(refund)
        self.write({"state": "abnormal", "is_redirect_wanted": False})
        self._rest()
        return self.env["o2o.payment.quarantine"]._report(
            "refund_abnormal",
            f"{self.refund_no}/refund_abnormal/{self.redirect_count}",
            self.provider_id,
            intent=self.intent_id,
            expected_fen=self.amount_fen,
            note=f"{self.refund_no} {refund.word}",
        )

    # === BY HAND === #

    def _can_pay_by_hand(self):
        self.ensure_one()
        return self.state in ("abnormal", "failed")

    def _settle_by_hand(self, reason):
        """The payer has the money in another way; it does not go back once more.

        :raise UserError: the gateway may still give it back
        :raise ValidationError: it was given back by another refund meanwhile
        """
        self.ensure_one()
        self.lock_for_update(allow_referencing=True)
        if not self._can_pay_by_hand():
            raise UserError(self.env._("The gateway is giving this back."))
        if self.state == "failed":
            self._promise(self.intent_id, self.amount_fen)
        self.write({"state": "by_hand", "done_at": fields.Datetime.now()})
        self._rest()
        # sudo: transactions follow what was decided
        transaction_sudo = self.transaction_id.sudo()
        if transaction_sudo:
            transaction_sudo._set_canceled(
                state_message=self.env._("Paid by hand: %s", reason)
            )
            transaction_sudo._o2o_note_paid_by_hand(reason)
