from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    o2o_needs_review = fields.Boolean(
        string="Review Orders",
        groups="o2o_order.o2o_order_group_user",
        help="Head office looks at the orders of this member before a store sees them.",
    )

    def _o2o_get_consignee_line(self):
        """Who receives the goods, where: for lists and logs."""
        self.ensure_one()
        parts = [self.name, self.phone, self._o2o_get_address_line()]
        return " ".join(part for part in parts if part)
