from odoo import fields, models


class ResCompany(models.Model):
    """The rules of the grab pool (ROUT-03, idea 11)."""

    _inherit = "res.company"

    o2o_pool_minutes = fields.Integer(
        string="Time to grab",
        default=3,
        help="Minutes until an order that nobody takes is given to a store",
    )
    o2o_pool_step_seconds = fields.Integer(
        string="Widen every",
        default=30,
        help="Seconds until stores farther away are asked too",
    )
    o2o_pool_step_km = fields.Float(
        string="Kilometres per step",
        default=3.0,
        help="How much farther each step reaches",
    )
    o2o_pool_cap = fields.Integer(
        string="Unfinished grabs per store",
        default=3,
        help="A store with so many grabbed orders to prepare gets no other one",
    )
    o2o_pool_cooldown_minutes = fields.Integer(
        string="Rest after handing back",
        default=15,
        help="Minutes a store waits that took an order and handed it back",
    )

    _o2o_pool_range = models.Constraint(
        "CHECK (o2o_pool_minutes BETWEEN 1 AND 1440"
        " AND o2o_pool_step_seconds BETWEEN 1 AND 3600"
        " AND o2o_pool_step_km > 0"
        " AND o2o_pool_cap > 0"
        " AND o2o_pool_cooldown_minutes >= 0)",
        "Time, distance and number of grabs must be positive.",
    )
