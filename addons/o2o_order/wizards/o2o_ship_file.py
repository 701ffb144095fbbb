import base64

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain

from odoo.addons.o2o_member.lib.table_file import TableFileError

from ..lib.ship_file import MAX_PARCELS, read_ship_file, write_ship_file

#: states from which a delivery is shipped
TO_SHIP = ("accepted", "picking", "ready")
SHIPPED = ("shipped", "delivered", "completed")


class O2oShipFile(models.TransientModel):
    """Ship many parcels with one file: download, fill in, check, ship (ORD-11)."""

    _name = "o2o.ship.file"
    _description = "Ship by File"

    file = fields.Binary(attachment=False)
    file_name = fields.Char()
    state = fields.Selection(
        [("draft", "Choose a file"), ("checked", "Check"), ("done", "Shipped")],
        default="draft",
        readonly=True,
    )
    waiting_count = fields.Integer(compute="_compute_waiting_count")
    good_count = fields.Integer(string="To Ship", readonly=True)
    known_count = fields.Integer(string="Shipped Before", readonly=True)
    problem_count = fields.Integer(string="Bad Rows", readonly=True)
    line_ids = fields.One2many("o2o.ship.file.line", "wizard_id", readonly=True)

    def _compute_waiting_count(self):
        for wizard in self:
            wizard.waiting_count = len(wizard._get_waiting())

    @api.model
    def _get_waiting(self):
        """What this user may ship now; record rules leave a cashier the own store."""
        return self.env["o2o.fulfillment"].search(
            Domain("state", "in", TO_SHIP)
            & Domain("delivery_kind", "=", "delivery")
            & Domain("company_id", "in", self.env.companies.ids),
            order="store_id, id",
            limit=MAX_PARCELS,
        )

    # === DOWNLOAD === #

    def action_download(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": "/o2o/order/to_ship.xlsx",
            "target": "download",
        }

    @api.model
    def _write_file(self):
        """:return: bytes of the spreadsheet to fill in"""
        return write_ship_file(
            self.env._("To ship"),
            [
                self.env._("Fulfillment"),
                self.env._("Order"),
                self.env._("Store"),
                self.env._("Consignee"),
                self.env._("Phone"),
                self.env._("Address"),
                self.env._("Goods"),
                self.env._("Courier"),
                self.env._("Tracking number"),
            ],
            [self._prepare_row(part) for part in self._get_waiting().sudo()],
        )

    @api.model
    def _prepare_row(self, part_sudo):
        address = part_sudo.partner_shipping_id
        goods = ", ".join(
            f"{line.product_id.display_name} x {line.quantity:g}"
            for line in part_sudo.line_ids
        )
        return [
            part_sudo.name,
            part_sudo.order_id.name,
            part_sudo.store_id.name,
            address.name or part_sudo.partner_id.name,
            address.phone or part_sudo.partner_id.phone,
            address._o2o_get_address_line(),
            goods,
            part_sudo.courier_name,
            part_sudo.carrier_tracking_ref,
        ]

    # === UPLOAD === #

    def action_check(self):
        """Dry run: what would be shipped, and what is wrong with the rest."""
        self.ensure_one()
        rows = self._read_rows()
        self.line_ids.unlink()
        self.write(
            {
                "state": "checked",
                "line_ids": [Command.create(row) for row in rows],
                **self._count(rows),
            }
        )
        return self._reopen()

    def action_ship(self):
        """Ship the good rows; each stands for itself."""
        self.ensure_one()
        rows = self._read_rows()
        for row in rows:
            if row["status"] == "good":
                self._ship_row(row)
        self.line_ids.unlink()
        self.write(
            {
                "state": "done",
                "file": False,
                "line_ids": [Command.create(row) for row in rows],
                **self._count(rows),
            }
        )
        return self._reopen()

    def _ship_row(self, row):
        part_sudo = self.env["o2o.fulfillment"].browse(row["fulfillment_id"])
        part_sudo = part_sudo._as_staff()
        try:
            with self.env.cr.savepoint():
                part_sudo._lock_rows()
                if row["courier"]:
                    part_sudo.courier_name = row["courier"]
                part_sudo._mark_shipped(row["tracking"])
        except UserError as error:
            part_sudo.invalidate_recordset()
            row.update(status="bad", reason=str(error))

    @api.model
    def _count(self, rows):
        statuses = [row["status"] for row in rows]
        return {
            "good_count": statuses.count("good"),
            "known_count": statuses.count("known"),
            "problem_count": statuses.count("bad"),
        }

    def _read_rows(self):
        """:return: list of vals of ``o2o.ship.file.line``, in the order of the file"""
        if not self.file:
            raise UserError(self.env._("Choose a file first."))
        try:
            ship_file = read_ship_file(base64.b64decode(self.file))
        except TableFileError as error:
            raise UserError(self._get_file_error(error.reason)) from error
        if len(ship_file.parcels) > MAX_PARCELS:
            raise UserError(
                self.env._("A file has up to %s parcels: split it.", MAX_PARCELS)
            )
        rows = [self._assess(parcel) for parcel in ship_file.parcels]
        rows += [
            {
                "line": line,
                "number": number,
                "status": "bad",
                "reason": self._get_problem_text(reason),
            }
            for line, number, reason in ship_file.problems
        ]
        if not rows:
            raise UserError(
                self.env._("The file has no row with a courier or a tracking number.")
            )
        return sorted(rows, key=lambda row: row["line"])

    def _assess(self, parcel):
        # sudo: to tell "unknown" from "another store"; nothing of it is shown
        part_sudo = (
            self.env["o2o.fulfillment"]
            .sudo()
            .search(
                [
                    ("name", "=", parcel.number),
                    ("company_id", "in", self.env.companies.ids),
                ],
                limit=1,
            )
        )
        status, reason = self._assess_part(part_sudo, parcel)
        is_shown = part_sudo and status != "foreign"
        return {
            "line": parcel.line,
            "number": parcel.number,
            "courier": parcel.courier,
            "tracking": parcel.tracking,
            "status": "bad" if status == "foreign" else status,
            "reason": reason,
            "fulfillment_id": part_sudo.id if is_shown else False,
        }

    def _assess_part(self, part_sudo, parcel):
        if not part_sudo:
            return "bad", self.env._("Unknown number")
        try:
            part_sudo.with_env(self.env)._as_staff()
        except AccessError:
            return "foreign", self.env._("Order of another store")
        if part_sudo.delivery_kind != "delivery":
            return "bad", self.env._("A pick-up order is handed over, not shipped.")
        if part_sudo.state in SHIPPED:
            if part_sudo.carrier_tracking_ref == parcel.tracking:
                return "known", self.env._("Shipped before with this number")
            return "bad", self.env._(
                "Shipped before with number %s", part_sudo.carrier_tracking_ref or "-"
            )
        if part_sudo.state not in TO_SHIP:
            states = part_sudo.with_env(self.env)._fields["state"]
            labels = dict(states._description_selection(self.env))
            return "bad", self.env._("The order is “%s”", labels[part_sudo.state])
        return "good", False

    def _get_problem_text(self, reason):
        return {
            "number_missing": self.env._("The fulfillment number is missing"),
            "duplicate": self.env._("This fulfillment is in the file twice"),
            "tracking_missing": self.env._("The tracking number is missing"),
            "tracking_precision": self.env._(
                "Excel has cut the tracking number: format the column as text"
            ),
            "tracking_length": self.env._("The tracking number is too long"),
        }[reason]

    def _get_file_error(self, reason):
        return {
            "too_big": self.env._("The file is too big."),
            "too_many_rows": self.env._("The file has too many rows."),
            "encoding": self.env._("The text of the file cannot be read."),
            "corrupt": self.env._("The file is broken: save it again in Excel."),
        }[reason]

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ship by file"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }


class O2oShipFileLine(models.TransientModel):
    _name = "o2o.ship.file.line"
    _description = "Row of a Shipping File"
    _order = "line"

    wizard_id = fields.Many2one("o2o.ship.file", required=True, ondelete="cascade")
    fulfillment_id = fields.Many2one("o2o.fulfillment", ondelete="cascade")
    line = fields.Integer(string="Row")
    number = fields.Char(string="Fulfillment Number")
    courier = fields.Char()
    tracking = fields.Char(string="Tracking Number")
    status = fields.Selection(
        [("good", "OK"), ("known", "Shipped before"), ("bad", "Not shipped")]
    )
    reason = fields.Char()
