from odoo import api, fields, models
from odoo.exceptions import ValidationError


class O2oRegion(models.Model):
    """Regions that help each other out (ROUT-04)."""

    _inherit = "o2o.region"

    neighbour_ids = fields.Many2many(
        "o2o.region",
        "o2o_region_neighbour_rel",
        "region_id",
        "neighbour_id",
        string="Neighbours",
        help="Their stores are asked when no store of this region can serve. Helping is"
        " not mutual by itself: name it on both sides.",
    )

    @api.constrains("neighbour_ids")
    def _check_neighbours(self):
        for region in self:
            if region in region.neighbour_ids:
                raise ValidationError(
                    self.env._("%s cannot be its own neighbour.", region.name)
                )

    def _get_served_region_ids(self):
        """Ids of these regions' cities and all their districts."""
        cities = self.browse()
        for region in self:
            cities |= region._get_city()
        return (
            self.with_context(active_test=False)
            .search([("id", "child_of", cities.ids)])
            .ids
            if cities
            else []
        )

    def _get_neighbours(self):
        """Who helps this region: its own neighbours first, else those of its city."""
        self.ensure_one()
        return self.neighbour_ids or self._get_city().neighbour_ids

    def _get_chain_ids(self):
        """Ids of this region and of all it lies in."""
        return [
            int(it) for region in self for it in region.parent_path.split("/") if it
        ]
