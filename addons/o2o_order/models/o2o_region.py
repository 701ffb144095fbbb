from odoo import api, fields, models


class O2oRegion(models.Model):
    """A place a member can choose to be served in: a city, or a district of one.

    The centre stands in for the member's position when the address has no
    coordinates: nothing here ever calls an outside geocoder (ROUT-04).
    """

    _name = "o2o.region"
    _description = "Service region"
    _parent_name = "parent_id"
    _parent_store = True
    _order = "sequence, complete_name, id"
    _rec_name = "complete_name"

    name = fields.Char(required=True, translate=True)
    complete_name = fields.Char(
        compute="_compute_complete_name", recursive=True, store=True
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    parent_id = fields.Many2one(
        "o2o.region", string="City", index=True, ondelete="restrict"
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("o2o.region", "parent_id", string="Districts")
    latitude = fields.Float(digits=(10, 7), help="Centre of the region, WGS 84")
    longitude = fields.Float(digits=(10, 7), help="Centre of the region, WGS 84")
    store_ids = fields.One2many("o2o.store", "region_id", string="Stores")

    _latitude_range = models.Constraint(
        "CHECK (latitude BETWEEN -90 AND 90)", "A latitude lies between -90 and 90."
    )
    _longitude_range = models.Constraint(
        "CHECK (longitude BETWEEN -180 AND 180)",
        "A longitude lies between -180 and 180.",
    )

    @api.depends("name", "parent_id.complete_name")
    def _compute_complete_name(self):
        for region in self:
            parent = region.parent_id.complete_name
            region.complete_name = (
                f"{parent} / {region.name}" if parent else region.name
            )

    def _get_city(self):
        """:return: the top region (the city) this region belongs to"""
        self.ensure_one()
        root_id = int(self.parent_path.split("/", 1)[0])
        return self.browse(root_id)

    @api.model
    def _guess_from_text(self, text):
        """Find the region an address names, the most precise one first.

        :param str text: city and street as typed
        :return: ``o2o.region`` record, empty when nothing matches
        """
        if not text:
            return self.browse()
        found = self.search([("active", "=", True)]).filtered(
            lambda region: region.name in text
        )
        if not found:
            return found
        # a district counts only when its city does not contradict it
        return max(
            found,
            key=lambda region: (
                bool(region.parent_id) and region._get_city() in found,
                not region.parent_id,
            ),
        )
