"""The member cancels on the website (ORD-04, ORD-09)."""

from odoo import models
from odoo.exceptions import UserError

from ..const import MEMBER_CANCEL_LIMITS, MEMBER_CANCEL_REASONS


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _o2o_can_member_cancel(self):
        """Whether the member may cancel now: setting of the company."""
        self.ensure_one()
        if self.state in ("draft", "sent"):
            return self.o2o_stage == "unpaid"
        if self.state != "sale":
            return False
        limit = MEMBER_CANCEL_LIMITS[self.company_id.o2o_member_cancel_until]
        if not limit:
            return False
        if self.o2o_review_state == "to_review":
            return True
        parts = self._o2o_get_live_parts()
        return bool(parts) and all(part.state in limit for part in parts)

    def _o2o_member_cancel(self, reason, note=""):
        """
        :param str reason: of ``const.MEMBER_CANCEL_REASONS``
        :raise UserError: when it is too late, or the reason is unknown
        """
        self.ensure_one()
        if reason not in dict(MEMBER_CANCEL_REASONS):
            raise UserError(self.env._("Please say why you cancel."))
        self._o2o_lock_row()
        self.sudo().o2o_fulfillment_ids._lock_rows()
        if self.state == "cancel":
            return
        if not self._o2o_can_member_cancel():
            raise UserError(
                self.env._(
                    "The store is already preparing your order. Please call the store,"
                    " or return the goods."
                )
            )
        self._o2o_cancel(reason, (note or "").strip()[:200])

    def _o2o_get_member_cancel_reasons(self):
        """:return: list of ``(code, label)`` in the language of the reader"""
        labels = dict(
            self._fields["o2o_cancel_reason"]._description_selection(self.env)
        )
        return [(code, labels[code]) for code, _label in MEMBER_CANCEL_REASONS]
