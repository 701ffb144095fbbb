from odoo import models


class PosConfig(models.Model):
    _inherit = "pos.config"

    def _get_available_pricelists(self):
        """Prices of the levels are known to each till that works with pricelists."""
        pricelists = super()._get_available_pricelists()
        if self.use_pricelist:
            pricelists |= self.company_id._o2o_levels().pricelist_id.filtered(
                lambda pricelist: (
                    pricelist.active and pricelist.currency_id == self.currency_id
                )
            )
        return pricelists

    def use_coupon_code(self, code, creation_date, partner_id, pricelist_id):
        """MEM-14: the server says whether this member may use this code."""
        result = super().use_coupon_code(code, creation_date, partner_id, pricelist_id)
        if result.get("successful"):
            program_id = result["payload"]["program_id"]
            # sudo: cashiers may not read the levels of a program
            program_sudo = self.env["loyalty.program"].sudo().browse(program_id)
            partner = self.env["res.partner"].browse(partner_id or [])
            partner = partner.with_company(self.company_id)
            if not program_sudo._o2o_is_for(partner):
                return {
                    "successful": False,
                    "payload": {"error_message": program_sudo._o2o_refusal()},
                }
        return result
