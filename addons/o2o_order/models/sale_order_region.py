from odoo import models
from odoo.exceptions import UserError

#: addresses that are offered: the newest ones
ADDRESS_LIMIT = 5


class SaleOrder(models.Model):
    """An order no store can serve: what the member may do about it (ROUT-04)."""

    _inherit = "sale.order"

    def _o2o_get_unfillable_sudo(self):
        """The parts that wait for a word of the member, elevated."""
        self.ensure_one()
        # sudo: the member sees no fulfillments; the order is the member's own
        return self.sudo().o2o_fulfillment_ids.filtered("needs_region")

    def _o2o_get_region_choice(self):
        """What to tell a member whose order waits for another region.

        :return: None, or dict ``message``; ``cities`` (``o2o.region`` records, those
            next door first); ``addresses`` (``res.partner`` records of the member);
            ``is_waiting``: the member has decided to wait; ``is_paid``: giving it up
            gives money back; ``is_whole``: giving it up ends the whole order
        """
        waiting_sudo = self._o2o_get_unfillable_sudo()
        if not waiting_sudo:
            return None
        _here, cities = (
            self.env["o2o.sourcing"].sudo()._get_regions_that_can_serve(self.sudo())
        )
        addresses = self._o2o_get_other_addresses()
        region = self.o2o_region_id.complete_name or self.env._("Your region")
        if cities or addresses:
            message = self.env._(
                "%(region)s does not have all these goods right now. Choose another"
                " region, or wait: we keep looking.",
                region=region,
            )
        else:
            message = self.env._(
                "No store has all these goods right now. We keep looking; you may"
                " cancel the order at any time."
            )
        near = self._o2o_get_near_cities()
        return {
            "message": message,
            "cities": cities.sorted().sorted(lambda city: city not in near),
            "addresses": addresses,
            "is_waiting": all(part._is_member_waiting() for part in waiting_sudo),
            "is_paid": self._o2o_is_paid_already(),
            "is_whole": not self._o2o_get_live_parts() - waiting_sudo,
        }

    def _o2o_get_near_cities(self):
        """The cities that help out the region of this order."""
        region = self.o2o_region_id
        cities = region.browse()
        for neighbour in region._get_neighbours() if region else region:
            cities |= neighbour._get_city()
        return cities

    def _o2o_get_other_addresses(self):
        """Where else the member could have this order sent to, elevated."""
        self.ensure_one()
        order_sudo = self.sudo()
        member_sudo = order_sudo.partner_id
        if "pickup" in order_sudo.o2o_fulfillment_ids.mapped("delivery_kind"):
            return member_sudo.browse()
        own = member_sudo | member_sudo.child_ids.filtered(
            lambda address: address.type == "delivery"
        ).sorted("id", reverse=True)
        other = own.filtered("street") - order_sudo.partner_shipping_id
        return other[:ADDRESS_LIMIT]

    def _o2o_lock_unfillable(self):
        """Wait for who else is acting, and see who still waits for the member.

        :return: the parts, elevated
        :raise UserError: when a store was found meanwhile
        """
        self.ensure_one()
        self._o2o_lock_row()
        self.sudo().o2o_fulfillment_ids._lock_rows()
        waiting_sudo = self._o2o_get_unfillable_sudo()
        if not waiting_sudo:
            raise UserError(
                self.env._("A store has been found meanwhile: reload the page.")
            )
        return waiting_sudo

    def _o2o_choose_region(self, region):
        """Look for a store in another region; for the member, or head office.

        :param o2o.region region: one of ``_o2o_get_region_choice()["cities"]``
        """
        waiting_sudo = self._o2o_lock_unfillable()
        self.sudo().o2o_region_id = region
        for fulfillment in waiting_sudo:
            fulfillment._offer_to_next_store()

    def _o2o_choose_address(self, address):
        """Send it to another address of the member, where a store may have the goods.

        :param res.partner address: of :meth:`_o2o_get_other_addresses`
        """
        self._o2o_lock_unfillable()
        address_sudo = address.sudo()
        if not address_sudo or address_sudo not in self._o2o_get_other_addresses():
            raise UserError(self.env._("Choose one of your own addresses."))
        self.sudo()._o2o_change_address(
            address_sudo,
            self.env._("Chosen by the member: no store could serve the old address"),
        )

    def _o2o_wait_for_goods(self):
        """The member waits; head office reads it in the log of the order."""
        for part in self._o2o_lock_unfillable():
            if not part._is_member_waiting():
                part._log_event(
                    "choice",
                    from_state=part.state,
                    note=self.env._("The member waits for the goods"),
                )
                part._notify_change("changed")

    def _o2o_give_up_unfillable(self):
        """What no store can serve leaves the order; what was paid for it goes back.

        The last goods take the order with them. The limit for cancelling does not
        matter: nobody prepares these goods.
        """
        self.ensure_one()
        self._o2o_lock_row()
        if self.state == "cancel":
            return
        waiting_sudo = self._o2o_lock_unfillable()
        note = self.env._("Given up by the member: no store could serve it")
        if self._o2o_get_live_parts() - waiting_sudo:
            for part in waiting_sudo:
                part._give_up_goods(note)
        else:
            self.sudo()._o2o_cancel("rejected", note)
        problems_sudo = self.sudo().o2o_problem_ids.filtered(
            lambda problem: (
                problem.state == "open" and problem.fulfillment_id in waiting_sudo
            )
        )
        problems_sudo.resolution = note
        problems_sudo.action_solve()
