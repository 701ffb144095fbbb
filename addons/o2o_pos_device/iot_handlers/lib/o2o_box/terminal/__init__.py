"""Bank-card terminals: one driver interface, the ``bankall`` record behind it.

What another part of the suite may use::

    driver = BankTerminal(TerminalSettings(...), journal_path, on_change)
    driver.start()                   # signs in by itself (POS-10)
    driver.begin(TxRequest(...))     # at most one at a time
    driver.result(uid)               # pending, approved, declined, unknown
    driver.resolve(uid)              # asks the terminal, charges nothing
    driver.stop()

Source: devices.md 5 (UPAY-01 to 03, POS-10 to 16).
"""

from .driver import BankTerminal
from .interface import TerminalDriver, TerminalSettings, TerminalStatus
from .link import Patience
from .transaction import (
    APPROVED,
    DECLINED,
    PENDING,
    UNKNOWN,
    Refused,
    TxRequest,
    TxResult,
)
