from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class PosConfig(models.Model):
    """What hangs on a till: drawer, display, card terminal (POS-05, POS-13)."""

    _inherit = "pos.config"

    o2o_has_drawer = fields.Boolean(
        string="Has a drawer at the box", compute="_compute_o2o_has_drawer"
    )

    o2o_has_display = fields.Boolean(
        string="Has a display at the box", compute="_compute_o2o_has_display"
    )

    o2o_has_terminal = fields.Boolean(
        string="Has a bank card terminal", compute="_compute_o2o_has_terminal"
    )

    o2o_has_local_box = fields.Boolean(
        string="Has a box beside it", compute="_compute_o2o_has_local_box"
    )

    def _compute_o2o_has_terminal(self):
        # sudo: a cashier may know that there is one
        found = self.env["o2o.terminal"].sudo().search([("config_id", "in", self.ids)])
        for config in self:
            config.o2o_has_terminal = config in found.config_id

    def _compute_o2o_has_local_box(self):
        for config in self:
            config.o2o_has_local_box = bool(config._o2o_get_local_box_sudo())

    def _o2o_get_local_box_sudo(self):
        """The paired box beside this till, elevated; none or one."""
        self.ensure_one()
        # sudo: a cashier uses the box without setting it up
        return (
            self.env["o2o.box"]
            .sudo()
            .search(
                [
                    ("local_config_ids", "in", self.ids),
                    ("store_id", "=", self.sudo().o2o_store_id.id),
                    ("state", "=", "paired"),
                ],
                limit=1,
            )
        )

    def _compute_o2o_has_display(self):
        # sudo: a cashier may know that there is one
        found = self.env["o2o.display"].sudo().search([("config_id", "in", self.ids)])
        for config in self:
            config.o2o_has_display = config in found.config_id

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

    @api.model
    def _o2o_get_own_till_sudo(self, config_id):
        """The till of a caller who works there, for what hangs on it.

        A till that is being opened counts: its money is counted before the first sale.

        :raise AccessError: the caller is no staff of the till's store
        :raise UserError: the till is closed
        """
        if not self.env.user.has_group("point_of_sale.group_pos_user"):
            raise AccessError(self.env._("Only tills use these devices."))
        config = self.search(
            [("id", "=", config_id if isinstance(config_id, int) else 0)]
        )
        if not config or not self.env["o2o.fulfillment"]._get_pos_store_sudo(config.id):
            raise AccessError(self.env._("This till is not one of yours."))
        # sudo: the caller works at this till, as was just checked
        config_sudo = config.sudo()
        if not config_sudo.current_session_id:
            raise UserError(self.env._("Open the till first."))
        return config_sudo
