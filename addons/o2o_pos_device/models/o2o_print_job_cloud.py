import logging
import time
from datetime import UTC, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..clouds.errors import Refused, Unclear, Unreached
from ..clouds.yilianyun import REPEAT_SECONDS
from ..const import (
    CLOUD_ASK_HOURS,
    CLOUD_ASK_SECONDS,
    CLOUD_JOBS,
    CLOUD_TRIES,
    PENDING_STATES,
)
from ..iot_handlers.lib.o2o_box.document import DocumentError

_logger = logging.getLogger(__name__)

_SETTLE_TRIES = 5


class O2oPrintJob(models.Model):
    """The way of a slip through a cloud: sent once, asked for, never guessed (POS-05).

    That it leaves is written down and committed first (``handed_at``): from then on it
    may be on paper. An answer that gets lost is fetched again where the cloud knows our
    key of the slip; elsewhere an order slip comes again with a warning on top, and any
    other slip is unclear until a person has looked.
    """

    _inherit = "o2o.print.job"

    cloud_reference = fields.Char(
        string="Number at the cloud", readonly=True, copy=False
    )
    cloud_ask_at = fields.Datetime(
        string="Outcome asked at",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Star CloudPRNT: until when the printer has to confirm",
    )
    cloud_try_count = fields.Integer(string="Attempts", readonly=True, copy=False)
    cloud_copy_count = fields.Integer(
        string="Copies confirmed", readonly=True, copy=False
    )

    def _is_at_cloud(self):
        """Whether a printer without a box may have printed it already."""
        self.ensure_one()
        # sudo: how a printer is connected decides, whoever asks
        return bool(self.handed_at) and self.printer_id.sudo()._is_cloud()

    @api.depends("handed_at", "printer_id.connection")
    def _compute_can(self):
        result = super()._compute_can()
        for job in self:
            job.can_cancel = job.can_cancel and not job._is_at_cloud()
        return result

    def action_cancel(self):
        if any(job.state in PENDING_STATES and job._is_at_cloud() for job in self):
            raise UserError(
                self.env._("The cloud has this slip already: it cannot be taken back.")
            )
        return super().action_cancel()

    def _may_be_printed(self):
        return super()._may_be_printed() or self._is_at_cloud()

    def _wake(self):
        self.printer_id._wake_cloud()
        return super()._wake()

    # === WHAT IS TO DO === #

    @api.model
    def _get_cloud_domain(self, now):
        """Slips to send or to ask about at ``now``."""
        return self._get_sending_domain(now) | Domain("cloud_ask_at", "<=", now)

    @api.model
    def _get_sending_domain(self, now):
        return (
            Domain("state", "=", "new")
            & Domain("expires_at", ">", now)
            & Domain("printer_id.active", "=", True)
        )

    @api.model
    def _get_waiting_for_cloud(self, printer):
        return self.search(
            Domain("printer_id", "=", printer.id)
            & self._get_sending_domain(fields.Datetime.now()),
            order="id",
            limit=CLOUD_JOBS,
        )

    def _note_waiting(self, reason):
        """Say on the waiting slips why they wait."""
        waiting = self.filtered(lambda job: job.state == "new" and job.error != reason)
        if waiting:
            waiting.write({"error": reason})
            waiting._notify_change()

    # === ASKING === #

    @api.model
    def _ask_cloud(self, printer, client):
        """What became of the slips that were sent.

        :raise CloudError: the cloud cannot tell now
        """
        now = fields.Datetime.now()
        asked = self.search(
            Domain("printer_id", "=", printer.id) & Domain("cloud_ask_at", "<=", now),
            order="cloud_ask_at, id",
            limit=CLOUD_JOBS,
        )
        for job in asked:
            if self._is_printed_at(client, printer, job):
                job._settle(job._note_printed)
            else:
                job._settle(job._ask_later)

    @api.model
    def _is_printed_at(self, client, printer, job):
        try:
            return client.is_printed(printer.cloud_number, job.cloud_reference, job.uid)
        except Refused as error:
            if error.problem == "refused":
                # the cloud has forgotten it: the slip stays as it is
                return False
            raise

    def _note_printed(self):
        self._mark_printed()
        self.write({"cloud_ask_at": False, "error": False})

    def _ask_later(self):
        """Again soon while it is fresh, then less and less often, then no more."""
        now = fields.Datetime.now()
        age = (now - self.handed_at).total_seconds()
        least, most = CLOUD_ASK_SECONDS
        wait = timedelta(seconds=max(least, min(age, most)))
        is_over = age > CLOUD_ASK_HOURS * 3600
        self.cloud_ask_at = False if is_over else now + wait

    # === SENDING === #

    def _send_to_cloud(self, client):
        """Send one slip. Commits: before it leaves, and what is known then.

        :raise CloudError: the printer cannot be reached for now
        """
        self.ensure_one()
        job = self.try_lock_for_update().filtered_domain(
            self._get_sending_domain(fields.Datetime.now())
        )
        if not job:
            return  # somebody else has it: a person who cancels, the fallback printer
        was_handed = bool(job.handed_at)
        if was_handed and not job._may_send_again(client):
            job._mark_unclear()
            return
        is_double = was_handed and not client.is_repeatable
        job._mark_handed()
        job.cloud_try_count += 1
        # from here on it may be printed, whatever happens to this process
        job._commit_cloud()
        try:
            reference = client.send(
                job.printer_id.cloud_number,
                job.payload,
                width=int(job.printer_id.paper_width),
                copies=job.copies,
                key=job.uid,
                expires_at=job.expires_at.replace(tzinfo=UTC).timestamp(),
                banner=job._get_double_banner() if is_double else None,
            )
        except Unclear:
            job._settle(lambda: job._note_unanswered(client))
            raise
        except DocumentError as error:
            _logger.info("job %s cannot be printed: %s", job.id, error)
            job._settle(lambda: job._refuse_content(was_handed))
        except (Unreached, Refused) as error:
            if error.problem == "content":
                job._settle(lambda: job._refuse_content(was_handed))
                return
            job._settle(lambda: job._take_back(was_handed))
            raise
        else:
            job._settle(lambda: job._note_accepted(reference))

    def _may_send_again(self, client):
        """Whether a slip that may be printed already may be sent once more."""
        self.ensure_one()
        if client.is_repeatable:
            age = fields.Datetime.now() - self.handed_at
            return age < timedelta(seconds=REPEAT_SECONDS)
        return self._may_come_twice() and self.cloud_try_count < CLOUD_TRIES

    def _mark_unclear(self):
        self._mark_unknown(
            self.env._("The printer may have printed it, but nobody said so")
        )

    def _note_unanswered(self, client):
        """Silence is never taken for not printed."""
        if not self._may_send_again(client):
            self._mark_unclear()

    def _note_accepted(self, reference):
        self.write(
            {
                "cloud_reference": reference,
                "cloud_ask_at": self.printer_id._in_seconds(CLOUD_ASK_SECONDS[0]),
                "error": False,
            }
        )
        self._mark_received()

    def _take_back(self, was_handed):
        """It surely did not leave: nothing is printed, unless an earlier one was."""
        vals = {"cloud_try_count": self.cloud_try_count - 1}
        if not was_handed:
            vals["handed_at"] = False
        self.write(vals)

    def _refuse_content(self, was_handed):
        self._take_back(was_handed)
        self._mark_failed(self.printer_id._get_label("cloud_problem", "content"))

    def _settle(self, note):
        """Write down an outcome and commit; a person may act on the slip just now."""
        for attempt in range(_SETTLE_TRIES):
            try:
                self.invalidate_recordset()
                note()
                self._commit_cloud()
                return
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                self.env.cr.rollback()
                if attempt + 1 == _SETTLE_TRIES:
                    raise
                time.sleep(0.05 * (attempt + 1))

    def _commit_cloud(self):
        self.env["ir.cron"]._commit_progress()
