"""A driver and its simulated terminal, over TCP and over a pseudo terminal."""

import itertools

from o2o_box.terminal import BankTerminal, Patience, TerminalSettings, TxRequest
from o2o_box.terminal.simulator import Simulator

#: long enough for a busy machine, short enough for many silences in a test run
PATIENCE = Patience(acknowledge=0.25, answer=0.25, question=0.25, gap=0.05)
_numbers = itertools.count(1)


def start(simulator, transport, **values):
    """Start ``simulator``; return the :class:`TerminalSettings` that reach it."""
    if transport == "tcp":
        where = {"host": "127.0.0.1", "port": simulator.start_tcp()}
    else:
        where = {"connection": "serial", "device": simulator.start_pty()}
    values = {"pos_no": "T0000001", "patience": PATIENCE, **values}
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
