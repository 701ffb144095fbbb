from odoo import api, fields, models
from odoo.fields import Command

from ..const import DEFAULT_EVENT_RULES


# one class per topic, one topic per file
# pylint: disable=consider-merging-classes-inherited
class ResCompany(models.Model):
    """What each company starts with: rules for events, to be edited."""

    _inherit = "res.company"

    o2o_points_big_adjust = fields.Integer(
        string="Big Adjustment from",
        default=1000,
        help="Adjustments by hand of so many points ask for a second look. "
        "0 never asks.",
    )

    _o2o_points_big_adjust_positive = models.Constraint(
        "CHECK (o2o_points_big_adjust >= 0)", "The limit cannot be negative."
    )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._o2o_create_event_rules()
        return companies

    def _o2o_create_event_rules(self):
        """Rules for sign-in, referral, share and review, where there is none."""
        # sudo: whoever creates a company need not be a manager of members
        rules_sudo = self.env["o2o.points.rule"].sudo().with_context(active_test=False)
        languages = [code for code, _name in self.env["res.lang"].get_installed()]
        for company in self:
            known = set(
                rules_sudo.search([("company_id", "=", company.id)]).mapped("kind")
            )
            for kind, (name, vals, days) in DEFAULT_EVENT_RULES.items():
                if kind in known:
                    continue
                rule_sudo = rules_sudo.with_context(lang="en_US").create(
                    {
                        "name": name._translate("en_US"),
                        "kind": kind,
                        "company_id": company.id,
                        "day_ids": [
                            Command.create({"day": day, "points": points})
                            for day, points in days
                        ],
                        **vals,
                    }
                )
                for code in languages:
                    rule_sudo.with_context(lang=code).name = name._translate(code)
