"""Add and deduct points at the till, with a reason and within limits (PTS-08)."""

import logging
import re

from odoo import api, fields, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)

#: more digits than that is a slip of the finger, or of the scanner
MAX_POINTS = 1_000_000
_MAX_NOTE_LENGTH = 200
_KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class O2oMemberTill(models.AbstractModel):
    _inherit = "o2o.member.till"

    # === RPC === #

    @api.model
    def points_form(self, config_id):
        """What the dialog needs: reasons, what is left of the limits, supervisors."""
        till, _config = self._enter_till(config_id)
        # sudo: reasons are texts for cashiers
        reasons = till.env["o2o.points.reason"].sudo().search([("active", "=", True)])
        return till._answer(
            reasons=reasons.read(["name", "use", "needs_note"]),
            supervisors=till.env["res.users"]._o2o_supervisors().read(["name"]),
            limits=till._get_limits(),
        )

    @api.model
    def post_points(self, config_id, partner_id, values):
        """Add points to a member, or take some, once per key.

        :param dict values: ``key`` (uuid made when the dialog opened), ``points``
            (signed), ``reason_id``, ``note``, and above the cashier's limit
            ``supervisor_id`` and ``pin``
        :return: dict ``status`` (ok, used, refused, pin_needed, pin_wrong, pin_locked),
            ``message``, ``points`` (of the member; when ok or used), ``slip`` (when ok)
        """
        till, config = self._enter_till(config_id)
        values = values if isinstance(values, dict) else {}
        partner_sudo = till._get_partner_sudo(partner_id)
        if not partner_sudo:
            return till._answer_unknown()
        key = str(values.get("key") or "")
        points = values.get("points")
        if not _KEY.fullmatch(key) or type(points) is not int:
            return till._answer(
                "refused", self.env._("The till sent no valid request.")
            )
        # one after the other for each cashier: limits and keys see what came before
        self.env["o2o.card.throttle"].sudo()._enter(
            [self.env["o2o.card"]._hash("till points", str(self.env.uid))]
        )
        posted_sudo = till._get_operation_sudo(key)
        if posted_sudo:
            return till._answer_posted(posted_sudo, partner_sudo, values)
        reason_sudo, problem = till._check_points(values)
        if problem:
            return till._answer("refused", problem)
        supervisor_sudo = self.env["res.users"].sudo()
        if till._needs_supervisor(points):
            supervisor_sudo, refusal = till._check_supervisor(values)
            if refusal:
                return refusal
        return till._post(config, partner_sudo, values, reason_sudo, supervisor_sudo)

    # === CHECKS === #

    @api.model
    def _get_operation_sudo(self, key):
        # sudo: operations are read and made here only
        return self.env["o2o.points.operation"].sudo().search([("key", "=", key)])

    @api.model
    def _answer_posted(self, operation, partner, values):
        """The request came before: same answer; or another one under its key."""
        if (operation.partner_id, operation.user_id) != (partner, self.env.user):
            return self._answer(
                "refused", self.env._("This request was already used for other points.")
            )
        asked = (values["points"], values.get("reason_id"))
        if (operation.points, operation.reason_id.id) != asked:
            partner = partner.with_company(self.env.company)
            return self._answer(
                "used",
                self.env._(
                    "The points asked for before were posted after all: %(points)s,"
                    " %(number)s. Look at the balance.",
                    points=operation.points,
                    number=operation._prepare_till_dict()["number"],
                ),
                points=partner._o2o_till_points(),
            )
        return self._answer_ok(operation)

    @api.model
    def _answer_ok(self, operation):
        partner = operation.partner_id.with_company(self.env.company)
        return self._answer(
            points=partner._o2o_till_points(),
            slip=operation._prepare_till_dict(),
        )

    @api.model
    def _check_points(self, values):
        """:return: (reason in sudo, problem)"""
        points, reason_id = values["points"], values.get("reason_id")
        # sudo: see points_form
        reason_sudo = (
            self.env["o2o.points.reason"]
            .sudo()
            .search([("id", "=", reason_id if isinstance(reason_id, int) else 0)])
        )
        if not 0 < abs(points) <= MAX_POINTS:
            return reason_sudo, self.env._(
                "Please enter between 1 and %s points.", MAX_POINTS
            )
        if not reason_sudo or reason_sudo.use not in (
            "both",
            "add" if points > 0 else "deduct",
        ):
            return reason_sudo, self.env._("Please choose a reason.")
        if reason_sudo.needs_note and not self._clean_note(values):
            return reason_sudo, self.env._("Please explain in a few words.")
        return reason_sudo, ""

    @api.model
    def _clean_note(self, values):
        return str(values.get("note") or "").strip()[:_MAX_NOTE_LENGTH]

    # === LIMITS === #

    @api.model
    def _get_limits(self):
        """What the current user may still post alone; None: no limit."""
        if self.env.user.has_group("o2o_member.o2o_member_group_manager"):
            return {"per_operation": None, "left_today": None}
        # sudo: limits of the till's company, for its cashiers
        company = self.env.company.sudo()
        left = company.o2o_till_points_per_day - self._get_posted_today()
        return {
            "per_operation": company.o2o_till_points_per_operation,
            "left_today": max(0, left),
        }

    @api.model
    def _needs_supervisor(self, points):
        limits = self._get_limits()
        return any(
            limit is not None and abs(points) > limit for limit in limits.values()
        )

    @api.model
    def _get_posted_today(self):
        """Points this user moved today without approval, added or taken."""
        # sudo: the day begins when it does where the company is
        day_start = self.env.company.sudo()._o2o_start_of_day(fields.Datetime.now())
        # sudo: a cashier is counted without seeing the list
        rows = (
            self.env["o2o.points.operation"]
            .sudo()
            .search_fetch(
                [
                    ("user_id", "=", self.env.uid),
                    ("company_id", "=", self.env.company.id),
                    ("supervisor_id", "=", False),
                    ("create_date", ">=", day_start),
                ],
                ["points"],
            )
        )
        return sum(abs(row.points) for row in rows)

    # === SUPERVISOR === #

    @api.model
    def _check_supervisor(self, values):
        """:return: (supervisor in sudo, None) or (empty, the answer that refuses)"""
        supervisors_sudo = self.env["res.users"]._o2o_supervisors()
        nobody = supervisors_sudo.browse()
        supervisor_sudo = supervisors_sudo.filtered(
            lambda user: user.id == values.get("supervisor_id")
        )
        if not supervisors_sudo:
            return nobody, self._answer(
                "refused",
                self.env._(
                    "This is above your limit, and no supervisor has a PIN yet. "
                    "A supervisor sets it in the preferences."
                ),
            )
        if not supervisor_sudo or not values.get("pin"):
            return nobody, self._answer(
                "pin_needed",
                self.env._("This is above your limit. Please ask a supervisor."),
            )
        # sudo: tries are counted for cashiers, not shown to them
        attempts_sudo = self.env["o2o.pin.attempt"].sudo()
        if attempts_sudo._is_limited(supervisor_sudo):
            return nobody, self._answer(
                "pin_locked",
                self.env._("Too many wrong PINs. Please wait 15 minutes."),
            )
        is_right = supervisor_sudo._o2o_check_pin(values["pin"])
        attempts_sudo.create(
            {
                "supervisor_id": supervisor_sudo.id,
                "user_id": self.env.uid,
                "success": is_right,
            }
        )
        if not is_right:
            _logger.warning(
                "user %s entered a wrong PIN of user %s",
                self.env.uid,
                supervisor_sudo.id,
            )
            return nobody, self._answer("pin_wrong", self.env._("This PIN is wrong."))
        return supervisor_sudo, None

    # === POSTING === #

    @api.model
    def _post(self, config, partner, values, reason, supervisor):
        session = self._get_session_sudo(config)
        note = self._clean_note(values)
        try:
            with self.env.cr.savepoint():
                # as the cashier: the ledger names who did it
                entry = partner.with_env(self.env)._o2o_post_points(
                    values["points"],
                    "manual",
                    f"till:{values['key']}",
                    source=session,
                    pos_session=session,
                    reason=" \u00b7 ".join(filter(None, [reason.name, note])),
                )
                # sudo: operations are made here only
                operation_sudo = (
                    self.env["o2o.points.operation"]
                    .sudo()
                    .create(
                        {
                            "key": values["key"],
                            "company_id": self.env.company.id,
                            "partner_id": partner.id,
                            "points": values["points"],
                            "balance": partner.o2o_points,
                            "reason_id": reason.id,
                            "note": note,
                            "config_id": config.id,
                            "session_id": session.id,
                            "user_id": self.env.uid,
                            "supervisor_id": supervisor.id,
                            "entry_id": entry.id,
                        }
                    )
                )
        except UserError as error:
            return self._answer("refused", str(error))
        self._after_points(config, operation_sudo)
        return self._answer_ok(operation_sudo)

    @api.model
    def _after_points(self, config, operation):
        """Points were posted at a till; for addons that print or notify."""
