from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..const import PIN_LENGTH

_SUPERVISOR_GROUP = "o2o_member.o2o_member_group_manager"


class ResUsers(models.Model):
    """A supervisor approves at the till with a PIN of six digits (PTS-08)."""

    _inherit = "res.users"

    o2o_pin_hash = fields.Char(
        groups="base.group_system", copy=False, readonly=True, prefetch=False
    )
    o2o_pin = fields.Char(
        string="Supervisor PIN",
        compute="_compute_o2o_pin",
        inverse="_inverse_o2o_pin",
        help="Six digits to approve points at a till. They cannot be read again.",
    )
    o2o_has_pin = fields.Boolean(compute="_compute_o2o_has_pin")
    o2o_can_have_pin = fields.Boolean(compute="_compute_o2o_can_have_pin")

    @property
    def SELF_READABLE_FIELDS(self):
        return [
            *super().SELF_READABLE_FIELDS,
            "o2o_pin",
            "o2o_has_pin",
            "o2o_can_have_pin",
        ]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return [*super().SELF_WRITEABLE_FIELDS, "o2o_pin"]

    def _compute_o2o_pin(self):
        self.o2o_pin = False

    def _inverse_o2o_pin(self):
        """Keep the hash of a new PIN. Empty changes nothing: forms send it so."""
        for user in self.filtered("o2o_pin"):
            user._o2o_set_pin(user.o2o_pin)
            # not even in the cache of this request
            user.invalidate_recordset(["o2o_pin"])

    @api.depends("o2o_pin_hash")
    def _compute_o2o_has_pin(self):
        for user in self:
            # sudo: whether, not what; and only about oneself
            is_visible = user == self.env.user or self.env.user.has_group(
                "base.group_system"
            )
            user.o2o_has_pin = is_visible and bool(user.sudo().o2o_pin_hash)

    @api.depends("all_group_ids")
    def _compute_o2o_can_have_pin(self):
        for user in self:
            user.o2o_can_have_pin = user.sudo().has_group(_SUPERVISOR_GROUP)

    def _o2o_set_pin(self, pin):
        self.ensure_one()
        if self != self.env.user and not self.env.user.has_group("base.group_system"):
            raise AccessError(self.env._("Supervisors set their own PIN."))
        # sudo: whose PIN it is was checked above
        user_sudo = self.sudo()
        if not user_sudo.has_group(_SUPERVISOR_GROUP):
            raise ValidationError(
                self.env._("Only member administrators approve at a till.")
            )
        if not self._o2o_is_good_pin(pin):
            raise ValidationError(
                self.env._(
                    "Please choose %s digits, neither all the same nor in a row.",
                    PIN_LENGTH,
                )
            )
        user_sudo.o2o_pin_hash = self._crypt_context().hash(pin)

    @api.model
    def _o2o_is_good_pin(self, pin):
        if len(pin) != PIN_LENGTH or not (pin.isascii() and pin.isdigit()):
            return False
        steps = {
            int(right) - int(left) for left, right in zip(pin, pin[1:], strict=False)
        }
        return steps not in ({0}, {1}, {-1})

    def _o2o_check_pin(self, pin):
        """Whether this is the PIN. The caller limits the tries."""
        self.ensure_one()
        # sudo: compared here, never handed out
        expected = self.sudo().o2o_pin_hash
        if not expected or not isinstance(pin, str):
            return False
        return self._crypt_context().verify(pin, expected)

    @api.model
    def _o2o_supervisors(self):
        """Who can approve for the current user in the current company, in sudo."""
        group = self.env.ref(_SUPERVISOR_GROUP)
        # sudo: cashiers choose a supervisor by name
        return self.sudo().search(
            [
                ("id", "!=", self.env.uid),
                ("share", "=", False),
                ("all_group_ids", "in", group.ids),
                ("company_ids", "in", self.env.company.ids),
                ("o2o_pin_hash", "!=", False),
            ],
            order="name, id",
        )
