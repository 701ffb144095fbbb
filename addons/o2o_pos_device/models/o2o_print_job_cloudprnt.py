from odoo import fields, models

from ..const import CLOUD_TRIES


class O2oPrintJob(models.Model):
    """A slip that a Star printer fetches, copy by copy, and confirms (POS-05)."""

    _inherit = "o2o.print.job"

    def _get_cloudprnt_token(self):
        """Names a slip and which copy of it: a late word counts for the right one."""
        self.ensure_one()
        return f"{self.uid}-{self.cloud_copy_count + 1}"

    def _may_offer_again(self):
        """Whether a slip that was fetched and not confirmed comes once more."""
        self.ensure_one()
        return (
            self._may_come_twice()
            and self.cloud_try_count < CLOUD_TRIES
            and self.expires_at > fields.Datetime.now()
        )

    def _note_copy(self, copy):
        """A copy is on paper; the next one may be fetched."""
        self.write(
            {"cloud_copy_count": copy, "cloud_try_count": 0, "cloud_ask_at": False}
        )
        if copy == self.copies:
            self.error = False
            self._mark_printed()
