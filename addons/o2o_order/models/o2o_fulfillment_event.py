from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import EVENT_KINDS, STATES


class O2oFulfillmentEvent(models.Model):
    """Who did what to a fulfillment, from which till: append only (invariant 2)."""

    _name = "o2o.fulfillment.event"
    _description = "Fulfillment event"
    _order = "id"
    _rec_name = "kind"

    fulfillment_id = fields.Many2one(
        "o2o.fulfillment", required=True, index=True, ondelete="cascade"
    )
    kind = fields.Selection([*STATES, *EVENT_KINDS], required=True)
    from_state = fields.Selection(STATES)
    to_state = fields.Selection(STATES, required=True)
    store_id = fields.Many2one("o2o.store", ondelete="restrict")
    user_id = fields.Many2one("res.users", required=True, ondelete="restrict")
    pos_config_id = fields.Many2one("pos.config", string="Till", ondelete="restrict")
    note = fields.Char()

    def write(self, vals):
        if vals:
            raise UserError(self.env._("The log of an order cannot be changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        raise UserError(self.env._("The log of an order cannot be deleted."))

    def _prepare_pos_dict(self):
        """The event as the till shows it."""
        self.ensure_one()
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return {
            "id": self.id,
            "at": fields.Datetime.to_string(self.create_date),
            "kind": self.kind,
            "label": kinds[self.kind],
            "actor": self.user_id.name,
            "note": self.note or "",
        }
