"""What a simulated terminal and its bank know: records, batches, money.

Survives a restart of the terminal, like the paper roll of a real one.
"""

import random
import threading
from dataclasses import dataclass, replace
from datetime import datetime

from . import record
from .record import KINDS, AnswerRecord
from .transaction import (
    BALANCE,
    REFUND,
    REPRINT,
    SALE,
    SETTLE,
    SIGN_IN,
    VOID,
    mask_card,
)

_OPERATIONS = {kind: op for op, kind in KINDS.items()}
_TRACES = 1_000_000
_BALANCE_FEN = 1_234_567


@dataclass(frozen=True)
class Entry:
    """One record of money."""

    op: str
    amount_fen: int
    trace: str
    ref: str
    batch: str
    card: str
    at: datetime
    orig_trace: str = ""


class Ledger:
    """Thread-safe. Cards are test numbers; the answers carry them masked or, with
    ``shows_cards``, as a careless terminal would, in full.
    """

    mid, tid = "898310153110001", "01370158"

    def __init__(self, trace=0, batch=1, shows_cards=False):
        self.shows_cards = shows_cards
        self._lock = threading.RLock()
        self._random = random.Random(7)
        self._trace = trace
        self._batch = batch
        self._entries = []
        self._settled = []
        self._last_settlement = None
        self.is_signed_in = False

    # -- what a test looks at --

    @property
    def entries(self):
        """All records of money, settled ones first."""
        with self._lock:
            return [*self._settled, *self._entries]

    def count(self, op):
        return sum(entry.op == op for entry in self.entries)

    def charged_fen(self):
        """Sales less voids and refunds: what the customers really paid."""
        signs = {SALE: 1, VOID: -1, REFUND: -1}
        return sum(signs[entry.op] * entry.amount_fen for entry in self.entries)

    # -- what the terminal does --

    def handle(self, request):
        """Carry out a :class:`RequestRecord`; return its :class:`AnswerRecord`."""
        with self._lock:
            op = _OPERATIONS.get(request.kind)
            actions = {
                SALE: self._sale,
                VOID: self._void,
                REFUND: self._refund,
                BALANCE: self._balance,
                REPRINT: self._reprint,
                SIGN_IN: self._sign_in,
                SETTLE: self._settle,
                record.REPRINT_SETTLEMENT: self._reprint_settlement,
            }
            if op not in actions:
                return self.refuse(request, "40", "不支持的交易")
            if op in (SALE, VOID, REFUND, BALANCE, SETTLE) and not self.is_signed_in:
                return self.refuse(request, record.CODE_SIGNED_OUT, "终端未签到")
            return actions[op](request)

    def refuse(self, request, code, message):
        """An answer that nothing was done."""
        return self._answer(request, code, message)

    def _answer(self, request, code=record.CODE_OK, message="交易成功", **values):
        now = datetime.now()  # noqa: DTZ005 - a terminal shows local time
        return AnswerRecord(
            code=code,
            echo=request.echo,
            message=message,
            **{
                "mid": self.mid,
                "tid": self.tid,
                "batch": f"{self._batch:06d}",
                "date": now.strftime("%m%d"),
                "time": now.strftime("%H%M%S"),
                **values,
            },
        )

    def _next_trace(self):
        self._trace = self._trace % (_TRACES - 1) + 1
        return f"{self._trace:06d}"

    def _book(self, op, request, amount_fen, card, orig_trace=""):
        entry = Entry(
            op=op,
            amount_fen=amount_fen,
            trace=self._next_trace(),
            ref=f"{self._random.randrange(10**12):012d}",
            batch=f"{self._batch:06d}",
            card=card,
            at=datetime.now(),  # noqa: DTZ005
            orig_trace=orig_trace,
        )
        self._entries.append(entry)
        return self._show(request, entry)

    def _show(self, request, entry):
        return self._answer(
            request,
            bank="0102",
            card=entry.card if self.shows_cards else mask_card(entry.card),
            trace=entry.trace,
            amount_fen=entry.amount_fen,
            date=entry.at.strftime("%m%d"),
            time=entry.at.strftime("%H%M%S"),
            batch=entry.batch,
            ref=entry.ref,
            auth=f"{int(entry.ref) % 10**6:06d}",
            clearing_date=entry.at.strftime("%m%d"),
        )

    def _card(self):
        return f"621700{self._random.randrange(10**13):013d}"

    def _sale(self, request):
        return self._book(SALE, request, request.amount_fen, self._card())

    def _void(self, request):
        for entry in self._entries:
            if entry.op == SALE and entry.trace == request.orig_trace:
                break
        else:
            return self.refuse(request, "25", "原交易不存在")
        if any(
            other.op == VOID and other.orig_trace == entry.trace
            for other in self._entries
        ):
            return self.refuse(request, "12", "原交易已撤销")
        return self._book(VOID, request, entry.amount_fen, entry.card, entry.trace)

    def _refund(self, request):
        for entry in self.entries:
            is_day = entry.at.strftime("%Y%m%d") == request.orig_date
            if entry.op == SALE and entry.ref == request.orig_ref and is_day:
                break
        else:
            return self.refuse(request, "25", "原交易不存在")
        refunded = sum(
            other.amount_fen
            for other in self.entries
            if other.orig_trace == entry.ref and other.op == REFUND
        )
        if refunded + request.amount_fen > entry.amount_fen:
            return self.refuse(request, "64", "退货金额超限")
        return self._book(REFUND, request, request.amount_fen, entry.card, entry.ref)

    def _balance(self, request):
        return self._answer(
            request, card=mask_card(self._card()), amount_fen=_BALANCE_FEN
        )

    def _reprint(self, request):
        entries = self._entries
        if request.orig_trace:
            entries = [entry for entry in entries if entry.trace == request.orig_trace]
        if not entries:
            return self.refuse(request, record.CODE_NO_RECORD, "无交易记录")
        return self._show(request, entries[-1])

    def _sign_in(self, request):
        self.is_signed_in = True
        return self._answer(request, message="签到成功", trace=self._next_trace())

    def _settle(self, request):
        total = sum(
            entry.amount_fen * {SALE: 1, VOID: -1}.get(entry.op, 0)
            for entry in self._entries
        )
        answer = self._answer(
            request, message="结算成功", amount_fen=total, trace=self._next_trace()
        )
        self._settled += self._entries
        self._entries = []
        self._last_settlement = answer
        self._batch += 1
        self.is_signed_in = False
        return answer

    def _reprint_settlement(self, request):
        if not self._last_settlement:
            return self.refuse(request, record.CODE_NO_RECORD, "无结算记录")
        return replace(self._last_settlement, echo=request.echo)
