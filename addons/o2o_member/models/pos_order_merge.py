from odoo import api, models


class PosOrder(models.Model):
    _inherit = "pos.order"

    @api.model
    def _process_order(self, order, existing_order):
        """A till that was offline may still send a member that has been merged."""
        partners = self.env["res.partner"]
        partner_id = order.get("partner_id")
        if (
            isinstance(partner_id, int)
            and partner_id > 0
            and not partners.browse(partner_id).exists()
            and (survivor := self.env["o2o.member.merge"]._survivor_of(partner_id))
        ):
            order["partner_id"] = survivor.id
        return super()._process_order(order, existing_order)
