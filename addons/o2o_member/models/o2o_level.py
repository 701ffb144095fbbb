from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib.levels import LevelRule

_CRITERIA = {
    "sequence",
    "active",
    "spend_min",
    "count_min",
    "needs_both",
    "window_months",
}
_CACHED = _CRITERIA | {"points_multiplier"}


class O2oLevel(models.Model):
    """A rank of members: how it is reached and what it gives (MEM-06)."""

    _name = "o2o.level"
    _inherit = ["pos.load.mixin"]
    _description = "Member Level"
    _order = "company_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        help="Levels with the same code in two companies are the same level, for data "
        "that both companies share."
    )
    sequence = fields.Integer(
        string="Rank",
        required=True,
        default=10,
        help="A higher rank is a higher level.",
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    color = fields.Integer()

    # how it is reached
    spend_min = fields.Monetary(
        string="Spend", help="Reached by spending this much in the window. 0: not so."
    )
    count_min = fields.Integer(
        string="Purchases",
        help="Reached by this many purchases in the window. 0: not so.",
    )
    needs_both = fields.Boolean(
        string="Spend and Purchases",
        help="The level needs the spend and the purchases, not one of them.",
    )
    window_months = fields.Integer(
        string="Window (Months)",
        required=True,
        default=12,
        help="Purchases of the last so many months count.",
    )
    fee_product_ids = fields.One2many(
        "product.template",
        "o2o_level_id",
        string="Fee Products",
        help="Products that give this level for a term. Set the level on the product.",
    )
    grace_days = fields.Integer(
        default=30,
        help="Who no longer meets the criteria keeps the level this many days.",
    )

    # what it gives
    pricelist_id = fields.Many2one(
        "product.pricelist",
        check_company=True,
        index="btree_not_null",
        help="Prices for members of this level, on the website and at the till. "
        "A pricelist set by hand on the member wins.",
    )
    points_multiplier = fields.Float(
        default=1.0, help="Points for a purchase are multiplied by this."
    )
    birthday_program_id = fields.Many2one(
        "loyalty.program",
        string="Birthday Gift",
        domain="[('program_type', '=', 'coupons')]",
        check_company=True,
        help="Each year a member gets a coupon of this program for the birthday.",
    )
    has_free_delivery = fields.Boolean(string="Free Delivery")
    free_delivery_over = fields.Monetary(
        string="Free Delivery From", help="Amount of the order, delivery left out."
    )
    early_access_hours = fields.Integer(
        string="Early Access (Hours)",
        help="Products with a public sale date are sold to this level so much earlier.",
    )

    member_count = fields.Integer(compute="_compute_member_count", compute_sudo=True)
    rule_text = fields.Text(string="How It Is Reached", compute="_compute_rule_text")
    benefit_text = fields.Text(string="What It Gives", compute="_compute_benefit_text")

    _sequence_uniq = models.UniqueIndex(
        "(company_id, sequence) WHERE active IS TRUE",
        "Two levels of a company cannot have the same rank.",
    )
    _values_sane = models.Constraint(
        "CHECK (spend_min >= 0 AND count_min >= 0 AND window_months BETWEEN 1 AND 120 "
        "AND grace_days BETWEEN 0 AND 366 AND points_multiplier BETWEEN 0 AND 100 "
        "AND free_delivery_over >= 0 AND early_access_hours BETWEEN 0 AND 8760)",
        "Minimums cannot be negative, a window has 1 to 120 months, grace at most 366 "
        "days, the multiplier is between 0 and 100, early access at most a year.",
    )

    # === computes ===

    def _compute_member_count(self):
        counts = dict(
            self.env["o2o.level.membership"]._read_group(
                [("level_id", "in", self.ids), ("until_at", "=", False)],
                groupby=["level_id"],
                aggregates=["__count"],
            )
        )
        for level in self:
            level.member_count = counts.get(level._origin, 0)

    @api.depends(
        "sequence",
        "spend_min",
        "count_min",
        "needs_both",
        "window_months",
        "company_id",
    )
    @api.depends_context("lang")
    def _compute_rule_text(self):
        for level in self:
            level.rule_text = "\n".join(level._rule_lines())

    @api.depends(
        "pricelist_id",
        "points_multiplier",
        "birthday_program_id",
        "has_free_delivery",
        "free_delivery_over",
        "early_access_hours",
    )
    @api.depends_context("lang")
    def _compute_benefit_text(self):
        for level in self:
            level.benefit_text = "\n".join(level._benefit_lines())

    def _rule_lines(self):
        """Plain words for the back office and the member page."""
        self.ensure_one()
        # sudo: names of fee products and of the lowest level are no secrets
        level_sudo = self.sudo()
        if level_sudo == level_sudo.company_id._o2o_levels()[:1]:
            return [self.env._("Every member starts here.")]
        lines = []
        spend = level_sudo.currency_id.format(level_sudo.spend_min)
        values = {
            "spend": spend,
            "count": level_sudo.count_min,
            "months": level_sudo.window_months,
        }
        if level_sudo.needs_both and level_sudo.spend_min and level_sudo.count_min:
            lines.append(
                self.env._(
                    "%(spend)s and %(count)s purchases within %(months)s months",
                    **values,
                )
            )
        else:
            if level_sudo.spend_min:
                lines.append(
                    self.env._("%(spend)s spent within %(months)s months", **values)
                )
            if level_sudo.count_min:
                lines.append(
                    self.env._("%(count)s purchases within %(months)s months", **values)
                )
        for product_sudo in level_sudo.fee_product_ids:
            lines.append(
                self.env._(
                    "Fee: %(product)s, %(months)s months",
                    product=product_sudo.name,
                    months=product_sudo.o2o_level_months,
                )
            )
        return lines or [self.env._("Given by the staff only.")]

    def _benefit_lines(self):
        self.ensure_one()
        # sudo: only whether there is a pricelist or a gift is told
        level_sudo = self.sudo()
        lines = []
        if level_sudo.pricelist_id:
            lines.append(self.env._("Member prices"))
        if level_sudo.points_multiplier != 1.0:
            lines.append(
                self.env._("%s times the points", f"{level_sudo.points_multiplier:g}")
            )
        if level_sudo.birthday_program_id:
            lines.append(self.env._("A gift for your birthday"))
        if level_sudo.has_free_delivery and level_sudo.free_delivery_over:
            lines.append(
                self.env._(
                    "Free delivery from %s",
                    level_sudo.currency_id.format(level_sudo.free_delivery_over),
                )
            )
        elif level_sudo.has_free_delivery:
            lines.append(self.env._("Free delivery"))
        if level_sudo.early_access_hours:
            lines.append(
                self.env._(
                    "New products %s hours earlier", level_sudo.early_access_hours
                )
            )
        return lines

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        levels = super().create(vals_list)
        self._o2o_forget_rules()
        levels._o2o_criteria_changed()
        return levels

    def write(self, vals):
        if "company_id" in vals and any(
            level.company_id.id != vals["company_id"] for level in self
        ):
            raise UserError(
                self.env._("A level stays in its company. Create a new level there.")
            )
        result = super().write(vals)
        if _CACHED & vals.keys():
            self._o2o_forget_rules()
        if _CRITERIA & vals.keys():
            self._o2o_criteria_changed()
        return result

    def unlink(self):
        result = super().unlink()
        self._o2o_forget_rules()
        return result

    @api.model
    def _o2o_forget_rules(self):
        """What ``res.company._o2o_level_rules`` knows is old.

        Now for this transaction, and again when it is committed: until then another
        thread reads, and remembers, the rules of before.
        """
        self.env.registry.clear_cache()
        self.env.cr.postcommit.add(self.env.registry.clear_cache)

    def _o2o_criteria_changed(self):
        """Tonight's sweep, but now: everybody is looked at again in the background."""
        # sudo: the manager who edits a level has no write access to the history
        memberships_sudo = self.env["o2o.level.membership"].sudo()
        memberships_sudo._forget_checks(self.company_id)
        if memberships_sudo.search_count(
            [("company_id", "in", self.company_id.ids)], limit=1
        ):
            self.env.ref("o2o_member.o2o_level_cron_evaluate").sudo()._trigger()

    # === actions ===

    def action_view_members(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_member.o2o_member_action"
        )
        action["domain"] = [("o2o_level_id", "=", self.id)]
        return action

    # === rules ===

    def _o2o_rules(self):
        """The criteria as plain values, for :mod:`..lib.levels`."""
        return [
            LevelRule(
                id=level.id,
                rank=level.sequence,
                spend_min=level.spend_min,
                count_min=level.count_min,
                needs_both=level.needs_both,
                window_months=level.window_months,
                points_multiplier=level.points_multiplier,
            )
            for level in self
        ]

    def _o2o_in_company(self, company):
        """This level as another company knows it, in sudo; empty when it does not."""
        self.ensure_one()
        # sudo: only the rank of the level is compared
        level_sudo = self.sudo()
        if level_sudo.company_id == company:
            return level_sudo
        return company._o2o_levels().filtered(
            lambda level: level.code and level.code == level_sudo.code
        )[:1]

    # === what is missing ===

    def _o2o_missing(self, purchases, is_under_way):
        """What is missing to this level, or False for no level.

        :param dict purchases: {window in months: (spend, count)} as far as it is sure
        :param bool is_under_way: a purchase is under way and counted in
        """
        if not self:
            return False
        currency = self.currency_id
        spend, count = purchases[self.window_months]
        amount = currency.round(max(0.0, self.spend_min - spend))
        times = max(0, self.count_min - count)
        spend_part = min(1.0, spend / self.spend_min) if self.spend_min else 0.0
        count_part = min(1.0, count / self.count_min) if self.count_min else 0.0
        is_both = self.needs_both and self.spend_min and self.count_min
        part = min(spend_part, count_part) if is_both else max(spend_part, count_part)
        return {
            **self.env["res.partner"]._o2o_level_values(self),
            "missing_amount": amount if self.spend_min else 0.0,
            "missing_count": times if self.count_min else 0,
            "needs_both": bool(is_both),
            # a bar that is full must not stand beside "more"
            "percent": min(99, int(part * 100)),
            "text": self._o2o_missing_text(amount, times, is_both, is_under_way),
        }

    def _o2o_missing_text(self, amount, times, is_both, is_under_way):
        values = {
            "amount": self.currency_id.format(amount),
            "times": times,
            "level": self.name,
        }
        # one purchase of the amount is also one purchase more
        needs_times = times > (0 if is_under_way else 1)
        if is_both and amount and needs_times:
            return self.env._(
                "%(amount)s and %(times)s purchases more to %(level)s", **values
            )
        if self.spend_min and amount and (is_both or not self.count_min or times > 1):
            return self.env._("%(amount)s more to %(level)s", **values)
        if times == 1:
            return self.env._("One purchase more to %(level)s", **values)
        return self.env._("%(times)s purchases more to %(level)s", **values)

    # === till ===

    @api.model
    def _load_pos_data_domain(self, data, config):
        return [("company_id", "=", config.company_id.id)]

    @api.model
    def _load_pos_data_fields(self, config):
        return ["name", "sequence", "color", "write_date"]
