"""What a pick-up order carries: code, place on the shelf, time (SHOP-11, idea 24)."""

from secrets import randbelow

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.o2o_member.lib.barcode_image import qr_image

from ..const import CODE_LENGTH, COLLECT_STATES, PARTIAL_REFUNDS


class O2oFulfillment(models.Model):
    _inherit = "o2o.fulfillment"

    # whoever shows it gets the goods: never sent to a till, never in a search
    pickup_code = fields.Char(
        readonly=True, copy=False, size=CODE_LENGTH, groups="base.group_system"
    )
    pickup_place = fields.Char(
        string="Place",
        readonly=True,
        copy=False,
        size=32,
        help="Where the packed goods wait, as written on the slip: B-12",
    )
    pickup_at = fields.Datetime(
        related="order_id.o2o_pickup_at", store=True, string="Collected from"
    )
    pickup_until = fields.Datetime(
        related="order_id.o2o_pickup_until", store=True, string="Collected until"
    )
    collect_until = fields.Datetime(
        string="Kept until",
        readonly=True,
        copy=False,
        help="Not collected by then, the order ends by itself",
    )
    collected_by = fields.Char(string="Handed to", readonly=True, copy=False)

    _pickup_code_uniq = models.UniqueIndex(
        "(store_id, pickup_code) WHERE pickup_code IS NOT NULL"
        " AND state IN ('accepted', 'picking', 'ready')",
        "This pick-up code is in use: please try again.",
    )

    _pickup_code_idx = models.Index("(pickup_code) WHERE pickup_code IS NOT NULL")

    # === THE CODE === #

    def _renew_pickup_code(self):
        """A new random code, unlike every open one of the store and the one before."""
        for record in self.sudo():  # nobody writes codes, they come from here
            known = set(
                record.search(
                    [
                        ("store_id", "=", record.store_id.id),
                        ("state", "in", COLLECT_STATES),
                        ("pickup_code", "!=", False),
                    ]
                ).mapped("pickup_code")
            )
            known.add(record.pickup_code)
            code = None
            while code is None or code in known:
                code = f"{randbelow(10**CODE_LENGTH):0{CODE_LENGTH}d}"
            record.pickup_code = code

    def _get_pickup_code_text(self):
        """The code as people read it: two groups of digits."""
        self.ensure_one()
        code = self.sudo().pickup_code or ""  # callers have checked who sees it
        return f"{code[:4]} {code[4:]}".strip()

    def _get_pickup_qr(self):
        """The code for a scanner, as a picture in the page: no address holds it."""
        self.ensure_one()
        code = self.sudo().pickup_code  # see _get_pickup_code_text
        return qr_image(code) if code else ""

    def _get_kept_until_text(self):
        """Until when the goods wait, by the clock of the store."""
        self.ensure_one()
        if self.state != "ready" or not self.collect_until:
            return ""
        return self.store_id._get_local_time(self.collect_until).strftime("%m-%d %H:%M")

    def _shows_pickup_code(self):
        """Whether the member needs the code now."""
        self.ensure_one()
        return (
            self.delivery_kind == "pickup"
            and self.state in COLLECT_STATES
            and bool(self.sudo().pickup_code)
        )

    def _is_code_shown_to(self, user):
        """Not to staff that looks at a member's page: it would hand over to anybody.

        Whose order it is, or who has its token, was checked before the page.
        """
        self.ensure_one()
        return not user._is_internal() or user.partner_id == self.partner_id

    # === STATES === #

    def _after_transition(self, old_state):
        if self.delivery_kind == "pickup":
            self._keep_pickup_facts(old_state)
        return super()._after_transition(old_state)

    def _keep_pickup_facts(self, old_state):
        """Before anybody is told of the new state: what a message or a slip says."""
        self.ensure_one()
        if self.state == "accepted":
            self._renew_pickup_code()
        elif self.state in ("pooled", "offered"):
            # another store: another code, another shelf
            self.sudo().write(
                {"pickup_code": False, "pickup_place": False, "collect_until": False}
            )

    def _mark_ready(self, place=None):
        """:param str place: where the goods wait, see ``pickup_place``"""
        place = " ".join(str(place or "").split())[:32]
        if place:
            self.filtered(lambda record: record.state != "ready").pickup_place = place
        return super()._mark_ready()

    def _get_wanted_at(self):
        """The till says the time aloud (idea 1)."""
        return self.pickup_at or super()._get_wanted_at()

    def _move_to_store(self, store):
        """Place and address follow the order to the store that serves it."""
        result = super()._move_to_store(store)
        if self.delivery_kind == "pickup" and store:
            self.order_id._o2o_follow_pickup_store(store)
        return result

    # === MAY IT BE HANDED OVER? === #

    def _get_pickup_obstacle(self):
        """Why the goods may not be handed over now, in words for the till, or empty."""
        self.ensure_one()
        order = self.order_id
        if self.state in ("delivered", "completed"):
            moment = self.delivered_at and self.store_id._get_local_time(
                self.delivered_at
            )
            return self.env._(
                "Already handed over: %(time)s, to %(person)s.",
                time=moment.strftime("%m-%d %H:%M") if moment else "-",
                person=self.collected_by or self.partner_id.name,
            )
        if self.state == "expired":
            return self.env._("Not collected in time: the order has ended.")
        if self.state in ("cancelled", "rejected") or order.state == "cancel":
            return self.env._("This order was cancelled: keep the goods here.")
        if self._has_open_refund():
            return self.env._(
                "The money of this order is being given back: hand nothing over, ask"
                " head office."
            )
        if self._get_open_choice():
            return self.env._("The customer has not chosen yet what to do.")
        if self.state != "ready":
            return self.env._("The goods are not ready yet: please prepare them first.")
        if order.o2o_payment_state == "unpaid":
            return self.env._("This order is not paid yet.")
        return ""

    def _has_open_refund(self):
        """Money of the whole order, or of this part, is on its way back."""
        # sudo: refunds are head office's, their presence is the till's business
        return any(
            refund._is_open()
            and refund.reason not in PARTIAL_REFUNDS
            and refund.fulfillment_id in (self, self.browse())
            for refund in self.sudo().order_id.o2o_refund_ids
        )

    def _ensure_can_collect(self):
        for record in self:
            if obstacle := record._get_pickup_obstacle():
                raise UserError(obstacle)
