from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    # a chain of stores does not sell what it does not have, unless it says so
    allow_out_of_stock_order = fields.Boolean(default=False)
