from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from ..const import DISPLAY_CHANGE_SECONDS, DISPLAY_TOTAL_SECONDS
from ..iot_handlers.lib.o2o_box import escpos_zh
from .common import DeviceCase


@tagged("post_install", "-at_install")
class TestDisplay(DeviceCase):
    """POS-05: the customer display of a till shows the total and the change."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.till = cls.near.pos_config_ids
        cls.till.open_ui()
        cls.display = cls.env["o2o.display"].create(
            {
                "name": "Counter",
                "box_id": cls.box.id,
                "config_id": cls.till.id,
                "device": "/dev/ttyUSB0",
                "welcome": "观山湖旗舰店",
            }
        )

    def _show(self, *args, user=None, till=None):
        displays = self.env["o2o.display"].with_user(user or self.cashier)
        return displays.pos_show((till or self.till).id, *args)

    def _lines(self):
        [sent] = self.box.sudo()._sync({})["displays"]
        return sent["lines"]

    def _compact(self):
        return ["".join(line.split()) for line in self._lines()]

    def test_box_gets_the_display(self):
        [sent] = self.box.sudo()._sync({})["displays"]
        self.assertEqual(
            sent,
            {
                "id": self.display.id,
                "connection": "serial",
                "device": "/dev/ttyUSB0",
                "baudrate": 9600,
                "lines": ["观山湖旗舰店"],
            },
        )

    def test_total_then_change(self):
        self.assertTrue(self._show("total", 1299.5))
        label, amount = self._compact()
        self.assertEqual(label, "Topay")
        self.assertIn("1,299.50", amount)
        self.assertTrue(self._show("change", 1300, 0.5))
        paid, change = self._compact()
        self.assertTrue(paid.startswith("Paid") and "1,300.00" in paid)
        self.assertTrue(change.startswith("Change") and "0.50" in change)

    def test_lines_fill_the_display_and_never_more(self):
        for amount in (0, 99.5, 123456789.99):
            self._show("change", amount, amount)
            lines = self._lines()
            self.assertEqual([escpos_zh.cells(line) for line in lines], [20, 20])
        self.assertTrue(all("123,456,789.99" in line for line in lines))

    def test_it_speaks_the_language_of_the_store(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.company.partner_id.lang = "zh_CN"
        self._show("total", 5)
        self.assertEqual(self._compact()[0], "应收")

    def test_what_is_over_is_not_shown(self):
        now = fields.Datetime.now()
        for kind, seconds in (
            ("change", DISPLAY_CHANGE_SECONDS),
            ("total", DISPLAY_TOTAL_SECONDS),
        ):
            with freeze_time(now):
                self._show(kind, 5)
            with freeze_time(now + timedelta(seconds=seconds - 1)):
                self.assertEqual(len(self._lines()), 2)
            with freeze_time(now + timedelta(seconds=seconds + 1)):
                self.assertEqual(self._lines(), ["观山湖旗舰店"])

    def test_nonsense_of_a_till_is_not_shown(self):
        for args in (
            ("total", float("nan")),
            ("total", float("inf")),
            ("total", 1e12),
            ("total", "5"),
            ("total", True),
            ("change", 5, None),
            ("<b>", 5),
        ):
            self.assertFalse(self._show(*args))
        self.assertEqual(self._lines(), ["观山湖旗舰店"])

    def test_till_knows_its_display(self):
        self.assertTrue(self.till.with_user(self.cashier).o2o_has_display)
        far = self._till(self.far)
        self.assertFalse(far.o2o_has_display)
        far.open_ui()
        self.assertFalse(self._show("total", 5, user=self.cashier_far, till=far))

    def test_box_tells_whether_it_is_plugged_in(self):
        for is_online in (True, False, True):
            report = {"id": self.display.id, "is_online": is_online}
            self.box.sudo()._sync({"displays": [report]})
            self.assertEqual(self.display.is_online, is_online)
        self.box.last_seen_at = "2020-01-01"
        self.assertFalse(self.display.is_online)
        for nonsense in (7, {"id": "x"}, {"id": [1]}, {"id": 0, "is_online": True}):
            self.box.sudo()._sync({"displays": [nonsense]})
        self.box.sudo()._sync({"displays": "x"})
        self.assertTrue(self.display.is_connected)

    # === attacks === #

    def test_only_the_staff_of_the_store_writes_on_it(self):
        nobody = new_test_user(self.env, "o2o_no_till", groups="base.group_user")
        for user in (self.cashier_far, nobody):
            with self.assertRaises(AccessError):
                self._show("total", 5, user=user)
        with self.assertRaises(AccessError):
            self.display.with_user(self.cashier).write({"device": "/dev/sda"})
        with self.assertRaises(AccessError):
            self.display.with_user(self.cashier).write({"shown_lines": ["x"]})

    def test_closed_till_writes_nothing(self):
        till = self.env["pos.config"].create(
            {"name": "NEAR 2", "o2o_store_id": self.near.id}
        )
        with self.assertRaises(UserError):
            self._show("total", 5, till=till)

    def test_other_store_sees_no_display(self):
        displays = self.env["o2o.display"]
        self.assertTrue(displays.with_user(self.cashier).search([]))
        self.assertFalse(displays.with_user(self.cashier_far).search([]))

    def test_box_of_another_store_tells_nothing(self):
        far_box = self._create_box("Far box", self.far)
        report = {"id": self.display.id, "is_online": True}
        answer = far_box.sudo()._sync({"displays": [report]})
        self.assertFalse(self.display.is_connected)
        self.assertEqual(answer["displays"], [])

    # === settings === #

    def test_wrong_settings_are_refused(self):
        for vals in (
            {"device": "/etc/passwd"},
            {"device": False},
            {"config_id": self._till(self.far).id},
        ):
            with self.assertRaises(ValidationError):
                self.display.write(vals)

    def test_a_till_has_one_display(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.cr.savepoint(),
        ):
            self.display.copy({"name": "Second"}).flush_recordset()
