"""Money that goes back through UnionPay: a void on the same day, or a refund."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from ..outcome import BAD_ANSWER, Outcome, ok, rejected, unknown
from ..results import Refund, RefundState
from ..texts import lazy as _lt
from . import parsing, words
from .line import BACK, Line, failed, named
from .settings import NO_NOTIFICATION
from .times import SECOND, STALE, Stamps, can_void

_logger = logging.getLogger(__name__)


class Refunds:
    """What is given back under numbers of ours, each once."""

    def __init__(self, line: Line, stamps: Stamps) -> None:
        self._line = line
        self._stamps = stamps

    def query(self, out_no: str, refund_no: str) -> Outcome[Refund]:
        """What became of it; a void that was refused has a second number."""
        first = self._query(out_no, refund_no, refund_no)
        if not first.is_ok or first.value.state not in (
            RefundState.FAILED,
            RefundState.ABSENT,
        ):
            return first
        second = self._query(out_no, refund_no, refund_no + SECOND)
        if second.is_ok and second.value.state is RefundState.ABSENT:
            return first
        return second

    def _query(self, out_no: str, refund_no: str, number: str) -> Outcome[Refund]:
        answer = self._line.ask(number, self._stamps(number))
        if not answer.is_ok:
            return answer.failure()
        if answer.code == words.ABSENT:
            return ok(Refund(RefundState.ABSENT, out_no, refund_no), answer.code)
        code = answer.value["origRespCode"]
        try:
            return ok(parsing.refund(answer.value, code, out_no, refund_no), code)
        except ValueError:
            return unknown(BAD_ANSWER, _lt("The answer cannot be read."))

    def give_back(
        self,
        paid: Mapping[str, str],
        out_no: str,
        refund_no: str,
        amount: int,
        notify_url: str,
    ) -> Outcome[Refund]:
        """A void if it can be one; otherwise, or if that is refused, a refund.

        :param paid: what a query said of the payment
        """
        sent_at = self._stamps(refund_no).sent_at
        second = (refund_no, refund_no + SECOND)
        if self._line.clock() - sent_at > STALE:
            # UnionPay takes no number of another hour, not even to say "known"
            found = self._query(out_no, refund_no, refund_no)
            if found.is_ok and found.value.state is RefundState.ABSENT:
                return self._send_back(
                    words.REFUND, paid, out_no, second, amount, notify_url
                )
            if not found.is_ok or found.value.state is not RefundState.FAILED:
                return found
        first = (refund_no, refund_no)
        if (
            not self._line.settings.uses_voids
            or amount != parsing.amount(paid)
            or not can_void(paid.get("settleDate", ""), sent_at)
        ):
            return self._send_back(
                words.REFUND, paid, out_no, first, amount, notify_url
            )
        done = self._send_back(words.VOID, paid, out_no, first, amount, notify_url)
        if not done.is_rejected or not done.was_sent:
            return done
        _logger.info("a void was refused with %s, refunding instead", done.code)
        return self._send_back(words.REFUND, paid, out_no, second, amount, notify_url)

    def _send_back(
        self,
        kind: str,
        paid: Mapping[str, str],
        out_no: str,
        numbers: tuple[str, str],
        amount: int,
        notify_url: str,
    ) -> Outcome[Refund]:
        """:param numbers: ours of the refund, and the one that UnionPay gets"""
        refund_no, number = numbers
        is_page = paid.get("txnSubType") == words.BY_PAGE
        answer = self._line.call(
            BACK,
            {
                **self._line.base(
                    kind, "00", words.PAGE_PRODUCT if is_page else words.QR_PRODUCT
                ),
                "channelType": "07" if is_page else "08",
                **named(number, self._stamps(number)),
                "txnAmt": str(amount),
                "currencyCode": "156",
                "origQryId": paid["queryId"],
                "backUrl": notify_url or NO_NOTIFICATION,
                # comes back in the notification and in the bill
                "reqReserved": f"{out_no}|{refund_no}",
            },
        )
        if not answer.is_ok:
            return answer.failure()
        if answer.code == words.DUPLICATE:
            return self._sent_before(out_no, refund_no, number)
        if answer.code not in words.SUCCESS:
            return self._refused(failed(answer), out_no, refund_no, number)
        return ok(
            Refund(
                RefundState.PENDING,
                out_no,
                refund_no,
                provider_no=answer.value.get("queryId", ""),
                amount_fen=amount,
                word=answer.code,
            ),
            answer.code,
        )

    def _refused(
        self, refusal: Outcome[Refund], out_no: str, refund_no: str, number: str
    ) -> Outcome[Refund]:
        """A refusal is of this sending; one before may have been done (FAULT-44).

        UnionPay goes on calling what was given back paid: who took the refusal for the
        last word would keep money in the books that has gone.
        """
        if not refusal.is_rejected:
            return refusal
        found = self._query(out_no, refund_no, number)
        if found.is_ok and found.value.state in (
            RefundState.ABSENT,
            RefundState.FAILED,
        ):
            return refusal
        return found

    def _sent_before(self, out_no: str, refund_no: str, number: str) -> Outcome[Refund]:
        """What came of the first sending of a number (FAULT-44)."""
        found = self._query(out_no, refund_no, number)
        if found.is_ok and found.value.state is RefundState.FAILED:
            return rejected(found.value.word, _lt("UnionPay has refused this refund."))
        if found.is_ok and found.value.state is RefundState.ABSENT:
            return unknown(words.DUPLICATE, _lt("The refund was sent before."))
        return found
