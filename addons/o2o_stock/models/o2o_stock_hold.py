from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import CHANNELS, STATES


class O2oStockHold(models.Model):
    """Pieces promised to somebody until a moment (SUP-09, idea 4).

    A ledger: rows are added by ``o2o.stock``; afterwards only ``state`` (once, to an
    end), ``closed_at`` and ``reason`` change, and ``until`` of an active one grows. A
    hold counts while it is active *and* its time has not come, so an overdue hold
    stops counting without any job.

    Rows are written by short transactions of their own, see ``o2o.stock``. That is why
    the owner is a name and a number: the owner's row may not be committed yet.
    """

    _name = "o2o.stock.hold"
    _description = "Stock hold"
    _order = "id desc"
    _rec_name = "key"

    key = fields.Char(required=True, readonly=True, index=True)
    product_id = fields.Many2one(
        "product.product", required=True, readonly=True, ondelete="restrict"
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="warehouse_id.company_id")
    quantity = fields.Float(digits="Product Unit", required=True, readonly=True)
    available_before = fields.Float(
        digits="Product Unit",
        readonly=True,
        help="What was free for this channel just before",
    )
    channel = fields.Selection(CHANNELS, required=True, readonly=True)
    until = fields.Datetime(required=True, readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True, default="active")
    reason = fields.Char(readonly=True)
    res_model = fields.Char(string="Owner model", readonly=True)
    res_id = fields.Many2oneReference(
        string="Owner", model_field="res_model", readonly=True
    )
    owner_name = fields.Char(readonly=True, help="How people call the owner")
    owner_label = fields.Char(compute="_compute_owner_label", string="For")
    closed_at = fields.Datetime(readonly=True)
    is_overdue = fields.Boolean(compute="_compute_is_overdue")

    _quantity_positive = models.Constraint(
        "CHECK (quantity > 0)", "A hold is about at least something."
    )
    _one_active = models.UniqueIndex(
        "(key, product_id, warehouse_id) WHERE state = 'active'",
        "These goods are held for the same owner already.",
    )
    _active_idx = models.Index(
        "(product_id, warehouse_id, until) WHERE state = 'active'"
    )
    _until_idx = models.Index("(until) WHERE state = 'active'")
    _owner_idx = models.Index("(res_model, res_id)")

    @api.depends("owner_name", "res_model", "res_id")
    def _compute_owner_label(self):
        for hold in self:
            hold.owner_label = hold.owner_name or hold.key

    @api.depends("until", "state")
    def _compute_is_overdue(self):
        now = fields.Datetime.now()
        for hold in self:
            hold.is_overdue = hold.state == "active" and hold.until <= now

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ledger(self):
        raise UserError(
            self.env._("Holds are a ledger: give one back instead of deleting it.")
        )

    def action_view_owner(self):
        self.ensure_one()
        if not self.res_model or self.res_model not in self.env:
            raise UserError(self.env._("This hold has no document."))
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }

    def action_release(self):
        """Head office gives promised goods back to the shelf."""
        if not self.env.user.has_group("stock.group_stock_manager"):
            raise UserError(self.env._("Only a stock manager may give back a hold."))
        reason = self.env._("Given back by %s", self.env.user.name)
        stock = self.env["o2o.stock"]
        for key in set(
            self.filtered(lambda hold: hold.state == "active").mapped("key")
        ):
            stock._release(key, reason)

    @api.model
    def _cron_expire(self):
        """Write down what time has ended already, and see to what is owed."""
        cron = self.env["ir.cron"]
        stock = self.env["o2o.stock"]
        for _batch in range(20):
            closed = stock._expire_overdue(limit=500)
            if not cron._commit_progress(closed) or not closed:
                break
        stock._do_left_work()
        stock._serve_owed()
        stock._sweep()
        cron._commit_progress()
        self.env["o2o.stock.breach"]._repair_open()
