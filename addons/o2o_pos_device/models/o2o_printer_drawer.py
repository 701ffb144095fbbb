from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import MAX_BEEPS
from .o2o_printer import NOT_READY


class O2oPrinter(models.Model):
    """What hangs on a receipt printer: a cash drawer and a buzzer (POS-05)."""

    _inherit = "o2o.printer"

    drawer_pin = fields.Selection(
        [("none", "No drawer"), ("2", "Pin 2 (usual)"), ("5", "Pin 5")],
        string="Cash drawer",
        required=True,
        default="none",
    )
    drawer_config_ids = fields.Many2many(
        "pos.config",
        relation="o2o_printer_drawer_config_rel",
        string="Drawer of tills",
        check_company=True,
        domain="[('o2o_store_id', '=', store_id)]",
        help="These tills open the drawer",
    )
    drawer_signal = fields.Selection(
        [
            ("none", "Not told"),
            ("high", "Open when the signal is high"),
            ("low", "Open when the signal is low"),
        ],
        required=True,
        default="none",
        help="Whether the switch of the drawer is wired, and which way round: open and"
        " shut it by hand and see which setting tells the truth",
    )
    drawer_wire = fields.Selection(
        [("high", "High"), ("low", "Low")], readonly=True, copy=False
    )
    drawer_status = fields.Selection(
        [("open", "Open"), ("closed", "Closed")], compute="_compute_drawer_status"
    )
    buzzer = fields.Selection(
        [
            ("never", "Never"),
            ("order_slip", "New orders"),
            ("always", "Every slip"),
        ],
        required=True,
        default="never",
        help="The printer beeps before it prints; a slip printed again is silent",
    )
    buzzer_beeps = fields.Integer(string="Beeps", required=True, default=3)

    _beeps_range = models.Constraint(
        f"CHECK (buzzer_beeps BETWEEN 1 AND {MAX_BEEPS})",
        "The buzzer beeps one to nine times.",
    )

    @api.depends("drawer_wire", "drawer_signal", "drawer_pin", "health")
    def _compute_drawer_status(self):
        """What the switch says, as long as the printer is there to say it."""
        for printer in self:
            is_told = (
                printer.drawer_wire
                and printer.drawer_pin != "none"
                and printer.drawer_signal != "none"
                and printer.health not in ("offline", "box_offline", "no_box")
            )
            is_open = printer.drawer_wire == printer.drawer_signal
            printer.drawer_status = is_told and ("open" if is_open else "closed")

    @api.constrains("drawer_pin", "drawer_config_ids", "connection", "box_id")
    def _check_drawer(self):
        for printer in self.filtered(lambda it: it.drawer_pin != "none"):
            if printer.connection == "cups" or printer._is_cloud():
                raise ValidationError(
                    self.env._(
                        "A CUPS queue or a cloud keeps what it is sent: the drawer of"
                        " printer %s would open later, when nobody stands there."
                        " Connect the printer in another way.",
                        printer.name,
                    )
                )
            if printer.drawer_config_ids.o2o_store_id - printer.store_id:
                raise ValidationError(
                    self.env._(
                        "The drawer of printer %(printer)s is for tills of %(store)s"
                        " only.",
                        printer=printer.name,
                        store=printer.store_id.name,
                    )
                )
            for config in printer.drawer_config_ids:
                if len(config._o2o_get_drawer_printers()) > 1:
                    raise ValidationError(
                        self.env._("Till %s has another drawer already.", config.name)
                    )

    def _apply_drawer(self, wire):
        """What the box reports of the drawer's switch; called elevated by the sync."""
        self.ensure_one()
        if wire not in ("high", "low", "") or wire == (self.drawer_wire or ""):
            return
        self.drawer_wire = wire or False
        self.store_id._notify_tills("O2O_PRINTER_STATUS", self._prepare_pos_dict())

    def _get_beeps(self, job):
        """How often the buzzer sounds for a job of this printer."""
        self.ensure_one()
        is_due = self.buzzer == "always" or self.buzzer == job.document_type
        return self.buzzer_beeps if is_due and not job.reprint_number else 0

    def _get_drawer_obstacle(self):
        """Why the drawer cannot open now, for the cashier; empty when it can."""
        self.ensure_one()
        if self.health in (*NOT_READY, "box_offline", "no_box"):
            health = dict(self._fields["health"]._description_selection(self.env))
            return self.env._(
                "The drawer cannot open (%(printer)s: %(health)s). Use its key.",
                printer=self.name,
                health=health[self.health],
            )
        return ""

    def _prepare_pos_dict(self):
        return {**super()._prepare_pos_dict(), "drawer": self.drawer_status or ""}
