from odoo import models

from ..const import CODE_TERMINAL
from ..money import from_fen, to_fen


class PosPayment(models.Model):
    """A refund by code is what the server has promised at the gateway (FAULT-54)."""

    _inherit = "pos.payment"

    # === WHAT IS LEFT === #

    def _o2o_is_own_tender(self):
        """Each code gets back what was charged to it."""
        return (
            super()._o2o_is_own_tender()
            or self.payment_method_id.use_payment_terminal == CODE_TERMINAL
        )

    def _o2o_get_left(self):
        if self.payment_method_id.use_payment_terminal != CODE_TERMINAL:
            return super()._o2o_get_left()
        return sum(
            from_fen(it.paid_fen - it.reserved_fen) for it in self._o2o_get_intents()
        )

    def _o2o_get_intents(self):
        """What gateways confirmed of these payments, elevated."""
        # sudo: cashiers read no attempts
        return (
            self.env["o2o.payment.intent"]
            .sudo()
            .search(
                [("pos_payment_id", "in", self.ids), ("state", "=", "paid")], order="id"
            )
        )

    # === MATCHING === #

    def _o2o_match_intent(self):
        if self.amount >= 0:
            return super()._o2o_match_intent()
        return self._o2o_match_refund()

    def _o2o_match_refund(self):
        """Tie a line of a refund to the one promise that was made for it."""
        self.ensure_one()
        # sudo: refunds are written by their own methods only
        asked = (
            self.env["o2o.payment.refund"]
            .sudo()
            .search([("payment_uuid", "=", self.uuid)], order="id desc")
        )
        alive = asked.filtered(lambda it: it.state != "failed")
        if alive and alive.pos_payment_id == self:
            return
        if self._o2o_is_refunded_by(alive):
            alive.pos_payment_id = self
            self.sudo().write(
                {"transaction_id": alive.refund_no, "payment_ref_no": alive.provider_no}
            )
            self.env["o2o.payment.quarantine"]._note_refund_found(self, alive)
            return
        # what the till says of a transaction is not believed
        self.sudo().write({"transaction_id": False, "payment_ref_no": False})
        self.env["o2o.payment.quarantine"]._report(
            "till_refund",
            f"pos.payment/{self.id}",
            asked[:1].provider_id or self._o2o_get_any_provider(),
            intent=asked[:1].intent_id,
            expected_fen=to_fen(abs(self.amount), self.currency_id),
            found_fen=alive.amount_fen,
            note=f"{self.pos_order_id.name} {self.pos_order_id.config_id.name}",
        )

    def _o2o_is_refunded_by(self, refund):
        """Whether a promise is just for this line: of the sale that is refunded."""
        self.ensure_one()
        order = self.pos_order_id
        return (
            bool(refund)
            and not refund.pos_payment_id
            and refund.config_id == order.config_id
            and refund.order_uuid == order.uuid
            and refund.currency_id == self.currency_id
            and refund.amount_fen == to_fen(-self.amount, self.currency_id)
            and refund.intent_id.pos_payment_id.pos_order_id
            in order.lines.refunded_orderline_id.order_id
        )
