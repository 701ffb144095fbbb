from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..const import (
    ATTEMPT_WINDOW_HOURS,
    MAX_DELAY_SECONDS,
    MAX_FAILURES_PER_ADDRESS,
    MAX_FAILURES_PER_NUMBER,
    MAX_SUCCESSES_PER_ADDRESS,
)


class O2oCardAttempt(models.Model):
    """A try at an activation code. Numbers that do not exist are counted like others.

    Rows survive because whoever calls answers a wrong code with a page, not with an
    exception: the transaction commits.
    """

    _name = "o2o.card.attempt"
    _description = "Card Activation Attempt"
    _order = "id desc"

    number_hash = fields.Char(required=True, readonly=True)
    address_hash = fields.Char(readonly=True)
    phone_hash = fields.Char(readonly=True)
    attempted_at = fields.Datetime(required=True, readonly=True)
    success = fields.Boolean(readonly=True)

    _number_idx = models.Index("(number_hash, attempted_at)")
    _address_idx = models.Index(
        "(address_hash, attempted_at) WHERE address_hash IS NOT NULL"
    )
    _phone_idx = models.Index("(phone_hash, attempted_at) WHERE phone_hash IS NOT NULL")

    @api.model
    def _is_limited(self, number_hash, address_hash):
        """Whether this number, or this address, has used up its tries.

        Call it after ``o2o.card.throttle._enter``, or parallel tries are not seen.
        """
        recent = Domain("attempted_at", ">", self._window_start())
        last_success = self.search(
            recent
            & Domain("number_hash", "=", number_hash)
            & Domain("success", "=", True),
            limit=1,
        )
        failures = self.search_count(
            recent
            & Domain("number_hash", "=", number_hash)
            & Domain("success", "=", False)
            & Domain("id", ">", last_success.id or 0)
        )
        if failures >= MAX_FAILURES_PER_NUMBER:
            return True
        if not address_hash:
            return False
        counts = dict(
            self._read_group(
                recent & Domain("address_hash", "=", address_hash),
                groupby=["success"],
                aggregates=["__count"],
            )
        )
        return (
            counts.get(False, 0) >= MAX_FAILURES_PER_ADDRESS
            or counts.get(True, 0) >= MAX_SUCCESSES_PER_ADDRESS
        )

    @api.model
    def _seconds_to_wait(self, address_hash, phone_hash):
        """How long this address, or this phone, must pause after its misses.

        2 seconds after the first miss of the hour, then 4, 8 and so on. A success does
        not shorten it: an attacker may own a card.
        """
        now = fields.Datetime.now()
        seconds = 0
        for field, value in (
            ("address_hash", address_hash),
            ("phone_hash", phone_hash),
        ):
            if not value:
                continue
            [(misses, last)] = self._read_group(
                [
                    (field, "=", value),
                    ("success", "=", False),
                    ("attempted_at", ">", self._window_start()),
                ],
                aggregates=["__count", "attempted_at:max"],
            )
            if misses:
                delay = min(2**misses, MAX_DELAY_SECONDS)
                seconds = max(seconds, delay - int((now - last).total_seconds()))
        return seconds

    @api.model
    def _window_start(self):
        return fields.Datetime.now() - timedelta(hours=ATTEMPT_WINDOW_HOURS)

    @api.autovacuum
    def _gc_attempts(self):
        limit = fields.Datetime.now() - timedelta(days=30)
        self.search([("attempted_at", "<", limit)]).unlink()
