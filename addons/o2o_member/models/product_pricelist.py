from odoo import api, fields, models
from odoo.http import request


class ProductPricelist(models.Model):
    """A pricelist of a level is for its members alone: nobody selects it, and it is
    never the fallback of somebody else."""

    _inherit = "product.pricelist"

    o2o_level_ids = fields.One2many(
        "o2o.level",
        "pricelist_id",
        string="Member Levels",
        readonly=True,
        groups="base.group_user,base.group_portal",
    )
    o2o_is_level_pricelist = fields.Boolean(
        compute="_compute_o2o_is_level_pricelist", store=True, compute_sudo=True
    )

    @api.depends("o2o_level_ids", "o2o_level_ids.active")
    def _compute_o2o_is_level_pricelist(self):
        for pricelist in self:
            pricelist.o2o_is_level_pricelist = bool(pricelist.o2o_level_ids)

    @api.model
    def _get_partner_pricelist_multi(self, partner_ids):
        """MEM-06: the pricelist of the level, unless one was set by hand."""
        result = super()._get_partner_pricelist_multi(partner_ids)
        if not self.env["res.groups"]._is_feature_enabled(
            "product.group_product_pricelist"
        ):
            return result
        # sudo: visitors and cashiers get the price, not the settings behind it
        partners_sudo = self.env["res.partner"].sudo().browse(partner_ids)
        for partner_sudo in partners_sudo:
            pricelist_sudo = partner_sudo.o2o_level_id.pricelist_id
            by_hand = partner_sudo.specific_property_product_pricelist
            if (
                pricelist_sudo
                and pricelist_sudo.active
                and not by_hand._get_partner_pricelist_multi_filter_hook()
            ):
                result[partner_sudo.id] = self.browse(pricelist_sudo.id)
        return result

    def _get_partner_pricelist_multi_search_domain_hook(self, company_id):
        return [
            *super()._get_partner_pricelist_multi_search_domain_hook(company_id),
            ("o2o_is_level_pricelist", "=", False),
        ]

    def _get_website_pricelists_domain(self, website):
        return [
            *super()._get_website_pricelists_domain(website),
            ("o2o_is_level_pricelist", "=", False),
        ]

    def _is_available_on_website(self, website):
        # sudo: the flag decides for visitors too
        if not self.sudo().o2o_is_level_pricelist:
            return super()._is_available_on_website(website)
        partner = self._o2o_website_partner().with_company(website.company_id)
        # sudo: whether, not what
        by_hand_sudo = partner.sudo().specific_property_product_pricelist
        return self.sudo().active and self.id in (
            partner._o2o_level().pricelist_id.id,
            by_hand_sudo.id,
        )

    def _o2o_website_partner(self):
        """Whose prices the website shows: the buyer of the cart, or the visitor."""
        return request.env.user.partner_id if request else self.env.user.partner_id
