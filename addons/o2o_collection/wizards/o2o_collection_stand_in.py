from odoo import api, fields, models


class O2oCollectionStandIn(models.TransientModel):
    """A manager hands over for a courier who does not come (FAULT-64).

    The manager gets the code that the courier would have; the till counts and takes as
    always. What is not there any more is a difference for head office, like others.
    """

    _name = "o2o.collection.stand.in"
    _description = "Hand-over for an Absent Courier"

    collection_id = fields.Many2one("o2o.collection", required=True, readonly=True)
    store_id = fields.Many2one(related="collection_id.store_id")
    courier_id = fields.Many2one(
        "res.users",
        required=True,
        compute="_compute_courier_id",
        precompute=True,
        store=True,
        readonly=False,
        domain="[('id', 'in', courier_ids)]",
    )
    courier_ids = fields.Many2many(
        "res.users",
        string="Couriers",
        compute="_compute_courier_ids",
        # also those who left
        context={"active_test": False},
        help="Who carries money of it",
    )
    reason = fields.Char()
    code = fields.Char(readonly=True)

    @api.depends("collection_id")
    def _compute_courier_ids(self):
        for wizard in self:
            wizard.courier_ids = wizard.collection_id._get_carried().user_id

    @api.depends("collection_id")
    def _compute_courier_id(self):
        for wizard in self:
            wizard.courier_id = wizard.collection_id._get_carried().user_id[:1]

    def action_confirm(self):
        """Show the code for the cashier.

        :raise AccessError: not a manager of head office
        :raise UserError: no reason, or nothing is held
        """
        self.ensure_one()
        row_sudo = self.collection_id._as_head_office()
        # sudo: the check above, and that of managers in the method
        handover_sudo = (
            self.env["o2o.collection.handover"]
            .sudo()
            ._begin_for(row_sudo.store_id, self.courier_id, self.reason)
        )
        self.code = handover_sudo.code
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Hand over for a courier"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }
