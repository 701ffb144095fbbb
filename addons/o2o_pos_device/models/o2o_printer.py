import re

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..const import CLOUDS

STATUSES = [
    ("online", "Ready"),
    ("paper_low", "Paper low"),
    ("paper_out", "Out of paper"),
    ("cover_open", "Cover open"),
    ("error", "Cutter stuck"),
    ("offline", "Offline"),
    ("unknown", "Unknown"),
]
#: the printer takes nothing until somebody comes
NOT_READY = ("paper_out", "cover_open", "error", "offline")
_USB_ADDRESS = re.compile(r"[0-9a-f]{4}:[0-9a-f]{4}(:\S{1,64})?", re.IGNORECASE)
_CUPS_QUEUE = re.compile(r"[\w.-]{1,127}", re.ASCII)


class O2oPrinter(models.Model):
    """A receipt printer, behind a box or in a cloud, and which slips it prints."""

    _name = "o2o.printer"
    _description = "Receipt printer"
    _order = "store_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    box_id = fields.Many2one(
        "o2o.box",
        compute="_compute_box_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        ondelete="restrict",
    )
    store_id = fields.Many2one(
        "o2o.store",
        compute="_compute_store_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        related="store_id.company_id", store=True, index=True, precompute=True
    )
    role = fields.Selection(
        [
            ("all", "All slips"),
            ("sale_slip", "Sale slips"),
            ("order_slip", "Order slips"),
            ("shipping_slip", "Shipping slips"),
            ("points_slip", "Points slips"),
            ("return_slip", "Return slips"),
            ("handover_slip", "Hand-over slips"),
            ("bank_slip", "Bank card slips"),
            ("settlement_slip", "Settlement slips"),
        ],
        required=True,
        default="all",
    )
    paper_width = fields.Selection(
        [("58", "58 mm"), ("80", "80 mm")], required=True, default="80"
    )
    copies = fields.Integer(default=1, required=True)
    connection = fields.Selection(
        [
            ("network", "Network"),
            ("serial", "Serial port"),
            ("usb", "USB"),
            ("file", "Device file"),
            ("cups", "CUPS queue"),
            ("virtual", "Virtual printer of the box"),
            ("feie", "Feie cloud"),
            ("yilianyun", "Yilianyun cloud"),
            ("cloudprnt", "Star CloudPRNT"),
        ],
        required=True,
        default="network",
    )
    host = fields.Char(string="Address", help="IP address in the store's network")
    port = fields.Integer(
        compute="_compute_port",
        store=True,
        readonly=False,
        precompute=True,
        help="Network: TCP port, usually 9100. Virtual: number of the virtual printer.",
    )
    device = fields.Char(
        help="Serial port or device file: a path such as /dev/usb/lp0 or"
        " /dev/serial/by-id/... USB: vendor:product as lsusb shows it, for example"
        " 04b8:0e15. CUPS: the name of the queue."
    )
    baudrate = fields.Integer(default=9600)
    status = fields.Selection(STATUSES, readonly=True, default="unknown", copy=False)
    status_at = fields.Datetime(string="Status since", readonly=True, copy=False)
    problem = fields.Char(
        string="Reported by the box",
        readonly=True,
        copy=False,
        help="What the box cannot do with it, in its words",
    )
    health = fields.Selection(
        [
            *STATUSES,
            ("box_offline", "Box offline"),
            ("no_box", "Box not paired"),
            ("cloud_silent", "Cloud does not answer"),
            ("cloud_refused", "Not set up right"),
        ],
        compute="_compute_health",
        help="What the printer said last, as long as its box or cloud says it",
    )
    fallback_id = fields.Many2one(
        "o2o.printer",
        string="Fallback printer",
        index="btree_not_null",
        check_company=True,
        ondelete="set null",
        domain="[('store_id', '=', store_id), ('id', '!=', id)]",
        help="Prints the slips of this printer while it cannot",
    )
    fallback_minutes = fields.Integer(
        string="Fallback after (minutes)",
        default=3,
        required=True,
        help="So long a slip waits for this printer before the fallback prints it",
    )
    has_cut_counter = fields.Boolean(
        help="The printer counts its cuts (GS g 2) and tells: after a power cut the box"
        " asks it whether the slip came out. See the manual of the printer."
    )
    has_process_id = fields.Boolean(
        string="Confirms each slip",
        help="The printer names the slip it has finished (GS ( H). See the manual of"
        " the printer.",
    )

    _copies_range = models.Constraint(
        "CHECK (copies BETWEEN 1 AND 5)", "A slip is printed one to five times."
    )

    _fallback_range = models.Constraint(
        "CHECK (fallback_minutes BETWEEN 0 AND 60)",
        "The fallback printer takes over after 0 to 60 minutes.",
    )

    @api.depends("connection")
    def _compute_port(self):
        for printer in self:
            printer.port = 9100 if printer.connection == "network" else 0

    @api.depends("connection")
    def _compute_box_id(self):
        for printer in self:
            printer.box_id = False if printer._is_cloud() else printer.box_id

    @api.depends("box_id.store_id")
    def _compute_store_id(self):
        for printer in self:
            printer.store_id = printer.box_id.store_id or printer.store_id

    @api.depends("status", "box_id.is_online", "box_id.state")
    def _compute_health(self):
        for printer in self:
            if printer.box_id.state != "paired":
                printer.health = "no_box"
            elif not printer.box_id.is_online:
                printer.health = "box_offline"
            else:
                printer.health = printer.status

    @api.constrains("connection", "box_id", "store_id")
    def _check_place(self):
        for printer in self:
            if not printer.box_id and not printer._is_cloud():
                raise ValidationError(
                    self.env._("Choose the box of printer %s.", printer.name)
                )
            if not printer.store_id:
                raise ValidationError(
                    self.env._("Choose the store of printer %s.", printer.name)
                )
            if printer.box_id and printer.store_id != printer.box_id.store_id:
                raise ValidationError(
                    self.env._(
                        "Printer %s stands in the store of its box.", printer.name
                    )
                )

    @api.constrains("fallback_id", "store_id")
    def _check_fallback(self):
        for printer in self.filtered("fallback_id"):
            fallback = printer.fallback_id
            if fallback == printer or fallback.store_id != printer.store_id:
                raise ValidationError(
                    self.env._(
                        "The fallback of %s is another printer of the same store.",
                        printer.name,
                    )
                )

    @api.constrains("connection", "host", "device")
    def _check_connection(self):
        for printer in self:
            if printer.connection == "network" and not printer.host:
                raise ValidationError(
                    self.env._("Enter the address of printer %s.", printer.name)
                )
            if printer.connection in ("serial", "file") and not (
                printer.device or ""
            ).startswith("/dev/"):
                raise ValidationError(
                    self.env._(
                        "The device of printer %s is a path below /dev.", printer.name
                    )
                )

            if printer.connection == "usb" and not _USB_ADDRESS.fullmatch(
                printer.device or ""
            ):
                raise ValidationError(
                    self.env._(
                        "The device of printer %s is vendor:product, for example"
                        " 04b8:0e15.",
                        printer.name,
                    )
                )
            if printer.connection == "cups" and not _CUPS_QUEUE.fullmatch(
                printer.device or ""
            ):
                raise ValidationError(
                    self.env._("Enter the CUPS queue of printer %s.", printer.name)
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # sudo: jobs of every store count
        used = (
            self.env["o2o.print.job"]
            .sudo()
            .search_count([("printer_id", "in", self.ids)], limit=1)
        )
        if used:
            raise UserError(
                self.env._("This printer has printed before: archive it instead.")
            )

    def action_print_test(self):
        """Queue a test page; its outcome shows whether the whole way works."""
        self.ensure_one()
        self.check_access("write")
        job = self.env["o2o.print.job"]._queue_test(self)
        return job._get_form_action()

    def _apply_status(self, status, problem=False):
        """What the box reports; called elevated by the sync."""
        self.ensure_one()
        if not isinstance(status, str) or status not in dict(STATUSES):
            return
        if (problem or False) != self.problem:
            self.problem = problem
        if status == self.status:
            return
        self.write({"status": status, "status_at": fields.Datetime.now()})
        self.store_id._notify_tills("O2O_PRINTER_STATUS", self._prepare_pos_dict())

    def _is_cloud(self):
        """Whether it prints without a box."""
        self.ensure_one()
        return self.connection in CLOUDS

    def _is_in_use(self):
        """Whether slips may be queued for it."""
        self.ensure_one()
        return self.active and (self._is_cloud() or self.box_id.active)

    def _is_ready(self):
        """Whether a slip sent now would come out, as far as anybody knows."""
        self.ensure_one()
        return (
            self.active
            and self.box_id.active
            and self.box_id.is_online
            and self.status not in NOT_READY
        )

    def _needs_fallback(self):
        """Whether this printer cannot print now and another one could."""
        self.ensure_one()
        return (
            bool(self.fallback_id)
            and not self._is_ready()
            and self.fallback_id._is_ready()
        )

    def _prepare_pos_dict(self):
        """The printer as a till shows it."""
        self.ensure_one()
        return {"id": self.id, "name": self.name, "health": self.health}

    def _prepare_box_dict(self):
        """How the box reaches the printer."""
        self.ensure_one()
        return {
            "id": self.id,
            "name": self.name,
            "width": int(self.paper_width),
            "connection": self.connection,
            "host": self.host or "",
            "port": self.port,
            "device": self.device or "",
            "baudrate": self.baudrate,
            "cut_counter": self.has_cut_counter,
            "process_id": self.has_process_id,
        }
