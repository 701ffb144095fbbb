from odoo import fields, models


class ResCompany(models.Model):
    """What the company says about orders that are collected (SHOP-11, idea 24)."""

    _inherit = "res.company"

    o2o_no_show_hours = fields.Integer(
        string="Hours to Collect",
        default=48,
        help="From ready, or from the chosen time if that is later. Then the order ends"
        " by itself: the goods go back to the shelf, the money to the member. 0 waits"
        " for ever.",
    )
    o2o_remind_hours = fields.Integer(
        string="Remind before the End (hours)",
        default=12,
        help="So long before the end the member is reminded. 0 reminds nobody.",
    )
    o2o_pickup_choice_minutes = fields.Integer(
        string="Minutes to Choose after a Refusal",
        default=60,
        help="The chosen store cannot serve a pick-up order: the member chooses what"
        " then. After that time the order is cancelled and the money goes back.",
    )
    o2o_pickup_needs_code = fields.Boolean(
        string="Hand over Only with the Code",
        help="Off: the staff may hand over without the code when it writes down how"
        " the person was checked.",
    )

    _o2o_pickup_positive = models.Constraint(
        "CHECK (o2o_no_show_hours >= 0 AND o2o_remind_hours >= 0)",
        "Waiting times cannot be negative.",
    )
    _o2o_pickup_choice_range = models.Constraint(
        "CHECK (o2o_pickup_choice_minutes BETWEEN 1 AND 2880)",
        "A member has between a minute and two days to choose.",
    )
