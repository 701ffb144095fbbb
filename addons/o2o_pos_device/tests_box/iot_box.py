"""A stock Odoo IoT box without its metal: run with Odoo on ``PYTHONPATH``.

``python iot_box.py FOLDER HANDLERS``: loads the handlers as the box does, lets the
interface find the printers of ``FOLDER/o2o_printers.ini``, then takes calls as JSON
lines and answers each with a JSON line. The box's own manager, which asks for networks
and certificates, is never started.
"""

import importlib.util
import json
import sys
import threading
import types
from pathlib import Path


def stub(name, **values):
    module = types.ModuleType(name)
    vars(module).update(values)
    sys.modules.setdefault(name, module)


def main(folder, handlers):
    # the box keeps its files beside the folder its program starts in
    sys.path.insert(0, str(Path(folder) / "odoo"))
    # packages of the box's image; the first is its clock, the second its network card
    stub("schedule")
    stub("netifaces", gateways=dict, interfaces=list, AF_INET=2, AF_LINK=17)
    start = threading.Thread.start

    def start_ours(self):
        if not type(self).__module__.startswith("odoo.addons.iot_drivers."):
            start(self)

    threading.Thread.start = start_ours
    from odoo.addons.iot_drivers import event_manager as events
    from odoo.addons.iot_drivers.main import interfaces, iot_devices
    from odoo.addons.iot_drivers.tools import helpers

    threading.Thread.start = start
    events.send_to_controller = lambda *_args, **_kwargs: None
    for kind in ("interfaces", "drivers"):
        for path in sorted(Path(handlers, kind).glob("*.py")):
            name = helpers.compute_iot_handlers_addon_name(kind, path.name)
            spec = importlib.util.spec_from_file_location(name, path)
            spec.loader.exec_module(importlib.util.module_from_spec(spec))
    interface = interfaces["O2oPrinterInterface"]()
    for line in sys.stdin:
        request = json.loads(line)
        interface.update_iot_devices(interface.get_devices())
        device = iot_devices.get(request.pop("device", None))
        if device:
            device.action(request)
        answer = {
            "devices": {
                key: [it.device_type, it.device_name, it.device_connection]
                for key, it in iot_devices.items()
            },
            "events": [event.get("job") for event in events.event_manager.events],
        }
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


main(*sys.argv[1:])
