from odoo import api, fields, models
from odoo.exceptions import UserError


class O2oOrderChange(models.Model):
    """What was changed on an order after it was placed: append only (ORD-04)."""

    _name = "o2o.order.change"
    _description = "Change of an Order"
    _order = "id desc"
    _rec_name = "order_id"

    order_id = fields.Many2one(
        "sale.order", required=True, readonly=True, index=True, ondelete="restrict"
    )
    fulfillment_id = fields.Many2one(
        "o2o.fulfillment", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    kind = fields.Selection(
        [
            ("address", "Address"),
            ("lines", "Goods"),
            ("store", "Store"),
            ("remark", "Remark"),
            ("review", "Review"),
            ("archive", "Deleted"),
        ],
        required=True,
        readonly=True,
    )
    field = fields.Char(string="What", required=True, readonly=True)
    old_value = fields.Char(string="Before", readonly=True)
    new_value = fields.Char(string="After", readonly=True)
    reason = fields.Char(readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Who",
        required=True,
        readonly=True,
        default=lambda self: self.env.uid,
        ondelete="restrict",
    )

    def write(self, vals):
        if vals:
            raise UserError(self.env._("The log of an order cannot be changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        raise UserError(self.env._("The log of an order cannot be deleted."))
