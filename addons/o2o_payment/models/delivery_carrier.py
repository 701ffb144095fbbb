from odoo import fields, models


class DeliveryCarrier(models.Model):
    _inherit = "delivery.carrier"

    o2o_wechat_code = fields.Char(
        string="WeChat's code of the carrier",
        help="As WeChat lists it, e.g. SF or YTO; empty for the shop's own people",
    )
