from odoo import fields, models


class O2oFulfillmentEvent(models.Model):
    _inherit = "o2o.fulfillment.event"

    kind = fields.Selection(
        selection_add=[
            ("outside", "The customer is outside"),
            ("proxy", "Somebody else collects"),
            ("collected", "Checked and handed over"),
            ("asked", "The customer is asked"),
            ("reminded", "Reminded to collect"),
        ],
        ondelete={
            "outside": "cascade",
            "proxy": "cascade",
            "collected": "cascade",
            "asked": "cascade",
            "reminded": "cascade",
        },
    )
