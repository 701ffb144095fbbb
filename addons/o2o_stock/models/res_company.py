from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    o2o_hold_minutes = fields.Integer(
        string="Minutes goods are held",
        default=15,
        help="From submitting an order until it has to be paid. Members whose orders"
        " run out unpaid get half of it the next time, until they pay one.",
    )
    o2o_hold_limit = fields.Integer(
        string="Unpaid orders at a time",
        default=3,
        help="How many unpaid orders one member, phone or address may have goods held"
        " for; 0 means any number",
    )
    o2o_till_override = fields.Selection(
        [("manager", "Point of Sale managers"), ("cashier", "Every cashier")],
        string="Selling held goods at a till",
        default="manager",
        required=True,
        help="Who may sell goods that are held for an online order, giving a reason",
    )
    o2o_office_short = fields.Selection(
        [
            ("refuse", "Refuse the order"),
            ("wait", "Confirm it, the rest waits for goods"),
        ],
        string="Office orders for more than there is",
        default="refuse",
        required=True,
        help="Orders of the website are always refused before they are paid",
    )
    o2o_slow_days = fields.Integer(
        string="Days without a sale",
        default=90,
        help="Goods in stock that did not move for so long are on the warning list",
    )

    _o2o_hold_minutes_positive = models.Constraint(
        "CHECK (o2o_hold_minutes > 0)", "Goods are held for a minute at least."
    )
