"""The goods of an online order are held where routing would send it (SUP-09)."""

from odoo import fields, models

from ..const import OPEN_STATES


class SaleOrder(models.Model):
    _inherit = "sale.order"

    o2o_hold_decision_id = fields.Many2one(
        "o2o.routing.decision",
        string="Routing of the hold",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="The stores that hold the goods until the order is confirmed",
    )

    def _o2o_get_stock_demands(self):
        self.ensure_one()
        if self.o2o_fulfillment_ids:
            return self._o2o_get_fulfillment_demands()
        if not self._o2o_needs_fulfillment():
            return super()._o2o_get_stock_demands()
        # sudo: submitted by the member, who sees no stores' stock
        order_sudo = self.sudo()
        sourcing_sudo = order_sudo.env["o2o.sourcing"]
        decision = sourcing_sudo.with_context(o2o_stock_decide=True)._decide(order_sudo)
        order_sudo.o2o_hold_decision_id = decision
        return order_sudo._o2o_get_decision_demands(decision)

    def _o2o_get_fulfillment_demands(self):
        """What the stores of a routed order keep for it."""
        self.ensure_one()
        wanted = self._o2o_get_stock_wanted()
        return [
            (
                line.product_id,
                fulfillment.store_id.warehouse_id,
                line._get_stock_quantity(),
            )
            for fulfillment in self.sudo().o2o_fulfillment_ids
            if fulfillment.state in OPEN_STATES and fulfillment.store_id
            for line in fulfillment.line_ids
            if line.product_id in wanted
        ]

    def _o2o_get_decision_demands(self, decision):
        """What a routing decision asks of each store's stock."""
        self.ensure_one()
        wanted = self._o2o_get_stock_wanted()
        lines = {line.id: line for line in self.order_line}
        demands = []
        for part in decision.parts or []:
            warehouse = self._o2o_get_part_warehouse(decision, part)
            for line_id, quantity in part["lines"]:
                line = lines[line_id]
                if line.product_id not in wanted or not warehouse:
                    continue
                amount = line.product_uom_id._compute_quantity(
                    quantity, line.product_id.uom_id
                )
                demands.append((line.product_id, warehouse, amount))
        return demands

    def _o2o_get_part_warehouse(self, decision, part):
        """Where the goods of a part are held.

        A part that looks for its store (grab pool) is held at the best one of those
        that could serve it, so that the goods are promised once.
        """
        stores = self.env["o2o.store"]
        if part["store_id"]:
            return stores.browse(part["store_id"]).warehouse_id
        able = [
            fact["store_id"]
            for fact in decision.facts or []
            if fact.get("excluded_by") in (None, False, "farther")
        ]
        return stores.browse(able[:1]).exists().warehouse_id

    def _o2o_get_held_decision(self):
        """The decision the goods are held for, when it still fits the order."""
        self.ensure_one()
        order_sudo = self.sudo()
        decision = order_sudo.o2o_hold_decision_id
        if not decision or decision.fulfillment_id or not decision.parts:
            return decision.browse()
        held = {}
        for part in decision.parts:
            for line_id, quantity in part["lines"]:
                held[line_id] = held.get(line_id, 0.0) + quantity
        wanted = {line.id: it for line, it in order_sudo._o2o_get_wanted().items()}
        if held != wanted or decision.region_id != order_sudo.o2o_region_id:
            return decision.browse()
        picked = order_sudo._o2o_get_pickup_store()
        if picked and picked != decision.store_id:
            return decision.browse()
        demands = order_sudo._o2o_get_decision_demands(decision)
        key = self._o2o_get_hold_key()
        if not self.env["o2o.stock"].sudo()._is_held(key, demands):
            return decision.browse()
        return decision

    def _o2o_get_shortage_message(self):
        """A cart's own hold is not missing to it."""
        order = self.with_context(o2o_stock_ignore=(self._o2o_get_hold_key(),))
        return super(SaleOrder, order)._o2o_get_shortage_message()

    def _get_insufficient_stock_data(self, wh_id):
        """A store to collect at gives what the website may take, the own hold too."""
        order = self.with_context(
            o2o_stock_channel="web", o2o_stock_ignore=(self._o2o_get_hold_key(),)
        )
        data = super(SaleOrder, order)._get_insufficient_stock_data(wh_id)
        return {line.with_env(self.env): quantity for line, quantity in data.items()}

    def _o2o_get_serving_warehouses(self):
        """The store chosen to collect at, or the stores of the region."""
        self.ensure_one()
        if self._o2o_is_pickup() and self.warehouse_id:
            return self.sudo().warehouse_id
        return (
            self.website_id._o2o_get_region_warehouses(self.o2o_region_id)
            or super()._o2o_get_serving_warehouses()
        )

    def _action_confirm(self):
        """Hold first, so that an order is never routed to goods that others took."""
        keys = tuple(order._o2o_get_hold_key() for order in self)
        orders = self.with_context(o2o_stock_ignore=keys)
        for order in orders:
            if order._o2o_needs_fulfillment() and not order._o2o_get_held_decision():
                order._o2o_claim_or_refuse()
        return super(SaleOrder, orders)._action_confirm()
