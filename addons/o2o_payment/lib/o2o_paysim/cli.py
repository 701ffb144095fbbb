"""``python -m o2o_paysim``: prints one line of JSON and serves until it is ended."""

from __future__ import annotations

import argparse
import json
import logging
import signal
import threading
from collections.abc import Sequence
from types import FrameType

from .simulator import Simulator


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="o2o_paysim", description="Simulates payment gateways. No money moves."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.DEBUG if options.verbose else logging.INFO)
    simulator = Simulator(options.host, options.port).start()
    line = {
        "url": simulator.url,
        "phone": f"{simulator.url}/phone",
        "token": simulator.token,
        "gateways": sorted(simulator.modules),
    }
    print(json.dumps(line), flush=True)
    ended = threading.Event()

    def end(signum: int, frame: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    ended.wait()
    simulator.stop()
    return 0
