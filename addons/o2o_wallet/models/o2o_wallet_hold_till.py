from odoo import fields, models
from odoo.exceptions import UserError


class O2oWalletHold(models.Model):
    """What a till sold: a hold pays one line of the payment screen, once."""

    _inherit = "o2o.wallet.hold"

    pos_payment_id = fields.Many2one(
        "pos.payment",
        string="Till Payment",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )

    _pos_payment_uniq = models.UniqueIndex(
        "(pos_payment_id) WHERE pos_payment_id IS NOT NULL",
        "A payment of a till is paid once.",
    )

    def _pay_for(self, payment):
        """The sale of a till has come in: pay for it.

        Money that was let go because its time was over is taken again. When it is not
        there any more and the goods had left before, the sale stands and the row waits
        for a person (``uncovered``).

        :param payment: the ``pos.payment``
        :raises UserError: the payment was not authorised like that
        """
        self.ensure_one()
        self._lock()
        if self.pos_payment_id == payment:
            return
        self._ensure_is_of(payment)
        hold = self
        if self.state == "expired":
            hold = self._hold_again(payment)
        if hold.state == "held":
            hold._capture(
                source=payment.pos_order_id, pos_session_id=payment.session_id.id
            )
        hold.pos_payment_id = payment

    def _ensure_is_of(self, payment):
        order = payment.pos_order_id
        if (
            self.state not in ("held", "expired")
            or self.pos_payment_id
            or self.pos_session_id.config_id != order.config_id
            or order.currency_id != self.currency_id
            or self.wallet_id._minor(self.amount)
            != self.wallet_id._minor(payment.amount)
        ):
            payment._o2o_refuse_wallet()

    def _hold_again(self, payment):
        """:return: a living hold, or this one as ``uncovered``"""
        try:
            with self.env.cr.savepoint():
                return self._hold(
                    self.wallet_id,
                    self.amount,
                    self.key,
                    pos_session=payment.session_id,
                )
        except UserError:
            # a till without a line sold the goods while the money was set aside
            if payment.pos_order_id.date_order > self.due_at:
                raise
        self.state = "uncovered"
        self._tell_uncovered()
        return self

    def _tell_uncovered(self):
        self.wallet_id._note(
            self.env._(
                "A till sold for %s without a line, and the money is no longer there. "
                "See Money Set Aside.",
                self.wallet_id._format(self.amount),
            )
        )

    def action_collect(self):
        """Take the money of a sale that was not covered, now that it is there."""
        self.wallet_id._ensure_clerk()
        for hold in self:
            # sudo: the right was checked above
            hold_sudo = hold.sudo()._writer()
            hold_sudo._lock()
            if hold_sudo.state != "uncovered":
                continue
            payment = hold_sudo.pos_payment_id
            entry = hold_sudo.wallet_id._pay(
                hold_sudo.amount,
                f"{hold_sudo.key}/collect",
                source=payment.pos_order_id,
                pos_session_id=payment.session_id.id,
            )
            hold_sudo.write(
                {
                    "state": "captured",
                    "entry_id": entry.id,
                    "principal": -entry.principal,
                    "bonus": -entry.bonus,
                }
            )
