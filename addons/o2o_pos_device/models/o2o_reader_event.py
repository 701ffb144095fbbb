import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..const import EVENT_KEPT_SECONDS, EVENT_LIFE_SECONDS, EVENTS_PER_MINUTE

_logger = logging.getLogger(__name__)


class O2oReaderEvent(models.Model):
    """A swipe on its way from a reader to the till that waits for it (POS-14).

    The bus carries its id only, because messages of the bus are kept for a day. The
    number is readable by nobody, is handed to one till once, and is gone then; what
    no till wants is deleted about a minute later. A bank card has no number here.
    """

    _name = "o2o.reader.event"
    _description = "Swipe"
    _order = "id desc"
    _rec_name = "uid"

    uid = fields.Char(required=True, readonly=True)
    box_id = fields.Many2one(
        "o2o.box", required=True, readonly=True, ondelete="cascade"
    )
    reader_id = fields.Many2one(
        "o2o.reader", required=True, readonly=True, index=True, ondelete="cascade"
    )
    kind = fields.Selection(
        [
            ("card", "Member card"),
            ("barcode", "Code"),
            ("bank_card", "Bank card, refused"),
            ("unreadable", "Not readable"),
        ],
        required=True,
        readonly=True,
    )
    value = fields.Char(groups=fields.NO_ACCESS)
    expires_at = fields.Datetime(required=True, readonly=True)

    _uid_uniq = models.UniqueIndex("(box_id, uid)")
    _date_idx = models.Index("(box_id, create_date)")

    # === RPC === #

    @api.model
    def pos_take(self, config_id, uid):
        """Hand a swipe to the till that asks first.

        :param int config_id: the till asking
        :param str uid: as the message on the bus named it
        :return: dict ``status`` (ok, gone), ``message``, ``kind``, ``value``
        :raise AccessError: not a till of this user
        """
        _till, config = self.env["o2o.member.till"]._enter_till(config_id)
        # sudo: the caller works at this till; _take asks whether the reader is its own
        answer = self.sudo()._take(config, uid if isinstance(uid, str) else "")
        if answer:
            return {"status": "ok", "message": "", **answer}
        return {
            "status": "gone",
            "message": self.env._("This swipe is over. Please swipe again."),
        }

    @api.model
    def _take(self, config, uid):
        """:return: dict ``kind``, ``value``; empty when there is nothing to take"""
        event = self.search(
            Domain("uid", "=", uid)
            & Domain("reader_id.config_ids", "in", config.ids)
            & Domain("expires_at", ">", fields.Datetime.now())
            & Domain("value", "!=", False),
            limit=1,
        )
        # two tills at once: the second finds the row locked, or is replayed and finds
        # it without a number
        event = event.try_lock_for_update()
        if not event or config not in event.reader_id._get_tills():
            return {}
        answer = {"kind": event.kind, "value": event.value}
        event.value = False
        event.reader_id._notify_tills("O2O_READER_TAKEN", {"event": uid})
        return answer

    # === BOX === #

    @api.model
    def _is_over_limit(self, box):
        since = fields.Datetime.now() - timedelta(minutes=1)
        recent = Domain("box_id", "=", box.id) & Domain("create_date", ">", since)
        return self.search_count(recent, limit=EVENTS_PER_MINUTE) >= EVENTS_PER_MINUTE

    @api.model
    def _deliver(self, reader, uid, kind, value, age):
        """Keep a swipe for a moment and wake the tills of its reader.

        :param float age: seconds since it was read
        :return: delivered, repeated or no_till
        """
        known = Domain("box_id", "=", reader.box_id.id) & Domain("uid", "=", uid)
        if self.search_count(known, limit=1):
            return "repeated"
        if not reader._get_tills():
            _logger.warning("reader %s has no till", reader.id)
            return "no_till"
        left = timedelta(seconds=EVENT_LIFE_SECONDS - age)
        self.create(
            {
                "uid": uid,
                "box_id": reader.box_id.id,
                "reader_id": reader.id,
                "kind": kind,
                "value": value,
                "expires_at": fields.Datetime.now() + left,
            }
        )
        reader._notify_tills(
            "O2O_READER_SWIPE", {"event": uid, "reader": reader.name, "kind": kind}
        )
        return "delivered"

    @api.model
    def _get_old_domain(self):
        limit = fields.Datetime.now() - timedelta(seconds=EVENT_KEPT_SECONDS)
        return Domain("create_date", "<", limit)

    @api.autovacuum
    def _gc_events(self):
        """For boxes that are not heard of any more; the others clean at each sync."""
        self.search(self._get_old_domain()).unlink()
