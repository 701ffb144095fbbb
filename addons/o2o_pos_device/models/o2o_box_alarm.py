from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain

from ..const import ALARM_MINUTES
from .o2o_printer import NOT_READY

_ACTIVITY = "o2o_pos_device.o2o_box_activity_alarm"


class O2oBox(models.Model):
    """Somebody hears of a dead box or an empty roll before the shop opens."""

    _inherit = "o2o.box"

    alarm_for = fields.Datetime(
        string="Warned for the opening at", readonly=True, copy=False
    )

    def _get_troubles(self):
        """What keeps slips of this box from coming out, in words; empty when well."""
        self.ensure_one()
        if not self.is_online:
            return [self.env._("The box %s is offline.", self.name)]
        # the words of the person who reads it
        health = self.env["o2o.printer"]._fields["health"]
        labels = dict(health._description_selection(self.env))
        return [
            self.env._(
                "Printer %(name)s: %(state)s.",
                name=printer.name,
                state=labels[printer.health],
            )
            for printer in self.printer_ids
            if printer.active and printer.status in NOT_READY
        ]

    @api.model
    def _cron_watch_openings(self):
        """Warn the manager of devices that are not ready when a store opens soon.

        Once per opening; what was put right meanwhile takes its warning back.
        """
        now = fields.Datetime.now()
        boxes = self.search(
            Domain("state", "=", "paired") & Domain("store_id.active", "=", True)
        )
        boxes.filtered("alarm_for")._end_alarms()
        soon = timedelta(minutes=ALARM_MINUTES)
        for company, company_boxes in boxes.grouped("company_id").items():
            openings = self.env["o2o.store"]._get_opening_times(company, now)
            for box in company_boxes:
                opening = openings.get(box.store_id.calendar_id.id)
                # open already: the tills show it
                if opening and now < opening <= now + soon:
                    box._warn(opening)

    def _warn(self, opening):
        """Leave the manager an activity, once for an opening."""
        self.ensure_one()
        manager = self.store_id._get_device_manager()
        box = self.with_context(lang=manager.lang)
        troubles = box._get_troubles()
        if not troubles or self.alarm_for == opening:
            return
        self.alarm_for = opening
        box.activity_schedule(
            _ACTIVITY,
            summary=box.env._("%s opens soon, but cannot print", box.store_id.name),
            # joined by Markup: names are escaped
            note=Markup("<br/>").join(troubles),
            user_id=manager.id,
        )

    def _end_alarms(self):
        for box in self.filtered(lambda box: not box._get_troubles()):
            box.alarm_for = False
            box.activity_feedback(
                [_ACTIVITY], feedback=self.env._("The devices are ready again.")
            )
