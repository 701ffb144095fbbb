from odoo.tests import tagged

from .common import DeviceCase


@tagged("post_install", "-at_install")
class TestNewDevice(DeviceCase):
    """POS-05: setting up a device in the back office."""

    def test_a_new_record_may_choose_what_its_company_comes_from(self):
        """Checked against a company that is not known yet, the list would be empty."""
        for name, model in self.env.registry.items():
            company = model._fields.get("company_id")
            if name.startswith("o2o.") and company and company.related:
                origin = model._fields[company.related.split(".")[0]]
                self.assertFalse(
                    getattr(origin, "check_company", False), f"{name}.{origin.name}"
                )

    def test_port_follows_the_connection(self):
        values = {"name": "New", "box_id": self.box.id, "host": "192.168.1.50"}
        printer = self.env["o2o.printer"].create(values)
        self.assertEqual(printer.port, 9100)
        printer.port = 9101
        printer.name = "Renamed"
        self.assertEqual(printer.port, 9101)
        virtual = self.env["o2o.printer"].create(
            {"name": "Two", "box_id": self.box.id, "connection": "virtual", "port": 2}
        )
        self.assertEqual(virtual.port, 2)

    def test_what_is_wrong_with_a_printer_is_said_where_its_slips_wait(self):
        job = self._accept()

        def report(status, **more):
            row = {"id": self.printer.id, "status": status, **more}
            self.box.sudo()._sync({"printers": [row]})

        report("offline", problem="cannot connect to the printer")
        self.assertEqual(self.printer.problem, "cannot connect to the printer")
        self.assertEqual(job.printer_problem, "cannot connect to the printer")
        report("online", problem="")
        self.assertFalse(job.printer_problem)
        report("offline", problem=["no text"])
        self.assertFalse(self.printer.problem)
