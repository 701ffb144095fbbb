import logging
from datetime import timedelta

from odoo import fields, models
from odoo.fields import Domain

from ..const import REDELIVER_SECONDS, SYNC_JOBS, SYNC_MAX_ITEMS

_logger = logging.getLogger(__name__)

#: what a box may report about a job
_ACK_STATES = (
    "received",
    "printing",
    "printed",
    "failed",
    "unknown",
    "expired",
    # given up by the box because the server wanted it back
    "cancelled",
)
_SEEN_SECONDS = 5


class O2oBox(models.Model):
    """The conversation with a box: news in, work out. Everything may be repeated."""

    _inherit = "o2o.box"

    def _sync(self, data):
        """Handle one sync; called elevated by the route that verified the token.

        :param dict data: ``acks``, ``printers``, ``holding``, ``version`` as the box
            sent them; anything malformed is ignored
        :return: dict for the box: ``acks`` it may forget, ``jobs``, ``drop`` (uids),
            ``printers``, ``channel``, ``poll_seconds``, ``more`` and perhaps ``token``
        """
        self.ensure_one()
        self._touch(data)
        taken = self._apply_acks(self._get_items(data, "acks"))
        self._apply_printers(self._get_items(data, "printers"))
        holding = {
            uid for uid in self._get_items(data, "holding", str) if self._is_uid(uid)
        }
        jobs = self._get_deliverable_jobs(holding)
        jobs[:SYNC_JOBS]._mark_handed()
        printers = self.printer_ids.filtered("active")
        answer = {
            "acks": taken,
            "jobs": [job._prepare_box_dict() for job in jobs[:SYNC_JOBS]],
            "more": len(jobs) > SYNC_JOBS,
            "drop": self._get_dropped_uids(holding) + self._get_reclaimed_uids(holding),
            "printers": [printer._prepare_box_dict() for printer in printers],
            "channel": self.bus_channel,
            "poll_seconds": self.poll_seconds,
        }
        if self.is_rotation_requested:
            answer["token"] = self._issue_token("next_token_hash")
        return answer

    def _get_items(self, data, key, kind=dict):
        items = data.get(key)
        if not isinstance(items, list):
            return []
        return [item for item in items[:SYNC_MAX_ITEMS] if isinstance(item, kind)]

    def _is_uid(self, value):
        is_text = isinstance(value, str) and len(value) <= 64
        # of a job in hexadecimal digits, of a request of a till with dashes
        return is_text and value.replace("-", "").isalnum()

    def _touch(self, data):
        """Remember the contact, without a write per poll."""
        now = fields.Datetime.now()
        limit = timedelta(seconds=_SEEN_SECONDS)
        if not self.last_seen_at or self.last_seen_at < now - limit:
            self.last_seen_at = now
        version = self._clip(data.get("version"))
        if version and version != self.version:
            self.version = version

    def _apply_acks(self, acks):
        """Move jobs to what the box says; return the ids of the handled news."""
        uids = [ack["uid"] for ack in acks if self._is_uid(ack.get("uid"))]
        # a box reaches its own jobs only, whatever uid it names
        jobs = self.env["o2o.print.job"].search(
            Domain("box_id", "=", self.id) & Domain("uid", "in", uids)
        )
        by_uid = {job.uid: job for job in jobs}
        taken = []
        for ack in acks:
            if isinstance(ack.get("id"), int):
                taken.append(ack["id"])
            uid = ack.get("uid")
            job = by_uid.get(uid) if self._is_uid(uid) else None
            if job and ack.get("state") in _ACK_STATES:
                job._apply_ack(
                    ack["state"], self._clip(ack.get("error"), 200), ack.get("age")
                )
        return taken

    def _apply_printers(self, reports):
        by_id = {printer.id: printer for printer in self.printer_ids}
        for report in reports:
            printer_id = report.get("id")
            if isinstance(printer_id, int) and printer_id in by_id:
                by_id[printer_id]._apply_status(
                    report.get("status"), self._clip(report.get("problem"), 200)
                )
                by_id[printer_id]._apply_drawer(report.get("drawer_wire"))

    def _get_deliverable_jobs(self, holding):
        """New jobs, and jobs the box took but lost (a new disk, for example)."""
        now = fields.Datetime.now()
        lost = Domain("state", "=", "received") & Domain(
            "received_at", "<", now - timedelta(seconds=REDELIVER_SECONDS)
        )
        if holding:
            lost &= Domain("uid", "not in", list(holding))
        return self.env["o2o.print.job"].search(
            Domain("box_id", "=", self.id)
            & Domain("printer_id.active", "=", True)
            & Domain("expires_at", ">", now)
            & (Domain("state", "=", "new") | lost),
            order="id",
            limit=SYNC_JOBS + 1,
        )

    def _get_dropped_uids(self, holding):
        """Jobs the box still holds although nobody wants them any more."""
        if not holding:
            return []
        jobs = self.env["o2o.print.job"].search(
            Domain("box_id", "=", self.id)
            & Domain("uid", "in", list(holding))
            & Domain("state", "in", ["cancelled", "expired"])
        )
        return jobs.mapped("uid")

    def _get_reclaimed_uids(self, holding):
        """Jobs another printer shall print: asked back first, so that only one does."""
        waiting = self.printer_ids.filtered(lambda it: it._needs_fallback())
        if not holding or not waiting:
            return []
        jobs = self.env["o2o.print.job"].search(
            Domain("printer_id", "in", waiting.ids)
            & Domain("uid", "in", list(holding))
            & Domain("state", "in", ["new", "received"])
            & Domain("fallback_of_id", "=", False)
        )
        return jobs.filtered(lambda job: job._is_fallback_due()).mapped("uid")
