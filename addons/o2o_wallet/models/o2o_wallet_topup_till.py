from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import POS_TERMINAL


class O2oWalletTopup(models.Model):
    """Topping up at a till: an order without goods, paid in cash or by card, whose
    other payment puts the money into the wallet."""

    _inherit = "o2o.wallet.topup"

    pos_uuid = fields.Char(
        string="Line of the Till",
        readonly=True,
        help="The payment line, below zero, that puts the money into the wallet.",
    )
    pos_order_uuid = fields.Char(
        string="Order of the Till", readonly=True, index="btree_not_null"
    )
    pos_config_id = fields.Many2one(
        "pos.config",
        string="Till",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    pos_payment_id = fields.Many2one(
        "pos.payment",
        string="Till Payment",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )

    _pos_uuid_uniq = models.UniqueIndex(
        "(pos_uuid) WHERE pos_uuid IS NOT NULL",
        "This top-up was started at the till already.",
    )

    @api.model
    def _of_till(self, uuid):
        """The top-up of a payment line, in sudo and for writing; may be empty."""
        return self._writer().search([("pos_uuid", "=", uuid)])

    def _receive_from_till(self, payment):
        """The order of the till has come in: put the money into the wallet.

        :raises UserError: another amount or till, not paid in full by real money, or
            the wallet cannot take it; the order stays at the till
        """
        self.ensure_one()
        order = payment.pos_order_id
        self._wallet()._lock()
        self.invalidate_recordset()
        if self.pos_payment_id == payment:
            return
        if (
            self.state != "draft"
            or self.pos_config_id != order.config_id
            or self.pos_order_uuid not in (False, order.uuid)
            or order.currency_id != self.currency_id
            or order.lines
            or self.currency_id.compare_amounts(self.amount, -payment.amount)
            or not self._is_paid_in_full(order, payment)
        ):
            raise UserError(
                self.env._("This top-up was not started like that. Please start again.")
            )
        self._ensure_money_is_there(order, payment)
        self._mark_done(pos_session_id=order.session_id.id)
        if self.state != "done":
            raise UserError(self.problem)
        self.pos_payment_id = payment

    def _ensure_money_is_there(self, order, payment):
        """Goods that are gone are sold whatever became of their payment; a balance is
        given for money only, for it can be spent at once.

        :raises UserError: nobody has confirmed one of the payments
        """
        for other in order.payment_ids - payment:
            if not other.currency_id.is_zero(other.amount) and not (
                other._o2o_is_proven()
            ):
                raise UserError(
                    self.env._(
                        "The payment of %(amount)s by %(method)s is not confirmed: "
                        "nothing was put into the wallet. Take it off and pay in "
                        "another way.",
                        amount=other.currency_id.format(other.amount),
                        method=other.payment_method_id.name,
                    )
                )

    def _is_paid_in_full(self, order, payment):
        """Money that is there: no credit, no other wallet."""
        others = order.payment_ids - payment
        if any(
            other.payment_method_id.type == "pay_later"
            or other.payment_method_id.use_payment_terminal == POS_TERMINAL
            for other in others
        ):
            return False
        paid = sum(others.mapped("amount"))
        return not self.currency_id.compare_amounts(paid, self.amount)
