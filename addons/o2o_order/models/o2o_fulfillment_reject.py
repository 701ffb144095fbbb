"""A rejection that repairs: the reason says what is put right (ROUT-08, idea 2)."""

from odoo import models
from odoo.exceptions import UserError

from .o2o_store_till import MAX_COUNT


class O2oFulfillment(models.Model):
    _inherit = "o2o.fulfillment"

    def _pos_act_reject(self, values):
        """``reason_id``, ``note``, and for a reason that asks to count ``counts``:
        ``{product id: pieces on the shelf}``"""
        self.ensure_one()
        reason_id = values.get("reason_id")
        reason = self.env["o2o.reject.reason"].search(
            [("id", "=", reason_id if isinstance(reason_id, int) else 0)]
        )
        counts = self._read_counts(values.get("counts"))
        self._turn_down(reason, str(values.get("note") or "")[:500], counts=counts)

    def _turn_down(self, reason, note=None, counts=None):
        """:param dict counts: ``{product: pieces on the shelf}``, for the till only"""
        self.ensure_one()
        store = self.store_id
        has_count = bool(counts) and reason.stock_effect == "count"
        if has_count:
            self._lock_rows()
            self._check_counts(counts)
        result = super()._turn_down(reason, note)
        # the goods are free again by now: what is counted is what others may have
        if has_count:
            self._correct_stock(store, self._cap_counts(store, counts))
        reason._rest_store(store)
        return result

    def _read_counts(self, counts):
        """Believe nothing of what the till sends but numbers of articles of this order.

        :return: ``{product: quantity}``
        :raise UserError: anything else
        """
        self.ensure_one()
        products = {str(product.id): product for product in self.line_ids.product_id}
        result = {}
        for product_id, quantity in (counts or {}).items():
            product = products.get(str(product_id))
            if not product:
                raise UserError(self.env._("Only goods of this order can be counted."))
            result[product] = self._read_quantity(quantity, MAX_COUNT)
        return result

    def _read_quantity(self, quantity, maximum):
        """:raise UserError: no number, negative, or above the maximum"""
        is_number = isinstance(quantity, (int, float)) and not isinstance(
            quantity, bool
        )
        # a NaN is neither: all comparisons with it are false
        if not is_number or not 0 <= quantity <= maximum:
            raise UserError(
                self.env._(
                    "Please enter a quantity from 0 to %s.",
                    f"{maximum:g}",
                )
            )
        return quantity

    def _cap_counts(self, store, counts):
        """A rejection corrects downwards: more than the books say is found by an
        inventory, not by who has just refused an order."""
        position = store._get_stock_position(self.env["product.product"].union(*counts))
        return {
            product: min(counted, max(position[product][0], 0.0))
            for product, counted in counts.items()
        }

    def _check_counts(self, counts):
        """Who counts enough of everything has no reason to reject."""
        position = self.store_id._get_stock_position(
            self.env["product.product"].union(*counts)
        )
        reserved = self._get_reserved_quantities()
        wanted = self.order_id._o2o_get_wanted_quantities(self._get_wanted())
        for product, counted in counts.items():
            of_others = position[product][1] - reserved.get(product, 0.0)
            if product.uom_id.compare(counted - of_others, wanted[product]) < 0:
                return
        raise UserError(
            self.env._(
                "By your count the goods are there: accept the order, or choose"
                " another reason."
            )
        )

    def _get_reserved_quantities(self):
        """What the open transfers of this fulfillment have reserved, per product."""
        self.ensure_one()
        reserved = {}
        for line in self.picking_ids.move_line_ids:
            if line.state not in ("done", "cancel"):
                product = line.product_id
                reserved[product] = (
                    reserved.get(product, 0.0) + line.quantity_product_uom
                )
        return reserved

    def _correct_stock(self, store, counts):
        """Make the books follow the shelf, and keep who said so."""
        self.ensure_one()
        changed = store._apply_count(
            counts, self.env._("Counted at the till for %s", self.order_id.name)
        )
        if not changed:
            return
        self._log_event(
            "counted",
            note="; ".join(
                f"{product.display_name}: {before:g} \u2192 {after:g}"
                for product, (before, after) in changed.items()
            ),
        )
