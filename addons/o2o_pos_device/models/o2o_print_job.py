import base64
import hashlib
import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..const import DEFAULT_LIFETIME_MINUTES, LIFETIME_MINUTES, PENDING_STATES
from ..iot_handlers.lib.o2o_box.document import DocumentError
from ..iot_handlers.lib.o2o_box.fonts import FontMissing
from ..iot_handlers.lib.o2o_box.paper import interpret
from ..iot_handlers.lib.o2o_box.render import render

_logger = logging.getLogger(__name__)

DOCUMENT_TYPES = [
    ("sale_slip", "Sale slip"),
    ("order_slip", "Order slip"),
    ("shipping_slip", "Shipping slip"),
    ("points_slip", "Points slip"),
    ("return_slip", "Return slip"),
    ("handover_slip", "Hand-over slip"),
    ("drawer", "Cash drawer"),
    ("bank_slip", "Bank card slip"),
    ("settlement_slip", "Settlement slip"),
    ("test", "Test page"),
]
#: made for a moment, or by a till, which prints it again itself
_ONCE = ("drawer", "test", "sale_slip")
#: what a job is; never changes after creation
IDENTITY_FIELDS = {
    "uid",
    "name",
    "company_id",
    "store_id",
    "box_id",
    "printer_id",
    "document_type",
    "res_model",
    "res_id",
    "payload",
    "copies",
    "reprint_of_id",
    "reprint_number",
    "drawer_reason",
    "drawer_sale",
}


class O2oPrintJob(models.Model):
    """One slip to be printed once; a row per attempt of a person, never rewritten.

    Nobody may create or write jobs through the interface: they come from
    :meth:`_queue` and move through ``_mark_*`` only (invariant 6).
    """

    _name = "o2o.print.job"
    _description = "Print job"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True)
    uid = fields.Char(string="Unique key", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    store_id = fields.Many2one(
        "o2o.store",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    box_id = fields.Many2one(
        "o2o.box",
        readonly=True,
        check_company=True,
        ondelete="restrict",
    )
    printer_id = fields.Many2one(
        "o2o.printer",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    printer_problem = fields.Char(related="printer_id.problem")
    document_type = fields.Selection(DOCUMENT_TYPES, required=True, readonly=True)
    res_model = fields.Char(string="Source model", readonly=True)
    res_id = fields.Many2oneReference(
        string="Source", model_field="res_model", readonly=True
    )
    source_name = fields.Char(compute="_compute_source_name", string="For")
    payload = fields.Json(string="Document", required=True, readonly=True)
    copies = fields.Integer(default=1, required=True, readonly=True)
    state = fields.Selection(
        [
            ("new", "Waiting"),
            ("received", "Handed over"),
            ("printing", "Printing"),
            ("printed", "Printed"),
            ("failed", "Failed"),
            ("unknown", "Unclear"),
            ("expired", "Too late"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="new",
    )
    reprint_of_id = fields.Many2one(
        "o2o.print.job",
        readonly=True,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    reprint_number = fields.Integer(readonly=True)
    error = fields.Char(readonly=True)
    expires_at = fields.Datetime(required=True, readonly=True)
    received_at = fields.Datetime(readonly=True)
    printing_at = fields.Datetime(readonly=True)
    printed_at = fields.Datetime(readonly=True)
    finished_at = fields.Datetime(readonly=True)
    can_cancel = fields.Boolean(compute="_compute_can")
    can_reprint = fields.Boolean(compute="_compute_can")
    can_confirm = fields.Boolean(compute="_compute_can")
    preview_text = fields.Text(compute="_compute_preview")
    preview_image = fields.Binary(compute="_compute_preview", string="Picture")

    _uid_uniq = models.Constraint("UNIQUE (uid)", "This slip is already in the queue.")
    _box_state_idx = models.Index("(box_id, state)")
    _source_idx = models.Index("(res_model, res_id)")
    _expiry_idx = models.Index(
        "(expires_at) WHERE state IN ('new', 'received', 'printing')"
    )

    # === COMPUTES === #

    @api.depends("res_model", "res_id")
    def _compute_source_name(self):
        for job in self:
            source_sudo = job._get_source_sudo()
            job.source_name = source_sudo.display_name if source_sudo else False

    @api.depends("state", "document_type")
    def _compute_can(self):
        for job in self:
            job.can_cancel = job.state in ("new", "received")
            job.can_confirm = job.state == "unknown"
            job.can_reprint = (
                job.document_type not in _ONCE and job.state not in PENDING_STATES
            )

    @api.depends("payload", "printer_id.paper_width")
    def _compute_preview(self):
        """The slip as the printer makes it: same renderer, same interpreter."""
        for job in self:
            # sudo: the width is no secret, printers may be
            width = int(job.printer_id.sudo().paper_width or 80)
            job.preview_text = job.preview_image = False
            try:
                papers = interpret(render(job.payload, width), width)
                job.preview_text = "\n\n".join(paper.text() for paper in papers)
                # a drawer makes no paper
                job.preview_image = papers and base64.b64encode(papers[0].png())
            except (DocumentError, FontMissing) as error:
                _logger.info("job %s has no picture: %s", job.id, error)

    # === CRUD === #

    def write(self, vals):
        if IDENTITY_FIELDS & vals.keys():
            raise UserError(
                self.env._("A print job never changes; print the slip again instead.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        raise UserError(self.env._("Print jobs are kept as a record: cancel it."))

    # === ACTIONS === #

    def action_cancel(self):
        """Take jobs out of the queue; one already printing cannot be stopped."""
        self._as_staff()._mark_cancelled()

    def action_confirm_printed(self):
        """A person has found the slip of an unclear job."""
        self._as_staff().filtered(lambda job: job.state == "unknown")._mark_printed()

    def action_reprint(self):
        """Print the slip again, marked as a reprint (POS-08)."""
        self.ensure_one()
        return self._as_staff()._reprint()._get_form_action()

    def _as_staff(self):
        """These jobs elevated, after the record rules let the caller see them."""
        self.check_access("read")
        # sudo: jobs are written by nobody but their own methods
        return self.sudo()

    def _get_form_action(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
        }

    # === QUEUE === #

    @api.model
    def _queue(self, document_type, source, store):
        """Queue the slip of a document, once, however often it is asked for.

        :param str document_type: ``order_slip``, ``shipping_slip`` or ``points_slip``
        :param source: the record the slip is about
        :param store: where it is printed
        :return: the job (elevated), empty when the store has no printer for it
        """
        uid = self._prepare_uid(source, store, document_type, 0)
        job_sudo = self.sudo().search([("uid", "=", uid)])
        return job_sudo or self._create_job(document_type, source, store, uid=uid)

    def _reprint(self):
        """Queue the slip again with a reprint mark; called elevated.

        A second press while the last reprint is still on its way changes nothing.
        """
        self.ensure_one()
        original = self.fallback_of_id or self
        root = original.reprint_of_id or original
        family = root | self.search([("reprint_of_id", "=", root.id)])
        # another printer took some of them over
        family |= self.search([("fallback_of_id", "in", family.ids)])
        waiting = family.filtered(lambda job: job.state in PENDING_STATES)
        if waiting:
            return waiting[:1]
        source = root._get_source_sudo()
        if not source:
            raise UserError(self.env._("What this slip was about no longer exists."))
        number = max(family.mapped("reprint_number")) + 1
        job = self._create_job(
            root.document_type,
            source,
            root.store_id,
            uid=self._hash_key(f"{root.uid}:{number}"),
            reprint_of=root,
            reprint_number=number,
        )
        return job._ensure_queued(root.store_id)

    @api.model
    def _queue_again(self, document_type, source, store):
        """Queue the slip of a document as a reprint, whoever printed the first one.

        A terminal with a printer of its own has printed it: ours is marked as well.

        :return: the job (elevated)
        :raise UserError: the store has no printer for it
        """
        uids = [
            self._prepare_uid(source, store, document_type, number) for number in (0, 1)
        ]
        # sudo: jobs are written by nobody but their own methods
        known_sudo = self.sudo().search([("uid", "in", uids)], order="id", limit=1)
        if known_sudo:
            return known_sudo._reprint()
        return self._create_job(
            document_type, source, store, uid=uids[1], reprint_number=1
        )._ensure_queued(store)

    def _ensure_queued(self, store):
        """:raise UserError: there is no job, because ``store`` has no printer for it"""
        if not self:
            raise UserError(
                self.env._(
                    "%s has no printer for this slip: set one up first.", store.name
                )
            )
        return self

    @api.model
    def _queue_test(self, printer):
        """Queue a test page on a printer."""
        # sudo: jobs are created by their own methods only
        sequence = self.env["ir.sequence"].sudo().next_by_code("o2o.print.job")
        lang = printer.store_id._get_slip_lang()
        payload = self.env["o2o.receipt"].with_context(lang=lang)._build_test(printer)
        job_sudo = self.sudo().create(
            {
                **self._prepare_job_vals(printer, "test", payload),
                "name": sequence,
                "uid": self._hash_key(f"test:{sequence}"),
            }
        )
        job_sudo._wake()
        return job_sudo.with_env(self.env)

    @api.model
    def _create_job(
        self, document_type, source, store, *, uid, reprint_of=None, reprint_number=0
    ):
        printer_sudo = store._get_printer(document_type)
        if not printer_sudo:
            return self.sudo().browse()
        # sudo: the slip holds what the store needs, whoever pressed the button
        payload = (
            self.env["o2o.receipt"]
            .sudo()
            ._build(document_type, source, store, reprint_number)
        )
        job_sudo = self.sudo().create(
            {
                **self._prepare_job_vals(printer_sudo, document_type, payload),
                "name": self.env["ir.sequence"].sudo().next_by_code("o2o.print.job"),
                "uid": uid,
                "res_model": source._name,
                "res_id": source.id,
                "reprint_of_id": reprint_of.id if reprint_of else False,
                "reprint_number": reprint_number,
            }
        )
        job_sudo._wake()
        job_sudo._notify_change()
        return job_sudo

    @api.model
    def _prepare_job_vals(self, printer, document_type, payload):
        return {
            "company_id": printer.company_id.id,
            "store_id": printer.store_id.id,
            "box_id": printer.box_id.id,
            "printer_id": printer.id,
            "document_type": document_type,
            "payload": payload,
            "copies": printer.copies,
            "expires_at": fields.Datetime.now()
            + timedelta(minutes=self._get_lifetime_minutes(document_type)),
        }

    @api.model
    def _get_lifetime_minutes(self, document_type):
        """After that time a slip is useless and must not surprise the next shift."""
        return LIFETIME_MINUTES.get(document_type, DEFAULT_LIFETIME_MINUTES)

    def _may_come_twice(self):
        """Whether a slip of unclear outcome prints again by itself, with a warning.

        A lost order costs more than a second slip; papers about money and goods wait
        for a person.
        """
        self.ensure_one()
        return self.document_type == "order_slip"

    def _may_be_printed(self):
        """Whether a job that never ended may be on paper all the same."""
        self.ensure_one()
        return self.state == "printing"

    def _wake(self):
        """Tell who prints these, after the commit, that there is something to do."""
        self.box_id._wake()

    def _get_double_banner(self):
        """The warning on top of a slip that may be there already."""
        self.ensure_one()
        localized = self.with_context(lang=self.store_id._get_slip_lang())
        return localized.env._("** REPRINT ** MAY BE DOUBLE, PLEASE CHECK")

    @api.model
    def _prepare_uid(self, source, store, document_type, number):
        """The key of a slip: same document, same store, same number, same key."""
        return self._hash_key(
            f"{self._get_source_key(source)}:{store.id}:{document_type}:{number}"
        )

    @api.model
    def _get_source_key(self, source):
        """What a slip is about; an order that comes back to a store is a new one."""
        key = f"{source._name},{source.id}"
        turn = source._get_slip_turn() if source._name == "o2o.fulfillment" else 0
        # the first turn keeps the key it always had
        return f"{key}#{turn}" if turn else key

    @api.model
    def _hash_key(self, key):
        """A box may serve two databases one after the other: keys never collide."""
        # sudo: the uuid itself is not shown
        uuid = self.env["ir.config_parameter"].sudo().get_param("database.uuid", "")
        return hashlib.sha256(f"{uuid}|{key}".encode()).hexdigest()[:32]

    def _get_source_sudo(self):
        """The record the slip is about, elevated; empty when there is none."""
        self.ensure_one()
        if not self.res_model or self.res_model not in self.env:
            return self.browse()
        return self.env[self.res_model].sudo().browse(self.res_id).exists()

    # === BOX AND TILLS === #

    def _prepare_box_dict(self):
        """The job as the box gets it; times are relative, clocks may differ."""
        self.ensure_one()
        left = self.expires_at - fields.Datetime.now()
        return {
            "uid": self.uid,
            "name": self.name,
            "printer_id": self.printer_id.id,
            "document_type": self.document_type,
            "document": self.payload,
            "copies": self.copies,
            "expires_in": left.total_seconds(),
            "on_unknown": "reprint" if self._may_come_twice() else "hold",
            "banner": self._get_double_banner(),
        }

    def _prepare_pos_dict(self):
        """The job as the till shows it."""
        self.ensure_one()
        return {
            "document_type": self.document_type,
            "state": self.state,
            "name": self.name,
            "reprint_number": self.reprint_number,
            "error": self.error or "",
            "printer": self.printer_id.name,
            "is_fallback": bool(self.fallback_of_id),
        }

    def _notify_change(self):
        """Tell the store's tills."""
        for job in self:
            is_order = job.res_model == "o2o.fulfillment"
            job.store_id._notify_tills(
                "O2O_PRINT_CHANGED",
                {
                    "job_id": job.id,
                    "fulfillment_id": job.res_id if is_order else False,
                    **job._prepare_pos_dict(),
                },
            )

    # === CRON === #

    @api.model
    def _cron_expire(self):
        """Close jobs whose time is over, so that nothing prints at night."""
        now = fields.Datetime.now()
        todo = self.search(
            Domain("state", "in", PENDING_STATES) & Domain("expires_at", "<=", now),
            limit=500,
            order="id",
        )
        self.env["ir.cron"]._commit_progress(remaining=len(todo))
        for job in todo:
            locked = job.try_lock_for_update().filtered_domain(
                [("state", "in", PENDING_STATES)]
            )
            locked.filtered(lambda j: j._may_be_printed())._mark_unknown(
                self.env._("Nobody reported the end of printing")
            )
            locked.filtered(lambda j: j.state != "unknown")._mark_expired()
            if not self.env["ir.cron"]._commit_progress(1):
                break
