from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

COOLING_OFF = timedelta(days=7)


class O2oPrivacyRequest(models.Model):
    """A member asks for the deletion of the personal data (MEM-05, PIPL).

    Seven days may pass to call it off; then the nightly job does it, unless something
    open stands in the way. Only the ``_mark_*`` methods write ``state``.
    """

    _name = "o2o.privacy.request"
    _description = "Deletion Request"
    _order = "id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner",
        string="Member",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.company,
    )
    state = fields.Selection(
        [
            ("requested", "Requested"),
            ("withdrawn", "Called Off"),
            ("refused", "Refused"),
            ("done", "Done"),
        ],
        string="Status",
        required=True,
        readonly=True,
        default="requested",
    )
    requested_at = fields.Datetime(required=True, readonly=True)
    due_at = fields.Datetime(string="Due", required=True, readonly=True)
    closed_at = fields.Datetime(readonly=True)
    closed_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    reason = fields.Char(
        string="Reason of Refusal",
        help="Fill in before you refuse; the member reads it.",
    )
    obstacle = fields.Char(
        string="Waits For", readonly=True, help="What was open at the last try."
    )

    _open_uniq = models.UniqueIndex(
        "(partner_id) WHERE state = 'requested'",
        "The deletion of this member has been asked for already.",
    )
    _due_idx = models.Index("(due_at) WHERE state = 'requested'")

    def write(self, vals):
        if not self.env.su and set(vals) - {"reason"}:
            raise UserError(self.env._("Use the buttons of the request."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_log(self):
        raise UserError(self.env._("A deletion request is kept as a proof."))

    # === actions ===

    def action_execute(self):
        """Do it now, as the manager decides."""
        for request_sudo in self._ensure_manager():
            partner = request_sudo.partner_id.with_company(request_sudo.company_id)
            if obstacles := partner._o2o_deletion_obstacles():
                raise UserError("\n".join(obstacles))
            request_sudo._mark_done()

    def action_refuse(self):
        for request_sudo in self._ensure_manager():
            if not (request_sudo.reason or "").strip():
                raise UserError(
                    self.env._("Please write down why; the member reads it.")
                )
            request_sudo._mark_refused()

    def _ensure_manager(self):
        """:return: these requests in sudo, for a manager who may see them"""
        self.check_access("read")
        if not self.env.user.has_group("o2o_member.o2o_member_group_manager"):
            raise AccessError(
                self.env._("Only member managers decide on deletion requests.")
            )
        return self.sudo()

    # === states ===

    @api.model
    def _open_of(self, partner):
        """The open request of a partner, in sudo, or an empty recordset."""
        # sudo: members reach their own request through their own page
        return self.sudo().search(
            [("partner_id", "=", partner.id), ("state", "=", "requested")]
        )

    @api.model
    def _ask(self, partner, address=""):
        """Open a request; silent when there is one."""
        if request_sudo := self._open_of(partner):
            return request_sudo
        now = fields.Datetime.now()
        request_sudo = self.sudo().create(
            {
                "partner_id": partner.id,
                "requested_at": now,
                "due_at": now + COOLING_OFF,
            }
        )
        partner._o2o_log_security("deletion_requested", address=address)
        return request_sudo

    def _mark_withdrawn(self, address=""):
        for request in self._close("withdrawn"):
            request.partner_id._o2o_log_security("deletion_withdrawn", address=address)

    def _mark_refused(self):
        for request in self._close("refused"):
            request.partner_id._o2o_log_security("deletion_refused")

    def _mark_done(self):
        for request in self._close("done"):
            partner = request.partner_id.with_company(request.company_id)
            partner._o2o_anonymise()
            partner._o2o_log_security("deletion_done")

    def _close(self, state):
        """:return: the requests that were open, now closed, in sudo"""
        requests_sudo = self.sudo()
        requests_sudo.lock_for_update()
        requests_sudo.invalidate_recordset(["state"])
        open_sudo = requests_sudo.filtered(lambda row: row.state == "requested")
        if open_sudo:
            open_sudo.write(
                {
                    "state": state,
                    "closed_at": fields.Datetime.now(),
                    "closed_by_id": self.env.uid,
                    "obstacle": False,
                }
            )
        return open_sudo

    @api.model
    def _cron_execute(self):
        """Delete what is due. What is held up is tried again the next night."""
        due = self.search(
            [("state", "=", "requested"), ("due_at", "<=", fields.Datetime.now())],
            order="due_at, id",
        )
        cron = self.env["ir.cron"]
        for request in due:
            request = request.try_lock_for_update()
            if not request or request.state != "requested":
                continue
            partner = request.partner_id.with_company(request.company_id)
            if obstacles := partner._o2o_deletion_obstacles():
                request.obstacle = " ".join(obstacles)
            else:
                request._mark_done()
            if not cron._commit_progress(1):
                break
