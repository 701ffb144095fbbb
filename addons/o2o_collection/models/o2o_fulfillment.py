from odoo import fields, models


class O2oFulfillment(models.Model):
    """What leaves a store without being paid is collected at the door."""

    _inherit = "o2o.fulfillment"

    collection_ids = fields.One2many(
        "o2o.collection", "fulfillment_id", string="Collections", readonly=True
    )

    def _get_collection(self):
        """The collection of this part; empty where there is nothing to collect."""
        return self.collection_ids.filtered(lambda row: row.state != "cancelled")

    def _after_transition(self, old_state):
        result = super()._after_transition(old_state)
        if self.state == "shipped" and self._is_paid_at_door():
            self._make_collection()
        return result

    def _is_paid_at_door(self):
        """By the choice of the checkout, or because nothing else was agreed on."""
        self.ensure_one()
        order = self.order_id
        if order.currency_id.decimal_places != 2:
            # all is counted in hundredths here
            return False
        return order._o2o_has_promise() or not order._o2o_get_transaction()

    def _make_collection(self):
        """The courier is who ships, if that is somebody of the store and no express
        company carries it."""
        self.ensure_one()
        user = self.env.user
        is_own = user in self.store_id.user_ids and not self.courier_name
        courier = user if is_own else user.browse()
        self.env["o2o.collection"]._make(
            self, self.order_id._o2o_get_due_fen(self), courier
        )

    def _on_timer_receive(self):
        """Goods that were refused at the door do not count as received."""
        if self._get_collection().state == "refused":
            return None
        return super()._on_timer_receive()

    def _prepare_pos_dict(self):
        """A parcel that was paid at the door is not to be collected, whatever the rest
        of the order is."""
        values = super()._prepare_pos_dict()
        if collection := self._get_collection():
            values["is_cod"] = collection.state == "to_collect"
        return values
