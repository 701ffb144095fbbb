from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

STATUSES = [
    ("online", "Ready"),
    ("paper_low", "Paper low"),
    ("paper_out", "Out of paper"),
    ("offline", "Offline"),
    ("unknown", "Unknown"),
]


class O2oPrinter(models.Model):
    """A receipt printer behind a box, and which slips it prints."""

    _name = "o2o.printer"
    _description = "Receipt printer"
    _order = "store_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    box_id = fields.Many2one(
        "o2o.box", required=True, index=True, check_company=True, ondelete="restrict"
    )
    store_id = fields.Many2one(
        related="box_id.store_id", store=True, index=True, precompute=True
    )
    company_id = fields.Many2one(
        related="box_id.company_id", store=True, index=True, precompute=True
    )
    role = fields.Selection(
        [
            ("all", "All slips"),
            ("order_slip", "Order slips"),
            ("shipping_slip", "Shipping slips"),
            ("points_slip", "Points slips"),
            ("return_slip", "Return slips"),
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
            ("file", "Device file"),
            ("virtual", "Virtual printer of the box"),
        ],
        required=True,
        default="network",
    )
    host = fields.Char(string="Address", help="IP address in the store's network")
    port = fields.Integer(
        help="Network: TCP port, usually 9100. Virtual: number of the virtual printer."
    )
    device = fields.Char(help="For example /dev/usb/lp0 or /dev/serial/by-id/...")
    baudrate = fields.Integer(default=9600)
    status = fields.Selection(STATUSES, readonly=True, default="unknown", copy=False)
    status_at = fields.Datetime(string="Status since", readonly=True, copy=False)

    _copies_range = models.Constraint(
        "CHECK (copies BETWEEN 1 AND 5)", "A slip is printed one to five times."
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

    def _apply_status(self, status):
        """What the box reports; called elevated by the sync."""
        self.ensure_one()
        if not isinstance(status, str) or status not in dict(STATUSES):
            return
        if status == self.status:
            return
        self.write({"status": status, "status_at": fields.Datetime.now()})
        self.store_id._notify_tills(
            "O2O_PRINTER_STATUS",
            {"printer_id": self.id, "name": self.name, "status": status},
        )

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
        }
