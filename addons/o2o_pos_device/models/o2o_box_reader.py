import re

from odoo import fields, models
from odoo.fields import Command, Domain

from odoo.addons.o2o_member.lib.till_text import BankCardError, read_track

from ..const import EVENT_LIFE_SECONDS, EVENT_MAX_VALUE, MAX_READERS
from .o2o_reader import KINDS as READER_KINDS

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_CARD = re.compile(r"[0-9A-Z]{4,40}")


class O2oBox(models.Model):
    """The readers of a box, and what they read (POS-14)."""

    _inherit = "o2o.box"

    reader_ids = fields.One2many("o2o.reader", "box_id")

    # === SYNC === #

    def _sync(self, data):
        self._apply_readers(self._get_items(data, "readers")[:MAX_READERS])
        events = self.env["o2o.reader.event"]
        events.search(
            Domain("box_id", "=", self.id) & events._get_old_domain()
        ).unlink()
        return super()._sync(data)

    def _apply_readers(self, reports):
        """Make the list of readers what the box says it has."""
        told = {
            report["key"]: report
            for report in reports
            if self._is_key(report.get("key"))
            and report.get("kind") in dict(READER_KINDS)
        }
        known = {reader.key: reader for reader in self.reader_ids}
        for key, report in told.items():
            if key not in known:
                known[key] = self._create_reader(report)
        for key, reader in known.items():
            report = told.get(key, {"kind": reader.kind})
            reader._apply_report(report["kind"], report.get("is_online") is True)

    def _is_key(self, value):
        return isinstance(value, str) and bool(_KEY.fullmatch(value))

    def _create_reader(self, report):
        """A new reader serves all tills of its store until somebody says otherwise."""
        return self.env["o2o.reader"].create(
            {
                "key": report["key"],
                "name": self._clip(report.get("name")) or report["key"],
                "box_id": self.id,
                "kind": report["kind"],
                "config_ids": [Command.set(self.store_id.pos_config_ids.ids)],
            }
        )

    # === EVENT === #

    def _take_event(self, data):
        """Take a swipe; called elevated by the route that verified the token.

        :param dict data: ``id``, ``reader`` (key), ``kind``, ``value``, ``age`` in
            seconds, as the box sent them
        :return: tuple (answer, HTTP status). ``status`` of the answer is delivered,
            repeated, expired or no_till: then the box forgets the swipe
        """
        self.ensure_one()
        uid, key, age = data.get("id"), data.get("reader"), data.get("age")
        kind, value = self._read_swipe(data.get("kind"), data.get("value"))
        is_number = isinstance(age, (int, float)) and not isinstance(age, bool)
        if not (self._is_uid(uid) and self._is_key(key) and kind and is_number):
            return {"error": "bad_request"}, 400
        if not 0 <= age < EVENT_LIFE_SECONDS:
            return {"status": "expired"}, 200
        events = self.env["o2o.reader.event"]
        if events._is_over_limit(self):
            return {"error": "too_many"}, 429
        reader = self.reader_ids.filtered(lambda reader: reader.key == key)
        if not reader:
            # the next sync names it, and the box tries again
            return {"error": "unknown_reader"}, 404
        return {"status": events._deliver(reader, uid, kind, value, age)}, 200

    def _read_swipe(self, kind, value):
        """What to make of a swipe: ``(kind, value)``, ``(False, False)`` for nonsense.

        The box refuses bank cards; one that does not must not fill this database.
        """
        if kind in ("bank_card", "unreadable"):
            return kind, False
        is_text = isinstance(value, str) and 0 < len(value) <= EVENT_MAX_VALUE
        if not is_text or not value.isprintable():
            return False, False
        if kind == "barcode" and not value.startswith(("%", ";", "+")):
            return kind, value
        try:
            number = read_track(f";{value}?" if kind == "card" else value)
        except BankCardError:
            return "bank_card", False
        if kind == "card":
            return (kind, number) if _CARD.fullmatch(value) else (False, False)
        return (kind, value) if kind == "barcode" else (False, False)
