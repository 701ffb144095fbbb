"""Notifications are looked at by several jobs at once, each row by one of them."""

from time import sleep

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .o2o_payment_job import WAY_PAUSE

#: the job of each lane; a lane whose job is switched off stands still
LANES = ("o2o_payment.o2o_payment_event_cron", "o2o_payment.o2o_payment_event_cron_2")
#: seconds that the second lane lets a flood go first: the first one begins before, so
#: that one processor is left; Odoo gives a job ten
LAST_WAY_SECONDS = 9.5
#: seconds in which a second notification tells that perhaps a flood begins
FIRST_LOOK = 0.05


class O2oPaymentEvent(models.Model):
    """To confirm an order takes two tenths of a second of a processor, so one job
    keeps one processor busy with five orders a second."""

    _inherit = "o2o.payment.event"

    @api.model
    def _cron_work(self, lane=0):
        """Work off what is due in a lane.

        :param int lane: place in :data:`LANES`
        """
        self._look_for_flood()
        return super(O2oPaymentEvent, self.with_context(o2o_lane=lane))._cron_work()

    @api.model
    def _look_for_flood(self):
        """Before a processor is busy: most of a flood would wait for its first ones."""
        for count, pause in ((1, FIRST_LOOK), (2, WAY_PAUSE)):
            if self._count_waiting(count) < count:
                break
            # what comes meanwhile is seen afterwards
            self._commit()
            sleep(pause)

    @api.model
    def _count_waiting(self, limit):
        """Due notifications, up to a limit."""
        return self.search_count(self._get_due_domain(), limit=limit)

    @api.model
    def _get_way_seconds(self):
        if self.env.context.get("o2o_lane"):
            return LAST_WAY_SECONDS
        return super()._get_way_seconds()

    @api.model
    def _get_due_domain(self):
        """Of a lane; of all of them outside of a job."""
        domain = super()._get_due_domain()
        lane = self.env.context.get("o2o_lane")
        if lane is None:
            return domain
        return domain & Domain.custom(
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
