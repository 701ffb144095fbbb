from odoo import models
from odoo.fields import Domain

from ..const import CODE_TERMINAL, GATEWAYS
from ..money import to_fen


class PosPayment(models.Model):
    """A payment by code is what the gateway said, whatever a till says."""

    _inherit = "pos.payment"

    def _o2o_match_intents(self):
        """Tie payments of a paid sale to what gateways confirmed, each once.

        A sale that happened is never refused: a payment without its money goes on the
        list of held payments. May be repeated; money that is found later settles it.
        """
        for payment in self:
            if (
                payment.payment_method_id.use_payment_terminal == CODE_TERMINAL
                and not payment.currency_id.is_zero(payment.amount)
            ):
                payment._o2o_match_intent()

    def _o2o_match_intent(self):
        self.ensure_one()
        # sudo: attempts are written by their own methods only
        intents_sudo = self.env["o2o.payment.intent"].sudo()
        asked = intents_sudo.search([("payment_uuid", "=", self.uuid)], order="id desc")
        paid = asked.filtered(lambda it: it.state == "paid")[:1]
        if paid.pos_payment_id == self and paid:
            return
        if self._o2o_is_covered_by(paid):
            paid.pos_payment_id = self
            self.sudo().write(
                {"transaction_id": paid.out_no, "payment_ref_no": paid.provider_no}
            )
            self.env["o2o.payment.quarantine"]._note_found(self, paid)
            return
        # what the till says of a transaction is not believed
        self.sudo().write({"transaction_id": False, "payment_ref_no": False})
        provider = asked[:1].provider_id or self._o2o_get_any_provider()
        self.env["o2o.payment.quarantine"]._report(
            "till",
            f"pos.payment/{self.id}",
            provider,
            intent=asked[:1],
            expected_fen=to_fen(abs(self.amount), self.currency_id),
            found_fen=paid.paid_fen,
            note=f"{self.pos_order_id.name} {self.pos_order_id.config_id.name}",
        )

    def _o2o_is_proven(self):
        if self.payment_method_id.use_payment_terminal != CODE_TERMINAL:
            return super()._o2o_is_proven()
        self._o2o_match_intents()
        return bool(self._o2o_get_intents())

    def _o2o_is_covered_by(self, intent):
        """Whether a payment of a gateway is just this one, and nobody else's."""
        self.ensure_one()
        return (
            bool(intent)
            and not intent.pos_payment_id
            and not intent.reserved_fen
            and intent.config_id == self.pos_order_id.config_id
            and intent.currency_id == self.currency_id
            and self.amount > 0
            and intent.paid_fen == to_fen(self.amount, self.currency_id)
        )

    def _o2o_get_any_provider(self):
        """For the list: a payment that no gateway has heard of has no provider."""
        return (
            self.env["payment.provider"]
            .sudo()
            .search(
                Domain("code", "in", list(GATEWAYS))
                & Domain("company_id", "parent_of", self.company_id.id),
                limit=1,
            )
        )
