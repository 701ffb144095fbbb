"""The pool as the tills see it: no name, phone or street before the grab is won."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class O2oFulfillment(models.Model):
    _inherit = "o2o.fulfillment"

    @api.model
    def pos_board(self, config_id):
        """The board, with what the store may grab."""
        board = super().pos_board(config_id)
        store = board["store"]
        board["pool"] = self._get_pos_pool(store["id"]) if store else []
        return board

    @api.model
    def _get_pos_pool(self, store_id):
        """Runs after the check of the till's store."""
        # sudo: a pooled order belongs to no store, so no cashier reads it
        rows_sudo = (
            self.env["o2o.pool.announcement"]
            .sudo()
            .search(
                Domain("store_id", "=", store_id)
                & Domain("state", "=", "open")
                & Domain("fulfillment_id.state", "=", "pooled"),
                order="id",
            )
        )
        return [
            row.fulfillment_id._prepare_pool_dict(row.distance_km) for row in rows_sudo
        ]

    def _prepare_pool_dict(self, distance_km):
        """What, how many, how far; the district, not the address."""
        self.ensure_one()
        region = self.order_id.o2o_region_id
        return {
            "id": self.id,
            "name": self.name,
            "delivery_kind": self.delivery_kind,
            "item_count": self.item_count,
            "lines": [
                {
                    "id": line.id,
                    "name": line.product_id.display_name,
                    "quantity": line.quantity,
                    "uom": line.uom_id.name,
                }
                for line in self.line_ids
            ],
            "distance_km": round(distance_km, 1),
            "district": region.name or "",
            "pooled_at": fields.Datetime.to_string(self.pooled_at) or "",
            "until": fields.Datetime.to_string(self.pool_until) or "",
        }

    @api.model
    def pos_grab(self, config_id, fulfillment_id):
        """Take an order of the pool for the store of this till; safe to repeat.

        :return: dict ``status``: ``ok``; ``taken`` (another store was faster, see
            ``message``); ``gone`` (not, or no longer, announced to this store);
            ``refused`` (see ``message``); plus ``message`` and ``order``
        """
        store_sudo = self._get_pos_store_sudo(config_id)
        order_sudo = (
            self.sudo()
            .with_context(o2o_pos_config_id=config_id)
            .search(
                Domain("id", "=", fulfillment_id)
                # an order that was never announced here is nobody's business here
                & Domain("announcement_ids.store_id", "in", store_sudo.ids)
            )
        )
        if not order_sudo or not store_sudo:
            return self._pos_answer(
                "gone", self.env._("This order is no longer to be grabbed.")
            )
        if order_sudo.state != "pooled":
            return order_sudo._pos_answer_grabbed_before(store_sudo)
        own = order_sudo._get_open_announcements()
        if store_sudo not in own.store_id:
            return self._pos_answer(
                "gone", self.env._("This order is no longer to be grabbed.")
            )
        if refusal := store_sudo._get_pool_refusal(fields.Datetime.now()):
            return self._pos_answer(
                "refused", store_sudo._get_pool_refusal_text(refusal)
            )
        claims_sudo = self.env["o2o.pool.claim"].sudo()
        first_id = claims_sudo._claim(order_sudo, store_sudo)
        if first_id != store_sudo.id:
            return self._pos_answer_taken(store_sudo.browse(first_id))
        try:
            with self.env.cr.savepoint():
                order_sudo._grab(store_sudo)
        except UserError as error:
            order_sudo.invalidate_recordset()
            claims_sudo._release(order_sudo, store_sudo)
            if order_sudo.state != "pooled":
                return order_sudo._pos_answer_grabbed_before(store_sudo)
            return self._pos_answer("refused", str(error))
        return order_sudo._pos_answer("ok")

    def _pos_answer_grabbed_before(self, store_sudo):
        """Grab pressed on an order that has left the pool."""
        self.ensure_one()
        if self.store_id == store_sudo and self.grabbed_at:
            return self._pos_answer("ok")
        if self.grabbed_at:
            return self._pos_answer_taken(self.store_id)
        return self.browse()._pos_answer(
            "gone", self.env._("This order is no longer to be grabbed.")
        )

    def _pos_answer_taken(self, winner_sudo):
        return self.browse()._pos_answer(
            "taken", self.env._("Taken by %s.", winner_sudo.name)
        )

    @api.model
    def pos_drop(self, config_id, fulfillment_id, note):
        """Hand a grabbed order back to the pool, with a reason; safe to repeat.

        :return: dict ``status``: ``ok``, ``gone`` or ``refused``; ``message``,
            ``order``
        """
        store_sudo = self._get_pos_store_sudo(config_id)
        order_sudo = (
            self.sudo()
            .with_context(o2o_pos_config_id=config_id)
            .search([("id", "=", fulfillment_id)])
        )
        if not order_sudo or not store_sudo:
            return self._pos_answer("gone")
        order_sudo._lock_rows()
        if order_sudo.store_id != store_sudo:
            return self._pos_answer("gone")
        try:
            with self.env.cr.savepoint():
                order_sudo._drop(str(note or "")[:500])
        except UserError as error:
            order_sudo.invalidate_recordset()
            return order_sudo._pos_answer("refused", str(error))
        return self.browse()._pos_answer("ok")
