"""The books of the simulated WeChat Pay: what differs from the other gateways."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from ..ledger import CLOSED, FEE_RATE, PAID, Ledger, Refused, SimRefund, Trade


class WechatLedger(Ledger):
    """A refund can fail after it was taken; and with it comes a part of the fee."""

    def undo_refund(self, out_no: str, refund_no: str) -> Trade:
        """The refund failed: the money stays with the merchant.

        :raise Refused: ``absent``
        """
        with self.locked():
            trade = self.find(out_no)
            refund = trade.find_refund(refund_no) if trade else None
            if trade is None or refund is None:
                raise Refused("absent")
            trade.refunds.remove(refund)
            if trade.state == CLOSED:
                trade.state, trade.closed_at = PAID, None
            return trade

    def books(self) -> dict[str, int]:
        found = super().books()
        found["fees_fen"] -= sum(
            returned_fee(trade, refund)
            for trade in self.trades()
            for refund in trade.refunds
        )
        return found


def returned_fee(trade: Trade, refund: SimRefund) -> int:
    """What of the fee comes back with ``refund``; all of it with the last part."""
    before = sum(one.amount_fen for one in trade.refunds[: trade.refunds.index(refund)])
    return _fee(before + refund.amount_fen) - _fee(before)


def _fee(amount_fen: int) -> int:
    exact = amount_fen * FEE_RATE
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
