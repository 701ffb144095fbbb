from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import formatLang

from ..lib.split import split


class O2oWallet(models.Model):
    """Money in and out. None of these is reachable by RPC; callers have checked what
    the user may do. Each is idempotent by its ``key``. Amounts are positive, in the
    currency of the company."""

    _inherit = "o2o.wallet"

    # === IN === #

    def _top_up(
        self, amount, key, source=None, bonus=0.0, bonus_until=False, **details
    ):
        """Money of the member has arrived.

        :param float bonus: what the shop adds
        :param datetime bonus_until: end of the bonus; False: none
        :return: the entry of the top-up
        :raises UserError: frozen, closed, or above the cap of prepaid cards
        """
        wallet = self._lock()
        entries = self.env["o2o.wallet.entry"]
        units = wallet._positive(amount)
        bonus_units = wallet._minor(bonus)
        # sudo: the ledger decides, not what the caller may see
        if not entries.sudo().search_count([("key", "=", key)]):
            wallet._ensure_in_use()
            wallet._ensure_room(units + bonus_units)
        entry = entries._append(
            wallet, "topup", key, {"principal": units}, source=source, **details
        )
        if bonus_units:
            entries._append(
                wallet,
                "bonus",
                f"{key}/bonus",
                {"bonus": bonus_units},
                source=source,
                expires_at=bonus_until,
                **details,
            )
        return entry

    def _ensure_room(self, units):
        """The cap of single-purpose prepaid cards; see ``res.company``. Bonus counts:
        it is credit on the card like any other."""
        company = self.company_id
        cap = (
            company.o2o_wallet_cap_registered
            if self.is_registered
            else company.o2o_wallet_cap_anonymous
        )
        held = self._minor(self.principal) + self._minor(self.bonus)
        if cap and held + units > self._minor(cap):
            raise UserError(
                self.env._(
                    "A wallet like this one may hold %(cap)s at most; %(room)s more "
                    "can be paid in. With the identity checked at a counter it may "
                    "hold %(registered)s.",
                    cap=self._format(cap),
                    room=self._format(max(0, self._major(self._minor(cap) - held))),
                    registered=self._format(company.o2o_wallet_cap_registered),
                )
            )

    # === OUT === #

    def _pay(self, amount, key, source=None, **details):
        """Pay from the wallet at once.

        :return: the entry
        :raises UserError: frozen, above a limit, or not enough
        """
        wallet = self._lock()
        entries = self.env["o2o.wallet.entry"]
        # sudo: see _top_up
        if posted := entries.sudo().search([("key", "=", key)]):
            changes = {
                name: wallet._minor(posted[name]) for name in ("principal", "bonus")
            }
            if sum(changes.values()) != -wallet._positive(amount):
                changes = {}  # refused: another payment under the same key
            return entries._append(wallet, "pay", key, changes)
        principal, bonus = wallet._ensure_can_spend(amount)
        return entries._append(
            wallet,
            "pay",
            key,
            {"principal": -principal, "bonus": -bonus},
            source=source,
            **details,
        )

    def _ensure_can_spend(self, amount):
        """Of the locked wallet: state, limits, balance.

        :return: tuple of own money and bonus to take, in minor units
        :raises UserError: one of them says no
        """
        self._ensure_in_use()
        units = self._positive(amount)
        company = self.company_id
        limit = company.o2o_wallet_limit_payment
        if limit and units > self._minor(limit):
            raise UserError(
                self.env._(
                    "One payment from a wallet can be %s at most.", self._format(limit)
                )
            )
        limit = company.o2o_wallet_limit_day
        if limit and units + self._spent_today() > self._minor(limit):
            raise UserError(
                self.env._("A wallet can pay %s a day at most.", self._format(limit))
            )
        free = self._free()
        if units > sum(free):
            raise UserError(
                self.env._(
                    "There is not enough in the wallet: %s can be spent.",
                    self._format(self._major(sum(free))),
                )
            )
        return split(units, *free, company.o2o_wallet_use_order)

    def _spent_today(self):
        """What was paid since the day began where the shop is, and what is set aside;
        minor units. What was refunded counts as paid: else the limit means little."""
        day_start = self.company_id._o2o_start_of_day(fields.Datetime.now())
        [(paid,)] = self.env["o2o.wallet.entry"]._read_group(
            [
                ("wallet_id", "=", self.id),
                ("kind", "=", "pay"),
                ("posted_at", ">=", day_start),
            ],
            aggregates=["amount:sum"],
        )
        held = self._minor(self.held_principal) + self._minor(self.held_bonus)
        return held - self._minor(paid or 0.0)

    def _pay_out(self, amount, key, source=None, **details):
        """Own money leaves the wallet, to where it came from. Bonus is not money.

        :return: the entry
        :raises UserError: more than the own money that is free
        """
        wallet = self._lock()
        units = wallet._positive(amount)
        entries = self.env["o2o.wallet.entry"]
        # sudo: see _top_up
        is_new = not entries.sudo().search_count([("key", "=", key)])
        if is_new and units > wallet._free()[0]:
            raise UserError(
                self.env._(
                    "%s of own money can be paid out.",
                    wallet._format(wallet._major(wallet._free()[0])),
                )
            )
        return entries._append(
            wallet, "payout", key, {"principal": -units}, source=source, **details
        )

    def _pay_out_by_hand(self, amount, key, reason=""):
        """Own money was given back, of no top-up in particular. Bonus goes in the same
        share: it was given for that money.

        :return: the entry
        :raises UserError: more than the own money that is free
        """
        wallet = self._lock()
        entries = self.env["o2o.wallet.entry"]
        principal, bonus = wallet._free()
        # sudo: see _top_up
        is_new = not entries.sudo().search_count([("key", "=", key)])
        entry = wallet._pay_out(amount, key, reason=reason)
        if is_new and (share := bonus * wallet._minor(amount) // principal):
            entries._append(
                wallet, "adjust", f"{key}/bonus", {"bonus": -share}, reason=reason
            )
        return entry

    # === CORRECTIONS === #

    def _adjust(self, principal, bonus, key, reason, **details):
        """Put a balance right, up or down.

        :param float principal: signed change of the own money
        :param float bonus: signed change of the bonus
        :raises UserError: without a reason, closed, above the cap or below zero
        """
        if not (reason or "").strip():
            raise UserError(self.env._("Please write down the reason."))
        wallet = self._lock()
        changes = {"principal": wallet._minor(principal), "bonus": wallet._minor(bonus)}
        entries = self.env["o2o.wallet.entry"]
        # sudo: see _top_up
        if not entries.sudo().search_count([("key", "=", key)]):
            if wallet.state == "closed":
                raise UserError(self.env._("This wallet is closed."))
            if sum(changes.values()) > 0:
                wallet._ensure_room(sum(changes.values()))
            free = dict(zip(("principal", "bonus"), wallet._free(), strict=True))
            if any(free[name] + change < 0 for name, change in changes.items()):
                raise UserError(
                    self.env._(
                        "There is not that much in the wallet, or it is set aside."
                    )
                )
        return entries._append(
            wallet, "adjust", key, changes, reason=reason.strip(), **details
        )

    # === CHECKS === #

    def _positive(self, amount):
        """An amount in minor units.

        :raises UserError: nothing or less, or parts of a fen
        """
        units = self._minor(amount)
        if units <= 0 or abs(self._major(units) - amount) > 1e-6:
            raise UserError(self.env._("Please enter an amount above zero."))
        return units

    def _ensure_in_use(self):
        if self.state == "frozen":
            raise UserError(
                self.env._("This wallet is frozen. Nothing can be paid with it.")
            )
        if self.state == "closed":
            raise UserError(self.env._("This wallet is closed."))

    def _format(self, amount):
        return formatLang(self.env, amount, currency_obj=self.currency_id)
