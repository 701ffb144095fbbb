from odoo import models


class O2oFulfillmentProgress(models.AbstractModel):
    """The life of a fulfillment, told to the member (SHOP-07)."""

    _name = "o2o.fulfillment.progress"
    _description = "Progress shown to the member"

    def _get_progress_steps(self):
        """:return: list of dict ``label``, ``detail``, ``at``, ``done``"""
        self.ensure_one()
        order = self.order_id
        if self.state == "cancelled":
            return [
                self._step(self.env._("Order placed"), order.date_order),
                self._step(self.env._("Cancelled"), self.write_date),
            ]
        placed = (
            self.env._("Order placed")  # the detail says how it is paid
            if order._o2o_is_to_collect()
            else self.env._("Paid")
        )
        steps = [
            self._step(placed, order.date_order, order._o2o_get_payment_label()),
            # a part that looks for a store again has neither
            self._step(
                self.env._("Store chosen"),
                self.state != "pooled" and self.offered_at,
                self._get_short_explanation(),
            ),
            self._step(
                self.env._("Accepted"),
                self.state not in ("pooled", "offered") and self.accepted_at,
                self._get_accepted_detail(),
            ),
        ]
        if prepared := self._get_event_time("picking"):
            steps.append(self._step(self.env._("Being prepared"), prepared))
        if self.state in ("rejected", "expired"):
            label = (
                self.env._("No store can serve it")
                if self.state == "rejected"
                else self.env._("Not collected in time")
            )
            done = [step for step in steps if step["done"]]
            return [*done, self._step(label, self.write_date)]
        if self.delivery_kind == "pickup":
            # while it looks for a store there is no place to go to
            place_sudo = self.store_id.sudo().partner_id
            steps.append(
                self._step(
                    self.env._("Ready for pick-up"),
                    bool(place_sudo) and self._get_event_time("ready"),
                    place_sudo._o2o_get_address_line() if place_sudo else "",
                )
            )
        else:
            steps.append(
                self._step(
                    self.env._("Shipped"),
                    self.shipped_at,
                    self.carrier_tracking_ref or "",
                )
            )
        received = (
            self.env._("Collected")
            if self.delivery_kind == "pickup"
            else self.env._("Received")
        )
        steps.append(self._step(received, self.delivered_at, self._get_points_detail()))
        return steps

    def _get_progress_message(self):
        """What is going on now, in one sentence for the member (SHOP-07)."""
        self.ensure_one()
        store = self.store_id.name or ""
        messages = {
            "pooled": self.env._("We are looking for a store near you."),
            "offered": self.env._("%s has been asked and answers in a moment.", store),
            "accepted": self.env._("%s has accepted your order.", store),
            "picking": self.env._("%s is preparing your goods.", store),
            "shipped": self.env._("Your goods are on the way."),
            "delivered": self.env._("You have received your goods."),
            "completed": self.env._("You have received your goods."),
            "rejected": self.env._(
                "No store can serve this now. We will contact you; nothing is lost."
            ),
            "expired": self.env._(
                "It was not collected in time. Please call the store if you still"
                " want it."
            ),
            "cancelled": self.env._("This was cancelled."),
        }
        if self.state == "ready":
            if self.delivery_kind == "pickup":
                return self.env._("Ready: please collect it at %s.", store)
            return self.env._("Packed at %s, it leaves in a moment.", store)
        return messages.get(self.state, "")

    def _step(self, label, moment, detail=""):
        return {
            "label": label,
            "at": moment or False,
            "detail": detail if moment else "",
            "done": bool(moment),
        }

    def _get_event_time(self, kind):
        return self.event_ids.filtered(lambda event: event.kind == kind)[
            -1:
        ].create_date

    def _get_accepted_detail(self):
        phone = self.store_id.phone
        if not phone:
            return self.store_id.name
        return self.env._(
            "%(store)s, phone %(phone)s", store=self.store_id.name, phone=phone
        )

    def _get_short_explanation(self):
        """Why this store, in one line a member understands (idea 7)."""
        store = self.store_id.name
        distance = next(
            (
                fact["distance_km"]
                for fact in self.routing_id.facts or []
                if fact["store_id"] == self.store_id.id
            ),
            None,
        )
        rule = self.routing_id.rule
        if rule == "nobody":
            return self.env._("No store of your region has everything right now")
        if rule == "transit" or self.is_arriving:
            return self.env._("%s, the goods are brought there for you", store)
        if rule == "split":
            return self.env._("%s, for this part of your order", store)
        if rule == "neighbour":
            return self.env._("%s, in a region next to yours", store)
        if rule == "pickup":
            return self.env._("%s, the store you chose", store)
        if rule == "head_office":
            return self.env._("%s serves you directly", store)
        if distance is None:
            return self.env._("%s, open and with everything in stock", store)
        return self.env._(
            "%(store)s, %(distance).1f km away, open and with everything in stock",
            store=store,
            distance=distance,
        )

    def _get_points_detail(self):
        if not self.points_earned:
            return ""
        return self.env._("You earned %s points", self.points_earned)
