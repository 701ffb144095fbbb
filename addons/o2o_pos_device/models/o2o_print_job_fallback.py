from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..receipts.blocks import text


class O2oPrintJob(models.Model):
    """A slip goes to the fallback printer when its own cannot print it (POS-04).

    Once, and never by both: the box of the first printer has to give the job up before
    the second one gets it. Only when that box does not answer at all an order slip goes
    without its word, with a warning on top; other slips wait for a person.
    """

    _inherit = "o2o.print.job"

    handed_at = fields.Datetime(
        string="Handed over at", readonly=True, help="From then on it may print"
    )
    fallback_of_id = fields.Many2one(
        "o2o.print.job",
        string="Taken over from",
        readonly=True,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    taken_over_ids = fields.One2many(
        "o2o.print.job", "fallback_of_id", string="Printed instead"
    )

    def _mark_handed(self):
        """The box is given these jobs in the answer that is being made."""
        fresh = self.filtered(lambda job: not job.handed_at)
        if fresh:
            fresh.write({"handed_at": fields.Datetime.now()})

    def _is_fallback_due(self):
        """Whether the slip has waited long enough for its own printer."""
        self.ensure_one()
        wait = timedelta(minutes=self.printer_id.fallback_minutes)
        return (
            not self.fallback_of_id
            and self.printer_id._needs_fallback()
            and self.create_date + wait <= fields.Datetime.now()
        )

    def _mark_given_up(self):
        """The box will not print these: wanted back for the fallback printer, or
        cancelled by a person, which is known already.
        """
        for job in self.filtered(lambda job: job.state in ("new", "received")):
            if job.printer_id.fallback_id.active:
                job._move_to_fallback()
            else:
                job._mark_failed(
                    self.env._("The fallback printer has been removed: print it again.")
                )

    def _move_to_fallback(self, may_be_double=False):
        """Close this job and queue the same slip on the fallback printer.

        :param may_be_double: nobody could be asked whether it was printed already
        """
        self.ensure_one()
        printer = self.printer_id
        fallback = printer.fallback_id
        moved = self._enter(
            "cancelled",
            error=self.env._("Taken over by printer %s", fallback.name),
            finished_at=fields.Datetime.now(),
        )
        if not moved:
            return
        job = self.create(
            {
                **self._prepare_job_vals(
                    fallback, self.document_type, self._prepare_moved(may_be_double)
                ),
                "name": self.env["ir.sequence"].next_by_code("o2o.print.job"),
                "uid": self._hash_key(f"{self.uid}:fallback"),
                "res_model": self.res_model,
                "res_id": self.res_id,
                "copies": self.copies,
                "reprint_of_id": self.reprint_of_id.id,
                "reprint_number": self.reprint_number,
                "fallback_of_id": self.id,
                # no second life: it is as late as it was
                "expires_at": self.expires_at,
            }
        )
        job._wake()
        job._notify_change()

    def _prepare_moved(self, may_be_double):
        """The document with a mark that tells why it comes out here."""
        self.ensure_one()
        localized = self.with_context(lang=self.store_id._get_slip_lang())
        mark = localized.env._(
            "** %s was not ready: printed here **", self.printer_id.name
        )
        first, *others = self.payload["blocks"]
        blocks = [first, text(mark, "center", True), *others]
        if may_be_double:
            blocks.insert(0, text(self._get_double_banner(), "center", True, "double"))
        return {**self.payload, "blocks": blocks}

    @api.model
    def _cron_fallback(self):
        """Slips of boxes that went away: those it never got, and order slips.

        A box that is there is asked in its sync, see ``o2o.box._get_reclaimed_uids()``.
        """
        waiting = self.search(
            Domain("state", "in", ["new", "received"])
            & Domain("fallback_of_id", "=", False)
            & Domain("printer_id.fallback_id.active", "=", True)
            & Domain("expires_at", ">", fields.Datetime.now()),
            order="id",
            limit=500,
        )
        due = waiting.filtered(
            lambda job: (
                not job.box_id.is_online
                and job._is_fallback_due()
                and (not job.handed_at or job._may_come_twice())
            )
        )
        self.env["ir.cron"]._commit_progress(remaining=len(due))
        for job in due:
            locked = job.try_lock_for_update()
            if locked and locked.state in ("new", "received"):
                locked._move_to_fallback(may_be_double=bool(locked.handed_at))
            if not self.env["ir.cron"]._commit_progress(1):
                break
