"""The counter: show the code, look at the order, hand it over (SHOP-11)."""

import re

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, consteq

from ..const import CHECK_SECONDS, CHECKS, CODE_LENGTH, COLLECT_STATES

#: what a cashier writes who hands over without the code
MIN_NOTE = 2
MAX_NOTE = 200


class CodeSearch:
    """A search by code that was counted as a check; no caller can make one."""

    def __init__(self, digits):
        self.digits = digits


class O2oFulfillment(models.Model):
    _inherit = "o2o.fulfillment"

    # === FIRST STEP: WHOSE CODE IS IT? === #

    @api.model
    def pos_pickup_find(self, config_id, code):
        """The order behind a pick-up code; nothing is handed over yet.

        Right or wrong, each question counts against the person who asks.

        :return: dict ``status`` (``ok``, ``refused``), ``message``, ``order``, and
            ``check``, see :meth:`_prepare_pickup_check`
        :raise AccessError: when the caller is not staff of the till's store
        """
        store_sudo = self._get_pos_store_sudo(config_id)
        digits = self._read_pickup_code(code)
        if not store_sudo or not digits:
            return self._pos_answer_no_code(
                self.env._("A pick-up code has %s digits.", CODE_LENGTH)
            )
        if self._checks_too_often():
            return self._pos_answer_no_code(self._get_too_often_text())
        # sudo: the caller works in the store; others are named, not shown
        order_sudo = self.sudo()._find_by_pickup_code(store_sudo, digits)
        if not order_sudo:
            return self._pos_answer_no_code(self.env._("Nobody has this code."))
        if order_sudo.store_id != store_sudo:
            return self._pos_answer_no_code(
                self.env._(
                    "This is collected at another store: %s.", order_sudo.store_id.name
                )
            )
        return {
            **order_sudo._pos_answer("ok"),
            "check": order_sudo._prepare_pickup_check(),
        }

    @api.model
    def _pos_answer_no_code(self, message):
        return {**self._pos_answer("refused", message), "check": False}

    @api.model
    def _read_pickup_code(self, value):
        """:return: the digits of a code, or ``""`` for what is none"""
        digits = re.sub(r"[\s-]", "", value[:40]) if isinstance(value, str) else ""
        is_code = len(digits) == CODE_LENGTH and digits.isascii() and digits.isdigit()
        return digits if is_code else ""

    @api.model
    def _find_by_pickup_code(self, store, digits):
        """Open orders first, those of the store first, then the latest."""
        found = self.search(
            Domain("company_id", "=", store.company_id.id)
            & Domain("pickup_code", "=", digits),
            order="id desc",
            limit=20,
        )
        return found.sorted(
            lambda it: (it.store_id != store, it.state not in COLLECT_STATES, -it.id)
        )[:1]

    @api.model
    def _checks_too_often(self):
        """Count this check; guessing is limited by the person (invariant 7)."""
        key = self.env["o2o.card"]._hash("pickup_check", "user", str(self.env.uid))
        # sudo: nobody writes counters but this
        return self.env["o2o.card.throttle"].sudo()._is_over(key, CHECKS, CHECK_SECONDS)

    @api.model
    def _get_too_often_text(self):
        return self.env._(
            "Too many codes in a short time: please wait %s minutes.",
            CHECK_SECONDS // 60,
        )

    def _prepare_pickup_check(self):
        """What the cashier looks at before handing over; elevated."""
        self.ensure_one()
        order = self.order_id
        return {
            "obstacle": self._get_pickup_obstacle(),
            "member": self.partner_id.name or "",
            "proxy": self.proxy_name or "",
            "proxy_phone": self.proxy_phone or "",
            "place": self.pickup_place or "",
            "payment": order._o2o_get_payment_label(),
            "to_collect": self.amount_total if order._o2o_is_to_collect() else 0.0,
        }

    # === SECOND STEP: HAND IT OVER === #

    def _pos_act_hand_over(self, values):
        """``code``, or ``without_code``: how the person was checked; ``by``: ``member``
        or ``proxy``"""
        if self.delivery_kind != "pickup":
            return super()._pos_act_hand_over(values)
        self._ensure_can_collect()
        if refusal := self._get_code_refusal(values):
            # an answer, not an error: the try is counted, whatever comes of it
            return self._pos_answer("refused", refusal)
        result = super()._pos_act_hand_over(values)
        self._note_collected(values)
        return result

    def _get_code_refusal(self, values):
        """Why the person is not let off with the goods, or ``""``."""
        code = values.get("code")
        if code:
            if self._checks_too_often():
                return self._get_too_often_text()
            digits = self._read_pickup_code(code)
            if digits and consteq(digits, self.pickup_code or ""):
                return ""
            return self.env._("This is not the code of order %s.", self.order_id.name)
        if not self.pickup_code and not self.company_id.o2o_pickup_needs_code:
            return ""  # accepted before there were codes
        if self.company_id.o2o_pickup_needs_code:
            return self.env._("Please ask for the pick-up code.")
        if len(self._read_check_note(values)) < MIN_NOTE:
            return self.env._(
                "Please enter the pick-up code, or write down how you checked the"
                " person."
            )
        return ""

    def _read_check_note(self, values):
        note = values.get("without_code")
        return " ".join(note.split())[:MAX_NOTE] if isinstance(note, str) else ""

    def _note_collected(self, values):
        """Who has the goods, and on what grounds: both names stay in the log."""
        self.ensure_one()
        member = self.partner_id.name or ""
        is_proxy = values.get("by") == "proxy" and bool(self.proxy_name)
        self.collected_by = self.proxy_name if is_proxy else member
        person = (
            self.env._(
                "%(friend)s (%(phone)s) for %(member)s",
                friend=self.proxy_name,
                phone=self.proxy_phone,
                member=member,
            )
            if is_proxy
            else member
        )
        grounds = (
            self.env._("by code")
            if values.get("code")
            else self.env._("without code: %s", self._read_check_note(values) or "-")
        )
        self._log_event("collected", from_state=self.state, note=f"{person}, {grounds}")

    # === READY, WITH A PLACE === #

    def _pos_act_ready(self, values):
        """``place``: where the goods wait, as written on the bag; may be empty"""
        if self.delivery_kind != "pickup":
            return super()._pos_act_ready(values)
        self._mark_ready(values.get("place"))
        return None

    # === WHAT THE TILL SHOWS === #

    def _prepare_pos_dict(self):
        values = super()._prepare_pos_dict()
        if self.delivery_kind != "pickup":
            return values
        return {
            **values,
            "wanted_until": fields.Datetime.to_string(self.pickup_until) or "",
            "collect_until": fields.Datetime.to_string(self.collect_until) or "",
            "pickup_place": self.pickup_place or "",
            "needs_pickup_code": bool(self.pickup_code),
            "may_skip_code": not self.company_id.o2o_pickup_needs_code,
            "arrived_at": fields.Datetime.to_string(self.arrived_at) or "",
            "arrival_count": self.arrival_count,
            "arrival_note": self.arrival_note or "",
            "proxy_name": self.proxy_name or "",
            "proxy_phone": self.proxy_phone or "",
        }

    # === SEARCH === #

    @api.model
    def pos_search(self, config_id, query):
        """Also by the whole pick-up code, never by a part of it."""
        self._get_pos_store_sudo(config_id)
        digits = self._read_pickup_code(str(query or ""))
        if not digits or self._checks_too_often():
            return super().pos_search(config_id, query)
        searching = self.with_context(o2o_pickup_search=CodeSearch(digits))
        return super(O2oFulfillment, searching).pos_search(config_id, query)

    @api.model
    def _get_pos_search_conditions(self, query):
        conditions = super()._get_pos_search_conditions(query)
        search = self.env.context.get("o2o_pickup_search")
        if isinstance(search, CodeSearch):
            conditions.append(SQL("f.pickup_code = %s", search.digits))
        return conditions

    # === HEAD OFFICE === #

    def action_receive(self):
        """Head office hands over on its word; the same obstacles stand in its way."""
        pickups = self.filtered(lambda record: record.delivery_kind == "pickup")
        ready = pickups.filtered(lambda record: record.state == "ready")
        ready_sudo = ready._as_staff()
        ready_sudo._ensure_can_collect()
        if any(ready_sudo.company_id.mapped("o2o_pickup_needs_code")):
            raise UserError(
                self.env._("Please hand it over at the till: it asks for the code.")
            )
        result = super().action_receive()
        for record in ready_sudo:
            record._note_collected({"without_code": self.env._("in the office")})
        return result
