from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import ormcache

from ..const import DEFAULT_LEVELS


class ResCompany(models.Model):
    _inherit = "res.company"

    o2o_level_ids = fields.One2many(
        "o2o.level",
        "company_id",
        string="Member Levels",
        readonly=True,
        groups="base.group_user,base.group_portal",
    )
    o2o_birthday_days_before = fields.Integer(
        string="Birthday Gift Days Before",
        default=7,
        help="The birthday gift is given this many days before the birthday.",
    )
    o2o_birthday_days_valid = fields.Integer(
        string="Birthday Gift Days Valid",
        default=30,
        help="The birthday gift can be used until this many days after the birthday.",
    )

    _o2o_birthday_days_positive = models.Constraint(
        "CHECK (o2o_birthday_days_before BETWEEN 0 AND 60 "
        "AND o2o_birthday_days_valid BETWEEN 0 AND 365)",
        "The birthday gift comes 0 to 60 days before and lasts 0 to 365 days after "
        "the birthday.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._o2o_ensure_levels()
        return companies

    @api.model
    def _o2o_ensure_all_levels(self):
        self._o2o_all_companies()._o2o_ensure_levels()

    @api.model
    def _o2o_all_companies(self):
        """Every company, for the crons of levels; the root ones and their branches."""
        return (
            self.sudo()
            .with_context(active_test=False)
            .search([("id", "!=", False)], order="id")
        )

    def _o2o_ensure_levels(self):
        """MEM-06: a company without levels gets the four of the house, once."""
        # sudo: who creates a company need not be a member administrator
        levels_sudo = self.env["o2o.level"].sudo().with_context(active_test=False)
        codes = self.env["res.lang"].get_installed()
        for company in self:
            if levels_sudo.search_count([("company_id", "=", company.id)], limit=1):
                continue
            for sequence, values in enumerate(DEFAULT_LEVELS, start=1):
                level_sudo = levels_sudo.with_context(lang="en_US").create(
                    {
                        **values,
                        "name": values["name"]._translate("en_US"),
                        "sequence": sequence * 10,
                        "company_id": company.id,
                    }
                )
                for code, _name in codes:
                    level_sudo.with_context(lang=code).name = values["name"]._translate(
                        code
                    )

    def _o2o_levels(self):
        """The active levels of this company from the lowest to the highest, in sudo."""
        self.ensure_one()
        # sudo: a few rows of settings everybody's page is built from
        return self.env["o2o.level"].sudo().search([("company_id", "=", self.id)])

    @ormcache("self.id")
    def _o2o_level_rules(self):
        """The criteria of the active levels as plain values, from the lowest to the
        highest: what every purchase asks for, and hardly anybody ever changes."""
        levels = self.with_context(active_test=True)._o2o_levels()
        return tuple(levels._o2o_rules())

    def _o2o_window_since(self, months):
        """The moment (naive UTC) the spend window of so many months begins."""
        return self._o2o_midnight(self._o2o_today() - relativedelta(months=months))
