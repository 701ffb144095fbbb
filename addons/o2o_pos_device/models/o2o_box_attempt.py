from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..const import (
    PAIRING_MINUTES,
    PAIRING_TRIES_PER_ADDRESS,
    PAIRING_TRIES_TOTAL,
)


class O2oBoxAttempt(models.Model):
    """A refused pairing attempt: what limits guessing."""

    _name = "o2o.box.attempt"
    _description = "Refused pairing attempt"
    _order = "id desc"

    address_hash = fields.Char(required=True)

    _recent_idx = models.Index("(create_date, address_hash)")

    @api.model
    def _is_allowed(self, address_hash):
        """Whether an address may try another code now."""
        recent = Domain(
            "create_date",
            ">",
            fields.Datetime.now() - timedelta(minutes=PAIRING_MINUTES),
        )
        if self.search_count(recent, limit=PAIRING_TRIES_TOTAL) >= PAIRING_TRIES_TOTAL:
            return False
        own = recent & Domain("address_hash", "=", address_hash)
        tries = self.search_count(own, limit=PAIRING_TRIES_PER_ADDRESS)
        return tries < PAIRING_TRIES_PER_ADDRESS

    @api.autovacuum
    def _gc_attempts(self):
        limit = fields.Datetime.now() - timedelta(days=1)
        self.search([("create_date", "<", limit)], limit=10_000).unlink()
