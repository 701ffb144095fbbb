"""The member urges the store (催单)."""

from datetime import timedelta

from odoo import fields, models

#: a store can be urged while it has something to do
URGEABLE_STATES = ("offered", "accepted", "picking")
#: and not without end
MAX_URGES = 10


class O2oFulfillment(models.Model):
    _inherit = "o2o.fulfillment"

    urged_at = fields.Datetime(string="Urged", readonly=True, copy=False)
    urge_count = fields.Integer(string="Times urged", readonly=True, copy=False)

    def _get_next_urge_at(self):
        """When the member may urge (again): a moment, or None for never."""
        self.ensure_one()
        if self.state not in URGEABLE_STATES or self.urge_count >= MAX_URGES:
            return None
        minutes = timedelta(minutes=self.company_id.o2o_urge_minutes)
        return (self.urged_at or self.offered_at or self.create_date) + minutes

    def _can_urge(self):
        self.ensure_one()
        moment = self._get_next_urge_at()
        return moment is not None and moment <= fields.Datetime.now()

    def _urge(self):
        """Let the tills of the store sound, if it is time for that.

        Repeated or parallel calls sound once: the row lock orders them, and the later
        one reads that the store was urged just now.

        :return: the fulfillments whose store was urged
        """
        self._lock_rows()
        urged = self.filtered(lambda record: record._can_urge())
        for record in urged:
            record.write(
                {
                    "urged_at": fields.Datetime.now(),
                    "urge_count": record.urge_count + 1,
                }
            )
            record._log_event("urged", from_state=record.state)
            record._notify_change("urged")
        return urged
