"""Tests of the box library: plain Python, no Odoo, no database, seconds.

Run them alone with ``pytest addons/o2o_pos_device/tests_box``.
"""

import sys
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
sys.path[:0] = [str(_HERE), str(_HERE.parent / "iot_handlers" / "lib")]


class MemoryStore:
    """Keeps papers in a list, without pictures."""

    def __init__(self):
        self.papers = []

    def add(self, printer_number, paper):
        self.papers.append((printer_number, paper.text()))
        return len(self.papers)

    @property
    def texts(self):
        return [text for _number, text in self.papers]


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def printer(store):
    from o2o_box.vprinter import VirtualPrinter

    virtual = VirtualPrinter(1, store).start()
    yield virtual
    virtual.stop()


@pytest.fixture
def settings(printer):
    """The virtual printer as the server would describe it."""
    return {
        "id": 7,
        "name": "Counter",
        "width": 80,
        "connection": "network",
        "host": printer.host,
        "port": printer.port,
        "device": "",
        "baudrate": 9600,
    }


@pytest.fixture
def spool(tmp_path):
    from o2o_box.spool import Spool

    opened = Spool(tmp_path / "spool.db")
    yield opened
    opened.close()
