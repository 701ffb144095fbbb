from odoo import fields, models
from odoo.exceptions import AccessError


class O2oWallet(models.Model):
    """What the back office does with a wallet: its buttons."""

    _inherit = "o2o.wallet"

    entry_count = fields.Integer(compute="_compute_entry_count")

    def _compute_entry_count(self):
        counts = dict(
            self.env["o2o.wallet.entry"]._read_group(
                [("wallet_id", "in", self.ids)], ["wallet_id"], ["__count"]
            )
        )
        for wallet in self:
            wallet.entry_count = counts.get(wallet._origin, 0)

    def action_freeze(self):
        self._ensure_clerk()
        self._freeze()

    def action_unfreeze(self):
        self._ensure_clerk()
        self._unfreeze()

    def action_register_identity(self):
        self._ensure_clerk()
        self._register_identity()

    def _ensure_clerk(self):
        if not self.env.user.has_group("o2o_wallet.o2o_wallet_group_user"):
            raise AccessError(self.env._("Only wallet clerks can do this."))
        self.check_access("read")

    def action_view_entries(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_wallet.o2o_wallet_entry_action"
        )
        action["domain"] = [("wallet_id", "=", self.id)]
        action["context"] = {}
        return action
