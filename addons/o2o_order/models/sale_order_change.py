"""Changes before shipping: checked, logged, followed by stores and member (ORD-04)."""

from odoo import models
from odoo.exceptions import UserError

from ..const import (
    CHANGE_CONTEXT,
    CHANGE_LIMITS,
    DEAD_STATES,
    OPEN_STATES,
    is_order_change,
)


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === WHAT IS ALLOWED === #

    def _o2o_get_live_parts(self):
        self.ensure_one()
        return self.sudo().o2o_fulfillment_ids.filtered(
            lambda part: part.state not in DEAD_STATES
        )

    def _o2o_ensure_can_change(self, kind, parts=None):
        """
        :param str kind: of ``const.CHANGE_LIMITS``
        :param o2o.fulfillment parts: those touched, default all that live
        :raise UserError: when it is too late, saying why
        """
        self.ensure_one()
        if self.state == "cancel":
            raise UserError(self.env._("Order %s is cancelled.", self.name))
        parts = self._o2o_get_live_parts() if parts is None else parts
        labels = dict(parts._fields["state"]._description_selection(self.env))
        for part in parts:
            if part.state not in CHANGE_LIMITS[kind]:
                raise UserError(
                    self.env._(
                        "Order %(order)s is “%(state)s” at %(store)s: it is too late to"
                        " change this. Use a return instead.",
                        order=self.name,
                        state=labels[part.state],
                        store=part.store_id.name or "-",
                    )
                )

    def _o2o_check_reason(self, reason):
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why the order is changed."))
        return reason

    def _o2o_lock_for_change(self):
        self._o2o_lock_row()
        self.sudo().o2o_fulfillment_ids._lock_rows()

    def _o2o_get_changeable(self):
        """What head office can change, to see later whether somebody else has.

        :return: ``{kind of const.CHANGE_LIMITS: plain values}``
        """
        self.ensure_one()
        address = self.partner_shipping_id
        return {
            "address": [address.id, address._o2o_get_consignee_line()],
            "lines": sorted(
                (line.id, line.product_id.id, quantity)
                for line, quantity in self._o2o_get_wanted().items()
            ),
            "store": sorted(
                (part.id, part.store_id.id) for part in self._o2o_get_live_parts()
            ),
            "remark": self.o2o_note or "",
        }

    # === CHANGES === #

    def _o2o_change_address(self, partner, reason):
        """Send the goods elsewhere; a store of another area hands the order on.

        :param res.partner partner: the new delivery address
        """
        self.ensure_one()
        reason = self._o2o_check_reason(reason)
        self._o2o_lock_for_change()
        if self._o2o_is_pickup():
            raise UserError(self.env._("A pick-up order is not sent to an address."))
        self._o2o_ensure_can_change("address")
        old, old_region = self.partner_shipping_id, self.o2o_region_id
        if partner == old:
            return
        self.with_context(
            update_delivery_shipping_partner=True, **CHANGE_CONTEXT
        ).write({"partner_shipping_id": partner.id})
        self._o2o_log_change(
            "address",
            self._fields["partner_shipping_id"]._description_string(self.env),
            old._o2o_get_consignee_line(),
            partner._o2o_get_consignee_line(),
            reason,
        )
        for part in self._o2o_get_live_parts():
            if part._serves_address(old_region):
                part._note_change(reason)
            else:
                part._reroute(reason)
        self._o2o_tell_member("changed")

    def _o2o_change_remark(self, remark, reason):
        self.ensure_one()
        reason = self._o2o_check_reason(reason)
        self._o2o_lock_for_change()
        self._o2o_ensure_can_change("remark")
        old = self.o2o_note
        self.o2o_note = (remark or "").strip()[:200]
        label = self._fields["o2o_note"]._description_string(self.env)
        self._o2o_log_change("remark", label, old, self.o2o_note, reason)
        for part in self._o2o_get_live_parts():
            part._note_change(reason)

    def _o2o_change_store(self, part, store, reason):
        """Head office hands a fulfillment to a store it names.

        :raise UserError: when the store lacks goods, or it is too late
        """
        self.ensure_one()
        reason = self._o2o_check_reason(reason)
        self._o2o_lock_for_change()
        self._o2o_ensure_can_change("store", part)
        old = part.store_id
        if store == old:
            return
        if missing := part._get_missing_at(store):
            raise UserError(
                self.env._(
                    "%(store)s does not have: %(goods)s.",
                    store=store.name,
                    goods=", ".join(item["product"] for item in missing),
                )
            )
        part._send_to_store(store, reason)
        label = part._fields["store_id"]._description_string(self.env)
        self._o2o_log_change("store", label, old.name, store.name, reason, part)
        self._o2o_tell_member("changed")

    def _o2o_change_lines(self, quantities, reason, added=()):
        """Other quantities, other goods; what is too much for the store moves on.

        :param dict quantities: ``{sale.order.line: new quantity}``; 0 takes it out
        :param list added: tuples ``(product, quantity)``
        """
        self.ensure_one()
        reason = self._o2o_check_reason(reason)
        self._o2o_lock_for_change()
        quantities = {
            line: quantity
            for line, quantity in quantities.items()
            if line.product_uom_id.compare(quantity, line.product_uom_qty)
        }
        if not quantities and not added:
            return
        before = self.amount_total
        parts = self._o2o_get_parts_of(quantities, added)
        self._o2o_ensure_can_change("lines", parts)
        self._o2o_ensure_lines_may_change(quantities)
        changes = self.env["o2o.order.change"]
        for line, quantity in quantities.items():
            changes |= self._o2o_change_line(line, quantity, parts, reason)
        for product, quantity in added:
            changes |= self._o2o_add_line(product, quantity, parts, reason)
        if not self._o2o_get_wanted() or not any(self._o2o_get_wanted().values()):
            raise UserError(self.env._("Nothing would be left: cancel the order."))
        self._o2o_settle_difference(before, changes[:1])
        for part in parts:
            part._reserve_or_reroute(reason)
        self._o2o_tell_member("changed")

    def _o2o_get_parts_of(self, quantities, added):
        """The fulfillments that a change of lines touches."""
        parts = self._o2o_get_live_parts()
        lines = self.env["sale.order.line"].union(*quantities)
        touched = parts.filtered(lambda part: part.line_ids.sale_line_id & lines)
        # more of what no part brings any more needs a part as well
        is_more = any(qty > line.product_uom_qty for line, qty in quantities.items())
        if (added or is_more) and not touched:
            open_parts = parts.filtered(lambda part: part.state in OPEN_STATES)
            touched = (open_parts or parts)[:1]
        return touched

    def _o2o_ensure_lines_may_change(self, quantities):
        if self.o2o_points_total or any(
            line.price_total < 0 or line.is_reward_line for line in self.order_line
        ):
            raise UserError(
                self.env._(
                    "Points or coupons pay a part of this order: cancel it and place it"
                    " again."
                )
            )
        if any(line.qty_invoiced for line in quantities):
            raise UserError(
                self.env._("These goods are invoiced already: use a return instead.")
            )
        if any(quantity < 0 for quantity in quantities.values()):
            raise UserError(self.env._("A quantity cannot be negative."))

    def _o2o_change_line(self, line, quantity, parts, reason):
        """Write the new quantity and share it out over the parts that bring it."""
        old = line.product_uom_qty
        difference = quantity - old
        shares = parts.line_ids.filtered(lambda share: share.sale_line_id == line)
        if difference > 0 and shares:
            shares[0].quantity += difference
        elif difference > 0:
            parts[:1].line_ids = [
                (0, 0, {"sale_line_id": line.id, "quantity": difference})
            ]
        else:
            for share in shares[::-1]:
                taken = min(-difference, share.quantity)
                share._take_out(taken)
                difference += taken
        self._o2o_unlocked(line).write({"product_uom_qty": quantity})
        return self._o2o_log_change(
            "lines", line.product_id.display_name, f"{old:g}", f"{quantity:g}", reason
        )

    def _o2o_add_line(self, product, quantity, parts, reason):
        if quantity <= 0:
            raise UserError(self.env._("A quantity cannot be negative."))
        line = self._o2o_unlocked(self.env["sale.order.line"]).create(
            {
                "order_id": self.id,
                "product_id": product.id,
                "product_uom_qty": quantity,
            }
        )
        if parts and line._o2o_is_goods():
            parts[:1].line_ids = [
                (0, 0, {"sale_line_id": line.id, "quantity": quantity})
            ]
        return self._o2o_log_change(
            "lines", product.display_name, "0", f"{quantity:g}", reason
        )

    def _o2o_unlocked(self, lines):
        """Lines that may be written: goods are moved by the fulfillments, not here."""
        if self.locked:
            self.action_unlock()
        return lines.with_context(skip_procurement=True, **CHANGE_CONTEXT)

    def _o2o_settle_difference(self, before, change):
        """Less to pay goes back; more to pay is refused once the order is paid."""
        less = self.currency_id.round(before - self.amount_total)
        is_paid = any(
            tx.state in ("authorized", "done") for tx in self._o2o_get_payments()
        )
        if not is_paid or not less:
            return
        if less < 0:
            raise UserError(
                self.env._(
                    "The order is paid: what costs more needs an order of its own."
                )
            )
        self._o2o_return_money(
            "changed", key=f"o2o.order.change/{change.id}", amount=less
        )

    # === LOG === #

    def _o2o_log_change(self, kind, field, old, new, reason, fulfillment=None):
        # sudo: nobody writes the log directly; the user stays who it was
        return (
            self.env["o2o.order.change"]
            .sudo()
            .create(
                {
                    "order_id": self.id,
                    "fulfillment_id": fulfillment.id if fulfillment else False,
                    "kind": kind,
                    "field": field,
                    "old_value": old or "",
                    "new_value": new or "",
                    "reason": reason,
                }
            )
        )

    def action_o2o_change(self):
        self.ensure_one()
        self._o2o_as_head_office()._o2o_ensure_can_change("remark")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change the order"),
            "res_model": "o2o.order.change.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_order_id": self.id},
        }

    # === CORE'S PATHS === #

    def write(self, vals):
        """An order that stores work on is not changed behind their backs."""
        if "partner_shipping_id" in vals and not is_order_change(self.env):
            # an id, a record or nothing: as the field itself reads it
            address_id = self._fields["partner_shipping_id"].convert_to_cache(
                vals["partner_shipping_id"], self
            )
            for order in self:
                if (order.partner_shipping_id.id or None) != address_id:
                    order._o2o_refuse_direct_change()
        return super().write(vals)

    def _o2o_refuse_direct_change(self):
        """:raise UserError: for people; the code of the suite knows what it does"""
        self.ensure_one()
        if self.env.su or self.state != "sale" or not self._o2o_get_live_parts():
            return
        raise UserError(
            self.env._(
                "Stores are working on order %s: use “Change” so that they hear of it.",
                self.name,
            )
        )
