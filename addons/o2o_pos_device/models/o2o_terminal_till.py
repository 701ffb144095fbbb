import math
import re

from odoo import api, models
from odoo.exceptions import AccessError, LockError, UserError, ValidationError

from ..const import BINDING_OPERATIONS, MONEY_OPERATIONS

_KEY = re.compile(r"[A-Za-z0-9-]{1,64}")
_MAX_AMOUNT = 9_999_999_999.99
_MAX_LINES = 50


class O2oTerminal(models.Model):
    """What a till asks of its terminal (UPAY-01 to 03).

    Each call may be repeated. The row of a transaction is committed with the answer,
    before any box can fetch it; a till that hears no answer asks :meth:`pos_look`.
    """

    _inherit = "o2o.terminal"

    @api.model
    def pos_request(self, config_id, uid, payment_uuid, amount, refunded_order_id=None):
        """Charge a card for a line of the payment screen, or give money back to it.

        A line that is being charged, or was, answers with its transaction: it is never
        charged again.

        :param int config_id: the till asking
        :param str uid: made by the till for each press of the button
        :param str payment_uuid: ``uuid`` of the line (``pos.payment``)
        :param float amount: of the line; below zero for the lines of a refund
        :param int refunded_order_id: for a refund, the order that was paid
        :return: dict ``status`` and ``message``, ``transaction``: ``ok``; ``blocked``
            by another transaction, which is given; ``again`` in a moment; ``refused``
        :raise AccessError: the caller does not work at that till
        """
        terminal_sudo = self._get_of_till_sudo(config_id)
        self._check_keys(uid, payment_uuid)

        def begin():
            return terminal_sudo._begin_for_till(
                uid, payment_uuid, amount, refunded_order_id
            )

        return terminal_sudo._answer_request(
            lambda: terminal_sudo._get_of_line(uid, payment_uuid), begin
        )

    @api.model
    def pos_reverse(self, config_id, uid, payment_uuid):
        """Void what a line of the payment screen was charged, before there is a sale.

        :return: as :meth:`pos_request`
        :raise AccessError: the caller does not work at that till
        """
        terminal_sudo = self._get_of_till_sudo(config_id)
        self._check_keys(uid, payment_uuid)
        sale_sudo = terminal_sudo._search_lines([payment_uuid]).filtered(
            lambda each: each.op == "sale" and each.state == "approved"
        )[:1]

        def begin():
            if not sale_sudo or sale_sudo.payment_id:
                raise UserError(
                    self.env._("This payment was sold: make a refund of the order.")
                )
            return terminal_sudo._request(
                "void", sale_sudo.booked_amount, sale_sudo, uid, payment_uuid
            )

        return terminal_sudo._answer_request(
            lambda: sale_sudo.reversal_ids.filtered(
                lambda reversal: reversal.state != "declined"
            )[:1],
            begin,
        )

    @api.model
    def pos_look(self, config_id, payment_uuids):
        """The last transaction of each of these lines of the payment screen.

        :return: list of dicts, see ``_prepare_pos_dict`` of the transaction; lines
            that were never asked for are missing
        :raise AccessError: the caller does not work at that till
        """
        terminal_sudo = self._get_of_till_sudo(config_id)
        if not isinstance(payment_uuids, list) or len(payment_uuids) > _MAX_LINES:
            raise ValidationError(self.env._("This is not a payment of the till."))
        self._check_keys(*payment_uuids)
        found_sudo = terminal_sudo._search_lines(payment_uuids)
        latest = {each.payment_uuid: each for each in found_sudo.sorted("id")}
        return [each._prepare_pos_dict() for each in latest.values()]

    @api.model
    def pos_cancel(self, config_id, uid):
        """Ask the terminal to stop waiting for the card.

        :return: the transaction as a dict; empty when there is none
        :raise AccessError: the caller does not work at that till
        """
        return self._act_for_till(config_id, uid, "action_cancel")

    @api.model
    def pos_resolve(self, config_id, uid):
        """Ask the terminal what became of a transaction; charges nothing.

        :return: the transaction as a dict; empty when there is none
        :raise AccessError: the caller does not work at that till
        """
        return self._act_for_till(config_id, uid, "action_resolve")

    # === THE CALLER === #

    @api.model
    def _get_of_till_sudo(self, config_id):
        """The terminal of a till, for a caller who works there (invariant 8).

        :raise AccessError: when the caller is no staff of the till's store
        """
        if not self.env.user.has_group("point_of_sale.group_pos_user"):
            raise AccessError(self.env._("Only cashiers can do this."))
        if type(config_id) is not int:
            raise ValidationError(self.env._("This is not a till."))
        store_sudo = self.env["o2o.fulfillment"]._get_pos_store_sudo(config_id)
        if not store_sudo:
            return self.sudo().browse()
        # sudo: the till was checked; its staff may use its terminal
        return self.sudo().search([("config_id", "=", config_id)])

    @api.model
    def _check_keys(self, *keys):
        for key in keys:
            if not isinstance(key, str) or not _KEY.fullmatch(key):
                raise ValidationError(self.env._("This is not a payment of the till."))

    def _search_lines(self, payment_uuids):
        """Transactions of lines of this till, the latest first; called elevated."""
        return self.env["o2o.terminal.transaction"].search(
            [
                ("config_id", "in", self.config_id.ids),
                ("payment_uuid", "in", payment_uuids),
            ]
        )

    def _get_of_line(self, uid, payment_uuid):
        """The transaction a line has already: of this press, or not declined."""
        found = self._search_lines([payment_uuid]).filtered(
            lambda each: not each._is_till_reversal()
        )
        pressed = found.filtered(lambda each: each.uid == uid)
        alive = found.filtered(
            lambda each: each.state != "declined" and not each._is_given_back()
        )
        return (pressed or alive)[:1]

    def _act_for_till(self, config_id, uid, action):
        terminal_sudo = self._get_of_till_sudo(config_id)
        self._check_keys(uid)
        transaction_sudo = self.env["o2o.terminal.transaction"].sudo()
        transaction_sudo = transaction_sudo.search(
            [
                ("terminal_id", "in", terminal_sudo.ids),
                # a terminal that came from another store brings nothing along
                ("store_id", "=", terminal_sudo.store_id.id),
                ("uid", "=", uid),
            ]
        )
        if not transaction_sudo:
            return {}
        getattr(transaction_sudo, action)()
        return transaction_sudo._prepare_pos_dict()

    # === REQUESTS === #

    def _answer_request(self, find, begin):
        """What a till is told: what it has already, what is in its way, or new.

        :param find: returns the transaction of the line, called under the lock
        :param begin: makes it
        """
        if not self:
            return self._answer(
                "refused", self.env._("This till has no bank card terminal.")
            )
        try:
            self.lock_for_update()
            if known := find():
                return self._answer("ok", transaction=known)
            if blocking := self._get_blocking()[:1]:
                if blocking.op not in BINDING_OPERATIONS:
                    # a sign-in is over in a moment
                    return self._answer("again")
                return self._answer("blocked", transaction=blocking)
            return self._answer("ok", transaction=begin())
        except LockError:
            return self._answer("again")
        except UserError as error:
            return self._answer("refused", str(error))

    def _begin_for_till(self, uid, payment_uuid, amount, refunded_order_id):
        """:raise UserError: the amount or the refund cannot be"""
        self._check_amount(amount)
        till = self.config_id
        if till.current_session_id.state not in ("opening_control", "opened"):
            raise UserError(self.env._("Open the register first."))
        if till.currency_id != self.company_id.currency_id:
            raise UserError(
                self.env._(
                    "The terminal takes %s only.", self.company_id.currency_id.name
                )
            )
        self._ensure_new_key(uid)
        if amount > 0:
            return self._request("sale", amount, None, uid, payment_uuid)
        origin = self._get_refund_origin(refunded_order_id, -amount)
        is_whole = not origin.currency_id.compare_amounts(-amount, origin.booked_amount)
        can_void = is_whole and not origin.settlement_id
        op = "void" if can_void and origin.terminal_id == self else "refund"
        return self._request(op, -amount, origin, uid, payment_uuid)

    def _ensure_new_key(self, uid):
        """:raise UserError: it names a request of another till, which stays its own"""
        transactions = self.env["o2o.terminal.transaction"]
        if transactions.search_count([("uid", "=", uid)], limit=1):
            raise UserError(self.env._("This is not a payment of the till."))

    def _check_amount(self, amount):
        """:raise UserError: no terminal could carry this out"""
        is_number = type(amount) in (int, float) and math.isfinite(amount)
        currency = self.company_id.currency_id
        if (
            not is_number
            or not 0 < abs(amount) <= _MAX_AMOUNT
            or currency.compare_amounts(amount, round(amount, 2))
            or currency.is_zero(amount)
        ):
            raise UserError(self.env._("This amount cannot be charged."))

    def _get_refund_origin(self, refunded_order_id, amount):
        """The sale a refund gives back: a card payment of the order, large enough.

        :raise UserError: the order has none
        """
        order = self.env["pos.order"].sudo(False)
        if type(refunded_order_id) is int:
            # the rights of the cashier: what is not seen is not given back
            order = order.search([("id", "=", refunded_order_id)])
        sales = self.env["o2o.terminal.transaction"].search(
            [
                ("payment_id", "in", order.payment_ids.ids),
                ("store_id", "=", self.store_id.id),
                ("op", "=", "sale"),
                ("state", "=", "approved"),
            ]
        )
        fitting = sales.filtered(
            lambda sale: (
                sale.currency_id.compare_amounts(sale._get_refundable(), amount) >= 0
            )
        )
        if not fitting:
            raise UserError(
                self.env._(
                    "Nothing that was paid with a card in this order is left to give "
                    "back. Give the money back in another way."
                )
            )
        return fitting[0]

    @api.model
    def _answer(self, status, message="", transaction=None):
        if status == "blocked":
            message = transaction._get_blocking_text()
        return {
            "status": status,
            "message": message,
            "transaction": transaction._prepare_pos_dict() if transaction else False,
        }

    # === CLOSING === #

    def _settle_at_closing(self):
        """Close the batch of the till with its session (POS-09); called elevated.

        A terminal that has nothing to settle, or is not free, is left alone: the next
        settlement is about everything since the last one.
        """
        for terminal in self.filtered("is_settled_at_closing"):
            unsettled = self.env["o2o.terminal.transaction"].search_count(
                [
                    ("terminal_id", "=", terminal.id),
                    ("settlement_id", "=", False),
                    ("state", "=", "approved"),
                    ("op", "in", MONEY_OPERATIONS),
                ],
                limit=1,
            )
            # no lock, no settlement: a till is never kept from closing
            is_free = unsettled and terminal.try_lock_for_update()
            if is_free and not terminal._get_open_transactions():
                terminal._request("settle")
