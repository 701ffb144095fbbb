from datetime import timedelta

from odoo import fields, models

from ..const import ALLOWED_FROM


class O2oPrintJob(models.Model):
    """The life of a job: one method per target state, forward only.

    All of them are silent when the current state does not allow the step: news from
    a box may come late, twice or out of order.
    """

    _inherit = "o2o.print.job"

    def _enter(self, state, **vals):
        """Move to ``state`` from an allowed one; the single writer of ``state``.

        :return: the jobs that really moved
        """
        moving = self.filtered(lambda job: job.state in ALLOWED_FROM[state])
        if moving:
            moving.write({"state": state, **vals})
            moving._notify_change()
        return moving

    def _mark_received(self, at=None):
        return self._enter("received", received_at=at or fields.Datetime.now())

    def _mark_printing(self, at=None):
        return self._enter("printing", printing_at=at or fields.Datetime.now())

    def _mark_printed(self, at=None):
        """On paper. Also corrects failed, unclear, expired and cancelled jobs."""
        moment = at or fields.Datetime.now()
        return self._enter("printed", printed_at=moment, finished_at=moment)

    def _mark_failed(self, error, at=None):
        return self._enter(
            "failed", error=error, finished_at=at or fields.Datetime.now()
        )

    def _mark_unknown(self, error, at=None):
        return self._enter(
            "unknown", error=error, finished_at=at or fields.Datetime.now()
        )

    def _mark_expired(self, at=None):
        return self._enter("expired", finished_at=at or fields.Datetime.now())

    def _mark_cancelled(self):
        cancelled = self._enter("cancelled", finished_at=fields.Datetime.now())
        # the box may hold them already
        cancelled.box_id._wake()
        return cancelled

    def _apply_ack(self, state, error, age):
        """Apply what the box reports.

        :param age: seconds since it happened, as the box measured them
        """
        self.ensure_one()
        seconds = age if isinstance(age, (int, float)) and 0 <= age < 1e7 else 0
        at = fields.Datetime.now() - timedelta(seconds=int(seconds))
        if state == "cancelled":
            self._mark_given_up()
        elif state in ("failed", "unknown"):
            getattr(self, f"_mark_{state}")(error or False, at=at)
        else:
            getattr(self, f"_mark_{state}")(at=at)
