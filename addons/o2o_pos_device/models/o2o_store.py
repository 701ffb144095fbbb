from datetime import datetime

import pytz

from odoo import fields, models


class O2oStore(models.Model):
    _inherit = "o2o.store"

    box_ids = fields.One2many("o2o.box", "store_id", string="Boxes")
    printer_ids = fields.One2many("o2o.printer", "store_id", string="Printers")

    def _get_printer(self, document_type):
        """The printer for a document: one made for it, else one for all slips."""
        self.ensure_one()
        # sudo: a cashier prints without knowing the printers' addresses
        printers_sudo = self.sudo().printer_ids.filtered(
            lambda printer: printer._is_in_use()
        )
        return (
            printers_sudo.filtered(lambda printer: printer.role == document_type)
            or printers_sudo.filtered(lambda printer: printer.role == "all")
        )[:1]

    def _prepare_pos_dict(self):
        """Also the printers of the store, so that a till warns before a slip fails."""
        # sudo: names and states only, for the staff of this store
        printers_sudo = self.sudo().printer_ids.filtered("active")
        return {
            **super()._prepare_pos_dict(),
            "printers": [printer._prepare_pos_dict() for printer in printers_sudo],
        }

    def _get_device_manager(self):
        """Who looks after the devices of the store: its own manager before others."""
        self.ensure_one()
        # sudo: groups are read by administrators only
        group_sudo = self.env.ref("o2o_pos_device.o2o_pos_device_group_manager").sudo()
        people = group_sudo.all_user_ids.filtered(
            lambda user: (
                user.active
                and user.id != self.env.ref("base.user_root").id
                and self.company_id in user.company_ids
            )
        )
        own = people & self.user_ids
        return (own or people)[:1] or self.env.ref("base.user_admin")

    def _get_slip_lang(self):
        """Slips speak the language of the company, whoever presses the button."""
        self.ensure_one()
        return self.company_id.partner_id.lang or self.env.lang

    def _get_slip_tz(self):
        """Slips show the time of the store."""
        self.ensure_one()
        return (
            self.calendar_id.tz
            or self.company_id.resource_calendar_id.tz
            or self.company_id.partner_id.tz
            or self.env.user.tz
            or "UTC"
        )

    def _parse_local(self, text):
        """A moment by the clocks of the store, as UTC; False when it is none.

        :param text: ISO without a zone, from a box
        """
        self.ensure_one()
        try:
            moment = datetime.fromisoformat(text)
        except (TypeError, ValueError):
            return False
        if moment.tzinfo:
            return False
        zone = pytz.timezone(self._get_slip_tz())
        moment = zone.localize(moment).astimezone(pytz.utc)
        return moment.replace(tzinfo=None, microsecond=0)
