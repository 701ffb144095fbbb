from odoo import fields, models


class O2oStore(models.Model):
    _inherit = "o2o.store"

    has_picking_step = fields.Boolean(
        string="Says when preparing starts",
        help="The till gets a button “Start preparing”; without it an accepted order"
        " goes straight on to ready or shipped.",
    )
