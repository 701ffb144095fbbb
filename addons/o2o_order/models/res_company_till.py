from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    o2o_choice_minutes = fields.Integer(
        string="Minutes to choose",
        default=10,
        required=True,
        help="When goods are missing: how long the customer may think before the"
        " default below counts",
    )
    o2o_choice_default = fields.Selection(
        [
            ("other_store", "Another store sends the rest, else pay it back"),
            ("part", "Send what is there, pay back the rest"),
            ("wait", "Wait until everything is there, else pay it back"),
            ("substitute", "Send the substitute, else pay it back"),
        ],
        string="When the customer is silent",
        default="other_store",
        required=True,
    )
    o2o_till_refund_limit = fields.Monetary(
        string="Refund at the till up to",
        currency_field="currency_id",
        default=500.0,
        help="Above this a supervisor approves a return at the till with a PIN",
    )

    _o2o_choice_minutes_range = models.Constraint(
        "CHECK (o2o_choice_minutes BETWEEN 1 AND 1440)",
        "A customer has between a minute and a day to choose.",
    )
