from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..const import is_ledger


class LoyaltyProgram(models.Model):
    _inherit = "loyalty.program"

    o2o_is_member_points = fields.Boolean(
        string="Member Points Program",
        readonly=True,
        copy=False,
        help="The points of this program are kept by the member points ledger.",
    )

    _o2o_member_points_uniq = models.UniqueIndex(
        "(company_id) WHERE o2o_is_member_points IS TRUE",
        "A company has one member points program.",
    )

    @api.constrains("program_type", "company_id", "pos_ok", "sale_ok", "ecommerce_ok")
    def _check_o2o_member_points(self):
        """Core's engines grant points when an order is confirmed and take them in
        plain writes; ours come on completion, through the ledger. So they stay out."""
        for program in self.filtered("o2o_is_member_points"):
            if (
                program.program_type != "loyalty"
                or not program.company_id
                or program.pos_ok
                or program.sale_ok
                or program.ecommerce_ok
            ):
                raise ValidationError(
                    self.env._(
                        "%s holds the member points. It cannot be offered in sales, "
                        "in the shop or at the till as a program of its own.",
                        program.name,
                    )
                )

    @api.model
    def _o2o_get_closed_fields(self):
        return super()._o2o_get_closed_fields() | {"o2o_is_member_points"}

    @api.model_create_multi
    def create(self, vals_list):
        if any("o2o_is_member_points" in vals for vals in vals_list):
            self._o2o_ensure_ledger()
        return super().create(vals_list)

    def write(self, vals):
        if "o2o_is_member_points" in vals:
            self._o2o_ensure_ledger()
        return super().write(vals)

    def _o2o_ensure_ledger(self):
        if not is_ledger(self.env):
            raise UserError(
                self.env._("Which program holds the member points is not editable.")
            )
