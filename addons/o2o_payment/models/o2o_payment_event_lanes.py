"""Notifications are looked at by several jobs at once, each row by one of them."""

from time import sleep

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .o2o_payment_job import WAY_PAUSE

#: the job of each lane; a lane whose job is switched off stands still
LANES = ("o2o_payment.o2o_payment_event_cron", "o2o_payment.o2o_payment_event_cron_2")


class O2oPaymentEvent(models.Model):
    """To confirm an order takes two tenths of a second of a processor, so one job
    keeps one processor busy with five orders a second."""

    _inherit = "o2o.payment.event"

    @api.model
    def _cron_work(self, lane=0):
        """Work off what is due in a lane.

        :param int lane: place in :data:`LANES`
        """
        self = self.with_context(o2o_lane=lane)
        if self.search_count(self._get_due_domain(), limit=2) > 1:
            # perhaps a flood begins: one look at it before a processor is busy
            self._commit()
            sleep(WAY_PAUSE)
        return super()._cron_work()

    @api.model
    def _get_due_domain(self):
        lane = self.env.context.get("o2o_lane", 0)
        return super()._get_due_domain() & Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s %% %s = %s", SQL.identifier(alias, "id"), len(LANES), lane
            )
        )

    def _call_job(self, due_at):
        """Only the jobs in whose lanes these rows are."""
        timers = self.env["o2o.timer"]
        for lane in {row.id % len(LANES) for row in self}:
            if due_at <= fields.Datetime.now():
                timers._call_job(LANES[lane])
            else:
                timers._wake_job(LANES[lane], due_at)
