"""A fulfillment follows what is changed about its order (ORD-04)."""

from odoo import models


class O2oFulfillment(models.Model):
    _inherit = "o2o.fulfillment"

    def _note_change(self, note):
        """Tell the till that serves it; the store keeps the order."""
        self.ensure_one()
        self._log_event("changed", note=note)
        self._notify_change("changed")

    def _serves_address(self, old_region):
        """Whether the store may keep the order after the address moved.

        :param o2o.region old_region: of the order before
        """
        self.ensure_one()
        region = self.order_id.o2o_region_id
        city = region and region._get_city()
        if city == (old_region and old_region._get_city()):
            return bool(self.store_id)
        return bool(
            self.store_id.region_id and self.store_id.region_id._get_city() == city
        )

    def _get_missing_at(self, store):
        """What a store lacks for this fulfillment, as ``o2o.sourcing`` says it.

        Call it after :meth:`_cancel_transfers` for the store that holds it now.
        """
        self.ensure_one()
        wanted = self.order_id._o2o_get_wanted_quantities(self._get_wanted())
        products = self.line_ids.product_id
        free = store._get_free_quantities(products)[store]
        return self.env["o2o.sourcing"]._get_missing(wanted, free)

    def _reserve_or_reroute(self, note):
        """After its lines changed: reserve again here, or find a store that can."""
        self.ensure_one()
        self._cancel_transfers()
        # the question was about other quantities
        self.sudo()._get_open_choice().write({"state": "void"})
        self.env["o2o.timer"]._clear(self, "choice")
        if not self.line_ids:
            self._mark_cancelled(note)
            if not self.order_id._o2o_get_live_parts():
                self.order_id._o2o_cancel("head_office", note)
            return
        store = self.store_id
        if store and not self._get_missing_at(store):
            self._move_to_store(store)
            self._note_change(note)
        else:
            self._reroute(note)

    def _reroute(self, note=None):
        """Take it from its store and find one again, as if it had just come in."""
        self.ensure_one()
        if self.state != "pooled":
            self._mark_pooled(note)
        self._cancel_transfers()
        decision = self.env["o2o.sourcing"]._decide(
            self.order_id,
            wanted=self._get_wanted(),
            rejected_by=self._get_refusing_stores(),
        )
        if decision.parts:
            self._follow(decision)
        else:
            self._move_to_store(self.env["o2o.store"])
            self.order_id._o2o_raise_problem(
                "other", self.env._("No store can serve it."), fulfillment=self
            )

    def _send_to_store(self, store, note):
        """Head office names the store (ORD-04)."""
        self.ensure_one()
        sourcing = self.env["o2o.sourcing"]
        if self.state != "pooled":
            self._mark_pooled(note)
        decision = sourcing._decide_by_hand(
            self.order_id, store, self._get_wanted(), "hand"
        )
        self._follow(decision)
