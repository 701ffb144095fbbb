import hashlib
import json
import re

from odoo import api, fields, models
from odoo.tools import SQL

#: the till makes a new key for each press of a button
_KEY = re.compile(r"[0-9a-zA-Z-]{16,64}")
#: a PIN is short, its hash would give it away; the others are added by the till while
#: it waits for the network and change nothing of what is asked for
_NOT_COMPARED = ("pin", "pressed_at", "printed")
#: the answers that stand; a wrong PIN is asked for again under the same key
FINAL_STATUSES = ("ok", "taken", "gone", "refused")


class O2oTillAction(models.Model):
    """A press of a button at a till and the answer it got (idea 17).

    A till without network keeps what was pressed and sends it later, perhaps twice. The
    key makes the second time harmless: it gets the answer of the first.
    """

    _name = "o2o.till.action"
    _description = "Action of a till"
    _order = "id desc"
    _rec_name = "key"

    key = fields.Char(required=True, readonly=True)
    digest = fields.Char(required=True, readonly=True)
    action = fields.Char(required=True, readonly=True)
    pos_config_id = fields.Many2one(
        "pos.config", string="Till", readonly=True, ondelete="cascade"
    )
    fulfillment_id = fields.Many2one(
        "o2o.fulfillment", readonly=True, index=True, ondelete="cascade"
    )
    pressed_at = fields.Datetime(
        readonly=True,
        help="By the clock of the till; earlier than the row when the"
        " till had no network",
    )
    #: holds what the till showed of the order, people included
    answer = fields.Json(readonly=True, groups="base.group_system")

    _key_uniq = models.Constraint("UNIQUE (key)", "This key was used before.")

    @api.model
    def _begin(self, key, config_id, fulfillment_id, action, values):
        """Take the key, or find what was answered under it.

        Two requests with one key at the same time: the second waits for the first
        (unique index), fails to serialize, is run again by Odoo and finds the answer.

        :return: tuple (row elevated, answer or None); empty row for an unusable key
        """
        rows_sudo = self.sudo()  # the till's staff writes through this method only
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            return rows_sudo, self._answer_misused()
        digest = self._digest(config_id, fulfillment_id, action, values)
        known_sudo = rows_sudo.search([("key", "=", key)])
        if known_sudo:
            if known_sudo.digest != digest:
                return known_sudo, self._answer_misused()
            return known_sudo, known_sudo.answer or self._answer_misused()
        pressed_at = self._read_moment(values.get("pressed_at"))
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO o2o_till_action
                       (key, digest, action, pos_config_id, fulfillment_id, pressed_at,
                        create_uid, write_uid, create_date, write_date)
                VALUES (%s, %s, %s, %s, %s, %s, %s, %s, now() AT TIME ZONE 'UTC',
                        now() AT TIME ZONE 'UTC')
           ON CONFLICT (key) DO NOTHING
             RETURNING id
                """,
                key,
                digest,
                action,
                config_id,
                fulfillment_id,
                pressed_at,
                self.env.uid,
                self.env.uid,
            )
        )
        return rows_sudo.browse(self.env.cr.fetchone()[0]), None

    @api.model
    def _read_moment(self, value):
        """For people only: no till is refused for its clock."""
        try:
            return fields.Datetime.to_datetime(value or None)
        except (TypeError, ValueError):
            return None

    def _finish(self, answer):
        """Keep an answer that stands; forget the key of one that does not."""
        self.ensure_one()
        if answer["status"] in FINAL_STATUSES:
            self.answer = json.loads(json.dumps(answer, default=str))
        else:
            self.unlink()
        return answer

    @api.model
    def _digest(self, config_id, fulfillment_id, action, values):
        same = {name: values[name] for name in values if name not in _NOT_COMPARED}
        content = [config_id, fulfillment_id, action, same]
        text = json.dumps(content, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    @api.model
    def _answer_misused(self):
        return {
            "status": "refused",
            "message": self.env._("The till sent a request that does not fit its key."),
            "order": False,
        }

    @api.autovacuum
    def _gc_actions(self):
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=90)
        self.search([("create_date", "<", limit)], limit=10000).unlink()
