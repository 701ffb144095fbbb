from odoo import api, fields, models
from odoo.http import request

from ..utils import has_coordinates


class ResPartner(models.Model):
    _inherit = "res.partner"

    o2o_region_id = fields.Many2one(
        "o2o.region",
        string="Service region",
        help="Where this address is served from; chosen by the member at checkout",
    )

    def geo_localize(self):
        """Place an address at the centre of its region before asking a geocoder.

        Odoo calls this from the product page and the checkout too; a visitor must
        not wait for, or fail with, a map service abroad, so there it is not asked.
        """
        elsewhere = self.browse()
        for partner in self:
            if has_coordinates(partner.partner_latitude, partner.partner_longitude):
                continue
            region = partner.o2o_region_id or partner._o2o_guess_region()
            if has_coordinates(region.latitude, region.longitude):
                partner.write(
                    {
                        "partner_latitude": region.latitude,
                        "partner_longitude": region.longitude,
                    }
                )
            else:
                elsewhere |= partner
        if not elsewhere or self._o2o_is_on_website():
            return True
        return super(ResPartner, elsewhere).geo_localize()

    @api.model
    def _o2o_is_on_website(self):
        """Whether a page of the website is being served."""
        return bool(request and getattr(request, "is_frontend", False))

    def _o2o_guess_region(self):
        """The region the address names, or empty."""
        self.ensure_one()
        text = " ".join(filter(None, [self.city, self.street2, self.street]))
        return self.env["o2o.region"].sudo()._guess_from_text(text)

    def _o2o_get_address_line(self):
        """The address on one line, big to small as a courier reads it in China."""
        self.ensure_one()
        parts = [self.state_id.name, self.city, self.street, self.street2]
        return " ".join(part for part in parts if part)
