"""``odoo-bin --addons-path=... o2o_box --config box.ini``: the box, as Odoo starts it.

Needs no database; the process imports nothing of the server but this command.
"""

import sys
from pathlib import Path

from odoo.cli import Command


class O2oBox(Command):
    """Drive the printers of a store: the box of o2o_pos_device"""

    name = "o2o_box"

    def run(self, args):
        """Hand over to the box; its exit code is ours."""
        lib = Path(__file__).resolve().parent.parent / "iot_handlers" / "lib"
        sys.path.insert(0, str(lib))
        # found only now: the box is a library of its own
        from o2o_box.cli import main

        sys.exit(main(args))
