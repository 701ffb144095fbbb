from odoo import fields, models
from odoo.exceptions import UserError


class O2oOrderProblem(models.Model):
    """Something about an order that a person has to look after (ORD-09)."""

    _name = "o2o.order.problem"
    _description = "Problem of an Order"
    _order = "state desc, id desc"
    _rec_name = "order_id"

    order_id = fields.Many2one(
        "sale.order", required=True, index=True, ondelete="cascade"
    )
    fulfillment_id = fields.Many2one(
        "o2o.fulfillment", index="btree_not_null", ondelete="cascade"
    )
    store_id = fields.Many2one(related="fulfillment_id.store_id", store=True)
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="order_id.partner_id", string="Member")
    kind = fields.Selection(
        [
            ("wrong_info", "Wrong address or phone"),
            ("delay", "Delayed"),
            ("payment", "Payment"),
            ("other", "Other"),
        ],
        required=True,
    )
    note = fields.Char(string="What Happened", required=True)
    state = fields.Selection(
        [("open", "Open"), ("solved", "Solved")],
        required=True,
        readonly=True,
        default="open",
        index=True,
    )
    resolution = fields.Char(string="What Was Done")
    solved_at = fields.Datetime(readonly=True)
    solved_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")

    def action_solve(self):
        for problem in self.filtered(lambda problem: problem.state == "open"):
            if not (problem.resolution or "").strip():
                raise UserError(self.env._("Write down what was done."))
            problem.write(
                {
                    "state": "solved",
                    "solved_at": fields.Datetime.now(),
                    "solved_by_id": self.env.uid,
                }
            )

    def action_view_order(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.order_id.id,
            "view_mode": "form",
        }
