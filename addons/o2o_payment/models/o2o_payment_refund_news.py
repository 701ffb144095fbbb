"""News of a refund that is over here."""

from odoo import models
from odoo.fields import Domain

from ..lib.o2o_gateway.results import RefundState

#: ends of ours after which a gateway may still give the money back
_ENDS = ("failed", "by_hand", "abnormal")


class O2oPaymentRefund(models.Model):
    _inherit = "o2o.payment.refund"

    def _hear_again(self):
        """Ask about a refund that has ended here without the gateway's money.

        What reached the payer after all is done. Money that went back beside what was
        free again, or paid by hand, is for a person.

        :return: whether nothing is left to ask
        """
        self.ensure_one()
        if self.state not in _ENDS:
            return True
        self._commit()
        outcome = self._ask()
        self._commit()
        if not self.try_lock_for_update(allow_referencing=True):
            return False
        if not outcome.is_ok:
            return False
        refund = outcome.value
        if (refund.out_no, refund.refund_no) != (self.intent_id.out_no, self.refund_no):
            raise ValueError("an answer about another refund")
        if refund.state is RefundState.DONE:
            self._note_done_after_all(refund)
            self._commit()
        return True

    def _note_done_after_all(self, refund):
        self.ensure_one()
        if self.is_at_shop:
            # what the gateway has done is known, and owed to the payer or paid
            return
        if self.state == "abnormal":
            self._note_done(refund)
            if self.state == "done":
                self.env["o2o.payment.quarantine"]._close_found(
                    Domain("kind", "=", "refund_abnormal")
                    & Domain("refund_id", "=", self.id),
                    self.env._("The payer has got the money after all."),
                )
            return
        if self.state not in _ENDS:
            return
        self.env["o2o.payment.quarantine"]._report(
            "refund_after_all",
            f"{self.refund_no}/after_all",
            self.provider_id,
            intent=self.intent_id,
            expected_fen=0,
            found_fen=refund.amount_fen or self.amount_fen,
            note=f"{self.refund_no} {refund.word}",
        )
