import base64
import io
from pathlib import Path
from unittest.mock import patch

import openpyxl

from odoo.exceptions import AccessError
from odoo.tests import BaseCase, HttpCase, tagged

from ..lib.card_file import read_card_file
from ..lib.card_result import write_result
from .common import MemberCommon

FILES = Path(__file__).parent / "files"
CARDS = [("88000001", "012345"), ("88000002", "999999"), ("88000003", "000007")]


@tagged("post_install", "-at_install")
class TestSpreadsheetFiles(BaseCase):
    """Files saved by LibreOffice Calc 7.4, as a person would."""

    def test_text_columns(self):
        """CARD-01: .xlsx, .xls, UTF-16 and GB18030 text of a spreadsheet program."""
        for name in (
            "calc_text.xlsx",
            "calc_text.xls",
            "calc_utf16.txt",
            "calc_gb18030.csv",
        ):
            with self.subTest(name=name):
                result = read_card_file((FILES / name).read_bytes())
                self.assertEqual(result.problems, [])
                self.assertEqual([(r.number, r.code) for r in result.rows], CARDS)

    def test_numbers_lost_their_zeros(self):
        """CARD-01: a column left as numbers is reported row by row."""
        for name in ("calc_numbers.xlsx", "calc_numbers.xls"):
            with self.subTest(name=name):
                result = read_card_file((FILES / name).read_bytes())
                self.assertEqual(
                    [(p.line, p.number, p.reason) for p in result.problems],
                    [(2, "88000001", "code_zeros"), (4, "88000003", "code_zeros")],
                )

    def test_utf16_without_mark(self):
        """CARD-01: UTF-16 without byte order mark, also below a Chinese header."""
        for header in ("", "卡号,激活码\n", "会员卡的卡号,会员卡背面的激活码\n"):
            text = header + "".join(f"{number},{code}\n" for number, code in CARDS)
            for encoding in ("utf-16-le", "utf-16-be"):
                with self.subTest(header=header, encoding=encoding):
                    result = read_card_file(text.encode(encoding))
                    self.assertEqual([(r.number, r.code) for r in result.rows], CARDS)

    def test_four_byte_characters(self):
        """CARD-01: GB18030 with characters that GBK does not have."""
        text = "卡号,激活码,备注\n88000001,012345,㐀𠀀\n"
        result = read_card_file(text.encode("gb18030"))
        self.assertEqual([(r.number, r.code) for r in result.rows], CARDS[:1])

    def test_swapped_columns_show_no_code(self):
        """CARD-02: a code that stands in the place of the number is not shown."""
        content = b"135790,88000001\n88000002 246802,\n975310 88000003,\n88000004,1\n"
        result = read_card_file(content)
        self.assertEqual(
            [(problem.line, problem.number) for problem in result.problems],
            [(1, ""), (2, "88000002"), (3, ""), (4, "88000004")],
        )

    def test_formulas_are_text(self):
        """CARD-01: a card number that looks like a formula is none in the result."""
        titles = {"problems": "A", "summary": "B", "columns": ("x", "y", "z")}
        content = write_result([(1, "=1+1", "bad")], [("File", "=HYPERLINK()")], titles)
        book = openpyxl.load_workbook(io.BytesIO(content))
        cells = [cell for sheet in book for row in sheet for cell in row]
        self.assertNotIn("f", [cell.data_type for cell in cells])


@tagged("post_install", "-at_install")
class TestImportResult(MemberCommon, HttpCase):
    BAD = (
        "卡号,激活码\n88000001,135790\n88000002,13579\n88000003,13579x\n"
        "88000001,246802\n,975310\n88000100,864209\n"
    )

    def _upload(self, text, **values):
        return (
            self.env["o2o.card.import"]
            .with_user(self.manager)
            .create(
                {
                    "file": base64.b64encode(text.encode("gb18030")),
                    "file_name": "cards.txt",
                    **values,
                }
            )
        )

    def _download(self, wizard):
        self.env.flush_all()
        return self.url_open(wizard.action_download()["url"])

    def test_download(self):
        """CARD-01: the bad rows with line and reason as .xlsx, and no code."""
        self._create_card("88000100")
        wizard = self._upload(self.BAD)
        self.authenticate("o2o_m_manager", "o2o_m_manager")
        page = self._download(wizard)
        self.assertEqual(page.status_code, 200)
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        book = openpyxl.load_workbook(io.BytesIO(page.content))
        rows = [[cell.value for cell in row] for row in book.worksheets[0]]
        self.assertEqual(
            [(line, number or "") for line, number, _reason in rows[1:]],
            [
                (3, "88000002"),
                (4, "88000003"),
                (5, "88000001"),
                (6, ""),
                (7, "88000100"),
            ],
        )
        reasons = [reason for _line, _number, reason in rows[1:]]
        for word, reason in zip(
            ("6 digits", "more than digits", "twice", "missing", "already"),
            reasons,
            strict=True,
        ):
            self.assertIn(word, reason)
        dump = str([[c.value for r in sheet for c in r] for sheet in book])
        for code in ("13579", "135790", "246802", "975310", "864209"):
            self.assertNotIn(code, dump)

    def test_download_holds_all_rows(self):
        """CARD-01: the screen stops at 1,000 bad rows, the download does not."""
        wizard = self._upload("\n".join(f"8{n:07d},1" for n in range(1200)))
        self.assertEqual(len(wizard.problem_ids), 1000)
        self.authenticate("o2o_m_manager", "o2o_m_manager")
        book = openpyxl.load_workbook(io.BytesIO(self._download(wizard).content))
        self.assertEqual(book.worksheets[0].max_row, 1201)

    def test_download_is_for_its_manager(self):
        """CARD-01: neither a clerk nor another manager opens it."""
        wizard = self._upload(self.BAD)
        url = wizard.action_download()["url"]
        self.env.flush_all()
        for login in ("o2o_m_user", "o2o_m_auditor", "o2o_m_cashier", "admin"):
            with self.subTest(login=login):
                if login == "admin":
                    self.authenticate("admin", "admin")
                else:
                    self.authenticate(login, login)
                self.assertIn(self.url_open(url).status_code, (403, 404))

    def test_batch_carries_the_dates(self):
        """CARD-01: number, source file and the three dates of the batch."""
        wizard = self._upload(
            "88000001,123456\n",
            date_printed="2026-01-01",
            date_handed_out="2026-02-01",
            date_expiry="2027-01-01",
        )
        wizard.action_import()
        self.assertRecordValues(
            wizard.batch_id,
            [
                {
                    "file_name": "cards.txt",
                    "date_printed": wizard.date_printed,
                    "date_handed_out": wizard.date_handed_out,
                    "date_expiry": wizard.date_expiry,
                    "shown_handed_out_count": 1,
                }
            ],
        )

    def test_progress_is_told_while_it_runs(self):
        """CARD-01: what the dialog polls rises to the last card, then is gone."""
        progress = self.env["o2o.card.import.progress"].with_user(self.manager)
        seen = []
        report = type(progress)._report

        def watch(model, key, step, done, total=0):
            report(model, key, step, done, total)
            self._snapshot(key, seen)

        with patch.object(type(progress), "_report", watch):
            wizard = self._upload("\n".join(f"8{n:07d},123456" for n in range(6000)))
            wizard.action_import()
        self.assertEqual(
            seen,
            [
                ("check", 5000, 6000),
                ("check", 6000, 6000),
                ("import", 5000, 6000),
                ("import", 6000, 6000),
            ],
        )
        self.assertFalse(progress.get_progress(wizard.progress_key))

    def _snapshot(self, key, seen):
        """As another request sees it."""
        with self.registry.cursor() as cr:
            cr.execute(
                "SELECT step, done, total FROM o2o_card_import_progress WHERE key = %s",
                [key],
            )
            seen.extend(cr.fetchall())

    def test_progress_is_ones_own(self):
        """CARD-01: nobody watches, or needs to watch, somebody else's import."""
        progress = self.env["o2o.card.import.progress"]
        progress.create(
            {
                "key": "k",
                "owner_uid": self.manager.id,
                "step": "check",
                "done": 1,
                "total": 2,
            }
        )
        self.assertEqual(
            progress.with_user(self.manager).get_progress("k"),
            {"step": "check", "done": 1, "total": 2},
        )
        self.assertFalse(progress.get_progress("k"))
        for user in (self.user, self.auditor, self.cashier):
            with self.assertRaises(AccessError):
                progress.with_user(user).get_progress("k")
