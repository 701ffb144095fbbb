from odoo import fields, models


class PosConfig(models.Model):
    """The cash drawer of a till hangs on a printer of the box (POS-05)."""

    _inherit = "pos.config"

    o2o_has_drawer = fields.Boolean(
        string="Has a drawer at the box", compute="_compute_o2o_has_drawer"
    )

    def _compute_o2o_has_drawer(self):
        for config in self:
            config.o2o_has_drawer = bool(config._o2o_get_drawer_printers())

    def _o2o_get_drawer_printers(self):
        """The printer with the drawer of this till, elevated; none or one."""
        self.ensure_one()
        # sudo: a cashier opens the drawer without knowing the printer's address
        return (
            self.env["o2o.printer"]
            .sudo()
            .search(
                [
                    ("drawer_config_ids", "in", self.ids),
                    ("drawer_pin", "!=", "none"),
                    ("store_id", "=", self.sudo().o2o_store_id.id),
                    ("box_id.active", "=", True),
                ]
            )
        )
