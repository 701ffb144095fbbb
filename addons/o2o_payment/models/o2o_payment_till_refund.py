"""What a till asks when it gives money back: preview first, then leg by leg."""

import math

from odoo import api, models
from odoo.exceptions import LockError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.o2o_member.lib.share import share_out
from odoo.addons.payment import utils as payment_utils

from ..money import from_fen, to_fen
from .o2o_payment_till import _MAX_LINES


class O2oPaymentTill(models.AbstractModel):
    """Refunds of sales of the till's store, whichever till and day they are of.

    The till proposes; what may go back is computed here, from payments, ledgers and
    promises. A refund is promised and committed by one request, sent by its job, and
    looked at until it is decided: each may be repeated, none gives back twice.
    """

    _inherit = "o2o.payment.till"

    @api.model
    def pos_refund_preview(self, config_id, order_id, amount, first=None):
        """How a refund goes back by the ways the sale was paid.

        In proportion to what is left of each, to the cent; or all that is possible by
        one way first. Nothing moves.

        :param int order_id: the sale (``pos.order``)
        :param float amount: to give back, above zero
        :param str first: ``key`` of a tender
        :return: dict ``status`` (``ok``, ``refused`` with ``message``); ``left`` of the
            sale; ``rest`` that none of these ways can give back; ``tenders``: dicts
            ``key``, ``name``, ``detail``, ``is_electronic``, ``method_id`` (of this
            till, or False), ``out_no``, ``paid``, ``given``, ``left``, ``amount``
        :raise AccessError: the caller does not work at that till
        """
        config_sudo = self._get_till_sudo(config_id)
        try:
            origin_sudo = self._get_origin_sudo(config_sudo, order_id)
            self._check_amount(config_sudo, amount)
        except UserError as error:
            return {"status": "refused", "message": str(error)}
        tenders = [
            self._prepare_tender(config_sudo, payments)
            for payments in origin_sudo._o2o_get_tenders()
        ]
        left = origin_sudo._o2o_get_money_left()
        self._split(config_sudo.currency_id, min(amount, left), tenders, first)
        rest = amount - sum(tender["amount"] for tender in tenders)
        return {
            "status": "ok",
            "left": left,
            "rest": max(0.0, config_sudo.currency_id.round(rest)),
            "tenders": tenders,
        }

    @api.model
    def pos_refund(
        self, config_id, order_uuid, payment_uuid, amount, order_id, total, out_no=None
    ):
        """Promise to give back by the gateway what a customer's code has paid.

        A line that was refused is sent again under its number; one that is under way,
        or done, answers with what it is.

        :param str order_uuid: of the order that refunds
        :param str payment_uuid: of the line of the payment screen
        :param float amount: to give back, above zero
        :param int order_id: the sale that is refunded
        :param float total: of the refund, above zero: two tabs with the same refund
            promise it once
        :param str out_no: the payment that gets it back; else the one that fits
        :return: dict ``status``: ``ok`` (``refund``), ``refused`` (``message``),
            ``again`` in a moment
        :raise AccessError: the caller does not work at that till
        """
        config_sudo = self._get_till_sudo(config_id)
        self._check_uuids(order_uuid, payment_uuid, *([out_no] if out_no else []))
        try:
            lines_sudo = self._lock_line_sudo(config_sudo, payment_uuid)
            alive = lines_sudo.filtered(lambda it: it.state != "failed")
            if not alive:
                self._check_not_taken_off(payment_uuid)
            refund_sudo = alive or self._refund_sudo(
                config_sudo,
                lines_sudo[:1],
                amount,
                self._get_origin_sudo(config_sudo, order_id),
                total,
                out_no,
                order_uuid=order_uuid,
                payment_uuid=payment_uuid,
                config_id=config_sudo.id,
            )
        except LockError:
            return {"status": "again"}
        except UserError as error:
            return {"status": "refused", "message": str(error)}
        return {"status": "ok", "refund": refund_sudo._prepare_till_dict()}

    @api.model
    def pos_refund_drop(self, config_id, payment_uuid):
        """Nobody wants this line any more: a request for it that is still on its way
        promises nothing. May be repeated.

        :param str payment_uuid: of the line of the payment screen
        :return: dict ``status``: ``ok`` (nothing goes back for it, now or later),
            ``given`` (``refund``: it has one that goes on), ``again`` in a moment
        :raise AccessError: the caller does not work at that till
        """
        config_sudo = self._get_till_sudo(config_id)
        self._check_uuids(payment_uuid)
        try:
            lines_sudo = self._lock_line_sudo(config_sudo, payment_uuid)
        except LockError:
            return {"status": "again"}
        if alive := lines_sudo.filtered(lambda it: it.state != "failed"):
            return {"status": "given", "refund": alive._prepare_till_dict()}
        # sudo: written here only
        self.env["o2o.payment.till.line"].sudo()._take_off(config_sudo, payment_uuid)
        return {"status": "ok"}

    @api.model
    def pos_refund_look(self, config_id, payment_uuids):
        """The last refund of each of these lines of the payment screen.

        :return: list of dicts, see ``_prepare_till_dict`` of the refund; lines that
            were never asked for are missing
        :raise AccessError: the caller does not work at that till
        """
        config_sudo = self._get_till_sudo(config_id)
        if not isinstance(payment_uuids, list) or len(payment_uuids) > _MAX_LINES:
            raise ValidationError(self.env._("This is not a payment of the till."))
        self._check_uuids(*payment_uuids)
        found_sudo = self._search_refunds_sudo(
            config_sudo, [("payment_uuid", "in", payment_uuids)]
        )
        latest = {it.payment_uuid: it for it in found_sudo.sorted("id")}
        return [it._prepare_till_dict() for it in latest.values()]

    # === THE SALE === #

    @api.model
    def _get_origin_sudo(self, config_sudo, order_id):
        """The sale that is refunded: one of the store, that the cashier may see.

        :raise UserError: there is none
        """
        orders = self.env["pos.order"]
        if type(order_id) is int:
            # the rights of the cashier: what is not seen is not given back
            orders = orders.search([("id", "=", order_id)])
        # sudo: it was found with the cashier's rights
        origin_sudo = orders.sudo().filtered(
            lambda order: (
                order.state in ("paid", "done")
                and order.company_id == config_sudo.company_id
                and order.config_id.o2o_store_id == config_sudo.o2o_store_id
            )
        )
        if not origin_sudo:
            raise UserError(
                self.env._(
                    "This store has no such sale: give it back where it was sold."
                )
            )
        return origin_sudo

    @api.model
    def _check_amount(self, config_sudo, *amounts):
        """:raise UserError: no amount that can be given back"""
        for amount in amounts:
            is_number = type(amount) in (int, float) and math.isfinite(amount)
            if not is_number or config_sudo.currency_id.compare_amounts(amount, 0) <= 0:
                raise UserError(self.env._("This amount cannot be given back."))

    @api.model
    def _lock_line_sudo(self, config_sudo, payment_uuid):
        """The refunds of a line, while nobody else asks for one at this till.

        :raise LockError: somebody does
        """
        config_sudo.current_session_id.lock_for_update(allow_referencing=True)
        # a request that began before the other one ended has not seen what it did: it
        # is run again
        self.env.execute_query(
            SQL(
                "UPDATE pos_session SET id = id WHERE id = %s RETURNING id",
                config_sudo.current_session_id.id,
            )
        )
        return self._search_refunds_sudo(
            config_sudo, [("payment_uuid", "=", payment_uuid)]
        )

    @api.model
    def _check_not_taken_off(self, payment_uuid):
        """:raise UserError: the cashier has given up this line, the request is late"""
        # sudo: whether, for a line of this till
        if self.env["o2o.payment.till.line"].sudo()._is_off(payment_uuid):
            raise UserError(
                self.env._("This line was taken off. Open the preview again.")
            )

    @api.model
    def _search_refunds_sudo(self, config_sudo, domain):
        return (
            self.env["o2o.payment.refund"]
            .sudo()
            .search(
                Domain("config_id", "=", config_sudo.id) & Domain(domain),
                order="id desc",
            )
        )

    # === PREVIEW === #

    @api.model
    def _prepare_tender(self, config_sudo, payments):
        """One way by which the sale was paid, before the amount is split."""
        method = payments.payment_method_id
        intent = payments._o2o_get_intents()
        currency = config_sudo.currency_id
        paid, left = sum(payments.mapped("amount")), payments._o2o_get_left()
        own = self._find_method(config_sudo, method)
        return {
            "key": f"{method.id}-{payments[:1].id}",
            "name": (own or method).name,
            "detail": intent.provider_id.name or "",
            "is_electronic": bool(method.use_payment_terminal),
            "method_id": own.id,
            "out_no": intent.out_no or False,
            "paid": currency.round(paid),
            "given": currency.round(paid - left),
            "left": currency.round(left),
            "amount": 0.0,
        }

    @api.model
    def _find_method(self, config_sudo, method):
        """The method of this till that does what another one did."""
        methods = config_sudo.payment_method_ids
        if method in methods:
            return method
        return methods.filtered(
            lambda it: (
                it.use_payment_terminal == method.use_payment_terminal
                and it.type == method.type
            )
        )[:1]

    @api.model
    def _split(self, currency, amount, tenders, first=None):
        """Write into each tender what goes back by it, never more than is left."""

        def minor(value):
            return payment_utils.to_minor_currency_units(
                currency.round(value), currency
            )

        possible = [it for it in tenders if it["method_id"]]
        # the wanted one alone, then the others
        turns = [[it for it in possible if it["key"] == first]]
        turns.append([it for it in possible if it["key"] != first])
        to_give = minor(amount)
        for turn in turns:
            lefts = [minor(it["left"]) for it in turn]
            part = min(to_give, sum(lefts))
            to_give -= part
            shares = share_out(part, lefts) if part else [0] * len(turn)
            for tender, share in zip(turn, shares, strict=True):
                tender["amount"] = payment_utils.to_major_currency_units(
                    share, currency
                )

    # === PROMISING === #

    @api.model
    def _refund_sudo(
        self, config_sudo, last, amount, origin_sudo, total, out_no, **vals
    ):
        """Promise a refund of a line, or once more the one that was refused.

        :param last: the last refund of this line, which failed, or none
        :raise UserError: it is too much, or not of this sale
        """
        self._check_amount(config_sudo, amount, total)
        currency = config_sudo.currency_id
        fen, total_fen = to_fen(amount, currency), to_fen(total, currency)
        self._check_not_sold(config_sudo, vals["order_uuid"])
        intents_sudo = origin_sudo.payment_ids._o2o_get_intents()
        # a refund of another till in this moment is counted, or comes after
        intents_sudo.lock_for_update(allow_referencing=True)
        intent_sudo = self._choose_intent(intents_sudo, fen, out_no, last)
        promised = self._search_refunds_sudo(
            config_sudo,
            [("order_uuid", "=", vals["order_uuid"]), ("state", "!=", "failed")],
        )
        under_way = sum(promised.mapped("amount_fen"))
        left = to_fen(origin_sudo._o2o_get_money_left(), currency)
        if fen > min(left, total_fen - under_way):
            raise UserError(
                self.env._(
                    "%s of this refund can still go back. Open the preview again.",
                    currency.format(from_fen(max(0, min(left, total_fen - under_way)))),
                )
            )
        is_same = last.intent_id == intent_sudo and last.amount_fen == fen
        if last and is_same and not last.is_number_over:
            last._try_again()
            return last
        return (
            self.env["o2o.payment.refund"]
            .sudo()
            ._plan(intent_sudo, fen, reason=origin_sudo.name, **vals)
        )

    @api.model
    def _check_not_sold(self, config_sudo, order_uuid):
        """:raise UserError: the refund is over: this is a request that came late"""
        # sudo: whether, for an order of this till
        if (
            self.env["pos.order"]
            .sudo()
            .search_count(
                [("uuid", "=", order_uuid), ("state", "in", ("paid", "done"))], limit=1
            )
        ):
            raise UserError(self.env._("This refund is finished already."))

    @api.model
    def _choose_intent(self, intents_sudo, fen, out_no, last):
        """The payment that gets the money back: the one named, that of the try before,
        or the first that is large enough.

        :raise UserError: none is
        """
        named = intents_sudo.filtered(lambda it: it.out_no == out_no)
        wanted = named or (last.intent_id & intents_sudo) or intents_sudo
        fitting = wanted.filtered(lambda it: it.paid_fen - it.reserved_fen >= fen)
        if not fitting:
            left = max((it.paid_fen - it.reserved_fen for it in wanted), default=0)
            raise UserError(
                self.env._(
                    "%s can go back to the customer's payment code. Choose another "
                    "payment method for the rest.",
                    (intents_sudo.currency_id or self.env.company.currency_id).format(
                        from_fen(left)
                    ),
                )
            )
        return fitting[0]
