"""A virtual terminal whose customer is whoever presses its keys (demonstration)."""

import time

from . import record
from .simulator import Simulator
from .simulator_ledger import Ledger
from .transaction import MONEY

#: what its keys do with the request that waits
KEYS = {"approve": "", "decline": "declined", "no_answer": "lost_answer"}
_MONEY_KINDS = {record.KINDS[op]: op for op in MONEY}


class VirtualTerminal(Simulator):
    """A simulated terminal with a screen and keys.

    A request for money waits for a key, ``card_seconds`` at most; then it is approved,
    so that the demo works for those who do not know the page. After a restart it has
    forgotten its records, but does not count from the same numbers again.
    """

    def __init__(self, number=1, card_seconds=8.0):
        now = int(time.time())
        ledger = Ledger(trace=now % 900_000, batch=now // 86_400 % 900_000)
        super().__init__(ledger, card_seconds)
        self.number = number
        self.port = None
        self._key = None

    def start(self, host="127.0.0.1", port=0):
        self.port = self.start_tcp(host, port)
        return self

    def press(self, key):
        """:raise ValueError: no such key, or nothing waits for one"""
        if key not in KEYS or not self._waiting:
            raise ValueError("nothing waits for this key")
        self._key = key

    def _get_card_seconds(self, request):
        return self.card_seconds if request.kind in _MONEY_KINDS else 0.0

    def _work_when_due(self):
        key, self._key = self._key, None
        waiting = self._waiting
        if key and waiting:
            _due, sequence, request, _fault = waiting
            self._waiting = (0.0, sequence, request, KEYS[key])
        super()._work_when_due()

    def describe(self):
        """What its screen shows, for the page."""
        waiting = self._waiting
        request = waiting and waiting[2]
        op = request and _MONEY_KINDS.get(request.kind)
        entries = self.ledger.entries
        return {
            "number": self.number,
            "port": self.port,
            "is_signed_in": self.ledger.is_signed_in,
            "op": op or "",
            "amount_fen": request.amount_fen if op else 0,
            "seconds_left": max(waiting[0] - time.monotonic(), 0) if op else 0,
            "last_fen": entries[-1].amount_fen if entries else 0,
            "last_op": entries[-1].op if entries else "",
            "last_trace": entries[-1].trace if entries else "",
        }
