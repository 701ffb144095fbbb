"""Head office looks at some orders before a store sees them (ORD-06)."""

from odoo import fields, models
from odoo.exceptions import UserError


class SaleOrder(models.Model):
    _inherit = "sale.order"

    o2o_review_state = fields.Selection(
        [("to_review", "To review"), ("approved", "Approved"), ("refused", "Refused")],
        string="Review",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )

    def _o2o_needs_review(self):
        """Large orders, and those of members who were marked."""
        self.ensure_one()
        limit = self.company_id.o2o_review_amount
        amount = self.currency_id._convert(
            self.amount_total,
            self.company_id.currency_id,
            self.company_id,
            self.date_order or fields.Date.today(),
        )
        return bool(
            (limit and amount >= limit)
            or self.partner_id.commercial_partner_id.sudo().o2o_needs_review
            or self.partner_id.sudo().o2o_needs_review
        )

    def _o2o_open_fulfillments(self):
        """Nobody hears of an order that has to be looked at first."""
        for order in self.filtered(
            lambda order: not order.o2o_review_state and order._o2o_needs_fulfillment()
        ):
            if order._o2o_needs_review():
                order.sudo().o2o_review_state = "to_review"
        return super()._o2o_open_fulfillments()

    def _o2o_needs_fulfillment(self):
        if self.o2o_review_state in ("to_review", "refused"):
            return False
        return super()._o2o_needs_fulfillment()

    def _action_cancel(self):
        result = super()._action_cancel()
        waiting = self.filtered(lambda order: order.o2o_review_state == "to_review")
        waiting.sudo().o2o_review_state = "refused"
        return result

    def action_draft(self):
        result = super().action_draft()
        self.filtered(lambda order: order.state == "draft").sudo().write(
            {"o2o_review_state": False}
        )
        return result

    # === ACTIONS (head office) === #

    def action_o2o_approve(self):
        """The order may go to its store."""
        for order in self._o2o_as_head_office():
            order._o2o_approve()

    def _o2o_approve(self):
        self.ensure_one()
        self._o2o_lock_row()
        self._o2o_ensure_in_review()
        self.o2o_review_state = "approved"
        self._o2o_log_review("approved")
        decisions = self._o2o_open_fulfillments()
        self.order_line._o2o_launch_transfers()
        self._o2o_present_fulfillments(decisions)

    def action_o2o_refuse(self):
        """Ask for a word, then cancel; what was paid goes back."""
        self.ensure_one()
        self._o2o_as_head_office()._o2o_ensure_in_review()
        return self._o2o_get_cancel_action("review")

    def _o2o_refuse(self, note):
        self.ensure_one()
        self._o2o_lock_row()
        self._o2o_ensure_in_review()
        self._o2o_log_review("refused", note)
        self._o2o_cancel("review", note)

    def _o2o_ensure_in_review(self):
        self.ensure_one()
        if self.o2o_review_state != "to_review" or self.state != "sale":
            raise UserError(
                self.env._("Order %s does not wait for a review.", self.name)
            )

    def _o2o_log_review(self, outcome, note=None):
        field = self._fields["o2o_review_state"]
        labels = dict(field._description_selection(self.env))
        self._o2o_log_change(
            "review",
            field._description_string(self.env),
            labels["to_review"],
            labels[outcome],
            note,
        )

    def _o2o_get_cancel_action(self, reason):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Cancel the order"),
            "res_model": "o2o.order.cancel.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_order_id": self.id,
                "default_reason": reason,
                "default_is_refusal": reason == "review",
            },
        }

    def action_o2o_cancel(self):
        self.ensure_one()
        self._o2o_as_head_office()
        return self._o2o_get_cancel_action("head_office")
