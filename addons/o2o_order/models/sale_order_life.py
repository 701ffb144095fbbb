"""How far an order is, and how one ends (ORD-01, ORD-07)."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..const import (
    CANCEL_REASONS,
    CHANGE_CONTEXT,
    DEAD_STATES,
    OPEN_STATES,
    PAYMENT_STATES,
    STAGES,
    CancelReason,
)

#: payments that are taken when the goods are handed out
ON_RECEIPT_MODES = ("cash_on_delivery", "on_site")


class SaleOrder(models.Model):
    _inherit = "sale.order"

    o2o_payment_state = fields.Selection(
        PAYMENT_STATES,
        string="Payment",
        compute="_compute_o2o_payment_state",
        store=True,
        copy=False,
    )
    o2o_stage = fields.Selection(
        STAGES,
        string="Stage",
        compute="_compute_o2o_stage",
        store=True,
        index="btree_not_null",
        copy=False,
    )
    o2o_cancel_reason = fields.Selection(
        CANCEL_REASONS, string="Why Cancelled", readonly=True, copy=False
    )
    o2o_cancel_note = fields.Char(string="Cancel Note", readonly=True, copy=False)
    o2o_cancelled_at = fields.Datetime(string="Cancelled", readonly=True, copy=False)
    o2o_refund_ids = fields.One2many(
        "o2o.refund",
        "order_id",
        string="Money Given Back",
        readonly=True,
        groups="o2o_order.o2o_order_group_user",
    )
    o2o_problem_ids = fields.One2many(
        "o2o.order.problem",
        "order_id",
        string="Problems",
        readonly=True,
        groups="o2o_order.o2o_order_group_user",
    )
    o2o_change_ids = fields.One2many(
        "o2o.order.change",
        "order_id",
        string="Changes",
        readonly=True,
        groups="o2o_order.o2o_order_group_user",
    )

    @api.depends(
        "state",
        "transaction_ids.state",
        "transaction_ids.provider_id.custom_mode",
        "o2o_refund_ids.state",
    )
    def _compute_o2o_payment_state(self):
        for order in self:
            order.o2o_payment_state = order._o2o_get_payment_state()

    def _o2o_get_payment_state(self):
        self.ensure_one()
        if any(refund._is_open() for refund in self.o2o_refund_ids):
            return "refunding"
        payments = self._o2o_get_payments()
        if paid := payments.filtered(lambda tx: tx.state in ("authorized", "done")):
            back = sum(
                refund.amount
                for refund in self.o2o_refund_ids
                if refund.state == "done"
            )
            is_back = self.currency_id.compare_amounts(back, sum(paid.mapped("amount")))
            return "refunded" if is_back >= 0 else "paid"
        waiting = payments.filtered(lambda tx: tx.state in ("draft", "pending"))
        if any(not tx._o2o_is_on_receipt() for tx in waiting):
            return "unpaid"
        return "to_collect" if waiting or self.state == "sale" else False

    def _o2o_get_payments(self):
        """The payments of the member, without refunds and checks; elevated."""
        self.ensure_one()
        return self.sudo().transaction_ids.filtered(
            lambda tx: tx.operation not in ("refund", "validation")
        )

    @api.depends(
        "state",
        "o2o_state",
        "o2o_payment_state",
        "o2o_review_state",
        "order_line.product_id",
    )
    def _compute_o2o_stage(self):
        for order in self:
            order.o2o_stage = order._o2o_get_stage()

    def _o2o_get_stage(self):
        self.ensure_one()
        if self.state == "cancel" or self.o2o_state in DEAD_STATES:
            is_back = self.o2o_payment_state == "refunding"
            return "refunding" if is_back else "cancelled"
        if self.state in ("draft", "sent"):
            return "unpaid" if self.o2o_payment_state == "unpaid" else "cart"
        if self.o2o_review_state == "to_review":
            return "review"
        if not self.o2o_state:
            has_goods = any(line._o2o_is_goods() for line in self.order_line)
            return "to_ship" if has_goods else "completed"
        if self.o2o_state in OPEN_STATES:
            return "to_ship"
        return "received" if self.o2o_state == "delivered" else self.o2o_state

    # === LOCK === #

    def _o2o_lock_row(self):
        """Wait for the row of the order, then forget what was read before.

        Payments, timers and people meet here: who comes second sees what the first
        has done, or is run again by Odoo.
        """
        if self:
            self.env.flush_all()
            self.env.cr.execute(
                SQL(
                    "SELECT id FROM sale_order WHERE id IN %s ORDER BY id FOR UPDATE",
                    tuple(self.ids),
                )
            )
            self.invalidate_recordset()

    def _o2o_claim_row(self):
        """Lock the row, and let whoever began before and locks it later run again: what
        is decided here about its money is what they go by."""
        self._o2o_lock_row()
        if self:
            self.env.cr.execute(
                SQL(
                    "UPDATE sale_order SET write_date = write_date WHERE id IN %s",
                    tuple(self.ids),
                )
            )

    # === CANCELLING === #

    def _o2o_cancel(self, reason, note=None):
        """Cancel with a typed reason; tills are told, the money goes back.

        :param str reason: of ``const.CANCEL_REASONS``
        """
        self.ensure_one()
        self._o2o_lock_row()
        if self.state == "cancel":
            return
        self.with_context(
            o2o_cancel=CancelReason(reason, (note or "").strip())
        )._action_cancel()

    def _action_cancel(self):
        """Nothing of a cancelled order is left running, least of all its money."""
        said = self.env.context.get("o2o_cancel")
        reason, note = (
            (said.reason, said.note)
            if isinstance(said, CancelReason)
            else ("head_office", "")
        )
        ending = self.filtered(lambda order: order.state != "cancel")
        result = super()._action_cancel()
        # sudo: members cancel too; what follows is the rule of the house
        for order in ending.sudo():
            order.write(
                {
                    "o2o_cancel_reason": reason,
                    "o2o_cancel_note": note or False,
                    "o2o_cancelled_at": fields.Datetime.now(),
                }
            )
            self.env["o2o.timer"]._clear(order)
            order._o2o_return_money(
                reason if reason in ("rejected", "expired") else "cancelled",
                key=f"sale.order/{order.id}/cancelled",
            )
        return result

    def action_draft(self):
        result = super().action_draft()
        self.filtered(lambda order: order.state == "draft").sudo().write(
            {
                "o2o_cancel_reason": False,
                "o2o_cancel_note": False,
                "o2o_cancelled_at": False,
            }
        )
        return result

    def _o2o_note_dead_parts(self, parts, reason):
        """Some fulfillments ended without goods; hook for what that means.

        The last live part takes the order with it. While others live, the money of
        the dead ones goes back.

        :param o2o.fulfillment parts: of this order
        :param str reason: ``rejected`` or ``expired``
        """
        self.ensure_one()
        if all(part.state in DEAD_STATES for part in self.o2o_fulfillment_ids):
            if self.state != "cancel":
                self._o2o_cancel(reason)
            return
        for part in parts:
            less = self._o2o_give_up_part(part)
            self._o2o_return_money(
                reason,
                amount=less,
                key=f"o2o.fulfillment/{part.id}/{reason}",
                fulfillment=part,
            )

    def _o2o_give_up_part(self, part):
        """What a part was to bring leaves the order, with its share of coupons and
        points (invariant 4): the parts that live add up to the order again.

        :param o2o.fulfillment part: ended without goods
        :return: how much less the order costs now
        """
        self.ensure_one()
        if part.is_given_up:
            return 0.0
        # sudo: stores and timers end parts; the rule of the house does the rest
        order_sudo, part_sudo = self.sudo(), part.sudo()
        quantities = {}
        for line in part_sudo.line_ids:
            sale_line = line.sale_line_id
            taken = quantities.get(sale_line, 0.0) + line.quantity
            quantities[sale_line] = min(taken, sale_line.product_uom_qty)
        part_sudo.is_given_up = True
        return order_sudo.with_context(**CHANGE_CONTEXT)._o2o_take_off(quantities)

    # === MONEY GOES BACK === #

    def _o2o_return_money(self, reason, key, amount=None, fulfillment=None):
        """Write down what has to be given back; a job gives it back at once.

        :param str reason: of ``const.REFUND_REASONS``
        :param str key: names the cause for good; said twice, it counts once
        :param float amount: default all that was paid and not given back yet
        :return: ``o2o.refund`` records, elevated
        """
        self.ensure_one()
        # sudo: the caller decided that the money goes back
        refunds_sudo = self.env["o2o.refund"].sudo()
        self.sudo()._o2o_claim_row()
        left = amount
        for tx in self._o2o_get_payments():
            if tx.state not in ("authorized", "done"):
                continue
            part = tx._o2o_get_refundable_amount()
            if left is not None:
                part = min(part, left)
                left -= part
            if tx.currency_id.compare_amounts(part, 0.0) > 0:
                refunds_sudo |= refunds_sudo._plan(
                    self, tx, part, reason, f"{key}/{tx.id}", fulfillment
                )
        return refunds_sudo

    # === PROBLEMS === #

    def _o2o_raise_problem(self, kind, note, fulfillment=None):
        """Put the order on the list of head office; one open row per kind (ORD-09).

        :return: ``o2o.order.problem``, elevated
        """
        self.ensure_one()
        # sudo: timers and stores raise problems, head office reads them
        problems_sudo = self.env["o2o.order.problem"].sudo()
        known = problems_sudo.search(
            [
                ("order_id", "=", self.id),
                ("kind", "=", kind),
                ("state", "=", "open"),
                ("fulfillment_id", "=", fulfillment.id if fulfillment else False),
            ],
            limit=1,
        )
        return known or problems_sudo.create(
            {
                "order_id": self.id,
                "fulfillment_id": fulfillment.id if fulfillment else False,
                "kind": kind,
                "note": note,
            }
        )

    # === ACTIONS (head office) === #

    def action_o2o_problem(self):
        """Write down what is wrong with this order (ORD-09)."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Note a problem"),
            "res_model": "o2o.order.problem",
            "view_mode": "form",
            "target": "new",
            "context": {"default_order_id": self.id, "default_kind": "wrong_info"},
        }

    def _o2o_as_head_office(self):
        """Elevate for head office, which handles the orders it can read.

        :raise UserError: for everybody else
        """
        self.check_access("read")
        if not self.env.user.has_group("o2o_order.o2o_order_group_user"):
            raise UserError(self.env._("Only head office may do this."))
        return self.sudo()
