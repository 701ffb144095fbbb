from odoo import fields, models


class O2oStore(models.Model):
    """How much a store can take, and how good it is at it (ROUT-02, idea 16)."""

    _inherit = "o2o.store"

    capacity_orders = fields.Integer(
        string="Orders per slot", help="0: no limit; orders given to the store count"
    )
    capacity_minutes = fields.Integer(string="Length of the slot (min)", default=15)
    max_open_orders = fields.Integer(
        string="Most open orders",
        help="0: no limit; offered, accepted and prepared orders count",
    )
    # how stores compare is head office's business (invariant 8)
    score = fields.Float(
        default=100.0,
        groups="o2o_order.o2o_order_group_user",
        help="0 to 100: how well the store serves; may weigh in routing",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    shipping_cost = fields.Monetary(
        groups="o2o_order.o2o_order_group_user",
        help="What a delivery from here costs; may weigh in routing",
    )
    pool_blocked_until = fields.Datetime(
        string="No grabbing until",
        readonly=True,
        copy=False,
        help="The store dropped an order it had grabbed",
    )

    _capacity_positive = models.Constraint(
        "CHECK (capacity_orders >= 0 AND max_open_orders >= 0)",
        "A limit of orders cannot be negative.",
    )
    _slot_positive = models.Constraint(
        "CHECK (capacity_minutes > 0)", "A slot is at least a minute long."
    )
    _score_range = models.Constraint(
        "CHECK (score BETWEEN 0 AND 100)", "A score lies between 0 and 100."
    )
