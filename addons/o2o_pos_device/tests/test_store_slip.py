import base64
import io

from PIL import Image

from odoo.exceptions import ValidationError
from odoo.tests import Form, new_test_user, tagged

from ..iot_handlers.lib.o2o_box import document
from .common import DeviceCase


def picture(size=(1200, 600), color="black", mode="RGBA"):
    buffer = io.BytesIO()
    Image.new(mode, size, color).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue())


@tagged("post_install", "-at_install")
class TestStoreSlip(DeviceCase):
    """POS-05: a store's own words and logo on its slips."""

    def _types(self, job):
        return [block["type"] for block in job.payload["blocks"]]

    def test_logo_words_and_barcode_of_the_store(self):
        self.near.write(
            {
                "slip_logo": picture(),
                "slip_header": "百年老店 Since 1926",
                "slip_footer": "七天无理由退货，凭小票 ¥",
                "slip_has_barcode": False,
            }
        )
        job = self._accept()
        document.check(job.payload)
        types = self._types(job)
        self.assertEqual(types[0], "image")
        self.assertEqual(types[-1], "cut")
        self.assertNotIn("barcode", types)
        lines = job.preview_text.splitlines()
        self.assertEqual(lines[0].strip(), "百年老店 Since 1926")
        self.assertEqual(lines[-1].strip(), "七天无理由退货，凭小票 ￥")
        self._assert_fits(job.payload, "百年老店 Since 1926", "Order slip")
        # a small picture travels, whatever was uploaded
        self.assertLess(len(job.payload["blocks"][0]["data"]), 4000)

    def test_store_that_adds_nothing_prints_as_before(self):
        types = self._types(self._accept())
        self.assertEqual(types[0], "text")
        self.assertIn("barcode", types)

    def test_reprint_mark_stays_near_the_top(self):
        self.near.slip_logo = picture()
        job = self._accept()
        job._mark_printed()
        again = job.sudo()._reprint()
        self.assertIn("Reprint no. 1", "".join(again.preview_text.splitlines()[:3]))

    def test_test_page_is_plain(self):
        self.near.slip_header = "百年老店"
        self.printer.action_print_test()
        job = self.env["o2o.print.job"].search(
            [("document_type", "=", "test")], limit=1
        )
        self.assertNotIn("百年老店", job.preview_text)

    def test_preview_follows_the_form(self):
        """What is typed is seen before it is saved."""
        manager = new_test_user(
            self.env,
            "o2o_slip_manager",
            groups="base.group_user,o2o_order.o2o_order_group_manager",
        )
        with Form(self.near.with_user(manager)) as form:
            before = form.slip_preview
            form.slip_footer = "欢迎再来"
            self.assertNotEqual(form.slip_preview, before)
        self.assertEqual(self.near.slip_footer, "欢迎再来")

    def test_what_cannot_be_printed_is_refused(self):
        for values in (
            {"slip_logo": base64.b64encode(b"no picture")},
            {"slip_logo": picture((9000, 10), "white", "1")},
            {"slip_footer": "长" * 501},
        ):
            with self.assertRaises(ValidationError):
                self.near.write(values)
