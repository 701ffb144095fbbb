from odoo import fields, models


class ResCompany(models.Model):
    """What the company says about the life of an order: waiting times, limits."""

    _inherit = "res.company"

    o2o_unpaid_minutes = fields.Integer(
        string="Minutes to Pay",
        default=15,
        help="An order that is paid online waits so long for its money; then the"
        " payment is closed and the order is cancelled. 0 waits for ever.",
    )
    o2o_unpaid_transfer_hours = fields.Integer(
        string="Hours to Pay by Bank Transfer",
        default=72,
        help="The same for orders paid by bank transfer. 0 waits for ever.",
    )
    o2o_ready_minutes = fields.Integer(
        string="Minutes to Prepare",
        default=60,
        help="From the acceptance until the goods are ready or shipped; after that the"
        " till and head office are told. 0 tells nobody.",
    )
    o2o_receive_days = fields.Integer(
        string="Days until Receipt Is Assumed",
        default=14,
        help="A shipped order counts as received after so many days without a word of"
        " the member. 0 waits for ever.",
    )
    o2o_after_sales_days = fields.Integer(
        string="After-sales Days",
        default=7,
        help="From the receipt until the order is completed. 0 completes it at once.",
    )
    o2o_route_manual = fields.Selection(
        [
            ("auto", "When there is a store besides head office"),
            ("always", "Always"),
            ("never", "Never"),
        ],
        string="Orders Entered by Hand Go to the Stores",
        required=True,
        default="auto",
        help="Orders with goods that are entered in the back office look for a store"
        " like those of the website.",
    )
    o2o_member_cancel_until = fields.Selection(
        [
            ("never", "Never"),
            ("accepted", "Until the store accepts"),
            ("picking", "Until the store starts preparing"),
            ("shipped", "Until the goods leave the store"),
        ],
        string="Members May Cancel",
        required=True,
        default="picking",
    )
    o2o_review_amount = fields.Monetary(
        string="Review Orders from",
        help="Orders of this amount and more are looked at by head office before a"
        " store sees them. 0 reviews none.",
    )
    o2o_notice_accepted = fields.Boolean(string="Tell: Accepted", default=False)
    o2o_notice_shipped = fields.Boolean(string="Tell: Shipped", default=True)
    o2o_notice_ready = fields.Boolean(string="Tell: Ready for Pick-up", default=True)
    o2o_notice_late = fields.Boolean(string="Tell: Delayed", default=True)
    o2o_notice_changed = fields.Boolean(string="Tell: Changed", default=True)

    _o2o_life_positive = models.Constraint(
        "CHECK (o2o_unpaid_minutes >= 0 AND o2o_unpaid_transfer_hours >= 0"
        " AND o2o_ready_minutes >= 0 AND o2o_receive_days >= 0"
        " AND o2o_after_sales_days >= 0 AND o2o_review_amount >= 0)",
        "Waiting times and amounts of orders cannot be negative.",
    )

    def _o2o_routes_manual_orders(self):
        self.ensure_one()
        if self.o2o_route_manual != "auto":
            return self.o2o_route_manual == "always"
        # sudo: asked when anybody confirms an order
        stores_sudo = self.env["o2o.store"].sudo()
        return bool(
            stores_sudo.search_count(
                [("company_id", "=", self.id), ("is_head_office", "=", False)], limit=1
            )
        )
