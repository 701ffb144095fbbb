from odoo import api, fields, models


class ProductTemplate(models.Model):
    _name = "product.template"
    _inherit = ["product.template", "o2o.level.gate.mixin"]

    o2o_winery_contact = fields.Text(
        string="Winery Contact",
        groups="base.group_user",
        help="Shown to members of a level only, on the website.",
    )
    o2o_winery_contact_level_id = fields.Many2one(
        "o2o.level",
        string="Winery Contact For",
        groups="base.group_user",
        index="btree_not_null",
        ondelete="restrict",
        help="Members of this level and above see the contact of the winery.",
    )

    @api.model
    def _o2o_gated_fields(self):
        return {
            **super()._o2o_gated_fields(),
            "o2o_winery_contact": "o2o_winery_contact_level_id",
        }

    @api.model
    def _o2o_gate_editors(self):
        return "product.group_product_manager"
