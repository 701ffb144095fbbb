from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.o2o_order.const import CHANGE_CONTEXT
from odoo.addons.o2o_stock.const import HoldKeys

from ..const import STORE_ANSWERS

#: other stores shown: the nearest ones, and none that is a journey away
STORE_LIMIT = 5
STORE_MAX_KM = 50
#: key of the context: the store the member named with the answer
STORE_KEY = "o2o_pickup_store_id"


class O2oOrderChoice(models.Model):
    """The store cannot: collect elsewhere, have it delivered, or cancel (issue 4)."""

    _inherit = "o2o.order.choice"

    kind = fields.Selection(
        [("goods", "Goods are missing"), ("store", "The store cannot")],
        required=True,
        readonly=True,
        default="goods",
    )
    answer = fields.Selection(selection_add=STORE_ANSWERS)

    # === WHAT CAN BE CHOSEN === #

    def _get_answers(self):
        if self.kind == "store":
            return [answer for answer, _label in STORE_ANSWERS]
        return super()._get_answers()

    def _get_options(self):
        if self.kind != "store":
            return super()._get_options()
        choice = self.sudo()  # facts of stores the customer does not see
        return [
            self._prepare_option(answer, 0.0)
            for answer in choice._get_answers()
            if choice._is_possible(answer)
        ]

    def _is_possible(self, answer):
        if self.kind != "store":
            return super()._is_possible(answer)
        if answer == "pickup_other":
            stores = self._get_other_stores()
            wanted = self.env.context.get(STORE_KEY)
            return bool(stores) if wanted is None else wanted in stores.ids
        if answer == "delivery":
            return bool(self._get_delivery_address() and self._get_delivery_method())
        return answer == "cancel"

    def _get_other_stores(self):
        """Stores near the first one that have everything now, the nearest first."""
        self.ensure_one()
        order, part = self.order_id, self.fulfillment_id
        stores = self._get_stores_to_collect_at().filtered(
            lambda store: not store.is_on_break
        )
        stores -= part._get_refusing_stores() | self.store_id
        wanted = order._o2o_get_wanted_quantities(part._get_wanted())
        # what waits for this very order is free for it
        own = HoldKeys(part._get_hold_keys())
        free = stores.with_context(o2o_stock_ignore=own)._get_free_quantities(
            part.line_ids.product_id
        )
        sourcing = self.env["o2o.sourcing"]
        able = stores.filtered(
            lambda store: (
                not sourcing._get_missing(wanted, free[store])
                and (
                    self._get_way(store) <= STORE_MAX_KM
                    # where coordinates are missing the member judges by the address
                    or self._get_way(store) == float("inf")
                )
            )
        )
        return able.sorted(lambda store: (self._get_way(store), store.id))[:STORE_LIMIT]

    def _get_stores_to_collect_at(self):
        """Those of the way of delivery; an order entered by hand has none of these."""
        order = self.order_id
        if order.carrier_id.delivery_type == "in_store":
            return order._o2o_get_pickup_stores(order.carrier_id)
        return self.env["o2o.store"].search(
            [
                ("company_id", "=", order.company_id.id),
                ("is_head_office", "=", False),
                ("is_paused", "=", False),
            ]
        )

    def _get_way(self, store):
        """Kilometres from the store that refused; what is not known comes last."""
        distance = self.store_id._get_distance_km(store.latitude, store.longitude)
        return float("inf") if distance is None else distance

    def _get_way_text(self, store):
        way = self._get_way(store)
        if way == float("inf"):
            return ""
        return self.env._("%.1f km from there", way)

    def _get_delivery_address(self):
        """Where the member lives, as far as it is known."""
        order = self.order_id
        addresses = order.partner_id | order._o2o_get_delivery_addresses()
        return addresses.filtered(
            lambda it: it.street and it.city and not it.is_pickup_location
        )[:1]

    def _get_delivery_method(self):
        order = self.order_id
        return order._get_delivery_methods().filtered(
            lambda method: method.delivery_type != "in_store"
        )[:1]

    # === ANSWERING === #

    def _answer_by_silence(self):
        """Nobody said where to: the money goes back."""
        if self.kind == "store":
            return self._answer("cancel", "silence")
        return super()._answer_by_silence()

    def _apply_pickup_other(self):
        """Only a store the member has named; the answer alone names none."""
        wanted = self.env.context.get(STORE_KEY)
        store = self._get_other_stores().filtered(lambda it: it.id == wanted)
        if not store:
            raise UserError(
                self.env._("This is not possible any more. Please choose again.")
            )
        part = self.fulfillment_id
        decision = self.env["o2o.sourcing"]._decide_by_hand(
            self.order_id, store, part._get_wanted(), "pickup"
        )
        part._follow(decision)

    def _apply_delivery(self):
        """The way to the door is on the house: nothing is added to the order."""
        order, part = self.order_id, self.fulfillment_id
        order.with_context(
            update_delivery_shipping_partner=True, **CHANGE_CONTEXT
        ).write(
            {
                "carrier_id": self._get_delivery_method().id,
                "pickup_location_data": False,
                "o2o_wished_kind": "delivery",
                "o2o_wished_store_id": False,
                "partner_shipping_id": self._get_delivery_address().id,
            }
        )
        order._o2o_release_slot()
        order._o2o_note_slot(None)
        part.delivery_kind = "delivery"
        part._offer_to_next_store()

    def _apply_cancel(self):
        """The end of this part, and of the order when it was the last one."""
        self.fulfillment_id._mark_rejected()
