"""Questions to a terminal in ``bankall`` records, each journalled before it leaves."""

import threading
from dataclasses import replace

from . import record
from .link import Exchange, Silence
from .port import PortLost, PortUnavailable, flush
from .transaction import REPRINT

_QUESTIONS = (REPRINT, record.REPRINT_SETTLEMENT)


class Dialogue:
    """One exchange at a time over a connection of its own.

    :param settings: a :class:`TerminalSettings`
    :param journal: a :class:`Journal`
    """

    def __init__(self, settings, journal):
        self._settings = settings
        self._journal = journal
        self._line = threading.Lock()
        self._exchange = None
        self._cancelled_uid = None
        self.is_reachable = True

    @property
    def is_busy(self):
        return self._line.locked()

    def cancel(self, uid):
        """Stop waiting for a card, now or as soon as ``uid`` is sent."""
        self._cancelled_uid = uid
        exchange = self._exchange
        if exchange:
            exchange.cancel()

    def ask(self, kind, request, uid=None):
        """One exchange.

        :param kind: an operation, or ``reprint_settlement``
        :param uid: the journal's request whose outcome is open from the first byte
            on; ``None`` for a question that moves nothing
        :return: an :class:`AnswerRecord`
        :raise PortUnavailable: nothing was sent
        :raise Silence: something was sent and nothing that belongs to it came back
        """
        with self._line:
            try:
                answer = self._connect_and_ask(kind, request, uid)
            except (PortUnavailable, Silence):
                self.is_reachable = False
                raise
            self.is_reachable = True
            return answer

    def _connect_and_ask(self, kind, request, uid):
        port = self._settings.open()
        try:
            try:
                flush(port)
            except PortLost as error:
                raise PortUnavailable(str(error)) from error
            return self._exchange_over(port, kind, request, uid)
        finally:
            self._exchange = None
            port.close()

    def _exchange_over(self, port, kind, request, uid):
        echo = self._journal.start(uid)
        answers = []

        def accepts(payload):
            try:
                answer = record.AnswerRecord.decode(payload)
            except record.RecordError:
                return False
            if answer.echo == echo:
                answers.append(answer)
            return answer.echo == echo

        patience = self._settings.patience
        if kind in _QUESTIONS:
            patience = replace(patience, answer=patience.question)
        exchange = Exchange(
            port, lambda: self._journal.next_sequence(echo), patience, accepts
        )
        self._exchange = exchange
        if uid and uid == self._cancelled_uid:
            exchange.cancel()
        exchange.run(
            record.RequestRecord(
                kind=record.KINDS[kind],
                echo=echo,
                pos_no=request.pos_no or self._settings.pos_no,
                operator=request.operator,
                amount_fen=request.amount_fen,
                orig_date=request.orig_date,
                orig_ref=request.orig_ref,
                orig_trace=request.orig_trace,
            ).encode()
        )
        return answers[-1]
