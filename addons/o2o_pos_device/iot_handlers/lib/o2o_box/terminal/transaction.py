"""What is asked of a terminal and what it answered, whatever protocol it speaks.

Amounts are whole fen. Source: devices.md 5.2.
"""

import re
from dataclasses import dataclass, fields, replace

PENDING, APPROVED = "pending", "approved"
DECLINED, UNKNOWN = "declined", "unknown"

SALE, VOID, REFUND, SETTLE = "sale", "void", "refund", "settle"
BALANCE, REPRINT, SIGN_IN = "balance", "reprint", "signin"
OPERATIONS = (SALE, VOID, REFUND, SETTLE, BALANCE, REPRINT, SIGN_IN)
#: move money: the terminal keeps a record of each
MONEY = (SALE, VOID, REFUND)
#: silence of the terminal leaves something open that must be asked for
BINDING = (*MONEY, SETTLE)

MAX_AMOUNT_FEN = 999_999_999_999
_CARD_IN_TEXT = re.compile(
    r"\d{13,}|(?<!\d)\d{4}(?:[ -]\d{4}){2}(?:[ -]\d{1,4}){1,2}(?!\d)"
)


class Refused(Exception):
    """The box did not pass the request on; nothing was sent to the terminal.

    :param code: a word for programs: ``busy``, ``unknown_open``, ``invalid``,
        ``uid_reused``, ``other_batch``, ``already_voided``, ``wrong_amount``
    """

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class TxRequest:
    """One request of a till; ``uid`` names it for ever.

    :param uid: letters, digits and ``-``, at most 64; the same uid is never
        executed twice
    :param op: one of :data:`OPERATIONS`
    :param orig_trace: voucher number of the sale to void or the slip to reprint
    :param orig_ref: reference number of the sale to refund
    :param orig_date: date of the sale to refund, ``YYYYMMDD``
    """

    uid: str
    op: str
    amount_fen: int = 0
    pos_no: str = ""
    operator: str = ""
    orig_ref: str = ""
    orig_trace: str = ""
    orig_date: str = ""

    def check(self):
        """Refuse what no terminal could execute.

        :raise Refused: code ``invalid``
        """
        problem = self._problem()
        if problem:
            raise Refused("invalid", problem)

    def _problem(self):
        if not all(isinstance(value, str) for value in self._texts()):
            return "the texts of a request must be text"
        if not re.fullmatch(r"[A-Za-z0-9-]{1,64}", self.uid):
            return "the uid must be 1 to 64 letters, digits or dashes"
        if self.op not in OPERATIONS:
            return "this operation is not known"
        if type(self.amount_fen) is not int:
            return "the amount must be whole fen"
        if self.op in MONEY and not 0 < self.amount_fen <= MAX_AMOUNT_FEN:
            return "the amount must be more than nothing"
        if self.op not in MONEY and self.amount_fen:
            return "this operation has no amount"
        for text, length in ((self.pos_no, 8), (self.operator, 8)):
            if not re.fullmatch(rf"[A-Za-z0-9]{{0,{length}}}", text):
                return "till and operator numbers have at most 8 letters or digits"
        if self.op == VOID and not re.fullmatch(r"\d{6}", self.orig_trace):
            return "a void needs the voucher number of the sale: 6 digits"
        if self.orig_trace and not re.fullmatch(r"\d{6}", self.orig_trace):
            return "a voucher number has 6 digits"
        if self.op == REFUND and not (
            re.fullmatch(r"[A-Za-z0-9]{12}", self.orig_ref)
            and re.fullmatch(r"\d{8}", self.orig_date)
        ):
            return "a refund needs date (8 digits) and reference (12) of the sale"
        return ""

    def _texts(self):
        return (
            self.uid,
            self.op,
            self.pos_no,
            self.operator,
            self.orig_ref,
            self.orig_trace,
            self.orig_date,
        )


@dataclass(frozen=True)
class TxResult:
    """What is known of a request.

    :param state: ``pending``, ``approved``, ``declined`` or ``unknown``
    :param code: the terminal's two characters, or a word of the box: ``offline``,
        ``silence``, ``interrupted``, ``not_charged``, ``by_hand`` and so on
    :param message: for people; of the terminal where it said something
    :param card: first six and last four digits, never more
    :param amount_fen: as the terminal booked it; for ``balance`` the balance, for
        ``settle`` sales less voids of the batch
    :param at: clock of the terminal, ``YYYY-MM-DDTHH:MM:SS`` local time
    :param is_adopted: learned by asking afterwards, not from the first answer
    """

    uid: str
    op: str
    state: str
    code: str = ""
    message: str = ""
    card: str = ""
    bank: str = ""
    trace: str = ""
    ref: str = ""
    auth: str = ""
    batch: str = ""
    mid: str = ""
    tid: str = ""
    amount_fen: int = 0
    at: str = ""
    is_adopted: bool = False

    @property
    def is_final(self):
        return self.state in (APPROVED, DECLINED)

    def masked(self):
        """The same without any card number in full; call before storing."""
        return replace(self, card=mask_card(self.card), message=mask_text(self.message))


RESULT_FIELDS = tuple(field.name for field in fields(TxResult))


def mask_card(number):
    """First six and last four digits of a card number, the rest as ``*``.

    Terminals mask by themselves, most of them; a box must not depend on it.
    """
    number = "".join(char for char in number if char.isdigit() or char == "*")
    if len(number) < 13:
        return "*" * max(len(number) - 4, 0) + number[-4:]
    return number[:6] + "*" * (len(number) - 10) + number[-4:]


def mask_text(text):
    """``text`` with everything that looks like a card number masked."""
    return _CARD_IN_TEXT.sub(lambda match: mask_card(match.group()), text)
