"""Goods come back to the till, by the number of the order (POS-07)."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.o2o_member.lib.share import points_for

#: parts of one order; a number names no more
RETURNS_LIMIT = 20
RETURNABLE_STATES = ("shipped", "delivered", "completed")


class O2oFulfillment(models.Model):
    _inherit = "o2o.fulfillment"

    refund_ids = fields.One2many(
        "o2o.order.return", "fulfillment_id", string="Refunds", readonly=True
    )
    is_collected = fields.Boolean(
        string="Handed over by the staff",
        readonly=True,
        copy=False,
        help="Somebody of the staff handed the goods over, and took what was to pay;"
        " not set where the member or the calendar said that they have arrived",
    )

    # === THE TILL === #

    @api.model
    def pos_return_find(self, config_id, number):
        """Everything about a return, filled in: the cashier confirms or reduces.

        :param str number: of the order or of the fulfillment, as on the slip
        :return: dict ``status`` (``ok``, ``unknown``, ``refused``), ``message``,
            ``returns``: list of :meth:`_prepare_pos_return`
        :raise AccessError: when the caller is not staff of the till's store
        """
        store_sudo = self._get_pos_store_sudo(config_id)
        number = str(number or "").strip()[:64]
        unknown = {
            "status": "unknown",
            "message": self.env._("This store has no order with that number."),
            "returns": [],
        }
        if not store_sudo or not number:
            return unknown
        found_sudo = self.sudo().search(
            Domain("store_id", "=", store_sudo.id)
            & (
                Domain("order_id.name", "in", [number, number.upper()])
                | Domain("name", "in", [number, number.upper()])
            ),
            limit=RETURNS_LIMIT,
        )
        if not found_sudo:
            return unknown
        returns = [
            record._prepare_pos_return()
            for record in found_sudo
            if record.state in RETURNABLE_STATES
        ]
        if not returns:
            return {
                "status": "refused",
                "message": self.env._(
                    "The goods of this order have not left the store: cancel it"
                    " instead."
                ),
                "returns": [],
            }
        return {"status": "ok", "message": "", "returns": returns}

    @api.model
    def pos_return_preview(self, config_id, fulfillment_id, lines):
        """What a return would give back and take, before anybody confirms it.

        :param dict lines: ``{line id: quantity}``
        :return: dict ``status``, ``message``, ``amount``, ``points_back``,
            ``points_taken``, ``needs_supervisor``
        """
        store_sudo = self._get_pos_store_sudo(config_id)
        order_sudo = self.sudo().search(
            [("id", "=", fulfillment_id if isinstance(fulfillment_id, int) else 0)]
        )
        if not store_sudo or order_sudo.store_id != store_sudo:
            return {"status": "gone", "message": ""}
        try:
            quantities = order_sudo._read_return(lines)
        except UserError as error:
            return {"status": "refused", "message": str(error)}
        return {
            "status": "ok",
            "message": "",
            **order_sudo._preview_return(quantities),
        }

    @api.model
    def pos_print_refund(self, config_id, refund_id):
        """Print the slip of a return on the store's box, where there is one.

        :return: dict ``status`` (``ok``; ``no_box``: the till prints by itself;
            ``gone``), ``message``
        :raise AccessError: when the caller is not staff of the till's store
        """
        store_sudo = self._get_pos_store_sudo(config_id)
        # sudo: compared with the store of the caller
        refund_sudo = (
            self.env["o2o.order.return"]
            .sudo()
            .search([("id", "=", refund_id if isinstance(refund_id, int) else 0)])
        )
        if not store_sudo or refund_sudo.store_id != store_sudo:
            return {"status": "gone", "message": ""}
        return {"status": "no_box", "message": ""}

    def _pos_act_return_goods(self, values):
        """``lines``: ``{line id: quantity}``; ``reason``; above the limit
        ``supervisor_id`` and ``pin``"""
        self.ensure_one()
        quantities = self._read_return(values.get("lines"))
        reason = str(values.get("reason") or "").strip()[:200]
        preview = self._preview_return(quantities)
        supervisor_sudo = self.env["res.users"]
        if preview["needs_supervisor"]:
            till = self.env["o2o.member.till"].with_company(self.company_id)
            supervisor_sudo, refusal = till._check_supervisor(values)
            if refusal:
                return {**refusal, "order": False}
        refund = self._return_goods(quantities, reason, supervisor_sudo)
        return self._pos_answer("ok", refund=refund._prepare_pos_dict())

    # === WHAT CAN COME BACK === #

    def _get_returnable(self):
        """:return: ``{fulfillment line: quantity that has left and not come back}``"""
        self.ensure_one()
        returnable = {}
        for line in self.line_ids:
            out, back = line._get_gone_quantities()
            returnable[line] = max(0.0, out - back)
        return returnable

    def _read_return(self, lines):
        """:return: ``{fulfillment line: quantity}`` of what really comes back
        :raise UserError: nothing, other lines, or more than left the store
        """
        self.ensure_one()
        if self.state not in RETURNABLE_STATES:
            raise UserError(
                self.env._("Only goods that have left the store can come back.")
            )
        returnable = {
            str(line.id): (line, maximum)
            for line, maximum in self._get_returnable().items()
        }
        quantities = {}
        for line_id, quantity in (lines if isinstance(lines, dict) else {}).items():
            if str(line_id) not in returnable:
                raise UserError(self.env._("This line is not part of the order."))
            line, maximum = returnable[str(line_id)]
            quantity = self._read_quantity(quantity, maximum)
            if line.uom_id.compare(quantity, 0.0) > 0:
                quantities[line] = quantity
        if not quantities:
            raise UserError(self.env._("Nothing to return was chosen."))
        return quantities

    def _get_return_route(self):
        """How money goes back: the way it came.

        Cash was taken at the door or the counter; goods that were refused at the door
        were never paid.
        """
        self.ensure_one()
        if self.order_id._o2o_is_paid_already():
            return "original"
        return "cash" if self.state in ("delivered", "completed") else "none"

    def _get_return_amounts(self, quantities):
        """Money per line: what was paid for all that came back so far, less what was
        given back for it before. So the parts add up to the cent.

        :return: ``{fulfillment line: amount}``
        """
        self.ensure_one()
        order = self.order_id
        paid = order._o2o_paid_amounts()
        earlier = {}
        for refund in order.o2o_return_ids.filtered(lambda r: r.kind == "return"):
            for line in refund.line_ids:
                quantity, amount = earlier.get(line.sale_line_id, (0.0, 0.0))
                earlier[line.sale_line_id] = (
                    quantity + line.quantity,
                    amount + line.amount,
                )
        amounts = {}
        for line, quantity in quantities.items():
            sale_line = line.sale_line_id
            before, given = earlier.get(sale_line, (0.0, 0.0))
            total = order.currency_id.round(
                paid.get(sale_line, 0.0)
                * (before + quantity)
                / (sale_line.product_uom_qty or 1.0)
            )
            amounts[line] = max(0.0, order.currency_id.round(total - given))
        return amounts

    def _preview_return(self, quantities):
        self.ensure_one()
        amounts = self._get_return_amounts(quantities)
        route = self._get_return_route()
        amount = min(sum(amounts.values()), self.order_id._o2o_get_worth_left())
        if route == "none":
            amount = 0.0
        shares = self.env["o2o.points.share"].with_company(self.company_id)
        # all lines: what was given back is shared out over fewer goods
        returned = {
            line: line._o2o_returned_quantity() for line in self.order_id.order_line
        }
        for line, quantity in quantities.items():
            returned[line.sale_line_id] += quantity
        back, taken = shares._preview_returned(
            returned, self.order_id._o2o_get_parts_of_gift(returned=returned)
        )
        return {
            "amount": self.currency_id.round(amount),
            "route": route,
            "points_back": back,
            "points_taken": taken,
            "needs_supervisor": not self.env.user.has_group(
                "o2o_order.o2o_order_group_user"
            )
            and self._needs_supervisor(sum(amounts.values()), route),
        }

    def _needs_supervisor(self, amount, route):
        """More than a cashier may give back for one order, in however many parts; and
        cash of which nobody of the staff said that it was taken."""
        self.ensure_one()
        returned = self.order_id.o2o_return_ids.filtered(lambda r: r.kind == "return")
        total = amount + sum(returned.mapped("amount"))
        limit = self.company_id.o2o_till_refund_limit
        if self.currency_id.compare_amounts(total, limit) > 0:
            return True
        return bool(route == "cash" and amount and not self.is_collected)

    # === DOING IT === #

    def _return_goods(self, quantities, reason, supervisor):
        """Goods into the stock, points both ways, money noted or paid from the drawer.

        :param dict quantities: ``{fulfillment line: quantity}``
        :return: ``o2o.order.return``; called elevated
        """
        self.ensure_one()
        # two returns, or a return and a gift, are not decided on the same sum
        self.order_id._o2o_claim_row()
        facts = self._preview_return(quantities)
        amounts = self._get_return_amounts(quantities)
        if facts["route"] == "none":
            amounts = dict.fromkeys(amounts, 0.0)
        pickings = self._bring_back(quantities)
        vals = {
            "kind": "return",
            "amount": facts["amount"],
            "route": facts["route"],
            "reason": reason,
            "fulfillment_id": self.id,
            "store_id": self.store_id.id,
            "points_back": facts["points_back"],
            "points_taken": facts["points_taken"],
            "picking_ids": pickings.ids,
            "supervisor_id": supervisor.id,
            "lines": {
                line.sale_line_id: (quantity, amounts[line])
                for line, quantity in quantities.items()
            },
        }
        order = self.order_id
        refund = self.env["o2o.order.return"]
        if facts["route"] == "original":
            refund = order._o2o_request_refund(
                vals.pop("amount"), vals.pop("reason"), **vals
            )
        if not refund:
            vals.setdefault("amount", facts["amount"])
            vals.setdefault("reason", reason)
            refund = order._o2o_create_refund(vals)
            if (
                facts["route"] == "cash"
                and self._pay_from_drawer(refund)
                or not facts["amount"]
            ):
                refund._mark_paid()
        self._log_event(
            "returned",
            from_state=self.state,
            note="; ".join(
                f"{line.product_id.display_name}: {quantity:g}"
                for line, quantity in quantities.items()
            ),
        )
        self._after_return(refund)
        self._notify_change("changed")
        return refund

    def _after_return(self, refund):
        """Hook: called once for each return, in its transaction."""
        self.ensure_one()

    def _bring_back(self, quantities):
        """Odoo's own return of the transfers, received at once."""
        self.ensure_one()
        done = self.env["stock.picking"]
        left = dict(quantities)
        for picking in self.picking_ids.filtered(
            lambda p: p.state == "done" and p.picking_type_code == "outgoing"
        ):
            wizard = (
                self.env["stock.return.picking"]
                .with_context(active_id=picking.id, active_model="stock.picking")
                .create({"picking_id": picking.id})
            )
            moved = {}
            for row in wizard.product_return_moves:
                row.to_refund = True
                row.quantity = self._take_part(row.move_id, left)
                moved[row.move_id] = row.quantity
            if not any(moved.values()):
                continue
            back = self.env["stock.picking"].browse(
                wizard.action_create_returns()["res_id"]
            )
            for move in back.move_ids:
                move.quantity = moved[move.origin_returned_move_id]
                move.picked = True
            back.with_context(skip_sms=True)._action_done()
            done |= back
        if any(line.uom_id.compare(q, 0.0) > 0 for line, q in left.items()):
            raise UserError(
                self.env._("More would come back than has left: please look again.")
            )
        return done

    def _take_part(self, move, left):
        """How much of a move comes back, in its unit; ``left`` shrinks by it."""
        open_quantity = move.quantity - sum(
            back.quantity
            for back in move.returned_move_ids
            if back.state not in ("cancel",)
        )
        for line, wanted in left.items():
            if line.sale_line_id != move.sale_line_id or wanted <= 0:
                continue
            quantity = min(
                line.uom_id._compute_quantity(
                    wanted, move.product_uom, rounding_method="HALF-UP"
                ),
                open_quantity,
            )
            left[line] = wanted - move.product_uom._compute_quantity(
                quantity, line.uom_id, rounding_method="HALF-UP"
            )
            return quantity
        return 0.0

    def _pay_from_drawer(self, refund):
        """Cash leaves the drawer as Odoo's own cash-out of the open session.

        :return: whether it did; without an open drawer head office pays
        """
        self.ensure_one()
        config = self.env["pos.config"].browse(
            self.env.context.get("o2o_pos_config_id") or 0
        )
        session = config.current_session_id
        if (
            not refund.amount
            or session.state != "opened"
            or not session.cash_journal_id
        ):
            return False
        session.try_cash_in_out(
            "out",
            refund.amount,
            f"{refund.name} {self.order_id.name}",
            self.partner_id.id,
            {
                "translatedType": self.env._("out"),
                "formattedAmount": self.currency_id.format(refund.amount),
            },
        )
        return True

    # === SHOWN === #

    def _prepare_pos_return(self):
        self.ensure_one()
        order = self.order_id
        returnable = self._get_returnable()
        supervisors = self.env["res.users"]._o2o_supervisors()
        return {
            "fulfillment_id": self.id,
            "order_name": order.name,
            "name": self.name,
            "partner_name": self.partner_id.name,
            "payment_label": order._o2o_get_payment_label(),
            "route": self._get_return_route(),
            "currency_id": self.currency_id.id,
            "points_used": order.o2o_points_spent,
            "points_earned": self.points_earned,
            "supervisors": supervisors.read(["name"]),
            "lines": [
                {
                    "id": line.id,
                    "name": line.product_id.display_name,
                    "uom": line.uom_id.name,
                    "quantity": line.quantity,
                    "returnable": quantity,
                }
                for line, quantity in returnable.items()
            ],
            "refunds": [refund._prepare_pos_dict() for refund in self.refund_ids],
        }

    def _prepare_pos_dict(self):
        return {
            **super()._prepare_pos_dict(),
            "refunds": [refund._prepare_pos_dict() for refund in self.refund_ids],
        }


class O2oFulfillmentLine(models.Model):
    _inherit = "o2o.fulfillment.line"

    def _get_gone_quantities(self):
        """:return: (quantity that left the store, quantity that came back)"""
        self.ensure_one()
        out = back = 0.0
        for move in self.sale_line_id.move_ids.filtered(lambda m: m.state == "done"):
            quantity = move.product_uom._compute_quantity(
                move.quantity, self.uom_id, rounding_method="HALF-UP"
            )
            origin = move.origin_returned_move_id
            if origin:
                if origin.o2o_fulfillment_id == self.fulfillment_id:
                    back += quantity
            elif move.o2o_fulfillment_id == self.fulfillment_id:
                out += quantity
        return out, back


class O2oPointsShare(models.Model):
    _inherit = "o2o.points.share"

    @api.model
    def _preview_returned(self, lines, parts):
        """What :meth:`_set_returned` would move, without moving it.

        :param dict lines: {bought line: quantity returned in all}
        :param dict parts: {bought line: part of it that was given back in money}
        :return: tuple (points given back, points taken)
        """
        moved = {"earn": 0, "redeem": 0}
        # sudo: the caller handles the order; see _set_returned
        shares_sudo = self.sudo()._of_lines(lines)
        for (kind, res_id), line_shares in shares_sudo.grouped(
            lambda share: (share.kind, share.res_id)
        ).items():
            left = lines[self.env[line_shares[0].res_model].browse(res_id)]
            for share in line_shares.sorted("id", reverse=True):
                part = min(left, share.quantity)
                left -= part
                kept = min(share.kept_quantity, share.quantity - part)
                if kind == "earn":
                    part = max(share.given_back_part, share._get_given_back_by(parts))
                    after = points_for(share._get_amount_of(kept, part), share.rate)
                else:
                    after = int(share.points * kept / share.quantity + 1e-9)
                moved[kind] += share._kept_points() - after
        return moved["redeem"], moved["earn"]
