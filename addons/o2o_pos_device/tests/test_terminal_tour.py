import tempfile
import threading
from pathlib import Path
from unittest.mock import patch

import requests

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tests.common import TEST_CURSOR_COOKIE_NAME

from ..iot_handlers.lib.o2o_box.terminal.desk import TerminalDesk
from ..iot_handlers.lib.o2o_box.terminal.simulator import Simulator
from ..models.o2o_box import O2oBox
from .common_terminal import TerminalTillCase


class BoxThread(threading.Thread):
    """A box: its desk with a simulated terminal, a printer, the sync route.

    It sleeps until the server wakes it. The test's own thread has left the database to
    the requests by then: whoever asks earlier writes in the middle of its transaction.

    :param faults: of the sales, one after the other, see ``simulator.FAULTS``
    """

    def __init__(self, case, faults):
        super().__init__(daemon=True)
        self.case = case
        self.url = f"{case.base_url()}/o2o/box/1/sync"
        self.simulator = Simulator()
        self.port = self.simulator.start_tcp()
        self.faults = list(faults)
        self.news = threading.Event()
        folder = Path(case.enterContext(tempfile.TemporaryDirectory()))
        self.desk = TerminalDesk(folder, self.news.set)
        self.sales = set()
        self.acks = []
        self.is_stopped = False

    def run(self):
        self.news.wait()
        while not self.is_stopped:
            self.news.clear()
            self._sync()
            self.news.wait(0.3)

    def _sync(self):
        response = requests.post(
            self.url,
            json={
                "acks": self.acks,
                "terminals": self.desk.terminals(),
                "terminal_results": self.desk.results(),
            },
            headers={"Authorization": f"Bearer {self.case.token}"},
            cookies={TEST_CURSOR_COOKIE_NAME: self.case.http_request_key},
            timeout=20,
        )
        # a server that is busy is asked again, as by a real box
        if response.ok:
            self._take(response.json())

    def _take(self, answer):
        self.desk.set_terminals(
            {**each, "host": "127.0.0.1", "port": self.port, "answer_seconds": 5}
            for each in answer["terminals"]
        )
        for request in answer["terminal_requests"]:
            is_new = request["op"] == "sale" and request["uid"] not in self.sales
            if is_new and self.faults:
                self.sales.add(request["uid"])
                self.simulator.fault(self.faults.pop(0))
        self.desk.handle(answer["terminal_requests"])
        self.acks = [
            {"id": number, "uid": job["uid"], "state": "printed"}
            for number, job in enumerate(answer["jobs"])
        ]

    def stop(self):
        if self.is_stopped:
            return
        self.is_stopped = True
        self.news.set()
        if self.is_alive():
            self.join(20)
        self.desk.stop()
        self.simulator.stop()


@tagged("post_install", "-at_install")
class TestTerminalTour(TerminalTillCase, HttpCase):
    browser_size = "1280x800"

    def _start_box(self, *faults):
        self.terminal_box = BoxThread(self, faults)
        self.addCleanup(self.terminal_box.stop)
        wake = O2oBox._wake

        def wake_thread(boxes):
            self.terminal_box.news.set()
            return wake(boxes)

        self.startPatcher(patch.object(O2oBox, "_wake", wake_thread))
        self.terminal_box.start()
        return self.terminal_box.simulator.ledger

    def _wait_remaining_requests(self, timeout=10):
        # the last moment at which requests of the box are let in
        self.terminal_box.stop()
        return super()._wait_remaining_requests(timeout)

    def test_declined_approved_and_lost_answers(self):
        """UPAY-01, POS-08, POS-10, POS-11, POS-13, POS-14: browser, server, box and
        terminal agree to the cent; a lost answer and a reload in the middle charge
        once; the slip of a charge comes again with its mark."""
        self.product.write(
            {"name": "O2O Bottle", "available_in_pos": True, "taxes_id": False}
        )
        # the language of the tour's words
        self.env["res.lang"]._activate_lang("en_US")
        self.cashier.lang = "en_US"
        self.pos_session.action_pos_session_closing_control()
        # heard of just now, and patient while the browser builds the assets
        self.box.write({"poll_seconds": 300, "last_seen_at": fields.Datetime.now()})
        ledger = self._start_box("declined", "", "lost_answer")
        self.start_tour(
            f"/pos/ui/{self.till.id}",
            "o2o_pos_terminal_tour",
            login=self.cashier.login,
            timeout=180,
        )
        sales = self.terminal.transaction_ids.filtered(lambda each: each.op == "sale")
        self.assertRecordValues(
            sales.sorted("id"),
            [
                {"state": "declined", "is_adopted": False},
                {"state": "approved", "is_adopted": False},
                {"state": "approved", "is_adopted": True},
            ],
        )
        orders = self.till.current_session_id.order_ids
        self.assertEqual(orders.mapped("state"), ["paid", "paid"])
        self.assertEqual(
            orders.payment_ids.o2o_transaction_id,
            sales.filtered(lambda sale: sale.state == "approved"),
        )
        self.assertFalse(self._problems())
        sign_ins = self.terminal.transaction_ids.filtered(
            lambda each: each.op == "signin"
        )
        self.assertEqual(sign_ins.mapped("state"), ["approved", "approved"])
        slips = self.env["o2o.print.job"].search(
            [("document_type", "=", "bank_slip")], order="id"
        )
        first, last = orders.payment_ids.o2o_transaction_id.sorted("id")
        self.assertEqual(slips.mapped("res_id"), [first.id, last.id, last.id])
        self.assertEqual(slips.mapped("reprint_number"), [0, 0, 1])
        self.assertEqual(
            ledger.charged_fen(), round(sum(orders.mapped("amount_paid")) * 100)
        )
