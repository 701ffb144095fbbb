"""The time to collect an order (SHOP-11)."""

import hashlib

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.o2o_order.const import CHANGE_CONTEXT

from ..const import MAX_SLOT_MOVES


class SaleOrder(models.Model):
    _inherit = "sale.order"

    o2o_pickup_at = fields.Datetime(string="Collected From", readonly=True, copy=False)
    o2o_pickup_until = fields.Datetime(
        string="Collected Until", readonly=True, copy=False
    )
    o2o_slot_moves = fields.Integer(string="Times Moved", readonly=True, copy=False)

    # === THE CART === #

    def _o2o_get_slot_store(self):
        """The chosen store, if it wants to know when people come; elevated."""
        self.ensure_one()
        stores_sudo = self.env["o2o.store"].sudo()
        if not self._o2o_is_pickup() or not self.pickup_location_data:
            return stores_sudo
        return self._o2o_get_pickup_store().filtered("has_pickup_slots")

    def _o2o_prefill_checkout(self, last, methods, place):
        """The next free time is chosen already."""
        result = super()._o2o_prefill_checkout(last, methods, place)
        self._o2o_prefill_slot()
        return result

    def _o2o_prefill_slot(self):
        """Keep the chosen time as long as it is offered, else take the next one."""
        self.ensure_one()
        store = self._o2o_get_slot_store()
        slots = store._get_pickup_slots(self) if store else []
        chosen = next(
            (slot for slot in slots if slot["start"] == self.o2o_pickup_at),
            slots[0] if slots else None,
        )
        self._o2o_note_slot(chosen)

    def _o2o_note_slot(self, slot):
        """:param dict slot: of ``o2o.store._get_pickup_slots``, or None"""
        start, end = (slot["start"], slot["end"]) if slot else (False, False)
        if self.o2o_pickup_at and not slot:
            self._o2o_release_slot()
        if (self.o2o_pickup_at, self.o2o_pickup_until) != (start, end):
            self.write({"o2o_pickup_at": start, "o2o_pickup_until": end})

    def _o2o_page_slot(self, value):
        """From the page: the member chooses a time; the server says whether it is free.

        :param str value: as :meth:`_o2o_get_slot_days` gives it
        :raise UserError: full, past, or never offered
        """
        self.ensure_one()
        self._o2o_note_slot(self._o2o_find_slot(value))

    def _o2o_find_slot(self, value):
        try:
            start = fields.Datetime.to_datetime(value)
        except (TypeError, ValueError):
            start = None
        store = self._o2o_get_slot_store()
        for slot in store._get_pickup_slots(self) if store and start else []:
            if slot["start"] == start:
                return slot
        raise UserError(
            self.env._("This time is not free any more. Please choose another one.")
        )

    def _o2o_is_slot_offered(self):
        """Whether the time of this cart can still be had."""
        self.ensure_one()
        store = self._o2o_get_slot_store()
        if not store or not self.o2o_pickup_at:
            return True
        return any(
            slot["start"] == self.o2o_pickup_at
            for slot in store._get_pickup_slots(self)
        )

    def _o2o_get_slot_days(self):
        """The times to choose from, by day, in the time of the store.

        :return: list of dict ``label``, ``is_chosen``, ``slots`` (list of dict
            ``value``, ``label``, ``is_chosen``, ``is_last``)
        """
        self.ensure_one()
        store = self._o2o_get_slot_store()
        if not store:
            return []
        today = store._get_local_time(fields.Datetime.now()).date()
        days = {}
        for slot in store._get_pickup_slots(self):
            start = store._get_local_time(slot["start"])
            end = store._get_local_time(slot["end"])
            is_chosen = slot["start"] == self.o2o_pickup_at
            day = days.setdefault(
                start.date(),
                {
                    "label": self._o2o_get_day_label(start.date(), today),
                    "is_chosen": False,
                    "slots": [],
                },
            )
            day["is_chosen"] = day["is_chosen"] or is_chosen
            day["slots"].append(
                {
                    "value": fields.Datetime.to_string(slot["start"]),
                    "label": f"{start:%H:%M}\u2013{end:%H:%M}",
                    "is_chosen": is_chosen,
                    "is_last": slot["free"] == 1,
                }
            )
        return list(days.values())

    def _o2o_get_day_label(self, day, today):
        if day == today:
            return self.env._("Today")
        if (day - today).days == 1:
            return self.env._("Tomorrow")
        return f"{day:%m-%d}"

    def _o2o_get_slot_text(self):
        """ "Today 18:00–18:30" in the time of the store; "" without a time."""
        self.ensure_one()
        if not self.o2o_pickup_at or not self.o2o_pickup_until:
            return ""
        store = self.sudo().o2o_fulfillment_ids.store_id[:1]
        store = store or self._o2o_get_pickup_store()
        if not store:
            return ""
        start = store._get_local_time(self.o2o_pickup_at)
        end = store._get_local_time(self.o2o_pickup_until)
        today = store._get_local_time(fields.Datetime.now()).date()
        day = self._o2o_get_day_label(start.date(), today)
        return f"{day} {start:%H:%M}\u2013{end:%H:%M}"

    def _o2o_get_fingerprint(self):
        """The time is part of what the member agrees to."""
        fingerprint = super()._o2o_get_fingerprint()
        if not self._o2o_is_pickup():
            return fingerprint
        facts = f"{fingerprint}/{self.o2o_pickup_at}"
        return hashlib.sha256(facts.encode()).hexdigest()[:32]

    # === THE PLACE === #

    def _o2o_hold_stock(self):
        """A submitted order has its goods, and its place in the chosen time."""
        result = super()._o2o_hold_stock()
        for order in self:
            order._o2o_take_slot()
        return result

    def _action_confirm(self):
        """Also orders that come without a page: entered by hand, paid late."""
        for order in self:
            order._o2o_take_slot()
        return super()._action_confirm()

    def _o2o_take_slot(self):
        """Take the place this order wants; silent when it has it.

        Who chose a time is asked again when it is full. Who chose none, or has paid
        already, gets the next free one. Who has taken goods along from a till needs
        none.

        :raise UserError: the chosen time is full
        """
        self.ensure_one()
        store = self._o2o_get_slot_store()
        if not store or self._o2o_is_of_till():
            self._o2o_note_slot(None)
            return
        # sudo: members write no places
        bookings_sudo = self.env["o2o.pickup.booking"].sudo()
        held = bookings_sudo._of(self)
        if held and held.store_id == store and held.start_at == self.o2o_pickup_at:
            return
        if self.o2o_pickup_at:
            if bookings_sudo._take(self, store, self.o2o_pickup_at):
                return
            if not self._o2o_has_money():
                raise UserError(
                    self.env._(
                        "Somebody was faster: %s is full now. Please choose another"
                        " time; your cart is unchanged.",
                        self._o2o_get_slot_text(),
                    )
                )
        held._release()
        self._o2o_take_next_slot(store)

    def _o2o_take_next_slot(self, store, after=None):
        """The first free time, not before the one that was wanted if there is one.

        :param datetime after: naive UTC
        """
        self.ensure_one()
        bookings_sudo = self.env["o2o.pickup.booking"].sudo()  # see _o2o_take_slot
        slots = store._get_pickup_slots(self)
        later = [slot for slot in slots if not after or slot["start"] >= after]
        for slot in later or slots:
            if bookings_sudo._take(self, store, slot["start"]):
                self._o2o_note_slot(slot)
                return
        self._o2o_note_slot(None)

    def _o2o_release_slot(self):
        """Give the places of these orders back."""
        # sudo: whoever cancels or moves the order
        self.env["o2o.pickup.booking"].sudo()._of(self)._release()

    def _action_cancel(self):
        result = super()._action_cancel()
        self._o2o_release_slot()
        return result

    # === AFTERWARDS === #

    def _o2o_can_move_slot(self):
        """Before the goods are packed, and not without end."""
        self.ensure_one()
        parts = self._o2o_get_live_parts()
        return (
            self.state == "sale"
            and bool(self._o2o_get_slot_store())
            and self.o2o_slot_moves < MAX_SLOT_MOVES
            and bool(parts)
            and all(part.state in ("offered", "accepted", "picking") for part in parts)
        )

    def _o2o_move_slot(self, value):
        """The member comes at another time; the old place is free again.

        :raise UserError: too late, or the time is full
        """
        self.ensure_one()
        self._o2o_lock_for_change()
        if not self._o2o_can_move_slot():
            raise UserError(
                self.env._(
                    "The time cannot be changed any more: please call the store."
                )
            )
        slot = self._o2o_find_slot(value)
        if slot["start"] == self.o2o_pickup_at:
            return
        before = self._o2o_get_slot_text()
        store = self._o2o_get_slot_store()
        bookings_sudo = self.env["o2o.pickup.booking"].sudo()  # see _o2o_take_slot
        if not bookings_sudo._take(self, store, slot["start"]):
            raise UserError(
                self.env._("This time is not free any more. Please choose another one.")
            )
        self._o2o_note_slot(slot)
        self.o2o_slot_moves += 1
        for part in self._o2o_get_live_parts():
            part._note_change(f"{before} \u2192 {self._o2o_get_slot_text()}")

    def _o2o_follow_pickup_store(self, store):
        """Another store hands the goods out: address, and a place in its times."""
        self.ensure_one()
        if self.o2o_wished_store_id:
            # entered by hand: the store is a wish, not an address
            self.o2o_wished_store_id = store
            return
        data = self.pickup_location_data or {}
        if data.get("id") == store.warehouse_id.id:
            if not self.env["o2o.pickup.booking"].sudo()._of(self):
                self._o2o_take_next_slot(store, self.o2o_pickup_at)
            return
        address = store.partner_id
        # sudo: the address book of the member is not the caller's
        partner_sudo = self.partner_shipping_id.sudo()
        values = {"pickup_location_data": store._prepare_pickup_data()}
        if partner_sudo.is_pickup_location:
            copy_sudo = partner_sudo.copy(
                {
                    "name": store.name,
                    "street": address.street,
                    "city": address.city or store.region_id.name,
                    "state_id": address.state_id.id,
                    "zip": address.zip,
                    "country_id": address.country_id.id,
                }
            )
            values["partner_shipping_id"] = copy_sudo.id
        region = self.o2o_region_id
        self.with_context(
            update_delivery_shipping_partner=True, **CHANGE_CONTEXT
        ).write(values)
        self.o2o_region_id = region
        self._o2o_release_slot()
        if store.has_pickup_slots:
            self._o2o_take_next_slot(store, self.o2o_pickup_at)
        else:
            self._o2o_note_slot(None)
