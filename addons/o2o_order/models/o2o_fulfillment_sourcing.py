from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..const import DEAD_STATES, STATES


class O2oFulfillment(models.Model):
    """What routing may decide besides an offer: a transfer, nobody (ROUT-04, 09)."""

    _inherit = "o2o.fulfillment"

    is_arriving = fields.Boolean(
        string="Goods arriving",
        compute="_compute_is_arriving",
        store=True,
        help="The goods are on the way to the store that hands them out",
    )
    needs_region = fields.Boolean(
        string="Member has to choose another region",
        compute="_compute_needs_region",
        store=True,
    )

    @api.depends("picking_ids.state", "picking_ids.o2o_is_transit")
    def _compute_is_arriving(self):
        for record in self:
            record.is_arriving = bool(record._get_transit_pickings())

    @api.depends("state", "routing_id.rule")
    def _compute_needs_region(self):
        for record in self:
            record.needs_region = (
                record.state == "pooled" and record.routing_id.rule == "nobody"
            )

    def _get_transit_pickings(self):
        """Transfers that still have to arrive."""
        return self.picking_ids.filtered(
            lambda it: it.o2o_is_transit and it.state not in ("done", "cancel")
        )

    # === ACTIONS (head office) === #

    def action_route_again(self):
        """Look for a store once more, for an order nobody could serve."""
        for record in self._as_staff():
            if record.state == "pooled":
                record._offer_to_next_store()

    def action_receive_transit(self):
        """The goods are there: book the transfer that brings them."""
        for record in self._as_staff():
            pickings = record._get_transit_pickings()
            for move in pickings.move_ids.filtered(
                lambda it: it.state not in ("done", "cancel")
            ):
                move.quantity = move.product_uom_qty
                move.picked = True
            pickings.with_context(skip_sms=True)._action_done()

    # === TRANSIT === #

    def _present_by_transit(self):
        """Bring the goods to the store, and ring there: it knows what will come."""
        self.ensure_one()
        part = self.routing_id._get_part_of_store(self.store_id.id)
        if not self._get_transit_pickings() and part.get("transit"):
            self._create_transit(part["transit"])
        self._present_by_offer()

    def _create_transit(self, transit):
        """An internal transfer to the store, which its delivery waits for.

        :param dict transit: of a part, see ``o2o.routing.decision``
        """
        source = self.env["o2o.store"].browse(transit["store_id"]).warehouse_id
        target = self.store_id.warehouse_id
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": source.int_type_id.id,
                "location_id": source.lot_stock_id.id,
                "location_dest_id": target.lot_stock_id.id,
                "origin": self.order_id.name,
                "o2o_fulfillment_id": self.id,
                "o2o_is_transit": True,
            }
        )
        for line_id, quantity in transit["lines"]:
            line = self.env["sale.order.line"].browse(line_id)
            waiting = self._get_first_moves(line)
            waiting._do_unreserve()
            self.env["stock.move"].create(
                {
                    "picking_id": picking.id,
                    "product_id": line.product_id.id,
                    "product_uom_qty": quantity,
                    "product_uom": line.product_uom_id.id,
                    "location_id": source.lot_stock_id.id,
                    "location_dest_id": target.lot_stock_id.id,
                    "o2o_fulfillment_id": self.id,
                    # given up, it must not take the delivery with it
                    "propagate_cancel": False,
                    "move_dest_ids": [Command.set(waiting.ids)],
                }
            )
            waiting.procure_method = "make_to_order"
            waiting._recompute_state()
        picking.action_confirm()
        picking.action_assign()

    def _get_first_moves(self, line):
        """What takes a line's goods from the shelf of this store."""
        return self.picking_ids.move_ids.filtered(
            lambda move: (
                move.sale_line_id == line
                and move.state not in ("done", "cancel")
                and not move.move_orig_ids
            )
        )

    def _note_arrival(self):
        self.ensure_one()
        self._log_event("arrived")
        self._notify_change("changed")

    def _ensure_arrived(self):
        if late := self.filtered("is_arriving"):
            raise UserError(
                self.env._(
                    "The goods of order %s are still on the way to the store: receive"
                    " the transfer first.",
                    ", ".join(late.order_id.mapped("name")),
                )
            )

    def _mark_ready(self):
        self._ensure_arrived()
        return super()._mark_ready()

    def _move_goods(self):
        self._ensure_arrived()
        return super()._move_goods()

    def _offer_to_next_store(self):
        """What this order holds itself is free for it to be found again."""
        self._cancel_transfers()
        return super()._offer_to_next_store()

    def _after_transition(self, old_state):
        """What was on the way for an order that is off stays where it is."""
        if self.state in DEAD_STATES:
            self._get_transit_pickings().action_cancel()
        return super()._after_transition(old_state)

    # === NOBODY === #

    def _present_by_choice(self):
        """No store can: the order waits, and the member is told (ROUT-04)."""
        self.ensure_one()
        is_news = self._get_last_step() != "unfillable"
        self._get_open_offers()._answer("withdrawn")
        asked = self._get_open_announcements()._end("ended")
        self._notify_pool("ended", asked.store_id)
        self.env["o2o.timer"]._clear(self, "pool")
        if self.state != "pooled":
            self._enter("pooled")
        self._log_event("unfillable")
        self._notify_change("unfillable")
        self.order_id._o2o_raise_problem(
            "other", self.env._("No store can serve it."), fulfillment=self
        )
        if is_news:
            self._tell_member("unfillable")

    def _get_last_step(self):
        """The last state in the log, or ``unfillable`` when that came after it."""
        self.ensure_one()
        steps = {"unfillable", *dict(STATES)}
        return self.event_ids.filtered(lambda event: event.kind in steps)[-1:].kind

    def _is_member_waiting(self):
        """Whether the member has decided to wait since nobody was found."""
        self.ensure_one()
        answers = self.event_ids.filtered(
            lambda event: event.kind in ("unfillable", "choice")
        )
        return answers[-1:].kind == "choice"

    def _give_up_goods(self, note):
        """Take the goods of this part off the order and give the money back.

        The shares of the other parts stay what they were: the lines leave the order
        before the part ends.
        """
        self.ensure_one()
        order = self.order_id
        wanted = self._get_wanted()
        worth = {
            line: (quantity, order._o2o_get_worth(line, quantity))
            for line, quantity in wanted.items()
        }
        less = order._o2o_take_off(wanted)
        self.line_ids.unlink()
        order._o2o_request_refund(
            less, note, kind="short", fulfillment_id=self.id, lines=worth
        )
        self._mark_cancelled(note)

    # === WHAT IS SHOWN === #

    def _get_progress_steps(self):
        """The member sees goods on the way to the store, and why nobody was chosen."""
        steps = super()._get_progress_steps()
        if self.state in DEAD_STATES:
            return steps
        if self.needs_region:
            steps[1]["detail"] = self._get_short_explanation()
        # sudo: the member has no access to transfers
        transfers_sudo = self.sudo().picking_ids.filtered("o2o_is_transit")
        if transfers_sudo:
            arrived = False if self.is_arriving else transfers_sudo[-1:].date_done
            label = self.env._("Goods brought to the store")
            steps.insert(2, self._step(label, arrived))
        return steps

    def _prepare_pos_dict(self):
        return {**super()._prepare_pos_dict(), "is_arriving": self.is_arriving}

    # === WHY === #

    def _explain_to_store(self):
        """Why this order came here, in the words of the store."""
        self.ensure_one()
        return self.routing_id._explain_to_store(self.store_id)
