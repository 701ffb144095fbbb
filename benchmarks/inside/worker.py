"""A process with Odoo's registry that does what it is told, one JSON line at a time.

    python worker.py -c odoo.conf -d database

Standard input: {"call": name, "with": {...}}; standard output: {"result": ...} or
{"error": ...}. The functions are those of MODULES, files beside this one.
"""

import json
import os
import sys
import traceback
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from odoo.modules.registry import Registry
from odoo.tools import config

#: the files beside this one that have functions for :func:`find`
MODULES = [
    import_module(f"benchmarks.inside.{name}")
    for name in (
        "bill",
        "member",
        "payment_books",
        "payments",
        "payments_chaos",
        "printing",
        "sourcing",
        "stock",
        "tills",
    )
]


def find(name):
    return next(getattr(it, name) for it in MODULES if hasattr(it, name))


def main():
    # Odoo and its libraries may print: the answers have a channel of their own
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    config.parse_config(sys.argv[1:], setup_logging=True)
    registry = Registry(config["db_name"][0])
    for line in sys.stdin:
        request = json.loads(line)
        try:
            function = find(request["call"])
            answer = {"result": function(registry, **request["with"])}
        except Exception:
            answer = {"error": traceback.format_exc()}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
