from odoo import api, fields, models
from odoo.exceptions import AccessError


class PosConfig(models.Model):
    _inherit = "pos.config"

    o2o_store_id = fields.Many2one(
        "o2o.store",
        string="Store of online orders",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        help="This till rings for the online orders of that store",
    )

    @api.model
    def _o2o_get_closed_fields(self):
        return super()._o2o_get_closed_fields() | {"o2o_store_id"}

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("o2o_store_id") for vals in vals_list):
            self._o2o_ensure_can_assign()
        return super().create(vals_list)

    def write(self, vals):
        if "o2o_store_id" in vals and any(
            config.o2o_store_id.id != vals["o2o_store_id"] for config in self
        ):
            self._o2o_ensure_can_assign()
        return super().write(vals)

    def _o2o_ensure_can_assign(self):
        """Odoo lets every cashier write tills; which store one rings for is a matter of
        head office."""
        if not self.env.su and not self.env.user.has_group(
            "o2o_order.o2o_order_group_manager"
        ):
            raise AccessError(
                self.env._("Only head office says which store a till belongs to.")
            )
