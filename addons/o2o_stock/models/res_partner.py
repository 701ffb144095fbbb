from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    # who orders with the same phone is asked at each order
    _o2o_phone_idx = models.Index("(phone) WHERE phone IS NOT NULL")
