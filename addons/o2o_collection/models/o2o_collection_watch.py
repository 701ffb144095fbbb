"""What head office is told about (PAY-03)."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..const import CARRIED_WAYS

#: collections handled by one run of the job
BATCH = 200


class O2oCollection(models.Model):
    _inherit = "o2o.collection"

    is_carried = fields.Boolean(
        string="With a courier",
        compute="_compute_is_carried",
        help="A courier has money or slips of it",
    )

    @api.depends("payment_ids.handover_id")
    def _compute_is_carried(self):
        for collection in self:
            collection.is_carried = bool(collection._get_carried())

    @api.model
    def _cron_watch(self):
        """Every hour: money that a courier keeps too long, doors that nobody went to,
        and refused goods that do not come back. Each is told once."""
        cron = self.env["ir.cron"]
        rows = self._get_late()
        cron._commit_progress(remaining=len(rows))
        for row in rows[:BATCH]:
            row._tell_head_office()
            if not cron._commit_progress(1):
                break

    @api.model
    def _get_late(self):
        """Collections that somebody has to look after and that were not told yet.

        What was told is our own time stamp: activities are anybody's.
        """
        late = self.search([("is_overdue", "=", True)])
        now = fields.Datetime.now()
        for company in self.env["res.company"].search([("o2o_door_hours", ">", 0)]):
            limit = now - timedelta(hours=company.o2o_door_hours)
            carried = self.env["o2o.collection.payment"].search(
                Domain("company_id", "=", company.id)
                & Domain("way", "in", CARRIED_WAYS)
                & Domain("handover_id", "=", False)
                & Domain("taken_at", "<=", limit)
            )
            late |= carried.collection_id
            late |= self.search(
                Domain("company_id", "=", company.id)
                & Domain("state", "=", "refused")
                & Domain("closed_at", "<=", limit)
            ).filtered(lambda row: any(row.fulfillment_id._get_returnable().values()))
        return late.filtered(lambda row: not row.told_at)

    def _tell_head_office(self):
        self.ensure_one()
        row = self.with_context(
            lang=self.company_id.partner_id.lang, mail_activity_quick_update=True
        )
        if carried := row._get_carried():
            summary = row.env._("%s has money of the door", carried.user_id[:1].name)
        elif row.state == "refused":
            summary = row.env._("Refused goods have not come back")
        else:
            summary = row.env._("Nothing was collected at the door")
        row.told_at = fields.Datetime.now()
        row.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=summary,
            user_id=self.order_id._o2o_get_responsible().id,
        )

    def _end_watch(self):
        """What was late has happened."""
        self.activity_unlink(["mail.mail_activity_data_todo"])
        self.write({"told_at": False})

    def _get_carried(self):
        """Money and slips of these collections that no till has yet."""
        return self.payment_ids.filtered(
            lambda payment: payment.way in CARRIED_WAYS and not payment.handover_id
        )
