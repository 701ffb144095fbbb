"""Whether somebody in the store would hear an order (ROUT-07, idea 1)."""

from odoo import fields, models
from odoo.fields import Domain


class O2oStore(models.Model):
    _inherit = "o2o.store"

    is_listening = fields.Boolean(
        string="Listens",
        compute="_compute_listening",
        search="_search_is_listening",
        help="A till of the store is open, asked within the last minute, and may sound",
    )
    listening_till_count = fields.Integer(
        string="Tills listening", compute="_compute_listening"
    )
    last_seen_at = fields.Datetime(string="Last seen", compute="_compute_last_seen_at")

    def _compute_listening(self):
        # sudo: everybody who sees the store may see whether its bell works
        counts = self.env["o2o.till.presence"].sudo()._get_listening(self)
        for store in self:
            store.listening_till_count = counts.get(store._origin.id, 0)
            store.is_listening = store.listening_till_count > 0

    def _search_is_listening(self, operator, value):
        if operator != "in":
            return NotImplemented
        presence_sudo = self.env["o2o.till.presence"].sudo()
        rows = presence_sudo.search(
            Domain("seen_at", ">=", presence_sudo._get_limit())
            & Domain("sound", "!=", "blocked")
        )
        domain = Domain("id", "in", rows.config_id.o2o_store_id.ids)
        return domain if True in value else ~domain

    def _compute_last_seen_at(self):
        # sudo: see _compute_listening
        latest = dict(
            self.env["o2o.till.presence"]
            .sudo()
            ._read_group(
                Domain("config_id", "in", self.sudo().pos_config_ids.ids),
                groupby=["config_id"],
                aggregates=["seen_at:max"],
            )
        )
        for store in self:
            store.last_seen_at = max(
                (
                    latest[config]
                    for config in store.sudo().pos_config_ids
                    if config in latest
                ),
                default=False,
            )
