"""The driver of one bank-card terminal: one request at a time, each at most once.

UPAY-01 sale, UPAY-02 void, UPAY-03 refund, POS-10 sign-in, POS-16 settlement. Rules of
devices.md 5.2.
"""

import logging
import queue
import threading
import time
from dataclasses import replace
from datetime import datetime

from . import record
from .dialogue import Dialogue
from .interface import (
    BUSY,
    IDLE,
    OFFLINE,
    SIGNED_OUT,
    UNKNOWN_TX,
    TerminalDriver,
    TerminalStatus,
)
from .journal import Journal
from .judgement import NOT_CHARGED, CannotTell, is_done, moment_of, read
from .link import Silence
from .port import PortUnavailable
from .transaction import (
    APPROVED,
    BALANCE,
    BINDING,
    DECLINED,
    MONEY,
    PENDING,
    REFUND,
    REPRINT,
    SETTLE,
    SIGN_IN,
    UNKNOWN,
    VOID,
    Refused,
    TxRequest,
    TxResult,
)

_logger = logging.getLogger(__name__)

_SIGN_IN_RETRY_SECONDS = 30
_IDLE_SECONDS = 5
#: needs a terminal that is signed in
_WORK = (*MONEY, BALANCE, SETTLE)


class BankTerminal(TerminalDriver):
    """A terminal that speaks the ``bankall`` record.

    :param settings: a :class:`TerminalSettings`
    :param journal_path: sqlite file of this terminal, of nobody else
    :param on_change: called after each event a till or server should hear of
    """

    caps = frozenset((*MONEY, BALANCE, REPRINT, SIGN_IN, SETTLE, "cancel"))

    def __init__(self, settings, journal_path, on_change=lambda: None):
        self.settings = settings
        self._journal = Journal(journal_path)
        self._dialogue = Dialogue(settings, self._journal)
        self._on_change = on_change
        self._work = queue.Queue()
        self._changed = threading.Condition()
        self._current = None
        self._is_stopped = False
        self._sign_in_at = 0.0
        self._thread = threading.Thread(
            target=self._run, name="bank-terminal", daemon=True
        )
        for uid in self._journal.recover():
            _logger.warning("terminal request %s: unknown after a stop", uid)

    # -- life --

    def start(self):
        """Begin to work; signs in first, as the terminal does at power-on (POS-10)."""
        self._thread.start()
        return self

    def stop(self, seconds=5):
        """End after the running exchange, or after ``seconds`` in the middle of it."""
        self._is_stopped = True
        self._work.put(None)
        self._thread.join(seconds)
        if not self._thread.is_alive():
            self._journal.close()

    def _run(self):
        while not self._is_stopped:
            try:
                self._sign_in_when_due()
                uid = self._work.get(timeout=_IDLE_SECONDS)
                if uid and not self._is_stopped:
                    self._execute(uid)
            except queue.Empty:
                continue
            except Exception:  # the thread of a terminal never ends by itself
                _logger.exception("bank terminal")

    # -- the interface --

    def status(self):
        state = IDLE
        unknown = self._journal.unknown_uid()
        if self._current or self._dialogue.is_busy:
            state = BUSY
        elif unknown:
            state = UNKNOWN_TX
        elif not self._dialogue.is_reachable:
            state = OFFLINE
        elif not self._is_signed_in:
            state = SIGNED_OUT
        keys = ("mid", "tid", "batch", "signed_in_at")
        values = {key: self._journal.setting(key) for key in keys}
        return TerminalStatus(state, **values, unknown_uid=unknown or "")

    def begin(self, request):
        request.check()
        with self._changed:
            known = self._journal.request(request.uid)
            if known == request:
                return
            if known:
                raise Refused("uid_reused", "another request had this uid")
            self._refuse_while_busy()
            self._refuse_while_unknown(request)
            if request.op == VOID:
                self._refuse_wrong_void(request)
            elif request.op == REFUND:
                self._refuse_wrong_refund(request)
            self._journal.accept(request)
            self._current = request.uid
        self._work.put(request.uid)
        self._on_change()

    def cancel(self, uid):
        with self._changed:
            if uid == self._current:
                self._dialogue.cancel(uid)

    def result(self, uid):
        return self._journal.result(uid)

    def wait(self, uid, seconds):
        """The result as soon as it is more than pending, else after ``seconds``."""
        limit = time.monotonic() + seconds
        with self._changed:
            while True:
                result = self.result(uid)
                left = limit - time.monotonic()
                # the terminal is free for the next request when this returns
                is_open = result and (result.state == PENDING or self._current == uid)
                if left <= 0 or not is_open:
                    return result
                self._changed.wait(left)

    def resolve(self, uid):
        with self._changed:
            result = self.result(uid)
            if not result or result.state != UNKNOWN:
                return result
            self._refuse_while_busy()
            self._current = uid
        try:
            return self._ask_about(self._journal.request(uid), result)
        finally:
            self._release()

    def decide(self, uid, is_approved, note=""):
        """A person looked at the terminal's own slips and says what happened.

        For a terminal that was replaced or cannot tell; ``note`` is who and why. The
        terminal signs in again afterwards, so that the record in question is never
        taken for the one of a later request.

        :return: the result
        :raise Refused: the request is not unknown, or it is being asked for
        """
        with self._changed:
            self._refuse_while_busy()
            result = self.result(uid)
            if not result or result.state != UNKNOWN:
                raise Refused("invalid", "only an unknown request can be decided")
            decided = replace(
                result,
                state=APPROVED if is_approved else DECLINED,
                code="by_hand",
                message=note,
                amount_fen=self._journal.request(uid).amount_fen if is_approved else 0,
                batch=self._journal.sent(uid).batch,
            )
            return self._finish(decided, signed_in_at="")

    def totals(self, batch):
        """``{op: (count, fen)}`` of a batch as this box knows it (POS-16)."""
        return self._journal.totals(batch)

    def purge(self):
        """Forget what was decided long ago, see :meth:`Journal.purge`."""
        self._journal.purge()

    # -- refusals --

    def _refuse_while_busy(self):
        if self._current:
            raise Refused("busy", "the terminal is busy with another request")

    def _refuse_while_unknown(self, request):
        unknown = self._journal.unknown_uid()
        if unknown and request.op in BINDING:
            raise Refused(
                "unknown_open",
                f"the outcome of {unknown} is unknown: ask the terminal first",
            )

    def _refuse_wrong_void(self, request):
        """A void reaches back to the last settlement only; after it: refund.

        A sale this box does not know (typed at the terminal itself) is left to the
        terminal to judge, here and for refunds.
        """
        sale = self._journal.sale(trace=request.orig_trace)
        if not sale:
            return
        if sale.batch != self._journal.setting("batch"):
            raise Refused(
                "other_batch", "the sale was settled: it can only be refunded"
            )
        if self._journal.is_voided(sale):
            raise Refused("already_voided", "the sale was voided before")
        if sale.amount_fen != request.amount_fen:
            raise Refused("wrong_amount", "a void is of the whole amount of the sale")

    def _refuse_wrong_refund(self, request):
        sale = self._journal.sale(ref=request.orig_ref)
        if not sale:
            return
        if self._journal.is_voided(sale):
            raise Refused("already_voided", "the sale was voided before")
        left = sale.amount_fen - self._journal.refunded_fen(sale.ref)
        if request.amount_fen > left:
            raise Refused("wrong_amount", "more than is left of the sale")

    # -- work of the thread --

    @property
    def _is_signed_in(self):
        return bool(self._journal.setting("signed_in_at"))

    def _sign_in_when_due(self):
        if not self.settings.is_signing_in or time.monotonic() < self._sign_in_at:
            return
        today = datetime.now().date().isoformat()  # noqa: DTZ005 - the shop's day
        if self._journal.setting("signed_in_at")[:10] == today:
            return
        self._sign_in_at = time.monotonic() + _SIGN_IN_RETRY_SECONDS
        self._sign_in()
        self._on_change()

    def _execute(self, uid):
        """Carry out one accepted request to a stored result."""
        request = self._journal.request(uid)
        try:
            if request.op == SIGN_IN:
                self._sign_in(request)
            else:
                self._carry_out(request)
        finally:
            self._release()

    def _release(self):
        with self._changed:
            self._current = None
            self._changed.notify_all()
        self._on_change()

    def _carry_out(self, request):
        if request.op in _WORK and not self._is_signed_in:
            signed_in = self._sign_in()
            if signed_in.state != APPROVED:
                self._finish(replace(signed_in, uid=request.uid, op=request.op))
                return
        result = self._send(request, request.uid)
        if result.code == record.CODE_SIGNED_OUT:
            # a clear "not done": to ask again after signing in charges once
            self._journal.set_settings(signed_in_at="")
            if self._sign_in().state == APPROVED:
                result = self._send(request, request.uid)
        self._finish(result)
        if request.op == SETTLE and result.state == APPROVED:
            self._sign_in()

    def _send(self, request, uid=None):
        """One exchange; its outcome, not stored yet."""
        nothing = TxResult(request.uid, request.op, DECLINED)
        try:
            answer = self._dialogue.ask(request.op, request, uid)
        except PortUnavailable as error:
            return replace(nothing, code="offline", message=str(error))
        except Silence as error:
            state = UNKNOWN if request.op in BINDING else DECLINED
            return replace(nothing, state=state, code="silence", message=str(error))
        if request.op == SIGN_IN and answer.code == record.CODE_OK:
            self._remember(answer)
        result = read(request, answer)
        is_money = result.state == APPROVED and request.op in MONEY
        if is_money and result.amount_fen != request.amount_fen:
            return replace(result, state=UNKNOWN, code="wrong_amount")
        return result

    def _sign_in(self, request=None):
        """Sign in, for ``request`` or by itself; return the result."""
        uid = request and request.uid
        result = self._send(request or TxRequest("signin", SIGN_IN), uid)
        if uid:
            self._finish(result)
        level = logging.INFO if result.state == APPROVED else logging.WARNING
        _logger.log(level, "terminal %s sign-in: %s", result.tid, result.state)
        return result

    def _remember(self, answer):
        """What a sign-in tells: names, batch, where the records stand, the clock."""
        now = datetime.now()  # noqa: DTZ005 - compared with the terminal's local time
        moment = moment_of(answer) or now
        self._journal.set_settings(
            signed_in_at=now.isoformat(timespec="seconds"),
            tid=answer.tid,
            mid=answer.mid,
            batch=answer.batch,
            mark=answer.trace,
            clock_offset=str(round((moment - now).total_seconds())),
        )

    def _finish(self, result, **settings):
        """Store an outcome, and where the terminal stands after it."""
        if result.state == APPROVED and result.op in MONEY and result.trace:
            settings.setdefault("mark", result.trace)
        elif result.state == APPROVED and result.op == SETTLE:
            settings.update(signed_in_at="", batch="")
        result = self._journal.finish(result, **settings)
        _logger.info(
            "terminal request %s: %s %s %s",
            result.uid,
            result.op,
            result.state,
            result.code,
        )
        return result

    # -- what became of an unknown request --

    def _ask_about(self, request, result):
        """Take over the terminal's record of ``request``, or learn there is none."""
        is_settlement = request.op == SETTLE
        kind = record.REPRINT_SETTLEMENT if is_settlement else REPRINT
        try:
            answer = self._dialogue.ask(kind, TxRequest(request.uid, REPRINT))
            is_found = is_done(
                request,
                self._journal.sent(request.uid),
                answer,
                int(self._journal.setting("clock_offset") or 0),
            )
        except (PortUnavailable, Silence, CannotTell) as error:
            return self._finish(replace(result, message=str(error)))
        if not is_found:
            message = "the terminal has no record of it"
            nothing = TxResult(request.uid, request.op, DECLINED, NOT_CHARGED, message)
            return self._finish(replace(nothing, is_adopted=True))
        result = self._finish(replace(read(request, answer), is_adopted=True))
        if is_settlement:
            self._sign_in()
        return result
