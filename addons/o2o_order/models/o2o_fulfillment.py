from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.o2o_member.lib.share import share_out

from ..const import ALLOWED_FROM, DEAD_STATES, OPEN_STATES, STATES


class O2oFulfillment(models.Model):
    """One store's share of one order, from the offer until the member has the goods.

    Only the ``_mark_*`` methods write ``state``. Each takes the row lock, checks
    the source state, is silent when the target is already reached, and writes an
    event (invariant 2).
    """

    _name = "o2o.fulfillment"
    _description = "Fulfillment"
    _inherit = ["mail.thread", "o2o.fulfillment.progress"]
    _mail_post_access = "read"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(
        required=True, readonly=True, copy=False, default=lambda self: self.env._("New")
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    order_id = fields.Many2one(
        "sale.order",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(
        related="order_id.partner_id", string="Member", store=True, index=True
    )
    partner_shipping_id = fields.Many2one(related="order_id.partner_shipping_id")
    store_id = fields.Many2one(
        "o2o.store",
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    state = fields.Selection(
        STATES, required=True, readonly=True, default="pooled", index=True, copy=False
    )
    delivery_kind = fields.Selection(
        [("delivery", "Store delivery"), ("pickup", "Pick-up in store")],
        required=True,
        readonly=True,
        default="delivery",
    )
    line_ids = fields.One2many("o2o.fulfillment.line", "fulfillment_id", readonly=True)
    is_given_up = fields.Boolean(
        string="Taken off the order",
        readonly=True,
        copy=False,
        help="Ended without goods while the rest of the order lives: what it was to"
        " bring is not on the order any more",
    )
    item_count = fields.Float(compute="_compute_item_count", string="Pieces")
    offer_ids = fields.One2many("o2o.offer", "fulfillment_id", readonly=True)
    event_ids = fields.One2many(
        "o2o.fulfillment.event", "fulfillment_id", readonly=True
    )
    routing_ids = fields.One2many(
        "o2o.routing.decision", "fulfillment_id", readonly=True
    )
    routing_id = fields.Many2one(
        "o2o.routing.decision",
        string="Last routing",
        readonly=True,
        copy=False,
        ondelete="set null",
    )
    explanation = fields.Text(related="routing_id.explanation", string="Why this store")
    picking_ids = fields.One2many(
        "stock.picking",
        "o2o_fulfillment_id",
        string="Transfers",
        domain=[("state", "!=", "cancel")],
    )
    amount_total = fields.Monetary(compute="_compute_amount_total")
    currency_id = fields.Many2one(related="order_id.currency_id")
    note = fields.Char(related="order_id.o2o_note", string="Remark")
    carrier_tracking_ref = fields.Char(string="Tracking number", copy=False)
    offered_at = fields.Datetime(readonly=True, copy=False)
    accepted_at = fields.Datetime(readonly=True, copy=False)
    accepted_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    shipped_at = fields.Datetime(readonly=True, copy=False)
    delivered_at = fields.Datetime(readonly=True, copy=False)
    completed_at = fields.Datetime(readonly=True, copy=False)
    points_earned = fields.Integer(readonly=True, copy=False)
    can_answer = fields.Boolean(compute="_compute_can")
    can_prepare = fields.Boolean(compute="_compute_can")
    can_ship = fields.Boolean(compute="_compute_can")
    can_receive = fields.Boolean(compute="_compute_can")

    _name_uniq = models.Constraint(
        "UNIQUE (company_id, name)", "This fulfillment number is already in use."
    )
    _store_state_idx = models.Index("(store_id, state)")

    # === COMPUTES === #

    @api.depends("line_ids.quantity")
    def _compute_item_count(self):
        for fulfillment in self:
            fulfillment.item_count = sum(fulfillment.line_ids.mapped("quantity"))

    @api.depends(
        "order_id.amount_total",
        "order_id.o2o_fulfillment_ids.state",
        "order_id.o2o_fulfillment_ids.is_given_up",
        "line_ids.subtotal",
    )
    def _compute_amount_total(self):
        """The share of this store in what the member pays for the order.

        Delivery and discounts of the whole order are shared out by the worth of the
        goods, so that the shares of all parts add up to the order, to the cent. A part
        that was given up has left the order, see ``sale.order._o2o_give_up_part``.
        """
        for order, records in self.grouped("order_id").items():
            kept = order.o2o_fulfillment_ids.filtered(lambda part: not part.is_given_up)
            parts = kept.filtered(lambda part: part.state not in DEAD_STATES) or kept
            cent = order.currency_id.rounding or 0.01
            cents = share_out(
                max(0, round(order.amount_total / cent)),
                [sum(part.line_ids.mapped("subtotal")) for part in parts],
            )
            amounts = dict(zip(parts, cents, strict=True))
            for record in records:
                record.amount_total = order.currency_id.round(
                    amounts.get(record, 0) * cent
                )

    @api.depends("state", "delivery_kind")
    def _compute_can(self):
        for record in self:
            pickup = record.delivery_kind == "pickup"
            record.can_answer = record.state == "offered"
            is_prepared = record.state in ("accepted", "picking")
            record.can_prepare = is_prepared and pickup
            record.can_ship = not pickup and (is_prepared or record.state == "ready")
            record.can_receive = record.state == ("ready" if pickup else "shipped")

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if not vals.get("name"):
                vals["name"] = self.env["ir.sequence"].next_by_code("o2o.fulfillment")
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        raise UserError(
            self.env._("A fulfillment is part of the order's history: cancel it.")
        )

    # === ACTIONS (head office) === #

    def action_accept(self):
        self._as_staff()._mark_accepted()

    def action_reject(self):
        self.ensure_one()
        self._as_staff()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Reject"),
            "res_model": "o2o.fulfillment.reject",
            "view_mode": "form",
            "target": "new",
            "context": {"default_fulfillment_id": self.id},
        }

    def action_ready(self):
        self._as_staff()._mark_ready()

    def action_ship(self):
        self._as_staff()._mark_shipped()

    def action_receive(self):
        handed_over = self._as_staff()
        handed_over._mark_received()
        handed_over.is_collected = True

    def action_view_order(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.order_id.id,
            "view_mode": "form",
        }

    def _as_staff(self):
        """Elevate for people who may handle these orders; nobody else writes them.

        Head office handles every store it can read, anybody else the own store.

        :raise AccessError: for everybody else
        """
        self.check_access("read")
        user = self.env.user
        if not user.has_group("o2o_order.o2o_order_group_user") and any(
            user not in store.user_ids for store in self.sudo().store_id
        ):
            raise AccessError(
                self.env._("Only the staff of the store may handle its orders.")
            )
        return self.sudo()

    # === STATE CHANGES === #

    def _lock_rows(self):
        """Wait for the row lock, then forget what was read before.

        Waiting (not NOWAIT) is right here: the other side holds the lock for
        milliseconds. Under REPEATABLE READ a concurrent change surfaces as a
        serialization failure, the request runs again and sees the winner.
        """
        if not self:
            return
        self.env.cr.execute(
            SQL(
                "SELECT id FROM o2o_fulfillment WHERE id IN %s ORDER BY id FOR UPDATE",
                tuple(self.ids),
            )
        )
        self.invalidate_recordset()

    def _enter(self, state, vals=None, **event):
        """Move to a state from an allowed one; the single writer of ``state``.

        :return: the records that really moved (others were there already)
        :raise UserError: when the current state does not allow it
        """
        self._lock_rows()
        moving = self.filtered(lambda record: record.state != state)
        for record in moving:
            if record.state not in ALLOWED_FROM[state]:
                labels = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "Order %(order)s is now “%(state)s”; this is not possible any"
                        " more.",
                        order=record.order_id.name,
                        state=labels[record.state],
                    )
                )
        for record in moving:
            old_state = record.state
            record.write({"state": state, **(vals or {})})
            record._log_event(state, from_state=old_state, **event)
            record._after_transition(old_state)
        return moving

    def _after_transition(self, old_state):
        """Hook: called once after each real state change, in its transaction."""
        self.ensure_one()
        # an offer rings with a message of its own
        if self.state != "offered":
            self._notify_change(self.state)

    def _log_event(self, kind, *, from_state=None, note=None):
        """Keep who did what, from which till.

        :param str kind: a state, or one of ``const.EVENT_KINDS``
        """
        self.ensure_one()
        self.env["o2o.fulfillment.event"].create(
            {
                "fulfillment_id": self.id,
                "kind": kind,
                "from_state": from_state,
                "to_state": self.state,
                "store_id": self.store_id.id,
                "user_id": self.env.uid,
                "pos_config_id": self.env.context.get("o2o_pos_config_id"),
                "note": note,
            }
        )

    def _notify_change(self, event, stores=None):
        """Tell the tills of the store and the member's open pages."""
        self.ensure_one()
        (stores or self.store_id)._notify_tills(
            "O2O_ORDER_CHANGED",
            {
                "fulfillment_id": self.id,
                "state": self.state,
                "event": event,
                "by": self.env.user.name,
            },
        )
        self.partner_id._bus_send(
            "O2O_ORDER_STATUS",
            {"order_id": self.order_id.id, "state": self.state},
        )

    def _mark_accepted(self):
        self._lock_rows()
        if any(record.state == "pooled" for record in self):
            raise UserError(
                self.env._("This order looks for a store: it waits for none to accept.")
            )
        accepted = self._enter(
            "accepted",
            {"accepted_at": fields.Datetime.now(), "accepted_by_id": self.env.uid},
        )
        accepted._get_open_offers()._answer("accepted")

    def _mark_ready(self):
        if any(record.delivery_kind != "pickup" for record in self):
            raise UserError(self.env._("Only a pick-up order waits in the store."))
        self._enter("ready")

    def _mark_shipped(self, tracking_ref=None):
        if any(record.delivery_kind != "delivery" for record in self):
            raise UserError(self.env._("A pick-up order is handed over, not shipped."))
        vals = {"shipped_at": fields.Datetime.now()}
        if tracking_ref:
            vals["carrier_tracking_ref"] = tracking_ref
        self._enter("shipped", vals, note=tracking_ref)._move_goods()

    def _mark_received(self):
        """The member has the goods: by the member's word or the store's."""
        self._lock_rows()
        underway = self.filtered(lambda record: record.state != "completed")
        received = underway._enter("delivered", {"delivered_at": fields.Datetime.now()})
        received.filtered(lambda r: r.delivery_kind == "pickup")._move_goods()
        # waiting points show at once; they wait as long as goods can be returned
        received._grant_points()
        received._await_after_sales()

    def _mark_completed(self):
        return self._enter("completed", {"completed_at": fields.Datetime.now()})

    def _mark_cancelled(self, note=None):
        cancelled = self._enter("cancelled", note=note)
        cancelled._get_open_offers()._answer("withdrawn")

    def _turn_down(self, reason, note=None):
        """The store turns the offer down; the order moves on at once (ROUT-08).

        :param o2o.reject.reason reason: required
        :param str note: required when the reason asks for one
        """
        self.ensure_one()
        if not reason:
            raise UserError(self.env._("Choose a reason for rejecting the order."))
        note = (note or "").strip()
        if reason.needs_note and not note:
            raise UserError(
                self.env._("“%s” needs a word of explanation.", reason.name)
            )
        self._lock_rows()
        if self.state != "offered":
            raise UserError(
                self.env._("The order has been answered already; reload the list.")
            )
        store = self.store_id
        if store.is_head_office:
            raise UserError(
                self.env._(
                    "Head office is the last to ask: cancel the order or deliver it."
                )
            )
        self._get_open_offers()._answer("rejected", reason=reason, note=note)
        self._log_event(
            "turned_down",
            from_state="offered",
            note=f"{reason.name}: {note}" if note else reason.name,
        )
        self._notify_change("rejected", stores=store)
        self._offer_to_next_store()

    # === ROUTING === #

    def _get_wanted(self):
        """:return: ``{sale.order.line: quantity}`` in the unit of the line"""
        self.ensure_one()
        return {line.sale_line_id: line.quantity for line in self.line_ids}

    def _get_refusing_stores(self):
        """Stores that turned this fulfillment down, or let it wait too long."""
        return self.offer_ids.filtered(
            lambda offer: offer.state in ("rejected", "expired")
        ).store_id

    def _offer_to_next_store(self):
        """Route again without the stores that refused; move the reservation."""
        self.ensure_one()
        decision = self.env["o2o.sourcing"]._decide(
            self.order_id,
            wanted=self._get_wanted(),
            rejected_by=self._get_refusing_stores(),
        )
        self._follow(decision)

    def _follow(self, decision):
        """Bring the goods to the stores a decision names, and put it before them.

        A decision with several parts leaves the first part here and makes a
        fulfillment of each other one.

        :return: ``o2o.fulfillment`` records, this one first
        """
        self.ensure_one()
        first, *others = decision.parts
        if others:
            self._cancel_transfers()
        moved = self
        for part in others:
            moved |= self._split_off(part)
        self._move_to_store(self.env["o2o.store"].browse(first["store_id"]))
        for fulfillment, part in zip(moved, decision.parts, strict=True):
            fulfillment._present(decision, part["via"])
        return moved

    def _split_off(self, part):
        """Take the lines of one part out into a fulfillment of its own."""
        self.ensure_one()
        for line_id, quantity in part["lines"]:
            line = self.line_ids.filtered(
                lambda line, line_id=line_id: line.sale_line_id.id == line_id
            )
            line._take_out(quantity)
        new = self.order_id._o2o_create_fulfillment(part)
        new._move_to_store(new.store_id)
        return new

    def _move_to_store(self, store):
        """Give back what the old store had reserved and reserve at the new one.

        :param o2o.store store: empty while the fulfillment looks for a store
        """
        self.ensure_one()
        if store != self.store_id:
            self._cancel_transfers()
        self.store_id = store
        if store:
            self.order_id.warehouse_id = store.warehouse_id
            self.line_ids.sale_line_id._o2o_launch_transfers()

    def _cancel_transfers(self):
        """Give back what this fulfillment has reserved."""
        self.picking_ids.filtered(
            lambda picking: picking.state not in ("done", "cancel")
        ).action_cancel()
        self.invalidate_recordset(["picking_ids"])

    def _present(self, decision, via):
        """Put the fulfillment before its store, or before several.

        :param str via: how, a suffix of the ``_present_by_*`` methods
        """
        self.ensure_one()
        decision.fulfillment_id = decision.fulfillment_id or self
        self.routing_id = decision
        getattr(self, f"_present_by_{via}")()

    def _present_by_offer(self):
        """The tills of the store ring from now on."""
        self.ensure_one()
        offer = self._get_open_offers()
        if offer.store_id == self.store_id and offer:
            self._notify_change("changed")
            return
        offer._answer("withdrawn")
        now = fields.Datetime.now()
        if self.state == "offered":
            self.offered_at = now
            self._log_event("offered")
        else:
            self._enter("offered", {"offered_at": now})
        self.env["o2o.offer"].create(
            {
                "fulfillment_id": self.id,
                "store_id": self.store_id.id,
                "offered_at": now,
            }
        )
        self._notify_change("new")

    def _get_open_offers(self):
        return self.offer_ids.filtered_domain(Domain("state", "=", "open"))

    # === GOODS AND POINTS === #

    def _move_goods(self):
        """Take what leaves the store out of its stock."""
        for record in self:
            pickings = record.picking_ids.filtered(
                lambda p: p.state not in ("done", "cancel")
            )
            for move in pickings.move_ids.filtered(
                lambda m: m.state not in ("done", "cancel")
            ):
                move.quantity = move.product_uom_qty
                move.picked = True
            if record.carrier_tracking_ref:
                pickings.carrier_tracking_ref = record.carrier_tracking_ref
            pickings.with_context(skip_sms=True)._action_done()

    def _grant_points(self):
        """PTS-01: points for what was paid for the goods, once, at receipt."""
        # what is given back meanwhile gives no points
        self.order_id.sudo()._o2o_claim_row()
        for record in self:
            paid = record.order_id._o2o_paid_amounts()
            entry = self.env["o2o.points.share"]._award(
                record.partner_id,
                [
                    {
                        "record": line.sale_line_id,
                        "product": line.product_id,
                        "quantity": line.quantity,
                        "amount": line._get_part_of(paid[line.sale_line_id]),
                    }
                    for line in record.line_ids
                ],
                document=f"o2o.fulfillment/{record.id}/earn",
                source=record.order_id,
            )
            record.points_earned = entry.points
            record.order_id._o2o_take_points_of_gifts()

    def _is_open(self):
        self.ensure_one()
        return self.state in OPEN_STATES
