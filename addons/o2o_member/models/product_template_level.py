from odoo import fields, models
from odoo.tools import format_datetime


class ProductTemplate(models.Model):
    """Membership fees (MEM-08), early access and gated contacts of a product."""

    _inherit = "product.template"

    o2o_level_id = fields.Many2one(
        "o2o.level",
        string="Member Level Given",
        index="btree_not_null",
        ondelete="restrict",
        help="Who buys this product gets this level for a term (membership fee).",
    )
    o2o_level_months = fields.Integer(
        string="Level Term (Months)",
        default=12,
        help="Term of the level, for each unit sold.",
    )
    o2o_public_from = fields.Datetime(
        string="On Sale for Everybody From",
        help="On the website only members of a level with early access see and buy the "
        "product before.",
    )

    _o2o_level_months_sane = models.Constraint(
        "CHECK (o2o_level_id IS NULL OR o2o_level_months BETWEEN 1 AND 120)",
        "A membership has a term of 1 to 120 months.",
    )

    def _o2o_is_on_sale_for(self, partner):
        """Whether a buyer of the website can have this product by now.

        :param partner: the buyer, in the company that sells
        """
        self.ensure_one()
        start = self.o2o_public_from
        if not start:
            return True
        hours = partner._o2o_level().early_access_hours
        return fields.Datetime.now() >= fields.Datetime.subtract(start, hours=hours)

    def _o2o_not_yet_message(self):
        self.ensure_one()
        return self.env._(
            "%(product)s is on sale from %(start)s.",
            product=self.name,
            start=format_datetime(self.env, self.o2o_public_from, dt_format="short"),
        )

    def _can_be_added_to_cart(self):
        return super()._can_be_added_to_cart() and self._o2o_is_on_sale_for(
            self.env["website"]._o2o_buyer()
        )

    def can_access_from_current_website(self, website_id=False):
        """The page of a product is not there before it is on sale."""
        result = super().can_access_from_current_website(website_id=website_id)
        if not result or self.env.user._is_internal():
            return result
        buyer = self.env["website"]._o2o_buyer()
        # sudo: visitors may not read every product
        return all(product._o2o_is_on_sale_for(buyer) for product in self.sudo())


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _o2o_is_on_sale_for(self, partner):
        # sudo: visitors may not read every product
        return self.sudo().product_tmpl_id._o2o_is_on_sale_for(partner)

    def _o2o_not_yet_message(self):
        # sudo: see above
        return self.sudo().product_tmpl_id._o2o_not_yet_message()

    def _is_add_to_cart_allowed(self):
        return super()._is_add_to_cart_allowed() and self._o2o_is_on_sale_for(
            self.env["website"]._o2o_buyer()
        )

    def _website_show_quick_add(self):
        return super()._website_show_quick_add() and self._o2o_is_on_sale_for(
            self.env["website"]._o2o_buyer()
        )
