"""Paying from a wallet at a till: what the till asks, and what the server answers."""

import logging
import re

from odoo import api, models
from odoo.exceptions import UserError

from ..const import PIN_TRIES, PIN_TRY_SECONDS

_logger = logging.getLogger(__name__)

_UUID = re.compile(r"[0-9A-Za-z-]{8,64}")
_MAX_AMOUNT = 9_999_999.99
_MAX_LINES = 50


class O2oWalletTill(models.AbstractModel):
    """Calls of the tills (POS, PAY-05). Each checks cashier and till first.

    A payment is named by the ``uuid`` of its line on the payment screen. Asking again
    sets nothing more aside, so a till that heard no answer may ask again, or
    :meth:`look`. They answer ``{"status": ..., "message": ...}`` and do not raise
    where a try at a PIN has to be remembered.
    """

    _name = "o2o.wallet.till"
    _description = "Wallet at the Till"

    @api.model
    def authorise(self, config_id, uuid, amount, who):
        """Set money of a member's wallet aside for a line of the payment screen.

        The member shows the electronic card or enters the payment PIN; above the
        amount of the company the PIN is needed in any case. A cashier who only knows
        the name of a member can spend nothing.

        :param int config_id: the till asking
        :param str uuid: of the line (``pos.payment``)
        :param float amount: above zero
        :param dict who: ``code`` (what was scanned), or ``partner_id``; and ``pin``
        :return: dict ``status`` (ok, refused, pin_needed, pin_wrong, pin_locked,
            pin_missing), ``message``; ``partner`` as ``{"id", "name"}`` once it is
            known; when ok ``payment``, see :meth:`_prepare_payment`
        :raise AccessError: no cashier of this till
        """
        till, config = self._enter(config_id)
        key = self._key(uuid)
        who = who if isinstance(who, dict) else {}
        problem = self._find_problem(config, key, amount)
        if problem:
            return till._answer("refused", problem)
        holds = self.env["o2o.wallet.hold"].with_env(till.env)
        if hold_sudo := holds._of(key):
            return self._answer_again(till, config, hold_sudo, amount)
        partner_sudo, is_present, problem = self._find_member(till, who)
        if problem:
            return till._answer("refused", problem)
        known = {"partner": {"id": partner_sudo.id, "name": partner_sudo.name or ""}}
        wallet_sudo = self.env["o2o.wallet"].with_env(till.env)._of(partner_sudo)
        if not wallet_sudo:
            return till._answer(
                "refused", self.env._("This member has no wallet."), **known
            )
        if not is_present or wallet_sudo._needs_pin(amount):
            error = self._check_pin(wallet_sudo, who.get("pin"))
            if error:
                return till._answer(error, wallet_sudo._pin_message(error), **known)
        try:
            with self.env.cr.savepoint():
                hold_sudo = holds._hold(
                    wallet_sudo,
                    amount,
                    key,
                    pos_session=till._get_session_sudo(config),
                )
        except UserError as error:
            return till._answer("refused", str(error), **known)
        return till._answer(**known, payment=self._prepare_payment(hold_sudo))

    @api.model
    def look(self, config_id, uuids):
        """What became of these lines of the payment screen.

        :return: list of dicts, see :meth:`_prepare_payment`; lines that were never
            asked for are missing
        :raise AccessError: no cashier of this till
        """
        _till, config = self._enter(config_id)
        if not isinstance(uuids, list) or len(uuids) > _MAX_LINES:
            raise UserError(self.env._("This is not a payment of the till."))
        found = [self._last_hold(config, self._key(uuid)) for uuid in uuids]
        return [self._prepare_payment(hold_sudo) for hold_sudo in found if hold_sudo]

    @api.model
    def cancel(self, config_id, uuid):
        """Let the money of a line go, unless the sale is there. Safe to repeat.

        :return: the payment as a dict; empty when it was never asked for
        :raise AccessError: no cashier of this till
        """
        _till, config = self._enter(config_id)
        hold_sudo = self._last_hold(config, self._key(uuid))
        if not hold_sudo:
            return {}
        hold_sudo._release(self.env._("Cancelled at the till"))
        return self._prepare_payment(hold_sudo)

    @api.model
    def check_refund(self, config_id, uuid, amount, order_id):
        """Whether a refund can give so much back to the wallets that paid.

        Nothing moves before the refund is sold; then it is checked again.

        :param float amount: above zero
        :param int order_id: the order that is refunded
        :return: dict ``status`` (ok, refused), ``message``
        :raise AccessError: no cashier of this till
        """
        till, config = self._enter(config_id)
        if problem := self._find_problem(config, self._key(uuid), amount):
            return till._answer("refused", problem)
        order_sudo = (
            self.env["pos.order"]
            .sudo()
            .search(
                [
                    ("id", "=", order_id if isinstance(order_id, int) else 0),
                    ("company_id", "=", config.company_id.id),
                ]
            )
        )
        left = order_sudo._o2o_wallet_left()
        if config.currency_id.compare_amounts(amount, left) > 0:
            return till._answer(
                "refused",
                self.env._(
                    "%s of this order can go back to the wallet.",
                    config.currency_id.format(left),
                ),
            )
        return till._answer()

    @api.model
    def offer_topup(self, config_id, partner_id):
        """What the till shows before a top-up.

        :return: dict ``status``, ``message``; when ok ``partner``, ``campaigns`` (dicts
            ``name``, ``minimum``, ``bonus``)
        :raise AccessError: no cashier of this till
        """
        till, _config = self._enter(config_id)
        partner_sudo = till._get_partner_sudo(partner_id)
        if not partner_sudo:
            return till._answer_unknown()
        offers = (
            self.env["o2o.wallet.campaign"].with_env(till.env)._offers(partner_sudo)
        )
        return till._answer(
            partner={"id": partner_sudo.id, "name": partner_sudo.name or ""},
            campaigns=[
                {
                    "name": offer.name,
                    "minimum": offer.minimum,
                    "bonus": offer.bonus,
                }
                for offer in offers
            ],
        )

    @api.model
    def start_topup(self, config_id, uuid, partner_id, amount, order_uuid=None):
        """Begin a top-up at the till; the money goes into the wallet with the order.

        Asking again answers with the same top-up.

        :param str uuid: of the payment line, below zero, that stands for the wallet
        :param float amount: above zero
        :param str order_uuid: of the order that has this line: what pays it must be
            money of the member's own (PAY-05)
        :return: dict ``status``, ``message``; when ok ``topup`` (dict ``name``,
            ``amount``, ``bonus``)
        :raise AccessError: no cashier of this till
        """
        till, config = self._enter(config_id)
        problem = self._find_problem(config, self._key(uuid), amount)
        if order_uuid:
            self._key(order_uuid)
        partner_sudo = till._get_partner_sudo(partner_id)
        if problem or not partner_sudo:
            return (
                till._answer("refused", problem) if problem else till._answer_unknown()
            )
        topups = self.env["o2o.wallet.topup"].with_env(till.env)
        topup_sudo = topups._of_till(uuid)
        if topup_sudo and (
            topup_sudo.partner_id != partner_sudo
            or topup_sudo.pos_config_id != config
            or (topup_sudo.pos_order_uuid or None) != (order_uuid or None)
            or config.currency_id.compare_amounts(topup_sudo.amount, amount)
        ):
            return till._answer(
                "refused", self.env._("This top-up was started with other values.")
            )
        try:
            with self.env.cr.savepoint():
                topup_sudo = topup_sudo or topups._begin(
                    partner_sudo,
                    amount,
                    pos_uuid=uuid,
                    pos_order_uuid=order_uuid,
                    pos_config_id=config.id,
                )
        except UserError as error:
            return till._answer("refused", str(error))
        return till._answer(
            topup={
                "name": topup_sudo.name,
                "amount": topup_sudo.amount,
                "bonus": topup_sudo._campaign().bonus,
            }
        )

    # === CHECKS === #

    @api.model
    def _enter(self, config_id):
        """See ``o2o.member.till._enter_till``."""
        return self.env["o2o.member.till"]._enter_till(config_id)

    @api.model
    def _key(self, uuid):
        if not isinstance(uuid, str) or not _UUID.fullmatch(uuid):
            raise UserError(self.env._("This is not a payment of the till."))
        return f"pos.payment/{uuid}"

    @api.model
    def _find_problem(self, config, key, amount):
        """:return: what is wrong with a request, or an empty text"""
        if isinstance(amount, bool) or not isinstance(amount, (int, float)):
            return self.env._("The till sent no valid request.")
        if not 0 < amount <= _MAX_AMOUNT:
            return self.env._("Please enter an amount above zero.")
        if config.currency_id != config.company_id.currency_id:
            return self.env._("Wallets pay in the currency of the company only.")
        # sudo: whether, for a payment of this till
        if (
            self.env["pos.payment"]
            .sudo()
            .search_count(
                [
                    ("uuid", "=", key.removeprefix("pos.payment/")),
                    ("pos_order_id.state", "in", ("paid", "done")),
                ]
            )
        ):
            return self.env._("This payment was already sold.")
        return ""

    @api.model
    def _answer_again(self, till, config, hold, amount):
        """The till asks once more for what it may have got already."""
        if (
            hold.pos_session_id.config_id != config
            or hold.state != "held"
            or hold.wallet_id._minor(hold.amount) != hold.wallet_id._minor(amount)
        ):
            return till._answer(
                "refused",
                self.env._("This payment was started with another amount. Cancel it."),
            )
        partner = hold.wallet_id.partner_id
        return till._answer(
            partner={"id": partner.id, "name": partner.name or ""},
            payment=self._prepare_payment(hold),
        )

    @api.model
    def _find_member(self, till, who):
        """:return: (member in sudo, whether the member showed the card, problem)"""
        code = who.get("code")
        if code:
            partner, problem = till.env["res.partner"]._o2o_partner_from_token(
                code if isinstance(code, str) else ""
            )
            partner_sudo = till._get_partner_sudo(partner.id)
            if not partner_sudo and not problem:
                problem = self.env._("This is not an electronic member card.")
            return partner_sudo, True, problem
        partner_sudo = till._get_partner_sudo(who.get("partner_id"))
        problem = ""
        if not partner_sudo:
            problem = self.env._("Please scan the member's code, or choose the member.")
        return partner_sudo, False, problem

    @api.model
    def _check_pin(self, wallet, pin):
        """The wallet counts the wrong ones; here a cashier is stopped who tries the
        PINs of many members."""
        if pin and self.env["o2o.card.throttle"].sudo()._is_over(
            self.env["o2o.card"]._hash("wallet pin", str(self.env.uid)),
            PIN_TRIES,
            PIN_TRY_SECONDS,
        ):
            _logger.warning("user %s tries too many payment PINs", self.env.uid)
            return "pin_locked"
        return wallet._check_pin(pin)

    @api.model
    def _last_hold(self, config, key):
        """The last hold of a line, in sudo, if it is of this till."""
        # sudo: callers have passed _enter; only the till's own payments are found
        return (
            self.env["o2o.wallet.hold"]
            .sudo()
            ._writer()
            .search(
                [("key", "=", key), ("pos_session_id.config_id", "=", config.id)],
                order="id desc",
                limit=1,
            )
        )

    @api.model
    def _prepare_payment(self, hold):
        """What a till may know: ``uuid``, ``state`` (of the hold), ``amount``, and
        what is left in the wallet (``available``)."""
        wallet = hold.wallet_id
        return {
            "uuid": hold.key.removeprefix("pos.payment/"),
            "state": hold.state,
            "amount": hold.amount,
            "partner": {
                "id": wallet.partner_id.id,
                "name": wallet.partner_id.name or "",
            },
            "available": wallet.available,
        }
