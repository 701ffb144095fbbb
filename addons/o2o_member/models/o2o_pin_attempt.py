from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..const import MAX_PIN_FAILURES, PIN_WINDOW_MINUTES


class O2oPinAttempt(models.Model):
    """A try at a supervisor's PIN. Rows survive because a wrong PIN is an answer, not
    an exception: the transaction commits."""

    _name = "o2o.pin.attempt"
    _description = "Supervisor PIN Attempt"
    _order = "id desc"

    supervisor_id = fields.Many2one(
        "res.users", required=True, readonly=True, ondelete="cascade"
    )
    user_id = fields.Many2one(
        "res.users", string="By", required=True, readonly=True, ondelete="cascade"
    )
    success = fields.Boolean(readonly=True)

    _supervisor_idx = models.Index("(supervisor_id, create_date)")
    _user_idx = models.Index("(user_id, create_date)")

    @api.model
    def _is_limited(self, supervisor):
        """Whether this PIN, or this cashier at any PIN, has used up the tries.

        Waits for parallel tries (see ``o2o.card.throttle``): a hundred guesses at once
        are counted one after the other.
        """
        cards = self.env["o2o.card"]
        self.env["o2o.card.throttle"]._enter(
            [
                cards._hash("pin supervisor", str(supervisor.id)),
                cards._hash("pin cashier", str(self.env.uid)),
            ]
        )
        since = fields.Datetime.now() - timedelta(minutes=PIN_WINDOW_MINUTES)
        failures = Domain("create_date", ">", since) & Domain("success", "=", False)
        return any(
            self.search_count(failures & one, limit=MAX_PIN_FAILURES)
            >= MAX_PIN_FAILURES
            for one in (
                Domain("supervisor_id", "=", supervisor.id),
                Domain("user_id", "=", self.env.uid),
            )
        )

    @api.autovacuum
    def _gc_pin_attempts(self):
        limit = fields.Datetime.now() - timedelta(days=90)
        self.search([("create_date", "<", limit)]).unlink()
