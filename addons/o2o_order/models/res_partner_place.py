from odoo import fields, models
from odoo.fields import Domain


class ResPartner(models.Model):
    _inherit = "res.partner"

    o2o_place_region_id = fields.Many2one(
        "o2o.region",
        string="Shops in region",
        ondelete="set null",
        help="Where the member last wanted to be served; the shop shows this stock",
    )
    o2o_place_store_id = fields.Many2one(
        "o2o.store",
        string="Shops at store",
        ondelete="set null",
        help="Where the member last wanted to collect; the shop shows this stock",
    )

    def _o2o_get_last_web_order(self):
        """The member's last order on this website, elevated, or nothing."""
        self.ensure_one()
        website = self.env["website"].get_current_website()
        # sudo: the orders of the member who looks at the own centre
        return (
            self.env["sale.order"]
            .sudo()
            .search(
                Domain("partner_id", "=", self.id)
                & Domain("website_id", "=", website.id)
                & Domain("state", "=", "sale"),
                order="id desc",
                limit=1,
            )
        )
