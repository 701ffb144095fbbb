"""PC/SC readers with the real pcscd and a virtual card: run by hand, as root.

``apt-get install pcscd vsmartcard-vpcd``, start ``pcscd -f``, then
``python vpcd_check.py`` in this folder. It needs a daemon of the machine, so it is not
part of the tests; they use a library of their own, see ``test_reader_pcsc.py``.
"""

import socket
import struct
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "iot_handlers" / "lib"))

from o2o_box.readers.settings import ReaderConfig  # noqa: E402
from o2o_box.readers.worker import ReaderThread  # noqa: E402

_PORT = 35963
_ATR = bytes.fromhex("3B8F8001804F0CA000000306030001000000006A")


class VirtualCard:
    """A card on the virtual reader; ``answers`` maps commands to answers."""

    def __init__(self, answers):
        self._answers = answers
        self._line = socket.create_connection(("127.0.0.1", _PORT), timeout=5)
        self._line.settimeout(None)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        try:
            while head := self._line.recv(2, socket.MSG_WAITALL):
                [size] = struct.unpack(">H", head)
                data = self._line.recv(size, socket.MSG_WAITALL)
                if data == b"\x04":
                    self._send(_ATR)
                elif size > 1:
                    self._send(self._answers.get(data.hex().upper(), b"\x6a\x82"))
        except OSError:
            return

    def _send(self, data):
        self._line.sendall(struct.pack(">H", len(data)) + data)

    def take_away(self):
        self._line.shutdown(socket.SHUT_RDWR)
        self._line.close()


def main():
    swipes = []
    settings = ReaderConfig(
        key="counter", kind="chip", connection="pcsc", device="Virtual PCD 00 00"
    )

    def keep(_key, read):
        swipes.append((read.kind, read.value))

    reader = ReaderThread(settings, keep, lambda: None)
    reader.start()
    number = {"FFCA000000": bytes.fromhex("04A1B2C3D4E580") + b"\x90\x00"}
    bank = {"00A404000E325041592E5359532E444446303100": b"\x90\x00"}
    wanted = []
    for answers, result in (
        (number, ("card", "04A1B2C3D4E580")),
        (bank, ("bank_card", "")),
        ({}, ("unreadable", "")),
    ):
        wanted.append(result)
        card = VirtualCard(answers)
        limit = time.monotonic() + 10
        while len(swipes) < len(wanted) and time.monotonic() < limit:
            time.sleep(0.05)
        time.sleep(1)
        card.take_away()
        time.sleep(2.5)
    reader.stop()
    reader.join(5)
    sys.stdout.write(f"{swipes}\n")
    return 0 if swipes == wanted else 1


if __name__ == "__main__":
    sys.exit(main())
