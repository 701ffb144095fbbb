"""Goods of an order that waits without a store stay promised to it (invariant 3)."""

from datetime import timedelta
from uuid import uuid4

from odoo import fields, models
from odoo.fields import Domain

from odoo.addons.o2o_stock.const import SHORT_MINUTES, HoldKeys

from ..const import OPEN_STATES


class O2oFulfillment(models.Model):
    """While nobody serves a part of an order, its goods are held for it.

    The hold is where the part could be served best: at the nearest store that has
    everything and did not refuse, then at head office, then at a store that refused;
    when nobody has everything, at the place that has most of it. It goes when the goods
    are reserved at the store that takes the order, or when the part is over. Each time
    a part starts to wait, the hold has a key of its own: what was claimed and undone
    never touches the hold that was there before.
    """

    _inherit = "o2o.fulfillment"

    hold_key = fields.Char(
        string="Held under",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The goods are promised to this order while it has no store",
    )

    # === HOLD AND LET GO === #

    def _hold_goods(self):
        """Promise the goods to this part until a store takes it.

        :return: what could not be held anywhere, ``{product: quantity}``
        """
        self.ensure_one()
        wanted = self._get_countable_wanted()
        key = f"{self._name}/{self.id}/{uuid4().hex[:8]}"
        warehouse, has_all = self._find_waiting_place(wanted)
        granted = wanted
        if not has_all or self._claim_at(warehouse, key, wanted):
            if has_all:
                # somebody was faster in this very moment
                fresh = self.with_context(o2o_stock_fresh=True)
                warehouse, _has_all = fresh._find_waiting_place(wanted)
            granted = self._claim_at(warehouse, key, wanted, partly=True)
        self._take_hold_over(key if granted else False, granted, warehouse)
        return {
            product: quantity - granted.get(product, 0.0)
            for product, quantity in wanted.items()
            if product.uom_id.compare(quantity, granted.get(product, 0.0)) > 0
        }

    def _claim_at(self, warehouse, key, wanted, partly=False):
        """:return: shortages, or with ``partly`` what was promised by product"""
        # sudo: tills and timers send orders on, and write no holds
        stock_sudo = self.env["o2o.stock"].sudo()
        claim = stock_sudo._claim_part if partly else stock_sudo._claim
        answer = claim(
            key,
            [(product, warehouse, quantity) for product, quantity in wanted.items()],
            # lengthened after the commit
            fields.Datetime.now() + timedelta(minutes=SHORT_MINUTES),
            "web",
            {
                "res_model": self._name,
                "res_id": self.id,
                "owner_name": self.order_id.name,
            },
            ignore_keys=self._get_hold_keys(),
        )
        stock_sudo._bind_to_commit(key)
        if not partly:
            return answer
        return {product: quantity for (product, _place), quantity in answer.items()}

    def _take_hold_over(self, key, granted, warehouse):
        """The new hold takes the place of the old one, and of the order's own."""
        stock_sudo = self.env["o2o.stock"].sudo()
        self._let_goods_go()
        self.sudo().hold_key = key
        if not key:
            return
        stock_sudo._keep_unspent([key])
        order_key = self.order_id._o2o_get_hold_key()
        for product, quantity in granted.items():
            stock_sudo._take_allowance(order_key, product, warehouse, quantity)
        self._release_order_hold()

    def _release_order_hold(self):
        """The hold of the submission has done its work once every part of the order has
        a store or a hold of its own."""
        order_sudo = self.order_id.sudo()
        parts = order_sudo.o2o_fulfillment_ids.filtered(lambda it: it._is_open())
        if all(part.store_id or part.hold_key for part in parts):
            self.env["o2o.stock"].sudo()._release_elsewhere(
                order_sudo._o2o_get_hold_key(),
                parts.store_id.warehouse_id,
                self.env._("Every part of the order has its goods"),
            )

    def _let_goods_go(self):
        """The goods are reserved at a store, or nobody wants them any more."""
        stock_sudo = self.env["o2o.stock"].sudo()
        for record in self.sudo().filtered("hold_key"):
            stock_sudo._use(record.hold_key)
            record.hold_key = False

    def _get_hold_keys(self):
        """Whose holds do not stand in the way of this part."""
        self.ensure_one()
        part_sudo = self.sudo()
        keys = [part_sudo.order_id._o2o_get_hold_key()]
        return [part_sudo.hold_key, *keys] if part_sudo.hold_key else keys

    def _with_own_goods(self):
        """This part, for reading stock: what is held for it counts as free."""
        return self.with_context(o2o_stock_ignore=HoldKeys(self._get_hold_keys()))

    def _get_countable_wanted(self):
        """What has to be on a shelf, ``{product: quantity in its unit}``."""
        self.ensure_one()
        wanted = self.order_id._o2o_get_wanted_quantities(self._get_wanted())
        return {
            product: quantity
            for product, quantity in wanted.items()
            if product.is_storable and not product.allow_out_of_stock_order
        }

    def _find_waiting_place(self, wanted):
        """Where the goods are held best while the part has no store.

        :param dict wanted: ``{product: quantity in its unit}``
        :return: tuple ``(stock.warehouse, whether it has everything)``
        """
        self.ensure_one()
        stores = self.env["o2o.store"].sudo()
        head_office = self.company_id._o2o_ensure_head_office()
        if not wanted:
            return head_office.warehouse_id, False
        stores = stores.search(Domain("company_id", "=", self.company_id.id))
        refusing = self._get_refusing_stores()
        products = self.env["product.product"].union(*wanted)
        ignoring = stores.with_context(o2o_stock_ignore=HoldKeys(self._get_hold_keys()))
        free = ignoring._get_free_quantities(products)
        latitude, longitude = self.env["o2o.sourcing"]._get_destination(self.order_id)

        def get_share(store):
            """How much of it the store has, from 0 to 1."""
            return sum(
                min(max(free[store].get(product, 0.0), 0.0) / quantity, 1.0)
                for product, quantity in wanted.items()
            ) / len(wanted)

        def rank(store):
            distance = store._get_distance_km(latitude, longitude)
            return (
                -get_share(store),
                store in refusing,
                store.is_head_office,
                store.is_paused,
                distance is None,
                distance or 0.0,
                store.id,
            )

        best = min(ignoring, key=rank)
        has_all = all(
            product.uom_id.compare(free[best].get(product, 0.0), quantity) >= 0
            for product, quantity in wanted.items()
        )
        return best.with_env(self.env).warehouse_id, has_all

    def _is_waiting_key(self, key):
        """Whether a hold is still needed by its part."""
        part_sudo = self.sudo()
        return bool(
            part_sudo and part_sudo.hold_key == key and part_sudo.state in OPEN_STATES
        )

    # === THE WAY OF AN ORDER === #

    def _present_by_pool(self):
        self._hold_goods()
        return super()._present_by_pool()

    def _present_by_choice(self):
        self._hold_goods()
        return super()._present_by_choice()

    def _move_to_store(self, store):
        """Reserved is better than held; what a store lacks stays held where it is."""
        result = super()._move_to_store(store)
        self._let_reserved_go()
        return result

    def _present_by_transit(self):
        """What another store brings is reserved there."""
        result = super()._present_by_transit()
        self._let_reserved_go()
        return result

    def _let_reserved_go(self):
        part_sudo = self.sudo()
        if not part_sudo.store_id or not part_sudo.hold_key:
            return
        part_sudo.invalidate_recordset(["picking_ids"])
        moves = part_sudo.picking_ids.move_ids.filtered(
            lambda move: move.state not in ("done", "cancel") and not move.move_orig_ids
        )
        if moves and all(move.state == "assigned" for move in moves):
            self._let_goods_go()

    def _after_transition(self, old_state):
        result = super()._after_transition(old_state)
        if self.state not in OPEN_STATES:
            self._let_goods_go()
        return result

    def _offer_to_next_store(self):
        return super(O2oFulfillment, self._with_own_goods())._offer_to_next_store()

    def _reroute(self, note=None):
        return super(O2oFulfillment, self._with_own_goods())._reroute(note)

    def _assign_from_pool(self):
        return super(O2oFulfillment, self._with_own_goods())._assign_from_pool()

    def _get_able_stores(self, wanted=None):
        own = self._with_own_goods()
        stores = super(O2oFulfillment, own)._get_able_stores(wanted)
        return stores.with_env(self.env)

    def _get_missing_at(self, store):
        keys = HoldKeys(self._get_hold_keys())
        return super()._get_missing_at(store.with_context(o2o_stock_ignore=keys))
