from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.append_only import guard_table


class O2oCardEvent(models.Model):
    """A change of a card's state: who, when, from, to, why. Written once.

    Rows are made by ``o2o.card._set_state`` and the batch recall only.
    """

    _name = "o2o.card.event"
    _description = "Card Event"
    _order = "id desc"
    _rec_name = "card_id"

    card_id = fields.Many2one(
        "o2o.card", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="restrict"
    )
    # Selections of the card; a plain text survives a state that is renamed later.
    state_from = fields.Selection(
        lambda self: self._card_states(), string="From", readonly=True
    )
    state_to = fields.Selection(
        lambda self: self._card_states(), string="To", required=True, readonly=True
    )
    reason = fields.Char(readonly=True)
    actor_id = fields.Many2one(
        "res.users", string="By", required=True, readonly=True, ondelete="restrict"
    )

    def init(self):
        """Append-only also for SQL that does not pass through the ORM.

        A row goes only with its card, which nobody has the right to delete.
        """
        guard_table(
            self.env.cr,
            self._table,
            (
                "id",
                "card_id",
                "company_id",
                "state_from",
                "state_to",
                "reason",
                "create_date",
            ),
            parent=("card_id", "o2o_card"),
        )

    @api.model
    def _card_states(self):
        return self.env["o2o.card"]._fields["state"]._description_selection(self.env)

    def write(self, vals):
        if vals:
            raise UserError(self.env._("The log of a card cannot be changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_log(self):
        raise UserError(self.env._("The log of a card cannot be deleted."))
