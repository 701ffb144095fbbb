"""A store that accepted, and cannot do it, hands the order to another one."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

#: a list a person chooses from
STORE_LIMIT = 30


class O2oFulfillment(models.Model):
    _inherit = "o2o.fulfillment"

    @api.model
    def pos_stores(self, config_id, fulfillment_id):
        """Stores that could take an order over, nearest to the customer first.

        :return: dict ``status``, ``message``, ``stores``: list of dict ``id``,
            ``name``, ``phone``, ``distance_km`` (from this store), ``customer_km``
        """
        store_sudo = self._get_pos_store_sudo(config_id)
        order_sudo = self.sudo().search(
            [("id", "=", fulfillment_id if isinstance(fulfillment_id, int) else 0)]
        )
        if not store_sudo or order_sudo.store_id != store_sudo:
            return {**self._pos_answer("gone"), "stores": []}
        stores_sudo = order_sudo._get_able_stores()[:STORE_LIMIT]
        return {
            "status": "ok",
            "message": "",
            "stores": [
                {
                    "id": store.id,
                    "name": store.name,
                    "phone": store.phone or "",
                    "distance_km": self._round_km(
                        store._get_distance_km(
                            store_sudo.latitude, store_sudo.longitude
                        )
                    ),
                    "customer_km": self._round_km(order_sudo._get_km_from(store)),
                }
                for store in stores_sudo
            ],
        }

    @api.model
    def _round_km(self, distance):
        return False if distance is None else round(distance, 1)

    def _get_km_from(self, store):
        self.ensure_one()
        partner = self.partner_shipping_id
        return store._get_distance_km(
            partner.partner_latitude, partner.partner_longitude
        )

    def _get_able_stores(self, wanted=None):
        """Stores that have the goods now and take orders, nearest first.

        :param dict wanted: ``{sale.order.line: quantity}``, default all of this one
        """
        self.ensure_one()
        now = fields.Datetime.now()
        quantities = self.order_id._o2o_get_wanted_quantities(
            wanted or self._get_wanted()
        )
        stores = self.env["o2o.store"].search(
            Domain("company_id", "=", self.company_id.id)
            & Domain("id", "!=", self.store_id.id)
            & Domain("is_paused", "=", False)
            & (Domain("paused_until", "=", False) | Domain("paused_until", "<=", now))
        )
        stores -= self._get_refusing_stores()
        free = stores._get_free_quantities(
            self.env["product.product"].union(*quantities)
        )
        able = stores.filtered(
            lambda store: all(
                product.uom_id.compare(free[store].get(product, 0.0), quantity) >= 0
                for product, quantity in quantities.items()
            )
        )
        # hours of all stores at once, however many have the goods
        opening = stores._get_opening_times(self.company_id, now)
        able = able.filtered(
            lambda store: (
                not store.calendar_id or opening.get(store.calendar_id.id) == now
            )
        )

        def rank(store):
            distance = self._get_km_from(store)
            return (distance is None, distance or 0.0, store.id)

        return able.sorted(rank)

    def _pos_act_pass_on(self, values):
        """``store_id``: false lets the system choose; ``reason``: why, in short"""
        self.ensure_one()
        reason = str(values.get("reason") or "").strip()[:200]
        if not reason:
            raise UserError(
                self.env._("Please say in a few words why you cannot do it.")
            )
        stores = self.env["o2o.store"]
        if values.get("store_id"):
            stores = self._get_able_stores().filtered(
                lambda store: store.id == values["store_id"]
            )
            if not stores:
                raise UserError(
                    self.env._("This store cannot take the order now: choose another.")
                )
        self._pass_on(stores, reason)

    def _pass_on(self, store, reason):
        """The present store gives the order up; the other store's tills ring.

        :param o2o.store store: empty lets routing choose
        """
        self.ensure_one()
        if self.delivery_kind == "pickup":
            raise UserError(
                self.env._("The customer chose this store to collect at: please call.")
            )
        if self.state not in ("accepted", "picking", "ready"):
            raise UserError(
                self.env._("Only an accepted order can be handed to another store.")
            )
        old_store = self.store_id
        # routing must not come back to who has just given it up
        self.offer_ids.filtered(
            lambda offer: offer.store_id == old_store and offer.state == "accepted"
        ).write({"state": "rejected", "note": reason})
        self._log_event("handed_over", from_state=self.state, note=reason)
        self._enter(
            "pooled", {"accepted_at": False, "accepted_by_id": False}, note=reason
        )
        if store:
            sourcing = self.env["o2o.sourcing"]
            self._follow(
                sourcing._decide_by_hand(
                    self.order_id, store, self._get_wanted(), "till"
                )
            )
        else:
            self._offer_to_next_store()
        self._notify_change("passed_on", stores=old_store)
