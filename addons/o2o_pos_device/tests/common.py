from datetime import timedelta

from odoo import fields
from odoo.tests import freeze_time

from odoo.addons.o2o_order.tests.common import O2oOrderCase

from ..iot_handlers.lib.o2o_box.paper import interpret
from ..iot_handlers.lib.o2o_box.render import render
from .cloud_simulator import FeieCloud, YilianyunCloud


class DeviceCase(O2oOrderCase):
    """The chain of the order tests, with a paired box and a printer in NEAR."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.lang = "en_US"
        cls.box = cls._create_box("Near box", cls.near)
        cls.printer = cls._create_printer(cls.box)
        cls.token = cls._pair(cls.box)

    @classmethod
    def _create_box(cls, name, store):
        return cls.env["o2o.box"].create({"name": name, "store_id": store.id})

    @classmethod
    def _create_printer(cls, box, **vals):
        return cls.env["o2o.printer"].create(
            {
                "name": "Counter",
                "box_id": box.id,
                "connection": "network",
                "host": "192.0.2.9",
                "port": 9100,
                **vals,
            }
        )

    @classmethod
    def _pair(cls, box):
        """Pair ``box`` and return its token."""
        code = box._create_pairing_code()
        answer, _status = cls.env["o2o.box"].sudo()._pair({"code": code}, "192.0.2.1")
        return answer["token"]

    def _place_near(self, **kwargs):
        """An order waiting in the store with the printer."""
        fulfillment = self._place(**kwargs)
        self.assertEqual(fulfillment.store_id, self.near)
        return fulfillment

    def _accept(self, fulfillment=None):
        """Accept at the till; return the order slip's job."""
        fulfillment = fulfillment or self._place_near()
        answer = self._act(self.cashier, self.near, fulfillment, "accept")
        self.assertEqual(answer["status"], "ok", answer["message"])
        return fulfillment.print_job_ids

    def _assert_fits(self, payload, *words):
        """On both papers: no line is too long, and the words come back."""
        for width in (58, 80):
            papers = interpret(render(payload, width), width)
            self.assertEqual({paper.overflows for paper in papers}, {0})
            printed = "".join("".join(paper.text() for paper in papers).split())
            for word in words:
                self.assertIn("".join(word.split()), printed, f"{width} mm")

    def _give_back(self, fulfillment, reason):
        """Collected, paid, and one piece brought back to the till."""
        self._accept(fulfillment)
        fulfillment._mark_shipped("SF1234567890")
        fulfillment._mark_received()
        fulfillment.is_collected = True
        answer = self._act(
            self.cashier,
            self.near,
            fulfillment,
            "return_goods",
            lines={str(fulfillment.line_ids.id): 1},
            reason=reason,
        )
        self.assertEqual(answer["status"], "ok", answer["message"])
        return fulfillment


class CloudCase(DeviceCase):
    """NEAR prints in the cloud of ``cloud_class``; its box has no printer."""

    cloud_class = FeieCloud
    cloud_kind = "feie"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.printer.active = False
        cls.account = cls.env["o2o.cloud.account"].create(
            {
                "name": "Shop",
                "kind": cls.cloud_kind,
                "company_id": cls.near.company_id.id,
                "user": cls.cloud_class.user,
                "secret": cls.cloud_class.secret,
            }
        )
        cls.cloud_printer = cls._create_cloud_printer()

    @classmethod
    def _create_cloud_printer(cls, **vals):
        return cls.env["o2o.printer"].create(
            {
                "name": "Cloud",
                "store_id": cls.near.id,
                "connection": cls.cloud_kind,
                "cloud_account_id": cls.account.id,
                "cloud_number": "460012345",
                "cloud_key": "abcd1234",
                **vals,
            }
        )

    def setUp(self):
        super().setUp()
        self.cloud = self.cloud_class().start()
        self.addCleanup(self.cloud.stop)
        self.cloud.add_printer()
        self.env["ir.config_parameter"].set_param(
            f"o2o_pos_device.{self.cloud_kind}_url", self.cloud.url
        )
        self.start = fields.Datetime.now()

    def _run(self, seconds=0):
        """The job of the clouds, so many seconds after the start."""
        cron = self.env.ref("o2o_pos_device.o2o_printer_cron_clouds")
        with self._at(seconds), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()

    def _at(self, seconds):
        # real time goes on: signatures hold it
        return freeze_time(self.start + timedelta(seconds=seconds), tick=True)

    def _names(self):
        return [name for name, _form in self.cloud.calls]


class YilianyunCase(CloudCase):
    cloud_class = YilianyunCloud
    cloud_kind = "yilianyun"
