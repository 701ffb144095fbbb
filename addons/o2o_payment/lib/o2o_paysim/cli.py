"""``python -m o2o_paysim``: prints one line of JSON and serves until it is ended."""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from .simulator import Simulator

#: the environment variable that may name the switchboard's token
TOKEN = "O2O_PAYSIM_TOKEN"


def write(path: Path, text: str) -> None:
    """Whole or not at all: somebody waits for the file."""
    beside = path.with_suffix(".new")
    beside.touch(0o600)
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="o2o_paysim", description="Simulates payment gateways. No money moves."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--ready", help="a file that gets the addresses, too")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.DEBUG if options.verbose else logging.INFO)
    # known to whoever started us, and written nowhere then
    token = os.environ.pop(TOKEN, "")
    simulator = Simulator(options.host, options.port, token=token).start()
    line = {
        "url": simulator.url,
        "phone": f"{simulator.url}/phone",
        "gateways": sorted(simulator.modules),
    }
    if not token:
        line["token"] = simulator.token
    print(json.dumps(line), flush=True)
    if options.ready:
        write(Path(options.ready), json.dumps(line))
    ended = threading.Event()

    def end(signum: int, frame: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    ended.wait()
    simulator.stop()
    return 0
