"""``o2o_box test``: a test page on the printers of this box, without server (POS-05).

For the person at the machine: which printer works, and what is wrong with the others.
"""

import json
import time

from . import printers, test_page
from .render import COLUMNS, render
from .spool import Spool

_QUIET_SECONDS = 20
#: what to do about each state of a printer
_ADVICE = {
    printers.PAPER_OUT: "缺纸，请装纸 / out of paper",
    printers.COVER_OPEN: "上盖打开，请合上 / the cover is open",
    printers.ERROR: "切刀故障，请关机再开 / the cutter is stuck",
    printers.OFFLINE: "脱机 / offline",
}
_PRINTED = "已打印 / printed"
#: many cheap printers say nothing, and so does another machine at that address
_SILENT = (
    "已发送，打印机没有应答，请看是否出纸"
    " / sent, the printer does not answer: look at the paper"
)


class NoPrinters(ValueError):
    """There is nothing to print on; the message says what to do."""


def parse_target(text, width):
    """Settings of a printer named on the command line.

    :param text: ``network:192.168.1.50``, ``network:192.168.1.50:9100``,
        ``serial:/dev/ttyUSB0``, ``usb:04b8:0e15``, ``file:/dev/usb/lp0`` or
        ``cups:queue``
    :raise NoPrinters: it is none of them
    """
    connection, _colon, address = text.partition(":")
    settings = {"id": 0, "name": text, "width": width, "connection": connection}
    if connection == "network":
        host, _colon, port = address.partition(":")
        if host and (not port or port.isdecimal()):
            return {**settings, "host": host, "port": int(port or 0)}
    elif connection in ("serial", "usb", "file", "cups") and address:
        return {**settings, "device": address}
    raise NoPrinters(f"--to {text}: expected for example network:192.168.1.50")


def known_printers(state_dir):
    """The printers the server told this box about, last time they spoke.

    :raise NoPrinters: it never did
    """
    path = state_dir / "spool.db"
    if not path.is_file():
        raise NoPrinters("this box has never spoken to its server; use --to")
    spool = Spool(path)
    try:
        found = json.loads(spool.setting("printers") or "[]")
    finally:
        spool.close()
    if not found:
        raise NoPrinters("the server knows no printer of this box; use --to")
    return found


def run(settings_list, say):
    """Print on each printer, one after the other.

    :param say: called with a line of text for each
    :return: how many failed
    """
    failures = 0
    for settings in settings_list:
        result, problem = _print(settings)
        failures += bool(problem)
        say(f"{settings['name']}: {problem or result}")
    return failures


def _print(settings):
    """:return: tuple (what was done, what went wrong), one of them empty"""
    width = int(settings["width"])
    lines = [
        f"打印机 / printer: {settings['name']}",
        f"{settings['connection']}, {width} mm, {COLUMNS[width]} 字符 / characters",
        time.strftime("%Y-%m-%d %H:%M:%S"),
    ]
    data = render(test_page.document("打印测试", lines, settings["id"]), width)
    try:
        with printers.Connection.open(settings) as connection:
            status = connection.status()
            if status in printers.NOT_READY:
                return "", _ADVICE[status]
            connection.send(data)
            if status == printers.UNKNOWN:
                return _SILENT, ""
            waited = []
            connection.confirm(waited.append, _QUIET_SECONDS)
    except printers.PrinterError as error:
        return "", f"失败 / failed: {error}"
    return _PRINTED, ""
