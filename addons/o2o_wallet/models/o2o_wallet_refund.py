from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..lib import bonus_lots
from ..lib.split import split_back

#: between the key of a refund and the number of a further row of it
_LOT = "/lot/"


class O2oWalletEntry(models.Model):
    """Taking back: a new row that points at the old one."""

    _inherit = "o2o.wallet.entry"

    # === PAYMENTS === #

    def _refund(self, amount, key, source=None, reason="", **details):
        """Give money of a payment back to the wallet it came from, or where that wallet
        went: own money and bonus as they were in the payment.

        A frozen wallet takes money back, too.

        :param float amount: positive; may be a part, as often as something is left
        :return: the entries: one, and one more for each further end of its bonus
        :raises UserError: more than is left of the payment
        """
        self.ensure_one()
        # sudo: the ledger decides, not what the caller may see
        entry_sudo = self.sudo()
        if entry_sudo.kind != "pay":
            raise UserError(self.env._("Only a payment can be refunded."))
        wallet = entry_sudo.wallet_id._lock()
        units = wallet._positive(amount)
        if posted := self._find_posting(key):
            done = sum(wallet._minor(row.amount) for row in posted)
            if posted.reversal_of_id != entry_sudo or done != units:
                raise ValidationError(
                    self.env._(
                        "The key %s already belongs to another wallet posting.", key
                    )
                )
            return posted
        left = entry_sudo._left_units()
        if units > left:
            raise UserError(
                self.env._(
                    "Only %s of this payment can be given back.",
                    wallet._format(wallet._major(left)),
                )
            )
        paid = [-wallet._minor(entry_sudo[name]) for name in ("principal", "bonus")]
        principal, bonus = split_back(*paid, sum(paid) - left, units)
        details = {
            "source": source or entry_sudo._source(),
            "reason": reason,
            "reversal_of_id": entry_sudo.id,
            "document": entry_sudo.document,
            **details,
        }
        return self._append_bonus_lots(
            wallet,
            "refund",
            key,
            {"principal": principal},
            entry_sudo._returned_lots(bonus),
            **details,
        )

    @api.model
    def _append_bonus_lots(self, wallet, kind, key, changes, lots, **details):
        """Bonus with different ends: each has a row of its own, the first one with all
        other changes.

        :param list lots: tuples of an end and minor units
        :return: the entries
        """
        entries = self.browse()
        for number, (end, units) in enumerate(lots or [(False, 0)]):
            entries |= self._append(
                wallet,
                kind,
                f"{key}{_LOT}{number}" if number else key,
                (changes if not number else {}) | {"bonus": units},
                expires_at=end or False,
                **details,
            )
        return entries

    @api.model
    def _find_posting(self, key):
        """The entries of one posting, in sudo: of a refund one for each end of its
        bonus, of all else one."""
        first = self.sudo().search([("key", "=", key)])
        if not first.reversal_of_id:
            return first
        # the key has an index for whole keys only
        rows = self.sudo().search(
            [("reversal_of_id", "=", first.reversal_of_id.id)], order="id"
        )
        return first | rows.filtered(lambda row: row.key.startswith(f"{key}{_LOT}"))

    def _left_units(self):
        """What was not taken back of this entry yet, positive, in minor units."""
        self.ensure_one()
        [(undone,)] = self._read_group(
            [("reversal_of_id", "=", self.id)], aggregates=["amount:sum"]
        )
        return abs(
            self.wallet_id._minor(self.amount) + self.wallet_id._minor(undone or 0.0)
        )

    def _returned_lots(self, units):
        """Which bonus comes back when so much does, each with its end.

        :param int units: of what this row took, in minor units
        :return: list of tuples of an end and minor units
        """
        self.ensure_one()
        [(undone,)] = self._read_group(
            [("reversal_of_id", "=", self.id)], aggregates=["bonus:sum"]
        )
        _lots, taken = self.wallet_id._replay_bonus()
        before = self.wallet_id._minor(undone or 0.0)
        grace = timedelta(days=self.company_id.o2o_wallet_bonus_grace_days)
        now = fields.Datetime.now()
        found = {}
        for end, part in bonus_lots.come_back(taken.get(self.id, []), before, units):
            end = bonus_lots.new_end(end, self.posted_at, now, grace)
            found[end] = found.get(end, 0) + part
        return list(found.items())

    # === ALL OTHER ROWS === #

    def _reverse(self, key, reason="", amount=None, **details):
        """Take back a top-up, a bonus or an adjustment, or a part of it.

        What the member has spent cannot be taken: then as much is taken as is free.

        :param float amount: positive; all that is left when omitted
        :return: the entry; empty when nothing is left to take
        :raises UserError: a row that has another way back
        """
        self.ensure_one()
        # sudo: see _refund
        entry_sudo = self.sudo()
        if entry_sudo.kind not in ("topup", "bonus") or entry_sudo.reversal_of_id:
            raise UserError(self.env._("This wallet entry cannot be reversed."))
        wallet = entry_sudo.wallet_id._lock()
        if posted := self.sudo().search([("key", "=", key)]):
            return posted
        free = dict(zip(("principal", "bonus"), wallet._free(), strict=True))
        name = "principal" if entry_sudo.kind == "topup" else "bonus"
        left = entry_sudo._left_units()
        units = left if amount is None else min(left, wallet._minor(amount))
        units = min(units, free[name])
        if units <= 0:
            return self.browse()
        return self._append(
            wallet,
            "reversal",
            key,
            {name: -units},
            source=entry_sudo._source(),
            reason=reason,
            reversal_of_id=entry_sudo.id,
            **{"document": entry_sudo.document, **details},
        )


class O2oWallet(models.Model):
    _inherit = "o2o.wallet"

    def _replay_bonus(self):
        """The bonus of this wallet from its first row on: see ``lib/bonus_lots.py``.

        :return: (lots with something left, what each row took)
        """
        self.ensure_one()
        rows = self.env["o2o.wallet.entry"].search_fetch(
            [("wallet_id", "=", self.id), ("bonus", "!=", 0)],
            ["bonus", "expires_at", "reversal_of_id"],
            order="id",
        )
        return bonus_lots.replay(
            (
                row.id,
                self._minor(row.bonus),
                row.expires_at or None,
                row.reversal_of_id.id,
            )
            for row in rows
        )
