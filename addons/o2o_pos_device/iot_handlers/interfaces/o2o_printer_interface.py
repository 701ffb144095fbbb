"""Printers of ``o2o_printers.ini`` for a stock Odoo IoT box (POS-04).

The file lies beside the box's ``odoo.conf``; see docs/devices.md.
"""

import logging
import sys
from pathlib import Path

from odoo.addons.iot_drivers.interface import Interface
from odoo.addons.iot_drivers.tools import helpers

_LIB = str(Path(__file__).parent.parent / "lib")
if _LIB not in sys.path:
    # at the end: the box takes its own folder from the first entry
    sys.path.append(_LIB)

from o2o_box.iot import SettingsError, load_printers  # noqa: E402

_logger = logging.getLogger(__name__)


class O2oPrinterInterface(Interface):
    connection_type = "o2o_printer"
    _problem = ""

    def get_devices(self):
        """The printers named now; an error here would end the thread for good."""
        try:
            found, problem = load_printers(helpers.path_file("o2o_printers.ini")), ""
        except (SettingsError, OSError) as error:
            # half a file is no reason to take working printers away
            found, problem = getattr(self, "_found", {}), str(error)
        if problem and problem != self._problem:
            _logger.error("%s", problem)
        self._found, self._problem = found, problem
        return found
