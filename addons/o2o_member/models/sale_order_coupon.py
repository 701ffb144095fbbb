from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _try_apply_code(self, code):
        """A coupon that was had for points is its member's own (PTS-07): codes that go
        round would make nothing of the limit per member."""
        # sudo: coupons of others are not readable for a visitor
        exchange_sudo = (
            self.env["o2o.coupon.exchange"]
            .sudo()
            .search([("coupon_id.code", "=", code)], limit=1)
        )
        if exchange_sudo and exchange_sudo.partner_id != self.partner_id:
            return {"error": self.env._("This coupon belongs to another member.")}
        return super()._try_apply_code(code)
