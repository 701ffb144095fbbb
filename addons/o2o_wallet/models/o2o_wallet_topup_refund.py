from uuid import uuid4

from odoo import models
from odoo.exceptions import UserError


class O2oWalletTopup(models.Model):
    """Money of a top-up goes back: asked for here, or done at the provider's."""

    _inherit = "o2o.wallet.topup"

    # === ASKED FOR HERE === #

    def _refund(self, amount, reason="", once=None):
        """Give own money that is not spent back to where it came from, and take the
        bonus back in the same share, as far as it is there.

        What a till took, or a provider that cannot refund, is a payout by hand: the
        caller has given, or will give, the money to the member.

        :param float amount: positive
        :param str once: name of this refund; the same one again does nothing
        :raises UserError: more than is left, spent, or the provider refused
        """
        self.ensure_one()
        wallet = self._wallet()._lock()
        topup = self._writer()
        topup.invalidate_recordset()
        key = f"{topup._name}/{topup.id}/refund/{once or uuid4()}"
        if topup._is_refunded_as(key):
            return
        topup._ensure_can_go_back(wallet, amount)
        by_hand = not topup._can_send_money_back()
        if topup.state == "done":
            # without a source it is booked as paid out by hand
            wallet._pay_out(
                amount,
                key,
                source=None if by_hand else topup,
                document=topup.name,
                reason=reason,
            )
            topup._take_bonus_share(wallet._minor(amount), key, reason)
        topup._count_refunded(wallet._minor(amount))
        if by_hand:
            wallet._note(
                self.env._(
                    "%(amount)s of %(topup)s paid out by hand.",
                    amount=wallet._format(amount),
                    topup=topup.name,
                )
            )
        else:
            topup._send_money_back(amount, key)

    def _is_refunded_as(self, key):
        return bool(
            self._refund_entry(key)
            or self.transaction_id.child_transaction_ids.filtered(
                lambda refund: refund.o2o_wallet_refund_key == key
            )
        )

    def _ensure_can_go_back(self, wallet, amount):
        """:raises UserError: more than is left; a part of what is in no wallet"""
        left = wallet._minor(self.amount) - wallet._minor(self.refunded_amount)
        units = wallet._positive(amount)
        if self.state not in ("done", "problem") or units > left:
            raise UserError(
                self.env._(
                    "%s of this top-up can go back.",
                    wallet._format(wallet._major(left)),
                )
            )
        if self.state == "problem" and units < left:
            raise UserError(
                self.env._(
                    "All of it goes back, or into the wallet: %s.",
                    wallet._format(wallet._major(left)),
                )
            )

    def _can_send_money_back(self):
        return self.transaction_id.provider_id.support_refund not in (False, "none")

    def _send_money_back(self, amount, key):
        """By the transaction that brought it.

        :param str key: marks the answer as charged to the wallet
        :raises UserError: the provider refused; nothing has moved, and the wallet gets
            its rows back with this database transaction
        """
        transaction = self.transaction_id.with_context(o2o_wallet_refund_key=key)
        answer = transaction._refund(amount)
        if answer.state in ("error", "cancel"):
            raise UserError(answer.state_message or self.env._("The refund failed."))

    # === WHAT THE PROVIDER SAYS === #

    def _follow_refund(self, transaction):
        """Money of this top-up went back at the provider's, for example in its
        dashboard: take what is still there, and the bonus in the same share. What is
        not covered is written on the wallet. Safe to repeat."""
        self.ensure_one()
        wallet = self._wallet()._lock()
        topup = self._writer()
        topup.invalidate_recordset()
        key = f"{topup._name}/{topup.id}/refund/tx{transaction.id}"
        if topup.state not in ("done", "refunded", "problem") or topup._is_refunded_as(
            key
        ):
            return
        units = wallet._minor(-transaction.amount)
        if topup.entry_id:
            reason = self.env._("Refunded at %s.", transaction.provider_id.name)
            covered = min(units, wallet._free()[0])
            if covered:
                wallet._pay_out(
                    wallet._major(covered), key, source=topup, reason=reason
                )
            topup._take_bonus_share(units, key, reason)
            if covered < units:
                wallet._note(
                    self.env._(
                        "%(amount)s of %(topup)s went back at %(provider)s and were "
                        "not in the wallet any more. Please ask the member for them.",
                        amount=wallet._format(wallet._major(units - covered)),
                        topup=topup.name,
                        provider=transaction.provider_id.name,
                    )
                )
        topup._count_refunded(units)
        transaction.o2o_wallet_refund_key = key

    def _take_back_refund(self, transaction):
        """The provider could not give the money back after all: what the refund took
        is the member's again, bonus included. Safe to repeat."""
        self.ensure_one()
        wallet = self._wallet()._lock()
        topup = self._writer()
        topup.invalidate_recordset()
        key = f"{topup._name}/{topup.id}/refund-failed/{transaction.id}"
        taken = topup._refund_entry(transaction.o2o_wallet_refund_key)
        share = topup._refund_entry(f"{transaction.o2o_wallet_refund_key}/bonus")
        entries = self.env["o2o.wallet.entry"].sudo()
        details = {"source": topup, "reason": self.env._("The refund failed.")}
        if taken:
            units = -wallet._minor(taken.principal)
            entries._append(wallet, "reversal", key, {"principal": units}, **details)
        if share:
            entries._append_bonus_lots(
                wallet,
                "reversal",
                f"{key}/bonus",
                {},
                share._returned_lots(-wallet._minor(share.bonus)),
                reversal_of_id=share.reversal_of_id.id,
                **details,
            )
        topup._count_refunded(wallet._minor(transaction.amount))
        # accounted for; should the money go back all the same, it is followed
        transaction.o2o_wallet_refund_key = False

    def _settle_refund_by_hand(self, transaction, reason):
        """The provider could not give the money back, and a person has given it in
        another way: the wallet stays charged. No transaction books that any more, so
        it becomes a payout by hand, which the books of the day do."""
        self.ensure_one()
        wallet = self._wallet()._lock()
        topup = self._writer()
        taken = topup._refund_entry(transaction.o2o_wallet_refund_key)
        if taken:
            key = f"{topup._name}/{topup.id}/refund-by-hand/{transaction.id}"
            units = -wallet._minor(taken.principal)
            self.env["o2o.wallet.entry"].sudo()._append(
                wallet,
                "reversal",
                key,
                {"principal": units},
                source=topup,
                reason=reason,
            )
            wallet._pay_out(
                wallet._major(units), f"{key}/paid", document=topup.name, reason=reason
            )
        transaction.o2o_wallet_refund_key = False

    # === ROWS === #

    def _refund_entry(self, key):
        """The row of a refund, in sudo; may be empty."""
        return self.env["o2o.wallet.entry"].sudo().search([("key", "=", key)])

    def _take_bonus_share(self, units, key, reason):
        """Bonus follows the money it was given for.

        :param int units: what goes back, in minor units
        """
        wallet = self._wallet()
        bonus = self._refund_entry(f"{self._name}/{self.id}/bonus")
        total = wallet._minor(self.entry_id.principal)
        share = wallet._minor(self.bonus) * min(units, total) // total if total else 0
        if bonus and share:
            bonus._reverse(f"{key}/bonus", reason=reason, amount=wallet._major(share))

    def _count_refunded(self, units):
        """:param int units: more that went back, or less; in minor units"""
        wallet = self._wallet()
        total = wallet._minor(self.amount)
        refunded = min(total, max(0, wallet._minor(self.refunded_amount) + units))
        waiting = "done" if self.entry_id else "problem"
        self.write(
            {
                "refunded_amount": wallet._major(refunded),
                "state": "refunded" if refunded == total else waiting,
            }
        )
