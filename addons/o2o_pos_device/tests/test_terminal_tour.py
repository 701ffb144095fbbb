import tempfile
import threading
from pathlib import Path

import requests

from odoo.tests import HttpCase, tagged
from odoo.tests.common import TEST_CURSOR_COOKIE_NAME

from ..iot_handlers.lib.o2o_box.terminal.desk import TerminalDesk
from ..iot_handlers.lib.o2o_box.terminal.simulator import Simulator
from .common_terminal import TerminalTillCase


class BoxThread(threading.Thread):
    """The terminal part of a box: its desk, a simulated terminal, the sync route."""

    def __init__(self, case, simulator):
        super().__init__(daemon=True)
        self.case = case
        self.url = f"{case.base_url()}/o2o/box/1/sync"
        self.port = simulator.start_tcp()
        folder = Path(case.enterContext(tempfile.TemporaryDirectory()))
        self.news = threading.Event()
        self.desk = TerminalDesk(folder, self.news.set)
        self.is_stopped = False

    def run(self):
        while not self.is_stopped:
            self.news.clear()
            if self.case.is_touring.is_set() and self.case.http_request_key:
                self._sync()
            self.news.wait(0.3)
        self.desk.stop()

    def _sync(self):
        answer = requests.post(
            self.url,
            json={
                "terminals": self.desk.terminals(),
                "terminal_results": self.desk.results(),
            },
            headers={"Authorization": f"Bearer {self.case.token}"},
            cookies={TEST_CURSOR_COOKIE_NAME: self.case.http_request_key},
            timeout=20,
        )
        if answer.ok:
            answer = answer.json()
            self.desk.set_terminals(
                {**each, "host": "127.0.0.1", "port": self.port, "answer_seconds": 1}
                for each in answer["terminals"]
            )
            self.desk.handle(answer["terminal_requests"])

    def stop(self):
        self.is_stopped = True
        self.news.set()
        self.join(20)


@tagged("post_install", "-at_install")
class TestTerminalTour(TerminalTillCase, HttpCase):
    def setUp(self):
        super().setUp()
        #: from then on the cursor belongs to the requests
        self.is_touring = threading.Event()

    def authenticate(self, *args, **kwargs):
        session = super().authenticate(*args, **kwargs)
        self.is_touring.set()
        return session

    def test_unknown_declined_and_approved_sales(self):
        """UPAY-01, POS-14: browser, server, box and terminal agree to the cent."""
        self.product.write({"name": "O2O Bottle", "available_in_pos": True})
        simulator = Simulator()
        # the sign-in of the morning, then the sales
        simulator.fault("", "lost_answer", "", "declined")
        box = BoxThread(self, simulator)
        self.addCleanup(simulator.stop)
        self.addCleanup(box.stop)
        box.start()
        self.start_tour(
            f"/pos/ui/{self.till.id}", "o2o_pos_terminal_tour", login=self.cashier.login
        )
        box.stop()
        sales = self.terminal.transaction_ids.sorted("id")
        self.assertEqual(sales.mapped("state"), ["approved", "declined", "approved"])
        self.assertEqual(sales.mapped("is_adopted"), [True, False, False])
        orders = self.pos_session.order_ids
        self.assertEqual(orders.mapped("state"), ["paid", "paid"])
        self.assertEqual(
            orders.payment_ids.o2o_transaction_id,
            sales.filtered(lambda sale: sale.state == "approved"),
        )
        self.assertFalse(self._problems())
        self.assertEqual(
            simulator.ledger.charged_fen(),
            round(sum(orders.mapped("amount_paid")) * 100),
        )
