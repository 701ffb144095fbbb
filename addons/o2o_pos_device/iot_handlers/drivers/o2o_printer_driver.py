"""Our printers behind a stock Odoo IoT box: Chinese as text, printed once (POS-04)."""

import sys
from functools import partial
from pathlib import Path

from odoo.addons.iot_drivers.driver import Driver
from odoo.addons.iot_drivers.event_manager import event_manager
from odoo.addons.iot_drivers.tools import helpers

_LIB = str(Path(__file__).parent.parent / "lib")
if _LIB not in sys.path:
    sys.path.append(_LIB)

from o2o_box.iot import make_job  # noqa: E402
from o2o_box.spool import Spool  # noqa: E402
from o2o_box.worker import PrinterWorker  # noqa: E402


class O2oPrinterDriver(Driver):
    """The worker and the spool of our own box in the thread of this driver."""

    connection_type = "o2o_printer"

    def __init__(self, identifier, device):
        super().__init__(identifier, device)
        self.device_type = "printer"
        self.device_name = device["name"]
        is_network = device["connection"] in ("network", "cups")
        self.device_connection = "network" if is_network else "direct"
        self._spool = Spool(helpers.path_file(f"{identifier}.db"))
        self._spool.recover()
        self._worker = PrinterWorker(device, self._spool, self._tell)
        for action in ("print_receipt", "print_document", "cashbox"):
            self._actions[action] = partial(self._queue, action)
        self._actions["status"] = lambda _data: self._worker.status

    @classmethod
    def supported(cls, device):
        return isinstance(device, dict) and "connection" in device

    def run(self):
        self._worker.run()

    def disconnect(self):
        self._worker.stop()
        super().disconnect()

    def _queue(self, action, data):
        """On the disk when this returns; the outcome comes as an event."""
        job = make_job(self.dev, action, data)
        self._spool.store([job])
        self._worker.wake()
        return job["uid"]

    def _tell(self):
        """What became of jobs, and how the printer is."""
        self.data["status"] = self._worker.status
        news = self._spool.acks()
        for ack in news or [{}]:
            job = {key: ack[key] for key in ("uid", "state", "error") if key in ack}
            owner = self.data.get("owner")
            event_manager.device_changed(self, {"session_id": owner, "job": job})
        self._spool.forget_acks([ack["id"] for ack in news])
