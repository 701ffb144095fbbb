from odoo import api, models
from odoo.fields import Command

from ..const import LEDGER_CONTEXT, POINTS_NAME, POINTS_PROGRAM_NAME


class ResCompany(models.Model):
    _inherit = "res.company"

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        for company in companies:
            company._o2o_points_program()
        return companies

    def _o2o_points_program(self):
        """The loyalty program that holds the member points of this company, in sudo.

        It has no rule (points are posted on completion, not earned on confirmation)
        and no reward (core would let the cart spend the points past the ledger), and
        is created when missing.
        """
        self.ensure_one()
        # sudo: the program is plumbing; members and cashiers have no access to it
        programs_sudo = self.env["loyalty.program"].sudo()
        program_sudo = programs_sudo.with_context(active_test=False).search(
            [("o2o_is_member_points", "=", True), ("company_id", "=", self.id)], limit=1
        )
        if not program_sudo:
            program_sudo = programs_sudo.with_context(
                **LEDGER_CONTEXT, loyalty_skip_reward_check=True
            ).create(self._prepare_o2o_points_program_vals())
            program_sudo = program_sudo.with_env(programs_sudo.env)
            for code, _name in self.env["res.lang"].get_installed():
                program_sudo.with_context(lang=code).write(
                    {
                        "name": POINTS_PROGRAM_NAME._translate(code),
                        "portal_point_name": POINTS_NAME._translate(code),
                    }
                )
        return program_sudo

    def _prepare_o2o_points_program_vals(self):
        return {
            "name": POINTS_PROGRAM_NAME._translate("en_US"),
            "portal_point_name": POINTS_NAME._translate("en_US"),
            "o2o_is_member_points": True,
            "company_id": self.id,
            "currency_id": self.currency_id.id,
            "program_type": "loyalty",
            "applies_on": "both",
            "trigger": "auto",
            "pos_ok": False,
            "sale_ok": False,
            "ecommerce_ok": False,
            "portal_visible": False,
            "rule_ids": [Command.clear()],
            "reward_ids": [Command.clear()],
            "communication_plan_ids": [Command.clear()],
        }
