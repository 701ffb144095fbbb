import base64
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image, ImageDraw

import odoo
from odoo.tests import BaseCase, tagged

from ..iot_handlers.lib.o2o_box.vprinter import VirtualPrinter

_ADDON = Path(__file__).parent.parent
_BOX = _ADDON / "tests_box" / "iot_box.py"


class PaperList:
    """Where the virtual printer leaves its papers."""

    def __init__(self):
        self.papers = []

    def add(self, _number, paper):
        self.papers.append(paper)


@tagged("post_install", "-at_install")
class TestIotHandlers(BaseCase):
    """POS-04: a stock Odoo IoT box loads our printers (iot_drivers is there)."""

    def setUp(self):
        super().setUp()
        self.store = PaperList()
        self.printer = VirtualPrinter(1, self.store).start()
        self.addCleanup(self.printer.stop)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self._configure("[printer counter]", "drawer_pin = 5")
        self.box = None

    def _configure(self, title, *lines):
        settings = [title, "host = 127.0.0.1", f"port = {self.printer.port}", *lines]
        (self.folder / "o2o_printers.ini").write_text("\n".join(settings))

    def _start(self):
        env = {**os.environ, "PYTHONPATH": str(Path(odoo.tools.__file__).parents[2])}
        self.box = subprocess.Popen(
            [sys.executable, str(_BOX), str(self.folder), str(_ADDON / "iot_handlers")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=env,
            text=True,
        )
        self.addCleanup(self._stop)

    def _stop(self):
        if self.box:
            self.box.kill()
            self.box.communicate()
            self.box = None

    def _call(self, **request):
        if not self.box:
            self._start()
        self.box.stdin.write(json.dumps(request) + "\n")
        self.box.stdin.flush()
        return json.loads(self.box.stdout.readline())

    def _print(self, action, **data):
        return self._call(device="o2o_printer_counter", action=action, **data)

    def _wait(self, condition):
        limit = time.monotonic() + 20
        while not condition():
            self.assertLess(time.monotonic(), limit, "waited in vain")
            time.sleep(0.05)

    def test_printers_of_the_file_are_devices(self):
        devices = self._call()["devices"]
        self.assertEqual(
            devices, {"o2o_printer_counter": ["printer", "counter", "network"]}
        )

    def test_broken_file_takes_no_printer_away(self):
        self._call()
        self._configure("[printer counter]", "width = wide")
        self.assertIn("o2o_printer_counter", self._call()["devices"])
        self._configure("[printer second]")
        self.assertEqual(list(self._call()["devices"]), ["o2o_printer_second"])

    def test_document_is_printed_once_even_after_a_restart(self):
        blocks = [{"type": "text", "text": "王㐂 ￥1"}, {"type": "cut"}]
        call = {"document": {"version": 1, "blocks": blocks}, "action_unique_id": "a1"}
        self._print("print_document", **call)
        self._wait(lambda: self.store.papers)
        self._wait(lambda: self._states()[-1:] == ["printed"])
        self._print("print_document", **call)
        self._stop()
        self._print("print_document", **call)
        self._print("print_document", **{**call, "action_unique_id": "a2"})
        self._wait(lambda: len(self.store.papers) == 2)
        time.sleep(0.5)
        self.assertEqual(len(self.store.papers), 2)
        self.assertEqual(self.store.papers[0].text(), "王〓 ￥1")

    def _states(self):
        return [job["state"] for job in self._call()["events"] if job]

    def test_slip_of_the_stock_till_is_a_picture(self):
        image = Image.new("RGB", (512, 1500), "white")
        ImageDraw.Draw(image).rectangle((100, 100, 400, 1400), fill="black")
        buffer = io.BytesIO()
        image.save(buffer, "JPEG")
        receipt = base64.b64encode(buffer.getvalue()).decode()
        self._print("print_receipt", receipt=receipt)
        self._wait(lambda: self.store.papers)
        [paper] = self.store.papers
        rows = [it for it in paper.elements if it.kind == "raster"]
        self.assertEqual({it.options["bytes"] for it in rows}, {72})
        black = sum(byte.bit_count() for it in rows for byte in it.data)
        # 300 by 1300 of 512 by 1500 dots, as wide as the paper
        self.assertAlmostEqual(black / (300 * 1300 * (576 / 512) ** 2), 1, delta=0.02)

    def test_cash_box_opens_the_drawer_once(self):
        for _again in range(2):
            self._print("cashbox", action_unique_id="d1")
        self._wait(lambda: self.printer.pulses)
        time.sleep(0.5)
        self.assertEqual(self.printer.pulses, [5])

    def test_nonsense_does_not_end_the_driver(self):
        for data in ({}, {"receipt": "no picture"}, {"receipt": 5}):
            self._print("print_receipt", **data)
        self._print("print_document", document="x")
        self._print("cashbox")
        self._wait(lambda: self.printer.pulses)
        self.assertEqual(self.store.papers, [])
