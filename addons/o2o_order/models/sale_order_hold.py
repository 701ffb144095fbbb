"""The goods of an online order are held where routing would send it (SUP-09)."""

from datetime import timedelta

from odoo import fields, models

from odoo.addons.o2o_stock.const import HoldKeys

from ..lib.rules import REASONS
from ..lib.splitting import can_serve


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

    o2o_member_hold_ids = fields.One2many(
        "o2o.member.hold",
        "order_id",
        string="Pieces Kept Before",
        groups="o2o_order.o2o_order_group_user",
    )

    # === WHERE === #

    def _o2o_get_stock_demands(self):
        self.ensure_one()
        if not self._o2o_needs_fulfillment():
            if self.o2o_review_state == "to_review":
                # what head office still looks at stays where it was held
                order_sudo = self.sudo()
                decision = order_sudo.o2o_hold_decision_id
                return order_sudo._o2o_get_decision_demands(decision)
            # a routed order has its goods reserved, store by store
            routed = self.o2o_fulfillment_ids
            return [] if routed else super()._o2o_get_stock_demands()
        # sudo: submitted by the member, who sees no stores' stock
        order_sudo = self.sudo()
        sourcing_sudo = order_sudo.env["o2o.sourcing"].with_context(o2o_use_held=False)
        decision = sourcing_sudo._decide(order_sudo)
        order_sudo.o2o_hold_decision_id = decision
        return order_sudo._o2o_get_decision_demands(decision)

    def _o2o_get_decision_demands(self, decision):
        """What a routing decision asks of each store's stock."""
        self.ensure_one()
        wanted = self._o2o_get_stock_wanted()
        lines = {line.id: line for line in self.order_line}
        demands = []
        for part in decision.parts or []:
            here = self._o2o_get_part_warehouse(decision, part)
            transit = part.get("transit") or {"store_id": False, "lines": []}
            brought = dict(transit["lines"])
            source = self.env["o2o.store"].browse(transit["store_id"] or ())
            for line_id, quantity in part["lines"]:
                line = lines[line_id]
                if line.product_id not in wanted:
                    continue
                warehouse = source.warehouse_id if line_id in brought else here
                amount = line.product_uom_id._compute_quantity(
                    quantity, line.product_id.uom_id
                )
                demands.append((line.product_id, warehouse, amount))
        return demands

    def _o2o_get_part_warehouse(self, decision, part):
        """Where the goods of a part are held.

        A part that looks for its store (grab pool) is held at the best one of those
        that could serve it, so that the goods are promised once. Nobody has the goods:
        head office is asked, which has not either, and says how much is left.
        """
        stores = self.env["o2o.store"]
        if part["store_id"]:
            return stores.browse(part["store_id"]).warehouse_id
        able = [
            fact["store_id"]
            for fact in decision.facts or []
            if fact.get("excluded_by") not in REASONS.values()
            and not fact.get("missing")
        ]
        if not able and part["via"] == "pool":
            able = self._o2o_get_pool_store_ids(decision)
        store = stores.browse(able[:1]).exists()
        return (store or self.company_id._o2o_ensure_head_office()).warehouse_id

    def _o2o_get_pool_store_ids(self, decision):
        """Stores that could grab this order, the nearest first."""
        self.ensure_one()
        sourcing = self.env["o2o.sourcing"]
        request = sourcing._prepare_request(self)
        rows = sourcing._find_pool_rows(request, decision.rule_set_id._get_rules())
        return [row["id"] for row in rows if can_serve(request["lines"], row)]

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

    def _o2o_get_own_keys(self):
        """Pieces a store keeps for the member (idea 22) are this cart's as well, and
        those an order took over stay its own."""
        keys = super()._o2o_get_own_keys()
        kept_sudo = self.env["o2o.member.hold"]._get_of(self)
        return (*keys, *(hold._get_key() for hold in kept_sudo))

    def _o2o_claim_stock(self, until=None):
        """What a store kept for the member goes into the order, however it is paid."""
        shortages = super()._o2o_claim_stock(until)
        if not shortages and self.website_id and self.state in ("draft", "sent"):
            pieces_sudo = self.env["o2o.member.hold"]._get_of(self)
            if pieces_sudo.filtered(lambda hold: hold.state == "active"):
                # sudo: members write no holds
                order_sudo = self.sudo()
                decision = order_sudo.o2o_hold_decision_id
                pieces_sudo._use_for(
                    order_sudo, order_sudo._o2o_get_decision_demands(decision)
                )
        return shortages

    # === HOW LONG === #

    def _o2o_get_hold_minutes(self):
        """Not shorter than the time to pay."""
        minutes = super()._o2o_get_hold_minutes()
        return max(minutes, self.company_id.o2o_unpaid_minutes)

    # === THE SHOP === #

    def _o2o_get_shortage_message(self):
        """A cart's own hold is not missing to it."""
        order = self.with_context(o2o_stock_ignore=HoldKeys(self._o2o_get_own_keys()))
        return super(SaleOrder, order)._o2o_get_shortage_message()

    def _o2o_has_goods_at_hand(self):
        order = self.with_context(o2o_stock_ignore=HoldKeys(self._o2o_get_own_keys()))
        return super(SaleOrder, order)._o2o_has_goods_at_hand()

    def _get_insufficient_stock_data(self, wh_id):
        """A store to collect at gives what the website may take, the own hold too."""
        order = self.with_context(
            o2o_stock_channel="web", o2o_stock_ignore=HoldKeys(self._o2o_get_own_keys())
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

    # === CONFIRMATION === #

    def _action_confirm(self):
        """Hold first, so that an order is never routed to goods that others took."""
        ignored = HoldKeys(key for order in self for key in order._o2o_get_own_keys())
        orders = self.with_context(o2o_stock_ignore=ignored, o2o_use_held=True)
        for order in orders.filtered(lambda order: order._o2o_needs_fulfillment()):
            order._o2o_check_wished_store()
            order._o2o_secure_goods()
        return super(SaleOrder, orders)._action_confirm()

    def _o2o_secure_goods(self):
        """Prolong the hold of the submission, or claim the goods now."""
        self.ensure_one()
        decision = self._o2o_get_held_decision()
        if decision:
            order_sudo = self.sudo()
            shortages = order_sudo.env["o2o.stock"]._claim(
                self._o2o_get_hold_key(),
                order_sudo._o2o_get_decision_demands(decision),
                fields.Datetime.now() + timedelta(minutes=self._o2o_get_hold_minutes()),
                "web" if self._o2o_is_online() else "office",
                {
                    "res_model": self._name,
                    "res_id": self.id,
                    "owner_name": self.name,
                },
                ignore_keys=self._o2o_get_own_keys(),
            )
            if not shortages:
                return
        self._o2o_claim_or_refuse()
