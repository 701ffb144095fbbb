import hashlib

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..iot_handlers.lib.o2o_box.till import MAX_DOCUMENT
from ..receipts.blocks import cut, drawer, text
from .common import DeviceCase

UID = "sale-0f8fad5b-d9cb-469f-a165-70867728950e"
LOGGER = "odoo.addons.o2o_pos_device.models.o2o_box_local"


@tagged("post_install", "-at_install")
class TestLocal(DeviceCase):
    """POS-04: the box beside a till; what was printed without this server."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.till = cls.near.pos_config_ids[:1]
        cls.till.open_ui()
        cls.box.local_config_ids = cls.till

    def _sync(self, **data):
        return self.box.sudo()._sync(data)

    def _slip(self, uid=UID, state="received", **values):
        slip = {
            "till_id": self.till.id,
            "printer_id": self.printer.id,
            "document": {"version": 1, "blocks": [text("小票 ￥99.50"), cut()]},
            **values,
        }
        ack = {"id": 7, "uid": uid, "state": state, "error": "", "age": 3, "slip": slip}
        return ack

    def _tell(self, *acks):
        self.assertEqual(len(self._sync(acks=list(acks))["acks"]), len(acks))
        return self.env["o2o.print.job"].search([("uid", "=like", "sale-%")])

    def _get_local(self, user=None, till=None):
        boxes = self.env["o2o.box"].with_user(user or self.cashier)
        return boxes.pos_get_local((till or self.till).id)

    def test_till_and_box_agree_on_a_key(self):
        answer = self._get_local()
        self.assertEqual(answer["url"], "http://127.0.0.1:9182")
        [told] = self._sync()["tills"]
        given = hashlib.sha256(answer["key"].encode()).hexdigest()
        self.assertEqual(
            told,
            {
                "id": self.till.id,
                "key_hash": given,
                "printer_id": self.printer.id,
                "readers": [],
            },
        )
        # neither is on the disk
        self.assertNotIn(answer["key"], str(self.box.sudo().read()))

    def test_key_ends_with_the_box(self):
        before = self._get_local()["key"]
        self.box.action_revoke()
        self.assertEqual(self._get_local(), {})
        self._pair(self.box)
        self.assertNotEqual(self._get_local()["key"], before)

    def test_key_is_of_one_till_at_one_box(self):
        box = self._create_box("Second", self.near)
        self._pair(box)
        key = self.box.sudo()._get_local_key(self.till)
        self.assertNotEqual(box.sudo()._get_local_key(self.till), key)
        other = self.till.copy()
        self.assertNotEqual(self.box.sudo()._get_local_key(other), key)

    def test_strangers_get_no_key(self):
        with self.assertRaises(AccessError):
            self._get_local(self.cashier_far)
        nobody = new_test_user(self.env, "o2o_local_nobody", groups="base.group_user")
        with self.assertRaises(AccessError):
            self._get_local(nobody)

    def test_words_of_the_store_come_along(self):
        self.near.write({"slip_header": "买酒上门", "slip_footer": "欢迎再来"})
        answer = self._get_local()
        self.assertEqual([block["text"] for block in answer["above"]], ["买酒上门"])
        self.assertEqual([block["text"] for block in answer["below"]], ["欢迎再来"])

    def test_till_of_another_store_or_box_is_refused(self):
        far = self.far.pos_config_ids or self.till.copy({"name": "Far"})
        with self.assertRaises(ValidationError):
            self.box.local_config_ids = far
        box = self._create_box("Second", self.near)
        with self.assertRaises(ValidationError):
            box.local_config_ids = self.till

    def test_address_is_the_own_machine_or_encrypted(self):
        for good in ("http://localhost:9182", "https://box.store.lan:9182"):
            self.box.local_url = good
        for bad in (
            "http://192.168.1.9:9182",
            "http://127.0.0.1.evil.com:9182",
            "https://",
            "https://user@box.lan",
            "https://box.lan/path",
            "javascript:alert(1)",
            False,
        ):
            with self.assertRaises(ValidationError):
                self.box.local_url = bad

    def test_slip_without_internet_is_written_down_once_and_not_sent(self):
        job = self._tell(self._slip(), self._slip(state="printing"))
        self.assertRecordValues(
            job,
            [
                {
                    "state": "printing",
                    "document_type": "sale_slip",
                    "box_id": self.box.id,
                    "printer_id": self.printer.id,
                    "store_id": self.near.id,
                    "reprint_number": 0,
                }
            ],
        )
        self.assertIn("小票 ￥99.50", job.preview_text)
        self.assertFalse(job.can_reprint)
        # a repeated answer, and the end of it: one row, and the box gets nothing
        self.assertEqual(self._tell(self._slip(), self._slip(state="printed")), job)
        self.assertEqual(job.state, "printed")
        self.assertEqual(self._sync()["jobs"], [])

    def test_copy_has_its_number(self):
        self.assertEqual(self._tell(self._slip(f"{UID}-2")).reprint_number, 2)

    def test_slip_that_waits_goes_to_no_other_printer_by_itself(self):
        """The box away with the slip in its spool: a second one would come out."""
        fallback = self._create_printer(self._create_box("Second", self.near))
        self.printer.write({"fallback_id": fallback.id, "fallback_minutes": 0})
        job = self._tell(self._slip())
        self.box.sudo().last_seen_at = False
        self._pair(fallback.box_id)
        fallback.box_id._sync({"printers": [{"id": fallback.id, "status": "online"}]})
        with self.enter_registry_test_mode():
            self.env.ref(
                "o2o_pos_device.o2o_print_job_cron_fallback"
            ).method_direct_trigger()
        self.assertEqual(job.state, "received")

    def test_box_can_write_down_nothing_else(self):
        """A box in wrong hands: other tills, printers, keys of the server's slips."""
        order = self._accept()
        far_printer = self._create_printer(self._create_box("Far box", self.far))
        long = [text("x" * 1000) for _n in range(MAX_DOCUMENT // 400)]
        wrong = [
            self._slip(order.uid),
            self._slip("sale-1"),
            self._slip(till_id=self.till.id + 1000),
            self._slip(till_id=str(self.till.id)),
            self._slip(printer_id=far_printer.id),
            self._slip(document={"version": 1, "blocks": [drawer(2)]}),
            self._slip(document={"version": 1, "blocks": long}),
            self._slip(document=[]),
            self._slip(document=None),
            {**self._slip(), "slip": []},
        ]
        with mute_logger(LOGGER):
            for ack in wrong:
                self.assertFalse(self._tell(ack), ack)
        self.box.local_config_ids = False
        with mute_logger(LOGGER):
            self.assertFalse(self._tell(self._slip()))
