"""Orders entered by hand take the road of those of the website (ORD-10, ORD-12)."""

from odoo import api, fields, models
from odoo.exceptions import UserError


class SaleOrder(models.Model):
    _inherit = "sale.order"

    o2o_is_manual = fields.Boolean(compute="_compute_o2o_is_manual")
    o2o_goes_to_store = fields.Boolean(
        string="Goes to a Store",
        compute="_compute_o2o_goes_to_store",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
        help="When the order is confirmed, a store is looked for and its tills ring.",
    )
    o2o_wished_kind = fields.Selection(
        [("delivery", "Store delivery"), ("pickup", "Pick-up in store")],
        string="Hand-out",
        default="delivery",
        required=True,
    )
    o2o_wished_store_id = fields.Many2one(
        "o2o.store",
        string="Wished Store",
        check_company=True,
        ondelete="restrict",
        copy=False,
        help="Empty: the store is found by the rules. Pick-up needs one.",
    )

    @api.depends("website_id")
    def _compute_o2o_is_manual(self):
        for order in self:
            order.o2o_is_manual = not order.website_id

    @api.depends("company_id", "website_id")
    def _compute_o2o_goes_to_store(self):
        for order in self:
            order.o2o_goes_to_store = (
                bool(order.company_id)
                and not order.website_id
                and order.company_id._o2o_routes_manual_orders()
            )

    def _o2o_needs_fulfillment(self):
        if super()._o2o_needs_fulfillment():
            return True
        return bool(
            not self.website_id
            and not self._o2o_is_of_till()
            and self.o2o_goes_to_store
            # sudo: who sells need not see which stores serve
            and not self.sudo().o2o_fulfillment_ids
            and self._o2o_get_wanted_quantities()
        )

    def _o2o_is_pickup(self):
        return super()._o2o_is_pickup() or (
            not self.website_id and self.o2o_wished_kind == "pickup"
        )

    def _o2o_get_pickup_store(self):
        """The store somebody chose by hand serves the order, whatever the rules say."""
        # sudo: routing runs for anybody who confirms
        wished_sudo = self.sudo().o2o_wished_store_id
        return wished_sudo or super()._o2o_get_pickup_store()

    def _o2o_check_wished_store(self):
        """Asked before the goods are held: what the order holds is not missing to it.

        :raise UserError: without the store to pick up at, or for what a store lacks
        """
        self.ensure_one()
        store_sudo = self.sudo().o2o_wished_store_id
        if self.website_id:
            return
        if self.o2o_wished_kind == "pickup" and not store_sudo:
            raise UserError(self.env._("Choose the store where it is picked up."))
        if not store_sudo:
            return
        free = store_sudo._get_free_quantities(self.order_line.product_id)
        missing = (
            self.env["o2o.sourcing"]
            .sudo()
            ._get_missing(self._o2o_get_wanted_quantities(), free[store_sudo])
        )
        if missing:
            raise UserError(
                self.env._(
                    "%(store)s does not have: %(goods)s.",
                    store=store_sudo.name,
                    goods=", ".join(item["product"] for item in missing),
                )
            )
