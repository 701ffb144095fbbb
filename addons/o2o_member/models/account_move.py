from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _invoice_paid_hook(self):
        """MEM-08: a paid invoice of a fee gives its level, a credit note takes it."""
        result = super()._invoice_paid_hook()
        # sudo: the accountant need not see orders or levels
        for move_sudo in self.sudo():
            lines_sudo = move_sudo.line_ids.sale_line_ids
            if move_sudo.move_type == "out_invoice":
                lines_sudo.order_id._o2o_grant_paid_levels()
            elif move_sudo.move_type == "out_refund":
                move_sudo._o2o_take_back_levels()
        return result

    def _o2o_take_back_levels(self):
        """What a paid credit note gives back ends the terms it paid for."""
        for line in self.invoice_line_ids.filtered("sale_line_ids"):
            grants = line.sale_line_ids._o2o_level_grants()
            if grants:
                grants._revoke(self.name, amount=abs(line.price_total))
