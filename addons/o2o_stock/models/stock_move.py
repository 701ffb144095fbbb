from uuid import uuid4

from odoo import models

from ..const import get_hold_keys, is_gone


class StockMove(models.Model):
    _inherit = "stock.move"

    def _o2o_get_hold_key(self):
        """Hook: whose hold covers this move, or ``None``."""
        self.ensure_one()
        order = self.sale_line_id.order_id
        return order._o2o_get_hold_key() if order else None

    def _o2o_get_hold_keys(self):
        """Hook: all holds that cover this move, the one to be used first in front.

        Called elevated: who reserves goods need not see the orders they are for.
        """
        key = self._o2o_get_hold_key()
        return [key] if key else list(get_hold_keys(self.env, "o2o_stock_sold"))

    def _o2o_is_guarded(self, location):
        """Whether a reservation of this move has to respect what others hold.

        Moves that pass on what earlier moves brought for them take nothing from the
        shelf; the sale of a till has happened, whatever was promised.
        """
        self.ensure_one()
        return bool(
            not is_gone(self.env)
            and not self.move_orig_ids
            and self.product_id.is_storable
            and location.usage == "internal"
            and location.warehouse_id
        )

    def _update_reserved_quantity_vals(
        self,
        need,
        location_id,
        lot_id=None,
        package_id=None,
        owner_id=None,
        strict=True,
    ):
        """Reserve no more than this move's own claim plus what nobody holds."""
        if need > 0 and self._o2o_is_guarded(location_id):
            need = self._o2o_limit_to_promised(need, location_id)
            if self.product_id.uom_id.is_zero(need):
                return [], 0
        return super()._update_reserved_quantity_vals(
            need,
            location_id,
            lot_id=lot_id,
            package_id=package_id,
            owner_id=owner_id,
            strict=strict,
        )

    def _o2o_limit_to_promised(self, need, location):
        """:return: how much of ``need`` may be reserved in the location's warehouse"""
        stock = self.env["o2o.stock"].sudo()
        product, warehouse = self.product_id, location.warehouse_id
        keys = self.sudo()._o2o_get_hold_keys()
        rest = need
        for key in keys:
            rest -= stock._take_allowance(key, product, warehouse, rest)
        if product.uom_id.compare(rest, 0.0) <= 0:
            return need
        more = stock._grab(
            f"stock.move/{self.id}/{uuid4().hex[:8]}",
            product,
            warehouse,
            rest,
            ignore_keys=[*keys, *get_hold_keys(self.env, "o2o_stock_ignore")],
        )
        return need - rest + more

    def _get_available_quantity(
        self,
        location_id,
        lot_id=None,
        package_id=None,
        owner_id=None,
        strict=False,
        allow_negative=False,
    ):
        """What is held for others is not available to this move."""
        quantity = super()._get_available_quantity(
            location_id,
            lot_id=lot_id,
            package_id=package_id,
            owner_id=owner_id,
            strict=strict,
            allow_negative=allow_negative,
        )
        if quantity <= 0 or not self._o2o_is_guarded(location_id):
            return quantity
        warehouse = location_id.warehouse_id
        free = (
            self.env["o2o.stock"]
            .sudo()
            ._get_available(
                self.product_id,
                warehouse,
                channel="office",
                ignore_keys=self.sudo()._o2o_get_hold_keys(),
            )[warehouse][self.product_id]
        )
        return min(quantity, max(free, 0.0))

    def _action_done(self, cancel_backorder=False):
        """Goods that leave without having been reserved may have been promised."""
        leaving = self.filtered(
            lambda move: (
                move.product_id.is_storable
                and move.location_id.usage == "internal"
                and move.location_id.warehouse_id
                and move.location_dest_id.warehouse_id != move.location_id.warehouse_id
                and move.state not in ("done", "cancel")
            )
        )
        sources = {move: move.location_id.warehouse_id for move in leaving}
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        done = [
            (move, warehouse)
            for move, warehouse in sources.items()
            if move.exists() and move.state == "done"
        ]
        if done:
            self._o2o_spend_holds(done)
            self._o2o_watch_promises(done)
        return moves

    def _o2o_spend_holds(self, done):
        """Goods that leave without a reservation use up their order's hold."""
        keys = {move: move.sudo()._o2o_get_hold_keys() for move, _warehouse in done}
        if not any(keys.values()):
            return
        stock = self.env["o2o.stock"].sudo()
        held = stock._get_pairs_that_hold({it for own in keys.values() for it in own})
        for move, warehouse in done:
            rest = move.product_uom._compute_quantity(
                move.quantity, move.product_id.uom_id
            )
            for key in keys[move]:
                if (key, move.product_id.id, warehouse.id) in held:
                    rest -= stock._take_allowance(key, move.product_id, warehouse, rest)

    def _o2o_watch_promises(self, done):
        """Report goods of which more is promised now than is there.

        What a till sells was claimed by force before, and reported then; of its sales
        only the reservations count that Odoo has taken from others.
        """
        stock = self.env["o2o.stock"].sudo()
        lost = self.env["stock.move.line"]._o2o_pop_lost()
        missing = {}
        if not is_gone(self.env):
            missing = stock._get_missing(
                self.env["product.product"].union(*(m.product_id for m, _w in done)),
                self.env["stock.warehouse"].union(*(w for _m, w in done)),
            )
        for move, warehouse in done:
            pair = (move.product_id.id, warehouse.id)
            if pair not in lost and pair not in missing:
                continue
            self.env["o2o.stock.breach"]._report(
                move.product_id,
                warehouse,
                missing.pop(pair, 0.0),
                "sale" if is_gone(self.env) else "stock",
                document=(
                    self.env.context.get("o2o_stock_document")
                    or move.picking_id.name
                    or move.reference
                ),
            )
            lost.discard(pair)
