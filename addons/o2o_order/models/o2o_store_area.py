from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..lib.geo import check_polygon, to_postgres
from ..utils import has_coordinates


class O2oStore(models.Model):
    """Where a store serves, and what it sells to whom (ROUT-02).

    The service area is everything within a radius, the districts named, and what an
    outline encloses, together. A store that names nothing serves everywhere.
    """

    _inherit = "o2o.store"

    area_radius_km = fields.Float(
        string="Service radius (km)", help="0: no radius; as the crow flies"
    )
    area_region_ids = fields.Many2many(
        "o2o.region",
        "o2o_store_area_region_rel",
        "store_id",
        "region_id",
        string="Districts served",
        help="A city includes its districts",
    )
    area_polygon = fields.Json(
        string="Drawn area",
        copy=False,
        help="Outline as a list of [longitude, latitude]",
    )
    area_shape = fields.Char(compute="_compute_area", store=True)
    has_area = fields.Boolean(compute="_compute_area", store=True)
    serves_web = fields.Boolean(string="Website orders", default=True)
    serves_manual = fields.Boolean(
        string="Manual orders", default=True, help="Orders entered by head office"
    )
    excluded_categ_ids = fields.Many2many(
        "product.category",
        "o2o_store_excluded_categ_rel",
        "store_id",
        "categ_id",
        string="May not sell",
        help="Products of these categories are never sourced here",
    )
    is_transit = fields.Boolean(
        string="Transit store",
        help="Online orders may bring goods of head office or another store here, to be"
        " handed out or delivered from here",
    )

    # the built-in type point has an index for boxes and for the nearest first: no
    # extension, so no superuser, is needed
    _position_idx = models.Index(
        "USING gist (point(longitude::float8, latitude::float8))"
    )
    # counted with each decision, by the index alone
    _served_idx = models.Index(
        "(company_id) WHERE active IS TRUE AND is_head_office IS NOT TRUE"
    )
    _calendar_idx = models.Index("(calendar_id) WHERE calendar_id IS NOT NULL")
    _radius_positive = models.Constraint(
        "CHECK (area_radius_km >= 0)", "A radius cannot be negative."
    )

    @api.depends("area_radius_km", "area_region_ids", "area_polygon")
    def _compute_area(self):
        for store in self:
            points = store.area_polygon
            store.area_shape = to_postgres(points) if points else False
            store.has_area = bool(
                points or store.area_radius_km or store.area_region_ids
            )

    @api.constrains("area_polygon")
    def _check_area_polygon(self):
        for store in self.filtered("area_polygon"):
            problem = check_polygon(store.area_polygon)
            if problem == "points":
                message = self.env._("An area needs 3 to 200 corners.")
            elif problem == "number":
                message = self.env._(
                    "A corner of the area is not a longitude and a latitude."
                )
            elif problem:
                message = self.env._(
                    "The outline of the area crosses itself: move the corners apart."
                )
            else:
                continue
            raise ValidationError(message)

    @api.constrains("area_radius_km", "latitude", "longitude")
    def _check_radius_has_centre(self):
        for store in self.filtered("area_radius_km"):
            if not has_coordinates(store.latitude, store.longitude):
                raise ValidationError(
                    self.env._(
                        "%s needs its place on the map before it can have a radius.",
                        store.name,
                    )
                )
