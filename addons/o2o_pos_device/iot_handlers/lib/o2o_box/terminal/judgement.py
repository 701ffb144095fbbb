"""What answers of a terminal mean: for a request, and for one that is unknown."""

from datetime import datetime, timedelta

from . import record
from .transaction import APPROVED, DECLINED, SETTLE, TxResult

NOT_CHARGED = "not_charged"

_TRACES = 1_000_000
#: the clocks of box and terminal are compared at each sign-in, to whole seconds
_CLOCK_SECONDS = 5


class CannotTell(Exception):
    """The terminal's records do not say what became of a request."""


def read(request, answer):
    """The :class:`TxResult` an answer to ``request`` means."""
    is_approved = answer.code == record.CODE_OK
    moment = moment_of(answer)
    return TxResult(
        uid=request.uid,
        op=request.op,
        state=APPROVED if is_approved else DECLINED,
        code=answer.code,
        message=answer.message,
        card=answer.card,
        bank=answer.bank,
        trace=answer.trace,
        ref=answer.ref,
        auth=answer.auth,
        batch=answer.batch,
        mid=answer.mid,
        tid=answer.tid,
        amount_fen=answer.amount_fen if is_approved else 0,
        at=moment.isoformat() if moment else "",
    ).masked()


def moment_of(answer):
    """Local time of the terminal, or ``None``; its year is the latest possible."""
    now = datetime.now()  # noqa: DTZ005 - the terminal tells local time
    for year in (now.year, now.year - 1):
        try:
            moment = datetime.strptime(  # noqa: DTZ007
                f"{year}{answer.date}{answer.time}", "%Y%m%d%H%M%S"
            )
        except ValueError:
            continue
        if moment < now + timedelta(days=1):
            return moment
    return None


def is_done(request, sent, answer, clock_offset):
    """Whether ``answer``, the terminal's last record, is the one of ``request``.

    A record is taken over only if it was written after the request was sent, in the
    same batch and for the same amount. Later than the mark means that it belongs to no
    earlier request; later ones are refused while this one is unknown.

    :param sent: where the terminal stood before, a :class:`Sent`
    :param clock_offset: seconds the terminal's clock is ahead of the box's
    :raise CannotTell: a person must look at the terminal
    """
    if answer.code not in (record.CODE_OK, record.CODE_NO_RECORD):
        raise CannotTell(answer.message or f"the terminal answers {answer.code}")
    if request.op == SETTLE:
        return answer.code == record.CODE_OK and answer.batch == sent.batch
    if answer.batch != sent.batch:
        raise CannotTell("the terminal is in another batch")
    if answer.code == record.CODE_NO_RECORD:
        return False
    if not _is_later(answer.trace, sent.mark):
        return False
    if answer.amount_fen != request.amount_fen:
        raise CannotTell(f"record {answer.trace} has another amount")
    moment = moment_of(answer)
    limit = sent.at + clock_offset - _CLOCK_SECONDS
    if moment is None or moment.timestamp() < limit:
        raise CannotTell(f"record {answer.trace} is older than the request")
    return True


def _is_later(trace, mark):
    """Voucher numbers count up to 999999 and begin again."""
    try:
        steps = (int(trace) - int(mark)) % _TRACES
    except ValueError as error:
        raise CannotTell("the terminal's record has no voucher number") from error
    return 0 < steps < _TRACES // 2
