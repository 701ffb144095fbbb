from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # the till looks orders up by their exact number
    _o2o_name_idx = models.Index("(name)")
