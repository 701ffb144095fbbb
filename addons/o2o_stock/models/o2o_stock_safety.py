from odoo import api, fields, models, tools
from odoo.tools import SQL

from ..const import CHANNELS


class O2oStockSafety(models.Model):
    """Pieces that a channel leaves in the store: against miscounts, for the shelf.

    The narrowest rule wins: a product before its category (the nearest one first)
    before all goods; among those one warehouse before all, one channel before all.
    """

    _name = "o2o.stock.safety"
    _description = "Safety stock"
    _order = "warehouse_id, channel, id"
    _check_company_auto = True
    _rec_name = "product_id"

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        index=True,
        check_company=True,
        ondelete="cascade",
        help="Empty: every warehouse of the company",
    )
    channel = fields.Selection(
        [row for row in CHANNELS if row[0] != "office"],
        help="Empty: the website and the tills",
    )
    product_id = fields.Many2one(
        "product.product",
        index="btree_not_null",
        check_company=True,
        ondelete="cascade",
        domain=[("is_storable", "=", True)],
    )
    categ_id = fields.Many2one(
        "product.category",
        string="Category",
        index="btree_not_null",
        ondelete="cascade",
        help="With the categories below it; leave product and category empty for all"
        " goods",
    )
    quantity = fields.Float(digits="Product Unit", required=True)
    active = fields.Boolean(default=True)

    _quantity_positive = models.Constraint(
        "CHECK (quantity >= 0)", "Safety stock cannot be negative."
    )
    _one_scope = models.Constraint(
        "CHECK (product_id IS NULL OR categ_id IS NULL)",
        "A rule is for a product or for a category, not for both.",
    )
    _scope_uniq = models.UniqueIndex(
        "(company_id, COALESCE(warehouse_id, 0), COALESCE(channel, ''),"
        " COALESCE(product_id, 0), COALESCE(categ_id, 0)) WHERE active IS TRUE",
        "There is a rule for this already: change that one.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self.env.registry.clear_cache()
        return rules

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    @api.model
    @tools.ormcache()
    def _get_rules(self):
        """All rules as plain tuples: few, read often, rarely changed."""
        return [
            (
                rule.company_id.id,
                rule.warehouse_id.id,
                rule.channel or False,
                rule.product_id.id,
                rule.categ_id.id,
                rule.quantity,
            )
            for rule in self.sudo().search([])
        ]

    @api.model
    def _query(self, product_ids, channel):
        """The same as :meth:`_resolve` for all warehouses, for the database to join."""
        if channel == "office" or not any(
            not rule[2] or rule[2] == channel for rule in self._get_rules()
        ):
            return None
        self.flush_model()
        self.env["product.template"].flush_model(["categ_id"])
        return SQL(
            """
            SELECT DISTINCT ON (product.id, warehouse.id)
                   product.id AS product_id, warehouse.id AS warehouse_id,
                   rule.quantity
              FROM o2o_stock_safety rule
              JOIN stock_warehouse warehouse
                ON warehouse.company_id = rule.company_id
               AND COALESCE(rule.warehouse_id, warehouse.id) = warehouse.id
              JOIN product_product product
                ON product.id = ANY(%s)
               AND COALESCE(rule.product_id, product.id) = product.id
              JOIN product_template template ON template.id = product.product_tmpl_id
              LEFT JOIN product_category category ON category.id = template.categ_id
              LEFT JOIN product_category wide ON wide.id = rule.categ_id
             WHERE rule.active
               AND COALESCE(rule.channel, %s) = %s
               AND (rule.categ_id IS NULL
                    OR category.parent_path LIKE wide.parent_path || '%%')
             ORDER BY product.id, warehouse.id, rule.product_id IS NOT NULL DESC,
                      length(wide.parent_path) DESC NULLS LAST,
                      rule.warehouse_id IS NOT NULL DESC, rule.channel IS NOT NULL DESC
            """,
            list(product_ids),
            channel,
            channel,
        )

    @api.model
    def _resolve(self, products, warehouses, channel):
        """:return: ``{(product id, warehouse id): quantity}``, only what is not 0"""
        rules = [
            rule for rule in self._get_rules() if not rule[2] or rule[2] == channel
        ]
        if not rules or channel == "office":
            return {}
        result = {}
        products_sudo, warehouses_sudo = products.sudo(), warehouses.sudo()
        for product in products_sudo:
            path = product.categ_id.parent_path or ""
            path = [int(it) for it in path.split("/")[:-1]]
            for warehouse in warehouses_sudo:
                best = max(
                    (
                        (*self._rank(rule, product, path, warehouse), rule[5])
                        for rule in rules
                        if self._is_for(rule, product, path, warehouse)
                    ),
                    default=None,
                )
                if best and best[-1]:
                    result[product.id, warehouse.id] = best[-1]
        return result

    @api.model
    def _is_for(self, rule, product, path, warehouse):
        company, place, _channel, wanted, category, _quantity = rule
        return (
            company == warehouse.company_id.id
            and place in (False, warehouse.id)
            and wanted in (False, product.id)
            and (not category or category in path)
        )

    @api.model
    def _rank(self, rule, product, path, warehouse):
        """How narrow a rule is; larger wins."""
        _company, place, channel, wanted, category, _quantity = rule
        depth = 0
        if wanted:
            depth = len(path) + 1
        elif category:
            depth = path.index(category) + 1
        return depth, bool(place), bool(channel)
