from odoo import fields, models

from .o2o_order_choice import ANSWERS


class ResPartner(models.Model):
    _inherit = "res.partner"

    o2o_choice_default = fields.Selection(
        ANSWERS,
        string="When goods are missing",
        help="What this member wants when something of an order is missing and there is"
        " no answer in time",
    )
