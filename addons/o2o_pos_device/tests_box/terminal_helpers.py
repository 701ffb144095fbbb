"""A driver and its simulated terminal, over TCP and over a pseudo terminal."""

import itertools
import time
from dataclasses import asdict, dataclass

from o2o_box.terminal import BankTerminal, Patience, TerminalSettings, TxRequest
from o2o_box.terminal.simulator import Simulator

#: long enough for a busy machine, short enough for a few silences in a test run
PATIENCE = Patience(acknowledge=0.25, answer=0.25, question=0.25, gap=0.02)
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Informed(Patience):
    """Gives up early where the simulator knows that no answer will come.

    What it said before has time to arrive; where it has not fallen silent, the waits
    are those of :data:`PATIENCE`.
    """

    simulator: Simulator = None

    def is_over(self, seconds, is_acknowledged):
        since = self.simulator.silent_since
        silence = time.monotonic() - since if since else 0.0
        # of this exchange, not of the one before
        is_silent = 2 * self.gap < silence < seconds
        return is_silent or super().is_over(seconds, is_acknowledged)


def inform(simulator):
    return Informed(**asdict(PATIENCE), simulator=simulator)


def start(simulator, transport, **values):
    """Start ``simulator``; return the :class:`TerminalSettings` that reach it."""
    if transport == "tcp":
        where = {"host": "127.0.0.1", "port": simulator.start_tcp()}
    else:
        where = {"connection": "serial", "device": simulator.start_pty()}
    values = {"pos_no": "T0000001", "patience": inform(simulator), **values}
    return TerminalSettings(**where, **values)


class Counter:
    """A till's counter: simulated terminal, driver, journal."""

    def __init__(self, folder, transport, **values):
        self.simulator = Simulator(**values)
        self.settings = start(self.simulator, transport)
        self.path = folder / "terminal.db"
        self.driver = self.open()

    @property
    def ledger(self):
        return self.simulator.ledger

    def open(self):
        return BankTerminal(self.settings, self.path).start()

    def close(self):
        self.driver.stop()
        self.simulator.stop()

    def run(self, op, amount_fen=0, seconds=15, **values):
        """Begin a request and wait for its result."""
        values.setdefault("uid", f"tx-{next(_numbers)}")
        request = TxRequest(op=op, amount_fen=amount_fen, **values)
        self.driver.begin(request)
        return self.driver.wait(request.uid, seconds)

    def sale(self, amount_fen=8800, **values):
        return self.run("sale", amount_fen, **values)
