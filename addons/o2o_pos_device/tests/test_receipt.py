import base64
import io

from PIL import Image

from odoo.tests import tagged

from ..iot_handlers.lib.o2o_box import document
from .common import DeviceCase


@tagged("post_install", "-at_install")
class TestReceipt(DeviceCase):
    """POS-04: what the slips say."""

    def _slip(self, document_type="order_slip"):
        """The job of a slip of a fresh order with a remark."""
        fulfillment = self._place_near(o2o_note="放门卫处 ¥")
        self._accept(fulfillment)
        if document_type == "shipping_slip":
            fulfillment._mark_shipped("SF123")
        return fulfillment.print_job_ids.filtered(
            lambda job: job.document_type == document_type
        )

    def test_every_slip_fits_both_papers(self):
        """POS-04, POS-07, PTS-08: long names in Chinese, Latin and with ¥."""
        name = "贵州茅台酒Kweichow Moutai飞天53度500ml×6瓶礼盒装¥2998（含运费）" * 2
        self.product.name = name
        self.near.name = "贵阳市观山湖区Guanshanhu Flagship Store旗舰店" * 2
        fulfillment = self._place_near(o2o_note="放门卫处¥，call me 13900000001" * 4)
        self._give_back(fulfillment, "瓶盖破损leaking¥" * 3)
        self.printer.name = "前台Counter" * 4
        self.printer.action_print_test()
        jobs = self.env["o2o.print.job"].search([("store_id", "=", self.near.id)])
        by_type = {job.document_type: job for job in jobs}
        self.assertEqual(
            set(by_type), {"order_slip", "shipping_slip", "return_slip", "test"}
        )
        printed_name = name.replace("¥", "￥")
        for kind in ("order_slip", "shipping_slip", "return_slip"):
            self._assert_fits(by_type[kind].payload, self.near.name)
        self._assert_fits(by_type["order_slip"].payload, printed_name)
        self._assert_fits(by_type["return_slip"].payload, printed_name)
        self._assert_fits(by_type["test"].payload, self.printer.name, "￥99.50")

    def test_order_slip_says_all_the_store_needs(self):
        job = self._slip()
        document.check(job.payload)
        order = job._get_source_sudo().order_id
        for words in (
            "Order slip",
            self.near.name,
            order.name,
            "Store delivery",
            "Member 张三",
            "13900000001",
            "贵阳市观山湖区 长岭南路 8 号",
            "坤沙大曲 53度",
            "200.00",
            "400.00",
            "To collect",
            "放门卫处 ￥",
            f"[CODE128 {order.name}]",
        ):
            self.assertIn(words, job.preview_text)

    def test_shipping_slip_says_who_gets_what_from_whom(self):
        job = self._slip("shipping_slip")
        for words in (
            "Shipping slip",
            "1 Test Road",
            "13900000001",
            "SF123",
            "x 2",
            "Received by",
        ):
            self.assertIn(words, job.preview_text)
        # prices of single goods are no business of the courier
        self.assertNotIn("200.00", job.preview_text)

    def test_paid_order_collects_nothing(self):
        fulfillment = self._place_near()
        fulfillment.order_id.transaction_ids.state = "done"
        job = self._accept(fulfillment)
        self.assertNotIn("To collect", job.preview_text)

    def test_slip_speaks_the_language_of_the_company(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"]._load_module_terms(["o2o_pos_device"], ["zh_CN"])
        self.company.partner_id.lang = "zh_CN"
        self.cashier.lang = "en_US"
        job = self._slip()
        self.assertIn("订单小票", job.preview_text)
        self.assertIn("张三", job.preview_text)
        self.assertNotIn("Order slip", job.preview_text)
        self.assertIn("补打", job._prepare_box_dict()["banner"])

    def test_picture_is_as_wide_as_the_paper(self):
        job = self._slip()
        for width, pixels in (("80", 608), ("58", 416)):
            self.printer.paper_width = width
            job.invalidate_recordset(["preview_image", "preview_text"])
            picture = Image.open(io.BytesIO(base64.b64decode(job.preview_image)))
            self.assertEqual(picture.width, pixels)

    def test_remark_cannot_send_printer_commands(self):
        fulfillment = self._place_near(o2o_note="a\x1bp\x01\x19\x1dV\x01b")
        job = self._accept(fulfillment)
        self.assertIn("Remark: apVb", job.preview_text)
        # one paper: the cut in the remark did not happen
        self.assertNotIn("\n\n\n\n", job.preview_text)

    def test_time_is_the_time_of_the_store(self):
        fulfillment = self._place_near()
        self.near.calendar_id = self.env["resource.calendar"].create(
            {"name": "Shanghai", "tz": "Asia/Shanghai"}
        )
        self._accept(fulfillment)
        fulfillment.accepted_at = "2026-01-01 10:00:00"
        payload = self.env["o2o.receipt"]._build("order_slip", fulfillment, self.near)
        texts = [block.get("text") for block in payload["blocks"]]
        self.assertIn("Time: 2026-01-01 18:00", texts)

    def test_order_number_that_is_no_barcode_becomes_a_qr_code(self):
        fulfillment = self._place_near()
        fulfillment.order_id.name = "订单-1"
        job = self._accept(fulfillment)
        self.assertIn("[QR 订单-1]", job.preview_text)
