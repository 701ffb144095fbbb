"""Starts Odoo for the runner.

A file of its own, not ``python -m odoo``: with worker processes Odoo starts its
websocket server by running ``sys.argv[0]`` again, which a module's path cannot be.
"""

import odoo.cli

if __name__ == "__main__":
    odoo.cli.main()
