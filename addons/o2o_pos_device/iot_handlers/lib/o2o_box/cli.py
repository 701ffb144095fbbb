"""Command line: ``python -m o2o_box [test] --config box.ini``."""

import argparse
import dataclasses
import logging
import os
import signal
import sys
import threading
from functools import partial
from pathlib import Path

from . import __version__, config, fonts, selftest
from .readers.virtual import VirtualReader
from .terminal.virtual import VirtualTerminal
from .vdisplay import VirtualDisplay
from .vprinter import PaperStore, VirtualPrinter
from .vprinter_page import Page
from .vscale import VirtualScale

_logger = logging.getLogger("o2o_box")

EXIT_OK, EXIT_FAILED, EXIT_CONFIG, EXIT_BUSY = 0, 1, 2, 3


def _parse(arguments):
    parser = argparse.ArgumentParser(
        prog="o2o_box",
        description="Drives the printers and readers of a store for Odoo.",
    )
    parser.add_argument(
        "command",
        nargs="?",
        choices=["run", "test"],
        default="run",
        help="run the box (default), or print a test page on its printers",
    )
    parser.add_argument("--config", help="ini file, see box.ini.example")
    parser.add_argument(
        "--to", help="with test: one printer, for example network:192.168.1.50"
    )
    parser.add_argument(
        "--width", type=int, choices=[58, 80], default=80, help="with --to: paper in mm"
    )
    parser.add_argument(
        "--demo",
        action="store_true",
        help="also start the virtual printers, readers and bank-card terminal",
    )
    parser.add_argument(
        "--virtual-printer",
        action="store_true",
        help="start the virtual printers alone, without a box",
    )
    parser.add_argument("--pairing-code", help="pair with this code")
    parser.add_argument("--server", help="address of the server")
    parser.add_argument("--state-dir", type=Path, help="folder for spool and token")
    parser.add_argument("--http-port", type=int, help="page of the virtual printers")
    parser.add_argument("--port", type=int, action="append", help="a virtual printer")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--version", action="version", version=__version__)
    return parser.parse_args(arguments)


def _configure(options):
    """The configuration of the file, with what the command line changes."""
    settings = config.load(options.config) if options.config else config.BoxConfig()
    virtual = settings.virtual
    if options.http_port is not None:
        virtual = dataclasses.replace(virtual, http_port=options.http_port)
    if options.port:
        widths = tuple(
            virtual.widths[min(index, len(virtual.widths) - 1)]
            for index in range(len(options.port))
        )
        virtual = dataclasses.replace(virtual, ports=tuple(options.port), widths=widths)
    changes = {"virtual": virtual, "demo": settings.demo or options.demo}
    if options.state_dir:
        changes["state_dir"] = options.state_dir
    if options.server:
        changes["server_url"] = options.server.rstrip("/")
    if options.pairing_code:
        changes["pairing_code"] = options.pairing_code
    settings = dataclasses.replace(settings, **changes)
    needs_server = options.command == "run" and not options.virtual_printer
    if needs_server and not settings.server_url:
        raise config.ConfigError("the address of the server is missing: [server] url")
    return settings


class VirtualDevices:
    """The virtual printers, readers and terminal of one process and their page."""

    def __init__(self, settings, state_dir, readers=()):
        store = PaperStore(state_dir / "papers")
        self.printers = [
            VirtualPrinter(index + 1, store, width, settings.host, port)
            for index, (port, width) in enumerate(
                zip(settings.ports, settings.widths, strict=True)
            )
        ]
        self.readers = [
            VirtualReader(reader, state_dir / "readers")
            for reader in readers
            if reader.connection == "virtual"
        ]
        self.display = VirtualDisplay(state_dir / "displays" / "display")
        self.scale = VirtualScale(state_dir / "scales" / "scale")
        self.terminal = VirtualTerminal()
        self.page = Page(
            self.printers,
            store,
            settings.host,
            settings.http_port,
            self.readers,
            self.display,
            self.scale,
            [self.terminal],
        )

    def start(self):
        for printer in self.printers:
            printer.start()
        self.display.start()
        self.scale.start()
        self.terminal.start()
        self.page.start()
        ports = ", ".join(str(printer.port) for printer in self.printers)
        _logger.info(
            "virtual printers on port %s, page on http://%s:%s/",
            ports,
            self.page.host,
            self.page.port,
        )
        try:
            fonts.find_cjk_font()
        except fonts.FontMissing as error:
            _logger.warning("%s", error)

    def stop(self):
        self.page.stop()
        for printer in self.printers:
            printer.stop()
        for reader in self.readers:
            reader.unplug()
        self.display.stop()
        self.scale.stop()
        self.terminal.stop()

    def get_display_path(self):
        """The port of the virtual display."""
        return str(self.display.path)

    def resolve_terminal(self, settings):
        """Point a bank-card terminal of connection ``virtual`` at the one here."""
        return {
            **settings,
            "connection": "tcp",
            "host": "127.0.0.1",
            "port": self.terminal.port,
        }

    def resolve_readers(self, configs):
        """Point readers of connection ``virtual`` at the ports of these."""
        paths = {reader.settings.key: str(reader.path) for reader in self.readers}
        return tuple(
            dataclasses.replace(reader, connection="serial", device=paths[reader.key])
            if reader.key in paths
            else reader
            for reader in configs
        )

    def resolve_scale(self, config):
        """Point a scale of connection ``virtual`` at the port of this one."""
        if config and config.connection == "virtual":
            return dataclasses.replace(config, device=str(self.scale.path))
        return config

    def resolve(self, settings):
        """Point a printer of connection ``virtual`` at one of these.

        Its ``port`` is the number of the virtual printer; without one, printers take
        turns by id.
        """
        number = settings.get("port") or settings["id"]
        printer = self.printers[(number - 1) % len(self.printers)]
        return {
            **settings,
            "connection": "network",
            "host": printer.host,
            "port": printer.port,
        }


def main(arguments=None):
    """Run until SIGTERM or SIGINT; return the exit code."""
    options = _parse(arguments)
    # python-escpos tells each connection on the root logger
    logging.basicConfig(
        level=logging.DEBUG if options.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    _logger.setLevel(logging.DEBUG if options.verbose else logging.INFO)
    try:
        settings = _configure(options)
    except config.ConfigError as error:
        sys.stderr.write(f"o2o_box: {error}\n")
        return EXIT_CONFIG
    # slips name people: nothing of the state folder is for other users
    os.umask(0o077)
    if options.command == "test":
        return _test(options, settings)
    virtual = None
    try:
        if settings.demo or options.virtual_printer:
            readers = () if options.virtual_printer else settings.readers
            virtual = VirtualDevices(settings.virtual, settings.state_dir, readers)
            virtual.start()
        config_path = None if options.pairing_code else options.config
        return _run(settings, virtual, options.virtual_printer, config_path)
    except OSError as error:
        sys.stderr.write(f"o2o_box: {error}\n")
        return EXIT_BUSY
    finally:
        if virtual:
            virtual.stop()


def _test(options, settings):
    try:
        if options.to:
            targets = [selftest.parse_target(options.to, options.width)]
        else:
            targets = selftest.known_printers(settings.state_dir)
    except selftest.NoPrinters as error:
        sys.stderr.write(f"o2o_box: {error}\n")
        return EXIT_CONFIG
    failures = selftest.run(targets, lambda text: sys.stdout.write(f"{text}\n"))
    return EXIT_FAILED if failures else EXIT_OK


def _get_pairing_code(path):
    """The code in the file as it is now; nothing while the file cannot be read."""
    try:
        return config.load(path).pairing_code
    except config.ConfigError:
        return ""


def _run(settings, virtual, is_printer_only, config_path=None):
    if is_printer_only:
        stopped = threading.Event()
        _on_signals(stopped.set)
        stopped.wait()
        return EXIT_OK
    from .box import AlreadyRunning, Box

    if virtual:
        settings = dataclasses.replace(
            settings,
            readers=virtual.resolve_readers(settings.readers),
            scale=virtual.resolve_scale(settings.scale),
        )
    try:
        hooks = (
            {
                "resolve": virtual.resolve,
                "get_display_path": virtual.get_display_path,
                "resolve_terminal": virtual.resolve_terminal,
            }
            if virtual
            else {}
        )
        if config_path:
            hooks["get_pairing_code"] = partial(_get_pairing_code, config_path)
        box = Box(settings, **hooks)
    except AlreadyRunning as error:
        sys.stderr.write(f"o2o_box: {error}\n")
        return EXIT_BUSY
    _on_signals(box.stop)
    box.run()
    return EXIT_OK


def _on_signals(stop):
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_args: stop())
