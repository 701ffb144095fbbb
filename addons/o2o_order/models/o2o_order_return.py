from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class O2oOrderReturn(models.Model):
    """Goods that came back, or were missing, and what the member gets for them.

    Goods and points move when the row is made. Money from the drawer is paid with it;
    money of an online payment goes the way it came, by ``o2o.refund`` rows.
    """

    _name = "o2o.order.return"
    _description = "Return of goods"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True, default="/", copy=False)
    company_id = fields.Many2one("res.company", required=True, index=True)
    order_id = fields.Many2one(
        "sale.order",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(related="order_id.partner_id", string="Member")
    fulfillment_id = fields.Many2one(
        "o2o.fulfillment", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    store_id = fields.Many2one(
        "o2o.store", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    kind = fields.Selection(
        [("return", "Goods returned"), ("short", "Goods missing"), ("other", "Other")],
        required=True,
        readonly=True,
        default="other",
    )
    currency_id = fields.Many2one(related="order_id.currency_id")
    amount = fields.Monetary(readonly=True)
    route = fields.Selection(
        [
            ("cash", "Cash at the till"),
            ("original", "The way it was paid"),
            ("none", "Nothing was paid yet"),
        ],
        required=True,
        readonly=True,
        default="original",
    )
    state = fields.Selection(
        [("to_pay", "To be paid back"), ("paid", "Paid back")],
        required=True,
        readonly=True,
        default="to_pay",
        index=True,
        tracking=True,
    )
    reason = fields.Char(readonly=True)
    refund_ids = fields.One2many(
        "o2o.refund", "return_id", string="Money", readonly=True
    )
    line_ids = fields.One2many("o2o.order.return.line", "refund_id", readonly=True)
    points_back = fields.Integer(readonly=True, help="Points the member got back")
    points_taken = fields.Integer(readonly=True, help="Points taken from the member")
    picking_ids = fields.Many2many("stock.picking", string="Transfers", readonly=True)
    pos_config_id = fields.Many2one(
        "pos.config", string="Till", readonly=True, ondelete="restrict"
    )
    user_id = fields.Many2one(
        "res.users", string="Taken back by", readonly=True, ondelete="restrict"
    )
    supervisor_id = fields.Many2one(
        "res.users", string="Approved by", readonly=True, ondelete="restrict"
    )
    paid_at = fields.Datetime(readonly=True)
    paid_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")

    _name_uniq = models.Constraint(
        "UNIQUE (company_id, name)", "This refund number is already in use."
    )
    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)", "A refund is not negative."
    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                vals["name"] = self.env["ir.sequence"].next_by_code("o2o.order.return")
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        raise UserError(self.env._("A return is part of the order's history."))

    def action_mark_paid(self):
        """Head office has given the money back.

        :raise UserError: a provider is giving it back
        """
        self.check_access("read")
        if not self.env.user.has_group("o2o_order.o2o_order_group_user"):
            raise AccessError(self.env._("Only head office marks refunds as paid."))
        # sudo: rows are written by their own methods only
        returns_sudo = self.sudo()
        open_sudo = returns_sudo.refund_ids.filtered(lambda it: it.state != "done")
        open_sudo._mark_paid_by_hand(self.env._("The return was marked as paid back."))
        returns_sudo._mark_paid()

    def _mark_paid(self):
        """Silent where it is paid already."""
        for refund in self.filtered(lambda refund: refund.state == "to_pay"):
            refund.write(
                {
                    "state": "paid",
                    "paid_at": fields.Datetime.now(),
                    "paid_by_id": self.env.uid,
                }
            )

    def _prepare_pos_dict(self):
        """The refund as the till shows and prints it."""
        self.ensure_one()
        states = dict(self._fields["state"]._description_selection(self.env))
        routes = dict(self._fields["route"]._description_selection(self.env))
        return {
            "id": self.id,
            "name": self.name,
            "order_name": self.order_id.name,
            "at": fields.Datetime.to_string(self.create_date),
            "amount": self.amount,
            "currency_id": self.currency_id.id,
            "route": self.route,
            "route_label": routes[self.route],
            "state": self.state,
            "state_label": states[self.state],
            "reason": self.reason or "",
            "points_back": self.points_back,
            "points_taken": self.points_taken,
            "cashier": self.user_id.name or "",
            "supervisor": self.supervisor_id.name or "",
            "lines": [
                {
                    "id": line.id,
                    "name": line.product_id.display_name,
                    "quantity": line.quantity,
                    "uom": line.uom_id.name,
                    "amount": line.amount,
                }
                for line in self.line_ids
            ],
        }


class O2oOrderReturnLine(models.Model):
    _name = "o2o.order.return.line"
    _description = "Line of a return"
    _order = "id"

    refund_id = fields.Many2one(
        "o2o.order.return", required=True, index=True, ondelete="cascade"
    )
    sale_line_id = fields.Many2one(
        "sale.order.line", required=True, index=True, ondelete="restrict"
    )
    product_id = fields.Many2one(related="sale_line_id.product_id")
    uom_id = fields.Many2one(related="sale_line_id.product_uom_id")
    quantity = fields.Float(digits="Product Unit", required=True)
    currency_id = fields.Many2one(related="refund_id.currency_id")
    amount = fields.Monetary()
