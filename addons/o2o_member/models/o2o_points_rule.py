from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import ormcache

from ..const import POINTS_KINDS

EARNING_KINDS = ("earn_purchase", "sign_in", "referral", "share", "review")


class O2oPointsRule(models.Model):
    """How members earn points (PTS-01…04).

    Purchases: the rule of the product beats the rule of its category, which beats the
    rule for everything. Its factor multiplies the points of the company, and the level
    of the member multiplies again. Other kinds give fixed points per event.
    """

    _name = "o2o.points.rule"
    _description = "Points Rule"
    _order = "kind, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    kind = fields.Selection(
        [item for item in POINTS_KINDS if item[0] in EARNING_KINDS],
        required=True,
        default="earn_purchase",
    )
    date_from = fields.Date(string="From")
    date_to = fields.Date(string="To")
    factor = fields.Float(
        default=1.0, help="2 gives double points, 0 gives none. For purchases."
    )
    product_tmpl_ids = fields.Many2many(
        "product.template", string="Products", check_company=True
    )
    categ_ids = fields.Many2many("product.category", string="Product Categories")
    points = fields.Integer(help="Points per event. Not for purchases.")
    max_points_per_day = fields.Integer(
        string="Most per Day", help="For one member. 0 means no limit."
    )
    max_points_per_member = fields.Integer(
        string="Most in All", help="For one member, ever. 0 means no limit."
    )

    _factor_positive = models.Constraint(
        "CHECK (factor >= 0)", "The factor cannot be negative."
    )
    _points_positive = models.Constraint(
        "CHECK (points >= 0 AND max_points_per_day >= 0"
        " AND max_points_per_member >= 0)",
        "Points of a rule cannot be negative.",
    )
    _dates_in_order = models.Constraint(
        "CHECK (date_from IS NULL OR date_to IS NULL OR date_from <= date_to)",
        "The rule ends before it begins.",
    )

    @api.model
    def _current(self, kind):
        """Rules of a kind in force today, in the current company."""
        return self.browse(self._current_ids(kind, self.env.company._o2o_today()))

    @ormcache("self.env.company.id", "kind", "today")
    def _current_ids(self, kind, today):
        """Asked at every purchase, and hardly ever changed."""
        # sudo: the rules of the company, whoever asks first
        rules_sudo = (
            self.sudo()
            .with_context(active_test=True)
            .search(
                Domain("kind", "=", kind)
                & Domain("company_id", "=", self.env.company.id)
                & (Domain("date_from", "=", False) | Domain("date_from", "<=", today))
                & (Domain("date_to", "=", False) | Domain("date_to", ">=", today))
            )
        )
        return rules_sudo.ids

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self._forget_current()
        return rules

    def write(self, vals):
        result = super().write(vals)
        self._forget_current()
        return result

    def unlink(self):
        result = super().unlink()
        self._forget_current()
        return result

    @api.model
    def _forget_current(self):
        """What ``_current_ids`` remembers is old.

        Now for this transaction, and again when it is committed: until then another
        thread reads, and remembers, the rules of before.
        """
        self.env.registry.clear_cache()
        self.env.cr.postcommit.add(self.env.registry.clear_cache)

    def _purchase_rates(self, partner, lines):
        """Points per currency unit for each line, by these rules.

        :param list lines: dicts with ``product``
        :return: list of floats, in the order of the lines
        """
        base = self.env.company.o2o_points_per_unit
        base *= partner._o2o_points_multiplier()
        return [round(base * self._factor_for(line["product"]), 6) for line in lines]

    def _factor_for(self, product):
        template = product.product_tmpl_id
        if rule := self.filtered(lambda rule: template in rule.product_tmpl_ids)[:1]:
            return rule.factor
        categories = self.filtered("categ_ids")
        category = template.categ_id
        while category:
            match = categories.filtered(lambda rule, c=category: c in rule.categ_ids)
            if match:
                return match[0].factor
            category = category.parent_id
        return self._general()[:1].factor if self._general() else 1.0

    def _general(self):
        """Rules for everything, which also carry the limits of purchases."""
        return self.filtered(
            lambda rule: not rule.product_tmpl_ids and not rule.categ_ids
        )

    @api.model
    def _allowance(self, partner, kind):
        """How many more points of a kind a member may get now.

        :return: a number of points, or None without a limit
        """
        return self._current(kind)._allowance_of(partner, kind)

    def _allowance_of(self, partner, kind):
        """Like :meth:`_allowance`, by these rules."""
        rule = self._general()[:1]
        left = []
        if rule.max_points_per_day:
            start = self.env.company._o2o_start_of_day(fields.Datetime.now())
            got = self._points_given(partner, kind, Domain("posted_at", ">=", start))
            left.append(max(0, rule.max_points_per_day - got))
        if rule.max_points_per_member:
            got = self._points_given(partner, kind, Domain.TRUE)
            left.append(max(0, rule.max_points_per_member - got))
        return min(left) if left else None

    @api.model
    def _points_given(self, partner, kind, domain):
        [[points]] = (
            self.env["o2o.points.entry"]
            .sudo()  # a counter of the rule; the member's rows stay unseen
            ._read_group(
                domain
                & Domain("partner_id", "=", partner.id)
                & Domain("company_id", "=", self.env.company.id)
                & Domain("kind", "=", kind),
                aggregates=["points:sum"],
            )
        )
        return points or 0
