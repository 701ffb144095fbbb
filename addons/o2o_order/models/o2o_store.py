from odoo import api, fields, models
from odoo.fields import Domain

from ..utils import distance_km, has_coordinates


class O2oStore(models.Model):
    """A place that can serve an order: a warehouse, its tills, hours and area."""

    _name = "o2o.store"
    _description = "Store"
    _inherit = ["mail.thread"]
    _order = "is_head_office desc, sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    code = fields.Char(required=True, help="Short code, printed on slips")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse", required=True, check_company=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Address", related="warehouse_id.partner_id"
    )
    phone = fields.Char(compute="_compute_phone", store=True, readonly=False)
    region_id = fields.Many2one("o2o.region", index=True, ondelete="restrict")
    latitude = fields.Float(digits=(10, 7), help="WGS 84; used for distances")
    longitude = fields.Float(digits=(10, 7), help="WGS 84; used for distances")
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Opening hours",
        check_company=True,
        help="Empty: always open",
    )
    is_head_office = fields.Boolean(
        help="Takes the orders no store can serve", tracking=True
    )
    is_paused = fields.Boolean(
        string="Paused", help="Gets no new online order while set", tracking=True
    )
    pos_config_ids = fields.One2many("pos.config", "o2o_store_id", string="Tills")
    user_ids = fields.Many2many(
        "res.users",
        "o2o_store_user_rel",
        "store_id",
        "user_id",
        string="Staff",
        domain=[("share", "=", False)],
        help="Only these people see and handle the store's orders at its tills",
    )
    fulfillment_count = fields.Integer(compute="_compute_fulfillment_count")

    _warehouse_uniq = models.Constraint(
        "UNIQUE (warehouse_id)", "This warehouse already belongs to another store."
    )
    _code_uniq = models.Constraint(
        "UNIQUE (company_id, code)", "This store code is already in use."
    )
    _head_office_uniq = models.UniqueIndex(
        "(company_id) WHERE is_head_office IS TRUE AND active IS TRUE",
        "A company has one head-office warehouse for online orders.",
    )

    @api.depends("warehouse_id.partner_id.phone")
    def _compute_phone(self):
        for store in self:
            store.phone = store.phone or store.warehouse_id.partner_id.phone

    def _compute_fulfillment_count(self):
        counts = dict(
            self.env["o2o.fulfillment"]._read_group(
                Domain("store_id", "in", self.ids)
                & Domain("state", "in", ["offered", "accepted", "ready"]),
                groupby=["store_id"],
                aggregates=["__count"],
            )
        )
        for store in self:
            store.fulfillment_count = counts.get(store, 0)

    def action_view_fulfillments(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_order.o2o_fulfillment_action"
        )
        action["domain"] = [("store_id", "=", self.id)]
        action["context"] = {"search_default_open": 1}
        return action

    def _get_distance_km(self, latitude, longitude):
        """Distance to a point, in kilometres; ``None`` when either is unknown."""
        self.ensure_one()
        if not has_coordinates(latitude, longitude) or not has_coordinates(
            self.latitude, self.longitude
        ):
            return None
        return distance_km(self.latitude, self.longitude, latitude, longitude)

    def _get_free_quantities(self, products):
        """On hand minus reserved, per store and product, in one query.

        :return: ``{store: {product: quantity in the product's unit}}``
        """
        rows = self.env["stock.quant"]._read_group(
            Domain("product_id", "in", products.ids)
            & Domain("location_id.usage", "=", "internal")
            & Domain("location_id.warehouse_id", "in", self.warehouse_id.ids),
            groupby=["location_id", "product_id"],
            aggregates=["quantity:sum", "reserved_quantity:sum"],
        )
        by_warehouse = {}
        for location, product, quantity, reserved in rows:
            stock = by_warehouse.setdefault(location.warehouse_id, {})
            stock[product] = stock.get(product, 0.0) + quantity - reserved
        return {store: by_warehouse.get(store.warehouse_id, {}) for store in self}

    def _notify_tills(self, message, payload):
        """Tell every till of these stores; a till listens on its own channel."""
        for config in self.pos_config_ids:
            config._notify(message, payload)
