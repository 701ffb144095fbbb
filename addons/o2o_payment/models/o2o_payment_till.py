"""What a till asks about customers' payment codes."""

import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError, ValidationError
from odoo.http import request

from ..const import GATEWAYS, OPEN_STATES
from ..lib.o2o_gateway.codes import gateway_of
from ..lib.o2o_gateway.secret import Secret
from ..words import words
from .o2o_payment_intent_till import PATIENCE

_UUID = re.compile(r"[A-Za-z0-9-]{1,64}")
_MAX_LINES = 50
#: after that a gateway takes no payment of a till any more
TIME_TO_PAY = timedelta(minutes=2)


class O2oPaymentTill(models.AbstractModel):
    """The server side of the payment method "customer's code".

    A till plans a payment, then charges the code, then looks until there is an end:
    each a request of its own, each may be repeated. As long as one payment of an order
    is undecided, no other of it is begun.
    """

    _name = "o2o.payment.till"
    _description = "Customers' Payment Codes at a Till"

    @api.model
    def pos_plan(self, config_id, order_uuid, payment_uuid, amount, code):
        """Write a payment down for the code that was scanned; charges nothing.

        :param int config_id: the till asking
        :param str order_uuid: of the sale
        :param str payment_uuid: of the line of the payment screen
        :param float amount: of the line
        :param str code: as it was scanned
        :return: dict ``status``: ``ok`` (``payment`` may be charged, or is what the
            line has already), ``blocked`` (``payment`` is undecided), ``refused``
            (``message``), ``again`` in a moment
        :raise AccessError: the caller does not work at that till
        """
        gateway = gateway_of(Secret(str(code)))
        return self._plan_for_line(
            config_id, order_uuid, payment_uuid, amount, gateway, "code"
        )

    @api.model
    def _plan_for_line(self, config_id, order_uuid, payment_uuid, amount, gateway, way):
        """The payment that a line has, or a new one; see :meth:`pos_plan`."""
        config_sudo = self._get_till_sudo(config_id)
        self._check_uuids(order_uuid, payment_uuid)
        try:
            # two presses at once: the second one finds what the first has planned
            config_sudo.current_session_id.lock_for_update(allow_referencing=True)
        except LockError:
            return {"status": "again"}
        intents_sudo = self._search_sudo(config_sudo, [("order_uuid", "=", order_uuid)])
        own_sudo = intents_sudo.filtered(lambda it: it.payment_uuid == payment_uuid)
        has_money = own_sudo.filtered(
            lambda it: it.state in ("paid", "held") and not it.reserved_fen
        )
        if known := has_money[:1]:
            return {"status": "ok", "payment": known._prepare_till_dict()}
        if undecided := intents_sudo.filtered(lambda it: it.state in OPEN_STATES)[:1]:
            return {"status": "blocked", "payment": undecided._prepare_till_dict()}
        try:
            intent_sudo = self._plan_sudo(
                config_sudo, order_uuid, payment_uuid, amount, gateway, way
            )
        except UserError as error:
            return {"status": "refused", "message": str(error)}
        return {"status": "ok", "payment": intent_sudo._prepare_till_dict()}

    @api.model
    def pos_charge(self, config_id, out_no, code):
        """Charge the code for a payment that was planned.

        :return: as :meth:`pos_look`, one dict; empty when there is no such payment
        :raise AccessError: the caller does not work at that till
        """
        config_sudo = self._get_till_sudo(config_id)
        intent_sudo = self._get_intent_sudo(config_sudo, out_no)
        if not intent_sudo:
            return {}
        if gateway_of(Secret(str(code))) != GATEWAYS[intent_sudo.provider_id.code]:
            raise ValidationError(self.env._("This is another code."))
        client_ip = request.httprequest.remote_addr if request else "127.0.0.1"
        intent_sudo._charge(code, client_ip)
        return intent_sudo._prepare_till_dict()

    @api.model
    def pos_look(self, config_id, payment_uuids):
        """The last payment of each of these lines of the payment screen.

        :return: list of dicts, see ``_prepare_till_dict``; lines without a payment are
            missing
        :raise AccessError: the caller does not work at that till
        """
        config_sudo = self._get_till_sudo(config_id)
        if not isinstance(payment_uuids, list) or len(payment_uuids) > _MAX_LINES:
            raise ValidationError(self.env._("This is not a payment of the till."))
        self._check_uuids(*payment_uuids)
        found_sudo = self._search_sudo(
            config_sudo, [("payment_uuid", "in", payment_uuids)]
        )
        latest = {it.payment_uuid: it for it in found_sudo.sorted("id")}
        return [it._prepare_till_dict() for it in latest.values()]

    @api.model
    def pos_cancel(self, config_id, out_no):
        """Nobody wants this payment any more: the job undoes it at the gateway.

        :return: the payment as a dict; empty when there is none
        :raise AccessError: the caller does not work at that till
        """
        intent_sudo = self._get_intent_sudo(self._get_till_sudo(config_id), out_no)
        if not intent_sudo:
            return {}
        # also one that was planned only: its charge may be on its way
        intent_sudo._want_closed()
        return intent_sudo._prepare_till_dict()

    @api.model
    def pos_reverse(self, config_id, out_no):
        """Give back what was charged, before there is a sale.

        :return: the payment as a dict; empty when there is none
        :raise AccessError: the caller does not work at that till
        :raise UserError: it belongs to a sale
        """
        intent_sudo = self._get_intent_sudo(self._get_till_sudo(config_id), out_no)
        if not intent_sudo:
            return {}
        intent_sudo._reverse()
        return intent_sudo._prepare_till_dict()

    # === THE CALLER === #

    @api.model
    def _get_till_sudo(self, config_id):
        """The till, for a caller who works there, with an open session."""
        if not self.env.user.has_group("point_of_sale.group_pos_user"):
            raise AccessError(self.env._("Only cashiers can do this."))
        if type(config_id) is not int:
            raise ValidationError(self.env._("This is not a till."))
        # raises for tills of other stores; one without a store is anybody's
        self.env["o2o.fulfillment"]._get_pos_store_sudo(config_id)
        config = self.env["pos.config"].browse(config_id)
        config.check_access("read")
        # sudo: the till was checked; sessions and payments belong to it
        config_sudo = config.sudo()
        if not config_sudo.current_session_id:
            raise UserError(self.env._("The till is closed."))
        return config_sudo

    @api.model
    def _check_uuids(self, *uuids):
        for uuid in uuids:
            if not isinstance(uuid, str) or not _UUID.fullmatch(uuid):
                raise ValidationError(self.env._("This is not a payment of the till."))

    @api.model
    def _search_sudo(self, config_sudo, domain):
        return (
            self.env["o2o.payment.intent"]
            .sudo()
            .search([("config_id", "=", config_sudo.id), *domain], order="id desc")
        )

    @api.model
    def _get_intent_sudo(self, config_sudo, out_no):
        self._check_uuids(out_no)
        return self._search_sudo(config_sudo, [("out_no", "=", out_no)])

    # === PLANNING === #

    @api.model
    def _plan_sudo(self, config_sudo, order_uuid, payment_uuid, amount, gateway, way):
        """:raise UserError: no such code here, or no amount to be charged"""
        provider_sudo = config_sudo._o2o_get_gateway_provider(gateway)
        if not provider_sudo:
            raise UserError(self.env._("This is no payment code that this shop takes."))
        currency = config_sudo.currency_id
        is_number = type(amount) in (int, float)
        if not is_number or currency.compare_amounts(amount, 0) <= 0:
            raise UserError(
                self.env._("Only money that the shop receives is charged in this way.")
            )
        intents_sudo = self.env["o2o.payment.intent"].sudo()
        try:
            intent_sudo = intents_sudo._plan(
                provider_sudo,
                amount,
                currency,
                f"{config_sudo.company_id.name} {config_sudo.name}",
                store=config_sudo.o2o_store_id.id,
                way=way,
                config_id=config_sudo.id,
                order_uuid=order_uuid,
                payment_uuid=payment_uuid,
                expires_at=fields.Datetime.now() + TIME_TO_PAY,
            )
        except ValueError as error:
            raise UserError(words(self.env, error)) from error
        # should the request that charges it never come, or die
        intent_sudo._wake(PATIENCE.total_seconds())
        return intent_sudo
