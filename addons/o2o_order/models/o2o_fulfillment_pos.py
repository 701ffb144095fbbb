"""What the till asks of the server: the board, and one call per button."""

import re

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..const import OPEN_STATES, STORE_ACTIONS

#: how many finished orders of the last day the till shows
DONE_LIMIT = 50
#: goods on their way stay on the board, but no list grows without end
UNDERWAY_LIMIT = 200
_ACTION = re.compile(r"[a-z_]{2,32}")
#: the timer that presses the store, by state
_DUE_KINDS = {
    "offered": ("offer",),
    "accepted": ("ready",),
    "picking": ("ready",),
    "ready": ("no_show",),
}


class O2oFulfillment(models.Model):
    _inherit = "o2o.fulfillment"

    timer_ids = fields.One2many(
        "o2o.timer",
        "fulfillment_id",
        domain=[("state", "=", "waiting")],
        string="Running timers",
        readonly=True,
    )

    # === THE BOARD === #

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
        orders = self.sudo()._get_board_orders(store_sudo, now)
        return {
            "orders": orders._prepare_pos_dicts(),
            "reasons": self.env["o2o.reject.reason"].sudo()._prepare_pos_list(),
            "store": store_sudo._prepare_pos_dict(),
            "server_time": fields.Datetime.to_string(now),
        }

    @api.model
    def _get_board_orders(self, store, now):
        """What is to do, what is on its way, and what was finished within a day."""
        domain = Domain("store_id", "=", store.id)
        to_do = self.search(domain & Domain("state", "in", OPEN_STATES), order="id")
        underway = self.search(
            domain & Domain("state", "=", "shipped"), limit=UNDERWAY_LIMIT
        )
        done = self.search(
            domain
            & Domain("state", "not in", [*OPEN_STATES, "shipped"])
            & Domain("write_date", ">=", fields.Datetime.subtract(now, days=1)),
            limit=DONE_LIMIT,
        )
        return to_do | underway | done

    # === BUTTONS === #

    @api.model
    def pos_act(self, config_id, fulfillment_id, action, values=None, key=None):
        """Do one thing to one order, from a till; safe to repeat (POS-04, POS-06).

        A button is a method ``_pos_act_<action>(values)`` of this model. It returns
        nothing, or an answer of its own.

        :param str action: accept, accept_lines, reject, ready, ship, hand_over,
            pass_on, return_goods, and what other addons add
        :param dict values: what the action needs, see its method
        :param str key: new for each press; the same key gets the same answer (idea 17)
        :return: dict ``status``: ``ok``; ``taken`` (somebody was faster);
            ``gone`` (not this store's order any more); ``refused`` (see message);
            plus ``message`` and ``order``
        """
        store_sudo = self._get_pos_store_sudo(config_id)
        values = values if isinstance(values, dict) else {}
        if not isinstance(action, str) or not _ACTION.fullmatch(action):
            raise UserError(self.env._("The till asked for an unknown action."))
        order_sudo = (
            self.sudo()
            .with_context(
                o2o_pos_config_id=config_id, o2o_is_printed=bool(values.get("printed"))
            )
            .search(
                [
                    (
                        "id",
                        "=",
                        fulfillment_id if isinstance(fulfillment_id, int) else 0,
                    )
                ]
            )
        )
        if not order_sudo or not store_sudo:
            return self._pos_answer("gone")
        if key is None:
            return order_sudo._pos_act(store_sudo, action, values)
        row_sudo, answer = self.env["o2o.till.action"]._begin(
            key, config_id, order_sudo.id, action, values
        )
        if answer:
            return answer
        return row_sudo._finish(order_sudo._pos_act(store_sudo, action, values))

    def _pos_act(self, store, action, values):
        """Called elevated, after the caller was checked to work in ``store``."""
        self.ensure_one()
        self._lock_rows()
        if self.store_id != store:
            return self.browse()._pos_answer("gone")
        handler = getattr(self, f"_pos_act_{action}", None)
        if handler is None:
            raise UserError(self.env._("The till asked for an unknown action."))
        try:
            with self.env.cr.savepoint():
                answer = handler(values)
        except UserError as error:
            self.invalidate_recordset()
            return self._pos_answer("refused", str(error))
        if answer:
            return answer
        # a rejected order belongs to another store now: no business of this till
        still_here = self.store_id == store
        return (self if still_here else self.browse())._pos_answer("ok")

    def _pos_act_accept(self, values):
        if self.state != "offered":
            return self._pos_answer_accepted_before()
        self._mark_accepted()
        return None

    def _pos_act_pick(self, values):
        self._mark_picking()

    def _pos_act_ready(self, values):
        self._mark_ready()

    def _pos_act_ship(self, values):
        """``tracking_ref``: number of the waybill, may be empty"""
        self._mark_shipped(str(values.get("tracking_ref") or "").strip()[:64])

    def _pos_act_hand_over(self, values):
        self._mark_received()
        self.is_collected = True

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

    def _pos_answer(self, status, message="", **more):
        if status == "gone" and not message:
            message = self.env._("This order has moved to another store.")
        return {
            "status": status,
            "message": message,
            "order": self._prepare_pos_dict() if self else False,
            **more,
        }

    # === THE CALLER === #

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

    # === WHAT THE TILL SHOWS === #

    def _fetch_for_pos(self):
        """Read what the board shows, and only that, for all orders at once.

        Left alone the ORM would fetch whole rows of products and orders: more than
        half of the time the board takes.
        """
        partner_fields = [
            "name",
            "phone",
            "state_id",
            "city",
            "street",
            "street2",
            "partner_latitude",
            "partner_longitude",
        ]
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

    def _prepare_pos_dicts(self):
        """Many orders for the till, with a fixed number of queries."""
        self._fetch_for_pos()
        orders = self._with_pos_facts()
        return [order._prepare_pos_dict() for order in orders]

    def _with_pos_facts(self):
        """These records with what is read once for all lines: shelf and stock."""
        facts = {}
        for store, orders in self.grouped("store_id").items():
            products = orders.line_ids.product_id
            if store:
                facts[store.id] = {
                    "places": self.env["o2o.store.shelf"]._get_places(store, products),
                    "free": store._get_free_quantities(products)[store],
                }
        return self.with_context(o2o_pos_facts=facts)

    def _prepare_pos_dict(self):
        """One order as the till shows it. Other addons extend it.

        Runs elevated after :meth:`_get_pos_store_sudo`; holds only what the job
        needs.
        """
        self.ensure_one()
        if "o2o_pos_facts" not in self.env.context:
            return self._with_pos_facts()._prepare_pos_dict()
        order = self.order_id
        is_pickup = self.delivery_kind == "pickup"
        # the shipping address of a pick-up order is the store itself
        address = self.partner_id if is_pickup else self.partner_shipping_id
        due = self._get_pos_due()
        return {
            "id": self.id,
            "name": self.name,
            "order_name": order.name,
            "state": self.state,
            "delivery_kind": self.delivery_kind,
            "offered_at": fields.Datetime.to_string(self.offered_at) or "",
            "accepted_at": fields.Datetime.to_string(self.accepted_at) or "",
            "accepted_by": self.accepted_by_id.name or "",
            "due_at": fields.Datetime.to_string(due.due_at) or "",
            "due_kind": due.kind or "",
            "partner_name": address.name or self.partner_id.name,
            "partner_phone": address.phone or self.partner_id.phone or "",
            "street": "" if is_pickup else address._o2o_get_address_line(),
            "distance_km": self._get_customer_distance(),
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
            "more_actions": self._get_pos_more_actions(),
            "events": [event._prepare_pos_dict() for event in self.event_ids],
        }

    def _get_pos_more_actions(self):
        """What a store may do besides the next step; behind one more tap."""
        self.ensure_one()
        if self.state == "offered":
            return ["accept_lines"]
        is_delivery = self.delivery_kind == "delivery"
        if is_delivery and self.state in ("accepted", "picking", "ready"):
            return ["pass_on"]
        if self.state in ("shipped", "delivered", "completed"):
            return ["return_goods"]
        return []

    def _get_pos_due(self):
        """The timer that presses this store now, or nothing."""
        self.ensure_one()
        kinds = _DUE_KINDS.get(self.state, ())
        return self.timer_ids.filtered(lambda timer: timer.kind in kinds)[:1]

    def _get_customer_distance(self):
        """Kilometres from the store to the door; false when it is not known."""
        self.ensure_one()
        if self.delivery_kind == "pickup" or not self.store_id:
            return False
        partner = self.partner_shipping_id
        distance = self.store_id._get_distance_km(
            partner.partner_latitude, partner.partner_longitude
        )
        return False if distance is None else round(distance, 1)
