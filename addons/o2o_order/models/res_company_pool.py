from odoo import fields, models


class ResCompany(models.Model):
    """How long an order may wait in the grab pool (ROUT-03, idea 11).

    How far the pool reaches, and what a store may grab, are rules of sourcing.
    """

    _inherit = "res.company"

    o2o_pool_minutes = fields.Integer(
        string="Time to grab",
        default=3,
        help="Minutes until an order that nobody takes is given to a store",
    )

    _o2o_pool_range = models.Constraint(
        "CHECK (o2o_pool_minutes BETWEEN 1 AND 1440)",
        "An order waits one minute at least, and a day at most, to be grabbed.",
    )
