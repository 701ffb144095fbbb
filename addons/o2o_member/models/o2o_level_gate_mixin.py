from odoo import api, models
from odoo.exceptions import AccessError


class O2oLevelGateMixin(models.AbstractModel):
    """Fields that a member reads only from some level on (MEM-09).

    The fields themselves are for internal users (``groups``), so that no read, search,
    export or page leaks them; a member gets the value through :meth:`_o2o_gate_open`,
    which checks the level and writes it down, and in no other way.
    """

    _name = "o2o.level.gate.mixin"
    _description = "Data Gated by Member Level"

    @api.model
    def _o2o_gated_fields(self):
        """{gated field: field with the level it needs}"""
        return {}

    @api.model
    def _o2o_gate_editors(self):
        """Group whose users edit gated fields."""
        return "base.group_system"

    @api.model
    def _o2o_get_closed_fields(self):
        closed = super()._o2o_get_closed_fields()
        if not self.env.user.has_group(self._o2o_gate_editors()):
            closed |= self._o2o_gate_names()
        return closed

    @api.model_create_multi
    def create(self, vals_list):
        if any(self._o2o_gate_names() & vals.keys() for vals in vals_list):
            self._o2o_ensure_can_edit_gate()
        return super().create(vals_list)

    def write(self, vals):
        if self._o2o_gate_names() & vals.keys():
            self._o2o_ensure_can_edit_gate()
        return super().write(vals)

    @api.model
    def _o2o_gate_names(self):
        gated = self._o2o_gated_fields()
        return gated.keys() | set(gated.values())

    @api.model
    def _o2o_ensure_can_edit_gate(self):
        if not self.env.su and not self.env.user.has_group(self._o2o_gate_editors()):
            raise AccessError(
                self.env._("Only a product manager edits what members of a level see.")
            )

    # === for members ===

    def _o2o_gate_level(self, field_name, company):
        """The level a member of a company needs, in sudo; empty when nobody gets it."""
        self.ensure_one()
        # sudo: the field is hidden from members, the level it needs is not
        level_sudo = self.sudo()[self._o2o_gated_fields()[field_name]]
        return level_sudo._o2o_in_company(company) if level_sudo else level_sudo

    def _o2o_gate_is_open(self, field_name, partner):
        """Whether a member may see a gated field, by the level of the current company
        of ``partner``. Without a level on the record nobody may."""
        # sudo: the website's company need not be one of the visitor's
        needed_sudo = self._o2o_gate_level(field_name, partner.sudo().env.company)
        level_sudo = partner._o2o_level()
        return bool(
            needed_sudo and level_sudo and level_sudo.sequence >= needed_sudo.sequence
        )

    def _o2o_gate_state(self, field_name, partner):
        """For the page: False when there is nothing behind the gate, else whether it is
        open for this member and how to get there."""
        self.ensure_one()
        # sudo: whether there is a value, not which
        if not self.sudo()[field_name]:
            return False
        needed_sudo = self._o2o_gate_level(field_name, partner.sudo().env.company)
        if not needed_sudo:
            return False
        return {
            "is_open": self._o2o_gate_is_open(field_name, partner),
            "level": needed_sudo.name,
            "text": self.env._("For %s members and above.", needed_sudo.name),
            "rules": needed_sudo._rule_lines(),
            "fee_products": needed_sudo.fee_product_ids.filtered("is_published"),
        }

    def _o2o_gate_open(self, field_name, partner):
        """The value of a gated field for a member, and a line in the log.

        :param partner: the member who asks, in the company that shows the record
        :return: the value, or None when the level is too low
        """
        self.ensure_one()
        is_granted = self._o2o_gate_is_open(field_name, partner)
        # sudo: members write no log; the value is read after the check above
        record_sudo = self.sudo()
        self.env["o2o.level.gate.access"].sudo().create(
            {
                "user_id": self.env.uid,
                "partner_id": partner.id,
                "company_id": partner.env.company.id,
                "res_model": self._name,
                "res_id": self.id,
                "record_name": record_sudo.display_name,
                "field_name": field_name,
                "level_id": partner._o2o_level().id,
                "needed_level_id": self._o2o_gate_level(
                    field_name, partner.env.company
                ).id,
                "is_granted": is_granted,
            }
        )
        return record_sudo[field_name] if is_granted else None
