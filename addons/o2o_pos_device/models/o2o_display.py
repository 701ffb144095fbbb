import math
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.misc import format_amount

from ..const import DISPLAY_CHANGE_SECONDS, DISPLAY_MAX_WELCOME, DISPLAY_TOTAL_SECONDS
from ..iot_handlers.lib.o2o_box import escpos_zh
from ..iot_handlers.lib.o2o_box.display import COLUMNS

#: beyond that no till has a sale
_MAX_AMOUNT = 1e9


class O2oDisplay(models.Model):
    """A customer display of two lines at a box: the total, then the change (POS-05).

    It holds a state, no history: the last word of its till counts, for a while.
    """

    _name = "o2o.display"
    _description = "Customer display"
    _order = "store_id, name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    box_id = fields.Many2one("o2o.box", required=True, index=True, ondelete="cascade")
    store_id = fields.Many2one(
        related="box_id.store_id", store=True, index=True, precompute=True
    )
    company_id = fields.Many2one(
        related="box_id.company_id", store=True, index=True, precompute=True
    )
    config_id = fields.Many2one(
        "pos.config",
        string="Till",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
        domain="[('o2o_store_id', '=', store_id)]",
        help="The display shows what this till sells",
    )
    connection = fields.Selection(
        [("serial", "Serial port"), ("virtual", "Virtual display of the box")],
        required=True,
        default="serial",
    )
    device = fields.Char(help="A path such as /dev/serial/by-id/... or /dev/ttyUSB0")
    baudrate = fields.Integer(default=9600)
    welcome = fields.Char(
        string="Between two sales",
        size=DISPLAY_MAX_WELCOME,
        help="Shown while nobody pays, for example the name of the shop",
    )
    is_connected = fields.Boolean(readonly=True, copy=False)
    is_online = fields.Boolean(string="Online", compute="_compute_is_online")
    shown_lines = fields.Json(readonly=True, copy=False)
    shown_until = fields.Datetime(readonly=True, copy=False)

    _till_uniq = models.UniqueIndex(
        "(config_id) WHERE active IS TRUE", "This till has a display already."
    )

    @api.depends("is_connected", "box_id.is_online")
    def _compute_is_online(self):
        for display in self:
            display.is_online = display.is_connected and display.box_id.is_online

    @api.constrains("connection", "device", "config_id", "box_id")
    def _check_settings(self):
        for display in self:
            is_path = (display.device or "").startswith("/dev/")
            if display.connection == "serial" and not is_path:
                raise ValidationError(
                    self.env._(
                        "The device of display %s is a path below /dev.", display.name
                    )
                )
            if display.config_id.sudo().o2o_store_id != display.store_id:
                raise ValidationError(
                    self.env._(
                        "Display %(display)s is for a till of %(store)s only.",
                        display=display.name,
                        store=display.store_id.name,
                    )
                )

    # === RPC === #

    @api.model
    def pos_show(self, config_id, kind, amount, change=0):
        """Show the customer what is to be paid, or what comes back.

        :param int config_id: the till asking
        :param str kind: ``total`` or ``change``
        :param float amount: to be paid, or what was paid
        :param float change: what comes back
        :return: whether the till has a display that shows it
        :raise AccessError: the caller is no staff of the till's store
        :raise UserError: the till is closed
        """
        config_sudo = self.env["pos.config"]._o2o_get_own_till_sudo(config_id)
        # sudo: the display of the caller's own till
        display_sudo = self.sudo().search([("config_id", "=", config_sudo.id)], limit=1)
        is_valid = self._is_amount(amount) and self._is_amount(change)
        if not display_sudo or not is_valid or kind not in ("total", "change"):
            return False
        lang = display_sudo.store_id._get_slip_lang()
        localized = display_sudo.with_context(lang=lang)
        if kind == "total":
            label, value = self._get_labels(localized)[0], amount
            lines, seconds = [label, localized._fill("", value)], DISPLAY_TOTAL_SECONDS
        else:
            _total, paid, back = self._get_labels(localized)
            lines = [localized._fill(paid, amount), localized._fill(back, change)]
            seconds = DISPLAY_CHANGE_SECONDS
        display_sudo._show(lines, seconds)
        return True

    @api.model
    def _is_amount(self, value):
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return is_number and math.isfinite(value) and abs(value) < _MAX_AMOUNT

    @api.model
    def _get_labels(self, localized):
        env = localized.env
        return env._("To pay"), env._("Paid"), env._("Change")

    def _fill(self, label, amount):
        """A line with the amount at its right end; without room it goes alone."""
        self.ensure_one()
        currency = self.config_id.currency_id
        text = escpos_zh.clean(format_amount(self.env, amount, currency))
        room = COLUMNS - escpos_zh.cells(label)
        if escpos_zh.cells(text) >= room:
            return escpos_zh.pad(text, COLUMNS, "right")
        return label + escpos_zh.pad(text, room, "right")

    def _show(self, lines, seconds):
        """Remember what is shown, and wake the box."""
        self.ensure_one()
        until = fields.Datetime.now() + timedelta(seconds=seconds)
        self.write({"shown_lines": lines, "shown_until": until})
        self.box_id._wake()

    def _get_lines(self):
        self.ensure_one()
        if self.shown_until and self.shown_until > fields.Datetime.now():
            return self.shown_lines
        return [self.welcome] if self.welcome else []

    # === BOX === #

    def _prepare_box_dict(self):
        """The display as the box gets it, with what it shows now."""
        self.ensure_one()
        return {
            "id": self.id,
            "connection": self.connection,
            "device": self.device or "",
            "baudrate": self.baudrate,
            "lines": self._get_lines(),
        }
