from odoo import fields, models


class ResCompany(models.Model):
    """How long a store may take to answer, and who is told meanwhile (ROUT-05/07)."""

    _inherit = "res.company"

    o2o_answer_minutes = fields.Integer(
        string="Time to answer",
        default=3,
        help="Minutes a store has to accept or reject an order before the next store"
        " gets it",
    )
    o2o_alert_seconds = fields.Integer(
        string="Alert after",
        default=30,
        help="Seconds without an answer until the manager and head office are told;"
        " at once when no till of the store listens",
    )
    o2o_alert_by_sms = fields.Boolean(
        string="Text message to the manager",
        default=True,
        help="To the phone in the settings of the store",
    )
    o2o_urge_minutes = fields.Integer(
        string="Time between reminders",
        default=5,
        help="Minutes until a member may urge the store again",
    )

    _o2o_answer_minutes_range = models.Constraint(
        "CHECK (o2o_answer_minutes BETWEEN 1 AND 1440)",
        "A store has between one minute and a day to answer.",
    )
    _o2o_alert_seconds_range = models.Constraint(
        "CHECK (o2o_alert_seconds BETWEEN 0 AND 86400)",
        "The alert comes between 0 seconds and a day after the order.",
    )
    _o2o_urge_minutes_range = models.Constraint(
        "CHECK (o2o_urge_minutes BETWEEN 1 AND 1440)",
        "A member may urge once in a minute at most.",
    )
