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
            lambda printer: printer.active and printer.box_id.active
        )
        return (
            printers_sudo.filtered(lambda printer: printer.role == document_type)
            or printers_sudo.filtered(lambda printer: printer.role == "all")
        )[:1]

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
