import base64
import io

import openpyxl

from odoo.tests import Form, HttpCase, TransactionCase, tagged

from ..lib.ship_file import read_ship_file, write_ship_file
from .common import O2oOrderCase

COLUMNS = ["Fulfillment", "Order", "Courier", "Tracking number"]


@tagged("post_install", "-at_install")
class TestShipFileReader(TransactionCase):
    """The file itself, without orders (ORD-11)."""

    def _read(self, text):
        return read_ship_file(text.encode())

    def test_written_file_is_read_back(self):
        content = write_ship_file("To ship", COLUMNS, [["F1", "S1", "SF", "=1+1"]])
        [parcel] = read_ship_file(content).parcels
        self.assertEqual((parcel.number, parcel.tracking), ("F1", "=1+1"))

    def test_rows_left_empty_wait_for_another_day(self):
        result = self._read("Fulfillment,Courier,Tracking\nF1,,\nF2,SF,77")
        self.assertEqual([parcel.number for parcel in result.parcels], ["F2"])
        self.assertFalse(result.problems)

    def test_chinese_header_and_order_of_columns(self):
        result = self._read("运单号,发货单号,快递公司\n77,F2,顺丰")
        [parcel] = result.parcels
        self.assertEqual(
            (parcel.number, parcel.courier, parcel.tracking), ("F2", "顺丰", "77")
        )

    def test_bad_rows_say_why(self):
        result = self._read("F1,SF,\n,SF,77\nF2,SF,1\nF2,SF,2\nF3,SF," + "9" * 65)
        self.assertEqual(
            [reason for _line, _number, reason in result.problems],
            ["tracking_missing", "number_missing", "duplicate", "tracking_length"],
        )

    def test_number_cut_by_excel_is_refused(self):
        book = openpyxl.Workbook()
        book.active.append(["Fulfillment", "Courier", "Tracking"])
        book.active.append(["F1", "SF", 1234567890123456789])
        stream = io.BytesIO()
        book.save(stream)
        [problem] = read_ship_file(stream.getvalue()).problems
        self.assertEqual(problem[2], "tracking_precision")


@tagged("post_install", "-at_install")
class TestShipFile(O2oOrderCase, HttpCase):
    """Many parcels with one file: dry run, then the good rows (ORD-11)."""

    def setUp(self):
        super().setUp()
        self.parts = self._place()
        for _part in range(2):
            self.parts |= self._place()
        self.parts._mark_accepted()

    def _upload(self, rows, user=None):
        content = write_ship_file("x", COLUMNS, rows)
        wizard = self.env["o2o.ship.file"].with_user(user or self.head_office_user)
        form = Form(wizard)
        form.file = base64.b64encode(content)
        return form.save()

    def _rows(self, *trackings):
        return [
            [part.name, part.order_id.name, "顺丰", tracking]
            for part, tracking in zip(self.parts, trackings, strict=False)
        ]

    def test_dry_run_ships_nothing_and_names_bad_rows(self):
        """ORD-11: unknown number, wrong state, pick-up, then only the good ones."""
        self.parts[2]._mark_cancelled()
        wizard = self._upload(
            [*self._rows("SF1", "SF2", "SF3"), ["F999", "S1", "顺丰", "SF4"]]
        )
        wizard.action_check()
        self.assertEqual((wizard.good_count, wizard.problem_count), (2, 2))
        self.assertEqual(self.parts[:2].mapped("state"), ["accepted", "accepted"])
        bad = wizard.line_ids.filtered(lambda line: line.status == "bad")
        self.assertIn("Cancelled", bad[0].reason)
        self.assertEqual(bad[1].reason, "Unknown number")
        wizard.action_ship()
        self.assertEqual(
            self.parts.mapped("state"), ["shipped", "shipped", "cancelled"]
        )
        self.assertEqual(self.parts[0].carrier_tracking_ref, "SF1")
        self.assertEqual(self.parts[0].courier_name, "顺丰")
        self.assertEqual(self.parts[0].picking_ids.state, "done")
        self.assertEqual(self.parts[0].event_ids[-1].user_id, self.head_office_user)

    def test_second_upload_ships_nothing_twice(self):
        """ORD-11: the same file again says "shipped before" and changes nothing."""
        rows = self._rows("SF1", "SF2", "SF3")
        self._upload(rows).action_ship()
        events = len(self.parts.event_ids)
        wizard = self._upload(rows)
        wizard.action_check()
        self.assertEqual((wizard.good_count, wizard.known_count), (0, 3))
        wizard.action_ship()
        self.assertEqual(len(self.parts.event_ids), events)
        other = self._upload(self._rows("OTHER"))
        other.action_check()
        self.assertEqual(other.problem_count, 1)

    def test_cashier_ships_the_own_store_only(self):
        """ORD-11, SYS-05: "not your store", and nothing of that order is shown."""
        self.parts[2]._mark_pooled()
        self.parts[2]._send_to_store(self.far, "x")
        self.parts[2]._mark_accepted()
        wizard = self._upload(self._rows("SF1", "SF2", "SF3"), self.cashier)
        wizard.action_check()
        self.assertEqual((wizard.good_count, wizard.problem_count), (2, 1))
        foreign = wizard.line_ids[-1]
        self.assertEqual(foreign.reason, "Order of another store")
        self.assertFalse(foreign.fulfillment_id)
        wizard.action_ship()
        self.assertEqual(self.parts.mapped("state"), ["shipped", "shipped", "accepted"])

    def test_download_lists_what_the_user_may_ship(self):
        """ORD-11: the file to fill in, by role."""
        self.parts[2]._mark_pooled()
        self.parts[2]._send_to_store(self.far, "x")
        self.parts[2]._mark_accepted()
        numbers = {}
        for login in ("o2o_cashier", "o2o_head_office"):
            self.authenticate(login, login)
            response = self.url_open("/o2o/order/to_ship.xlsx")
            self.assertEqual(response.status_code, 200)
            sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
            rows = list(sheet.iter_rows(min_row=2, values_only=True))
            numbers[login] = {row[0] for row in rows}
        self.assertTrue(set(self.parts[:2].mapped("name")) <= numbers["o2o_cashier"])
        self.assertNotIn(self.parts[2].name, numbers["o2o_cashier"])
        self.assertIn(self.parts[2].name, numbers["o2o_head_office"])

    def test_download_is_for_staff(self):
        self.authenticate("o2o_test_member", "o2o_test_member")
        response = self.url_open("/o2o/order/to_ship.xlsx")
        self.assertNotEqual(response.status_code, 200)
