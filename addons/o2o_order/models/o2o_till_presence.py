from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL, mute_logger

#: a till that was not heard of for this long is not there
LISTENING_SECONDS = 60
#: how often a till that does not change writes its row, at most
TOUCH_SECONDS = 10
SOUNDS = [
    ("unknown", "Not known yet"),
    ("allowed", "On"),
    ("blocked", "Blocked by the browser"),
]


class O2oTillPresence(models.Model):
    """An open till that hears the bell: when it last asked, and whether it can sound.

    One row for each till and device, written by plain SQL and by nobody else, so that
    a heartbeat never meets the transaction of an order. A row is a fact of the last
    minute: losing the table would lose nothing.
    """

    _name = "o2o.till.presence"
    _description = "Till that listens"
    _order = "seen_at desc"
    _log_access = False
    _rec_name = "device"

    config_id = fields.Many2one(
        "pos.config", string="Till", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="config_id.company_id")
    device = fields.Char(required=True, readonly=True)
    seen_at = fields.Datetime(string="Last seen", required=True, readonly=True)
    sound = fields.Selection(SOUNDS, required=True, readonly=True, default="unknown")
    heard_at = fields.Datetime(
        string="Test tone heard",
        readonly=True,
        help="When a cashier last confirmed to have heard the test tone",
    )
    not_heard_at = fields.Datetime(
        string="Test tone not heard",
        readonly=True,
        help="When a cashier last said that the test tone was not heard",
    )
    version = fields.Char(readonly=True)
    is_listening = fields.Boolean(compute="_compute_is_listening")

    _device_uniq = models.Constraint(
        "UNIQUE (config_id, device)", "A device has one row for each till."
    )

    @api.depends("seen_at", "sound")
    def _compute_is_listening(self):
        limit = self._get_limit()
        for row in self:
            row.is_listening = row.seen_at >= limit and row.sound != "blocked"

    @api.model
    def _get_limit(self):
        return fields.Datetime.now() - timedelta(seconds=LISTENING_SECONDS)

    @api.model
    def _touch(self, config_id, told):
        """Note that a till has asked; called elevated, after the till was checked.

        An unchanged row is written every :data:`TOUCH_SECONDS` at most. A row that
        somebody else writes at this moment is fresh anyway: left alone.

        :param int config_id: the till
        :param dict told: ``device``, ``sound``, ``heard`` and ``version`` as the till
            sent them; nothing of it is believed to be well-formed
        """
        told = told if isinstance(told, dict) else {}
        sound = told.get("sound")
        heard = told.get("heard")
        params = {
            "config": config_id,
            "device": str(told.get("device") or "?")[:32],
            "sound": sound if sound in [code for code, _name in SOUNDS] else "unknown",
            "version": str(told.get("version") or "")[:32] or None,
            "now": fields.Datetime.now(),
            "fresh": fields.Datetime.now() - timedelta(seconds=TOUCH_SECONDS),
            "heard": fields.Datetime.now() if heard is True else None,
            "not_heard": fields.Datetime.now() if heard is False else None,
        }
        query = SQL(
            """
            INSERT INTO o2o_till_presence AS row
                   (config_id, device, seen_at, sound, version, heard_at, not_heard_at)
            VALUES (%(config)s, %(device)s, %(now)s, %(sound)s, %(version)s,
                    %(heard)s, %(not_heard)s)
            ON CONFLICT (config_id, device) DO UPDATE
               SET seen_at = excluded.seen_at,
                   sound = excluded.sound,
                   version = excluded.version,
                   heard_at = COALESCE(excluded.heard_at, row.heard_at),
                   not_heard_at = CASE
                       WHEN excluded.heard_at IS NOT NULL THEN NULL
                       ELSE COALESCE(excluded.not_heard_at, row.not_heard_at)
                   END
             WHERE row.seen_at < %(fresh)s
                OR row.sound <> excluded.sound
                OR row.version IS DISTINCT FROM excluded.version
                OR excluded.heard_at IS NOT NULL
                OR excluded.not_heard_at IS NOT NULL
            """,
            **params,
        )
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint(flush=False):
                self.env.execute_query(query)
        except (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError):
            return
        self.invalidate_model(flush=False)

    @api.model
    def _get_listening(self, stores):
        """:return: ``{store id: tills that would ring now}``, in one query"""
        if not stores:
            return {}
        query = SQL(
            """
            SELECT config.o2o_store_id, count(DISTINCT config.id)
              FROM o2o_till_presence presence
              JOIN pos_config config ON config.id = presence.config_id
             WHERE config.o2o_store_id IN %s
               AND presence.seen_at >= %s
               AND presence.sound <> 'blocked'
             GROUP BY config.o2o_store_id
            """,
            tuple(stores.ids),
            self._get_limit(),
        )
        return dict(self.env.execute_query(query))

    @api.autovacuum
    def _gc_presence(self):
        limit = fields.Datetime.now() - timedelta(days=7)
        self.search([("seen_at", "<", limit)], limit=10000).unlink()
