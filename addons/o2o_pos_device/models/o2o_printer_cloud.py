import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..clouds.errors import CloudError
from ..const import (
    CALLED_CLOUDS,
    CLOUD_BACKOFF_SECONDS,
    CLOUD_IDLE_MINUTES,
    CLOUD_RETRY_SECONDS,
    CLOUDPRNT_SILENT_SECONDS,
)
from .o2o_printer import NOT_READY

_logger = logging.getLogger(__name__)

_CRON = "o2o_pos_device.o2o_printer_cron_clouds"
_MANAGER = "o2o_pos_device.o2o_pos_device_group_manager"
#: what changes with the settings of a printer
_SETTINGS = {"connection", "cloud_account_id", "cloud_number", "cloud_key"}


class O2oPrinter(models.Model):
    """A printer whose maker's cloud prints for us: no box in the store (POS-05).

    A slip is sent after the commit that made it, by a job; the transaction of the
    order never waits for a cloud. Each printer has its own pace: one that fails is left
    alone for a while, and a cloud that is silent is called once in a run.
    """

    _inherit = "o2o.printer"

    cloud_account_id = fields.Many2one(
        "o2o.cloud.account",
        string="Account",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        groups="o2o_pos_device.o2o_pos_device_group_user",
        domain="[('kind', '=', connection)]",
    )
    cloud_number = fields.Char(
        string="Number of the printer",
        help="On the label below the printer: SN, or terminal number. Star CloudPRNT:"
        " the MAC address, if only this printer may fetch slips.",
    )
    cloud_key = fields.Char(
        string="Key of the printer",
        groups=_MANAGER,
        copy=False,
        exportable=False,
        help="On the label beside the number. Leave it empty when the printer is in"
        " your account already.",
    )
    cloud_token_hash = fields.Char(groups=fields.NO_ACCESS, copy=False)
    cloud_is_registered = fields.Boolean(readonly=True, copy=False)
    cloud_problem = fields.Selection(
        [
            ("silent", "The cloud does not answer"),
            ("account", "The account has no user or no secret: fill them in"),
            ("key", "The cloud does not accept the user or the secret of the account"),
            ("printer", "The cloud does not know this printer: check number and key"),
            ("limit", "The cloud wants fewer questions: it goes on by itself later"),
            ("content", "The slip is too long for this cloud"),
            ("refused", "The cloud refuses: look into your account there"),
        ],
        string="Problem",
        readonly=True,
        copy=False,
    )
    cloud_failure_count = fields.Integer(readonly=True, copy=False)
    cloud_next_at = fields.Datetime(string="Next attempt", readonly=True, copy=False)
    cloud_seen_at = fields.Datetime(string="Last contact", readonly=True, copy=False)

    @api.depends("connection", "cloud_problem", "cloud_seen_at", "cloud_token_hash")
    def _compute_health(self):
        clouds = self.filtered(lambda printer: printer._is_cloud())
        for printer in clouds:
            # sudo: whether there is a password is no secret
            printer.health = printer.sudo()._get_cloud_health()
        return super(O2oPrinter, self - clouds)._compute_health()

    def _get_cloud_health(self):
        if self.connection == "cloudprnt":
            if not self.cloud_token_hash:
                return "cloud_refused"
            limit = timedelta(seconds=CLOUDPRNT_SILENT_SECONDS)
            seen_at = self.cloud_seen_at
            is_here = seen_at and seen_at >= fields.Datetime.now() - limit
            return self.status if is_here else "offline"
        if self.cloud_problem in ("silent", "limit"):
            return "cloud_silent"
        return "cloud_refused" if self.cloud_problem else self.status

    @api.constrains("connection", "cloud_account_id", "cloud_number", "cloud_key")
    def _check_cloud(self):
        for printer in self.filtered(lambda it: it.connection in CALLED_CLOUDS):
            # sudo: whoever may set up the printer, sees the account
            if printer.sudo().cloud_account_id.kind != printer.connection:
                raise ValidationError(
                    self.env._(
                        "Choose the account for the cloud of printer %s.", printer.name
                    )
                )
            number = printer.cloud_number or ""
            if not (number.isascii() and number.isalnum() and len(number) <= 32):
                raise ValidationError(
                    self.env._(
                        "The number of printer %s has letters and digits only.",
                        printer.name,
                    )
                )
            # sudo: a manager, see the access rights of the model
            key = printer.sudo().cloud_key or ""
            if key and not (key.isascii() and key.isalnum() and len(key) <= 64):
                raise ValidationError(
                    self.env._(
                        "The key of printer %s has letters and digits only.",
                        printer.name,
                    )
                )

    def write(self, vals):
        result = super().write(vals)
        if _SETTINGS & vals.keys():
            clouds = self.filtered(lambda printer: printer._is_cloud())
            clouds.cloud_is_registered = False
            clouds._forget_cloud_problem()
        return result

    def _forget_cloud_problem(self):
        """Somebody has changed the settings: try again at once."""
        self.write(
            {
                "cloud_problem": False,
                "cloud_failure_count": 0,
                "cloud_next_at": False,
                "cloud_seen_at": False,
            }
        )
        self._wake_cloud()

    def _is_ready(self):
        if not self._is_cloud():
            return super()._is_ready()
        return self.active and self.health in ("online", "paper_low", "unknown")

    # === ROUNDS === #

    def _wake_cloud(self):
        """Let the job run after the commit; a printer that polls comes by itself."""
        if any(printer.connection in CALLED_CLOUDS for printer in self):
            # sudo: the job belongs to nobody who orders
            cron_id = self.env["ir.model.data"]._xmlid_to_res_id(_CRON)
            self.env["ir.cron"].sudo().browse(cron_id)._trigger()

    @api.model
    def _cron_clouds(self):
        """Send what waits, ask what became of what was sent, look at idle printers."""
        cron = self.env["ir.cron"]
        due = self._get_due_printers()
        cron._commit_progress(remaining=len(due))
        silent = set()
        for printer in due:
            kind = printer.connection
            if kind not in silent and not printer._serve_cloud():
                silent.add(kind)
            if not cron._commit_progress(1):
                break
        self._plan_next_round()

    @api.model
    def _get_due_printers(self):
        now = fields.Datetime.now()
        jobs = self.env["o2o.print.job"]
        busy = [
            printer.id
            for [printer] in jobs._read_group(
                Domain("printer_id.connection", "in", CALLED_CLOUDS)
                & jobs._get_cloud_domain(now),
                ["printer_id"],
            )
        ]
        idle = Domain("active", "=", True) & (
            Domain("cloud_seen_at", "=", False)
            | Domain("cloud_seen_at", "<", now - timedelta(minutes=CLOUD_IDLE_MINUTES))
        )
        return self.with_context(active_test=False).search(
            Domain("connection", "in", CALLED_CLOUDS)
            & (Domain("cloud_next_at", "=", False) | Domain("cloud_next_at", "<=", now))
            & (Domain("id", "in", busy) | idle)
        )

    def _serve_cloud(self):
        """One round with the cloud of a printer; called elevated, commits by itself.

        :return: ``False`` when the cloud does not answer at all
        """
        self.ensure_one()
        try:
            client = self.cloud_account_id._get_client()
            try:
                self._talk_to_cloud(client)
            finally:
                self.cloud_account_id._keep_token(client)
        except CloudError as error:
            self._note_cloud_problem(error.problem)
            return error.problem != "silent"
        except Exception:
            # one printer never stops another
            self.env.cr.rollback()
            _logger.exception("cloud printer %s: the round broke off", self.id)
            self._note_cloud_problem("refused")
        return True

    def _talk_to_cloud(self, client):
        if not self.cloud_is_registered and self.cloud_key:
            client.register(self.cloud_number, self.cloud_key, self.name)
            self.cloud_is_registered = True
        jobs = self.env["o2o.print.job"]
        jobs._ask_cloud(self, client)
        waiting = jobs._get_waiting_for_cloud(self)
        if not waiting and not self._is_cloud_unseen():
            self._note_cloud_well()
            return
        self._apply_status(client.get_status(self.cloud_number))
        self._note_cloud_well()
        if self.status in NOT_READY:
            # a cloud would keep it and print it some time
            waiting._note_waiting(self._get_label("status", self.status))
            if waiting:
                self.cloud_next_at = self._in_seconds(CLOUD_RETRY_SECONDS)
            return
        for job in waiting:
            job._send_to_cloud(client)

    def _is_cloud_unseen(self):
        """Whether nobody has looked at the printer for some time."""
        limit = timedelta(minutes=CLOUD_IDLE_MINUTES)
        seen_at = self.cloud_seen_at
        return not seen_at or seen_at < fields.Datetime.now() - limit

    def _note_cloud_well(self):
        had_problem = bool(self.cloud_problem)
        self.write(
            {
                "cloud_problem": False,
                "cloud_failure_count": 0,
                "cloud_next_at": False,
                "cloud_seen_at": fields.Datetime.now(),
            }
        )
        if had_problem:
            self._notify_health()

    def _note_cloud_problem(self, problem):
        """Leave the printer alone for a while; its slips wait and say why."""
        least, most = CLOUD_BACKOFF_SECONDS
        failures = self.cloud_failure_count + 1
        is_new = problem != self.cloud_problem
        self.write(
            {
                "cloud_problem": problem,
                "cloud_failure_count": failures,
                "cloud_next_at": self._in_seconds(
                    min(least * 2 ** min(failures - 1, 10), most)
                ),
            }
        )
        waiting = self.env["o2o.print.job"]._get_waiting_for_cloud(self)
        waiting._note_waiting(self._get_label("cloud_problem", problem))
        if is_new:
            _logger.warning("cloud printer %s: %s", self.id, problem)
            self._notify_health()

    def _notify_health(self):
        self.store_id._notify_tills("O2O_PRINTER_STATUS", self._prepare_pos_dict())

    def _get_label(self, name, value):
        """The words for a value, in the language of the store."""
        localized = self.with_context(lang=self.store_id._get_slip_lang())
        labels = self._fields[name]._description_selection(localized.env)
        return dict(labels).get(value, value)

    @api.model
    def _in_seconds(self, seconds):
        return fields.Datetime.now() + timedelta(seconds=seconds)

    @api.model
    def _plan_next_round(self):
        """Run again when the next printer or slip is due, if that is soon."""
        now = fields.Datetime.now()
        soon = now + timedelta(seconds=60)
        clouds = Domain("printer_id.connection", "in", CALLED_CLOUDS)
        jobs = self.env["o2o.print.job"]
        slip = jobs.search(
            clouds
            & Domain("cloud_ask_at", ">", now)
            & Domain("cloud_ask_at", "<", soon),
            order="cloud_ask_at",
            limit=1,
        )
        printer = self.search(
            Domain("connection", "in", CALLED_CLOUDS)
            & Domain("cloud_next_at", ">", now)
            & Domain("cloud_next_at", "<", soon),
            order="cloud_next_at",
            limit=1,
        )
        moments = [it for it in (slip.cloud_ask_at, printer.cloud_next_at) if it]
        if moments:
            self.env["o2o.timer"]._wake_job(_CRON, min(moments))
