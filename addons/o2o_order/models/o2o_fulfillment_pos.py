"""What the till asks of the server: the board, and one call per button."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..const import OPEN_STATES, STORE_ACTIONS

#: how many finished orders of the last day the till shows
DONE_LIMIT = 50


class O2oFulfillment(models.Model):
    _inherit = "o2o.fulfillment"

    @api.model
    def pos_board(self, config_id):
        """Everything the till's order screen shows (POS-01, POS-03).

        :param int config_id: the till asking
        :return: dict ``orders``, ``reasons``, ``store``, ``server_time``
        :raise AccessError: when the caller is not staff of the till's store
        """
        store_sudo = self._get_pos_store_sudo(config_id)
        if not store_sudo:
            return {"orders": [], "reasons": [], "store": False, "server_time": ""}
        now = fields.Datetime.now()
        domain = Domain("store_id", "=", store_sudo.id)
        open_orders = self.sudo().search(
            domain & Domain("state", "in", OPEN_STATES), order="id"
        )
        done_orders = self.sudo().search(
            domain
            & Domain("state", "not in", OPEN_STATES)
            & Domain("write_date", ">=", fields.Datetime.subtract(now, days=1)),
            limit=DONE_LIMIT,
        )
        orders = open_orders | done_orders
        orders._fetch_for_pos()
        reasons = self.env["o2o.reject.reason"].sudo().search([("active", "=", True)])
        return {
            "orders": [order._prepare_pos_dict() for order in orders],
            "reasons": reasons.read(["name", "code", "needs_note"]),
            "store": {"id": store_sudo.id, "name": store_sudo.name},
            "server_time": fields.Datetime.to_string(now),
        }

    @api.model
    def pos_act(self, config_id, fulfillment_id, action, values=None):
        """Do one thing to one order, from a till; safe to repeat (POS-04, POS-06).

        :param str action: accept, reject, pick, ready, ship or hand_over
        :param dict values: ``reason_id`` and ``note`` (reject), ``tracking_ref`` (ship)
        :return: dict ``status``: ``ok``; ``taken`` (somebody was faster);
            ``gone`` (not this store's order any more); ``refused`` (see message);
            plus ``message`` and ``order``
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
        if action == "accept" and order_sudo.state != "offered":
            return order_sudo._pos_answer_accepted_before()
        handler = {
            "accept": lambda vals: order_sudo._mark_accepted(),
            "reject": order_sudo._pos_reject,
            "pick": lambda vals: order_sudo._mark_picking(),
            "ready": lambda vals: order_sudo._mark_ready(),
            "ship": lambda vals: order_sudo._mark_shipped(
                str(vals.get("tracking_ref") or "").strip()[:64]
            ),
            "hand_over": lambda vals: order_sudo._mark_received(),
        }.get(action)
        if handler is None:
            raise UserError(self.env._("The till asked for an unknown action."))
        try:
            with self.env.cr.savepoint():
                handler(values or {})
        except UserError as error:
            order_sudo.invalidate_recordset()
            return order_sudo._pos_answer("refused", str(error))
        # a rejected order belongs to another store now: no business of this till
        still_here = order_sudo.store_id == store_sudo
        return (order_sudo if still_here else self.browse())._pos_answer("ok")

    def _pos_reject(self, values):
        reason_id = values.get("reason_id")
        reason = self.env["o2o.reject.reason"].search(
            [("id", "=", reason_id if isinstance(reason_id, int) else 0)]
        )
        self._turn_down(reason, str(values.get("note") or "")[:500])

    def _pos_answer_accepted_before(self):
        """Accept pressed on an order that is not waiting any more."""
        self.ensure_one()
        if self.state == "cancelled":
            return self._pos_answer("gone", self.env._("This order was cancelled."))
        if self.accepted_by_id == self.env.user:
            return self._pos_answer("ok")
        return self._pos_answer(
            "taken",
            self.env._("Already accepted by %s.", self.accepted_by_id.name),
        )

    def _pos_answer(self, status, message=""):
        if status == "gone" and not message:
            message = self.env._("This order has moved to another store.")
        return {
            "status": status,
            "message": message,
            "order": self._prepare_pos_dict() if self else False,
        }

    @api.model
    def _get_pos_store_sudo(self, config_id):
        """The store of a till, for a caller who works there (invariant 8).

        :raise AccessError: when the caller is no staff of that store
        """
        config = self.env["pos.config"].browse(config_id).exists()
        config.check_access("read")
        store_sudo = config.sudo().o2o_store_id
        user = self.env.user
        if (
            store_sudo
            and user not in store_sudo.user_ids
            and not user.has_group("o2o_order.o2o_order_group_manager")
        ):
            raise AccessError(
                self.env._(
                    "You are not on the staff list of %s: ask the head office to add"
                    " you.",
                    store_sudo.name,
                )
            )
        return store_sudo

    def _fetch_for_pos(self):
        """Read what the board shows, and only that, for all orders at once.

        Left alone the ORM would fetch whole rows of products and orders: more than
        half of the time the board takes.
        """
        partner_fields = ["name", "phone", "state_id", "city", "street", "street2"]
        self.order_id.fetch(
            [
                "name",
                "o2o_note",
                "amount_total",
                "currency_id",
                "partner_id",
                "partner_shipping_id",
                "transaction_ids",
            ]
        )
        (self.partner_id | self.partner_shipping_id).fetch(partner_fields)
        sale_lines = self.line_ids.sale_line_id
        sale_lines.fetch(
            [
                "product_id",
                "product_uom_id",
                "product_uom_qty",
                "price_total",
                "currency_id",
            ]
        )
        sale_lines.product_id.fetch(["product_tmpl_id", "default_code"])
        sale_lines.product_id.product_tmpl_id.fetch(["name"])

    def _prepare_pos_dict(self):
        """One order as the till shows it. Other addons extend it.

        Runs elevated after :meth:`_get_pos_store_sudo`; holds only what the job
        needs.
        """
        self.ensure_one()
        order = self.order_id
        is_pickup = self.delivery_kind == "pickup"
        # the shipping address of a pick-up order is the store itself
        address = self.partner_id if is_pickup else self.partner_shipping_id
        return {
            "id": self.id,
            "name": self.name,
            "order_name": order.name,
            "state": self.state,
            "delivery_kind": self.delivery_kind,
            "offered_at": fields.Datetime.to_string(self.offered_at) or "",
            "accepted_at": fields.Datetime.to_string(self.accepted_at) or "",
            "accepted_by": self.accepted_by_id.name or "",
            "partner_name": address.name or self.partner_id.name,
            "partner_phone": address.phone or self.partner_id.phone or "",
            "street": "" if is_pickup else address._o2o_get_address_line(),
            "note": self.note or "",
            "payment_label": order._o2o_get_payment_label(),
            "is_cod": order._o2o_is_to_collect(),
            "amount_total": self.amount_total,
            "currency_id": self.currency_id.id,
            "item_count": self.item_count,
            "tracking_ref": self.carrier_tracking_ref or "",
            "lines": [line._prepare_pos_dict() for line in self.line_ids],
            "store_id": self.store_id.id,
            "store_name": self.store_id.name,
            "actions": STORE_ACTIONS.get((self.delivery_kind, self.state), []),
            "events": [event._prepare_pos_dict() for event in self.event_ids],
        }
