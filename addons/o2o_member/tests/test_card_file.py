import io

import openpyxl
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..lib import table_file
from ..lib.card_file import read_card_file
from ..lib.table_file import TableFileError


def xlsx(rows, formats=None):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    for position, number_format in (formats or {}).items():
        sheet[position].number_format = number_format
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def xls(rows, zero_format_column=None):
    book = xlwt.Workbook()
    sheet = book.add_sheet("cards")
    zeros = xlwt.easyxf(num_format_str="000000")
    for line, row in enumerate(rows):
        for column, value in enumerate(row):
            if column == zero_format_column and not isinstance(value, str):
                sheet.write(line, column, value, zeros)
            else:
                sheet.write(line, column, value)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


class CardFileCase(BaseCase):
    def assertCards(self, content, expected, first_number=""):
        result = read_card_file(content, first_number)
        self.assertEqual(result.problems, [])
        self.assertEqual([(row.number, row.code) for row in result.rows], expected)

    def assertProblems(self, content, expected, first_number=""):
        result = read_card_file(content, first_number)
        self.assertEqual([(p.line, p.reason) for p in result.problems], expected)
        return result

    def assertUnreadable(self, content, reason, first_number=""):
        with self.assertRaises(TableFileError) as caught:
            read_card_file(content, first_number)
        self.assertEqual(caught.exception.reason, reason)


@tagged("post_install", "-at_install")
class TestTextFile(CardFileCase):
    CARDS = [("88000001", "012345"), ("88000002", "999999")]

    def test_encodings_and_headers(self):
        """CARD-01: TXT in any encoding a Chinese office produces."""
        for header in ("", "卡号,激活码\n", "card number,activation code\r\n"):
            text = f"{header}88000001,012345\r\n88000002,999999\r\n"
            for encoding in (
                "utf-8",
                "utf-8-sig",
                "gbk",
                "gb18030",
                "utf-16",
                "utf-16-le",
                "utf-16-be",
            ):
                with self.subTest(header=header, encoding=encoding):
                    self.assertCards(text.encode(encoding), self.CARDS)

    def test_separators(self):
        """CARD-01: comma, tab, semicolon, spaces, also the Chinese ones."""
        for separator in (",", "\t", ";", "，", "；", "|", " ", "   ", "\u3000"):
            text = f"88000001{separator}012345\n\n88000002{separator}999999"
            with self.subTest(separator=separator):
                self.assertCards(text.encode(), self.CARDS)

    def test_quotes_and_excel_text_trick(self):
        """CARD-01: quoted values keep their leading zeros."""
        text = '"88000001","012345"\n="88000002",="999999"\n'
        self.assertCards(text.encode(), self.CARDS)

    def test_header_names_the_columns(self):
        """CARD-01: with a header the order and further columns do not matter."""
        text = "序号,激活码,面值,卡号\n1,012345,100,88000001\n2,999999,100,88000002\n"
        self.assertCards(text.encode("gbk"), self.CARDS)

    def test_codes_alone_are_numbered(self):
        """CARD-01: one code a line needs the first card number."""
        content = "激活码\n012345\n999999\n".encode("gb18030")
        self.assertCards(content, self.CARDS, first_number="88000001")
        self.assertCards(
            b"012345\n999999",
            [("VIP0099", "012345"), ("VIP0100", "999999")],
            first_number="vip0099",
        )
        self.assertUnreadable(content, "first_number_missing")
        self.assertUnreadable(content, "first_number_invalid", first_number="CARDS")
        self.assertProblems(
            b"012345\n999999", [(2, "number_overflow")], first_number="9999"
        )

    def test_every_bad_row_is_named(self):
        """CARD-01: the dry run tells line and reason of each bad row."""
        content = "\n".join(
            [
                "card,code",
                "88000001,123456",
                "88000002,12345",
                "88000003,1234567",
                "88000004,12a456",
                "88000005,",
                ",123456",
                "88-000-001,654321",
                "12,123456",
                "",
                "88000006,123456",
            ]
        ).encode()
        result = self.assertProblems(
            content,
            [
                (3, "code_length"),
                (4, "code_length"),
                (5, "code_letters"),
                (6, "code_missing"),
                (7, "number_missing"),
                (8, "duplicate"),
                (9, "number_invalid"),
            ],
        )
        self.assertEqual(result.row_count, 9)
        self.assertEqual([row.number for row in result.rows], ["88000001", "88000006"])

    def test_problems_never_repeat_the_code(self):
        """CARD-02: what is shown about a bad row does not contain its code."""
        result = read_card_file(b"88000001,7777777\n88000002,88888x\n88000003,123456")
        shown = repr(result.problems)
        self.assertNotIn("7777777", shown)
        self.assertNotIn("88888x", shown)

    def test_row_with_a_column_too_many(self):
        """CARD-01: without header a wider row is not guessed at."""
        self.assertProblems(
            b"88000001,123456\n88000002,123456,7\n88000003,123456", [(2, "columns")]
        )

    def test_unreadable_files(self):
        """CARD-01: a file nobody can read is refused as a whole, with a reason."""
        self.assertUnreadable(b"", "empty")
        self.assertUnreadable(b"\n \r\n,\n", "empty")
        self.assertUnreadable("卡号,激活码\n".encode(), "empty")
        self.assertUnreadable(b"88000001,\xff\xff\xff", "encoding")
        self.assertUnreadable(b"1,88000001,123456", "columns")
        self.assertUnreadable(b"PK\x03\x04 not really a workbook", "corrupt")
        self.assertUnreadable(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 neither", "corrupt")
        self.assertUnreadable(b"1" * (table_file.MAX_BYTES + 1), "too_big")

    @settings(max_examples=60, deadline=None, database=None, derandomize=True)
    @given(
        cards=st.dictionaries(
            st.from_regex(r"[0-9A-Z]{2}[0-9]{4,16}", fullmatch=True),
            st.from_regex(r"[0-9]{6}", fullmatch=True),
            min_size=1,
            max_size=20,
        ),
        separator=st.sampled_from([",", "\t", ";", "，", " "]),
        encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
        newline=st.sampled_from(["\n", "\r\n"]),
        header=st.sampled_from(["", "卡号,激活码"]),
    )
    def test_round_trip(self, cards, separator, encoding, newline, header):
        """CARD-01: whatever was written is read, to the digit."""
        lines = [header.replace(",", separator)] if header else []
        lines += [f"{number}{separator}{code}" for number, code in cards.items()]
        self.assertCards(newline.join(lines).encode(encoding), list(cards.items()))

    @settings(max_examples=80, deadline=None, database=None, derandomize=True)
    @given(content=st.binary(max_size=200), first_number=st.sampled_from(["", "8800"]))
    def test_any_bytes(self, content, first_number):
        """CARD-01: rubbish is reported, never a crash, never a wrong code."""
        try:
            result = read_card_file(content, first_number)
        except TableFileError:
            return
        for row in result.rows:
            self.assertRegex(row.code, r"\A[0-9]{6}\Z")
            self.assertRegex(row.number, r"\A[0-9A-Z]{4,32}\Z")


@tagged("post_install", "-at_install")
class TestExcelFile(CardFileCase):
    def test_xlsx_texts_and_numbers(self):
        """CARD-01: EXCEL, codes as text, as zero-padded number, as plain number."""
        self.assertCards(
            xlsx(
                [
                    ["卡号", "激活码"],
                    ["88000001", "012345"],
                    [88000002, 12345],
                    [88000003, 654321],
                    [88000004.0, 654321.0],
                ],
                {"B3": "000000"},
            ),
            [
                ("88000001", "012345"),
                ("88000002", "012345"),
                ("88000003", "654321"),
                ("88000004", "654321"),
            ],
        )

    def test_lost_zeros_are_reported(self):
        """CARD-01: 12345 without a zero format is a row error, not a guess."""
        self.assertProblems(
            xlsx([["88000001", 12345], ["88000002", "123456"]]), [(1, "code_zeros")]
        )
        self.assertProblems(
            xls([["88000001", 12345.0], ["88000002", "123456"]]), [(1, "code_zeros")]
        )

    def test_long_numbers_are_reported(self):
        """CARD-01: Excel keeps fifteen digits; a longer number is already wrong."""
        self.assertProblems(
            xlsx([[6222021234567890123, "123456"], ["88000002", "123456"]]),
            [(1, "number_precision")],
        )

    def test_strange_cells_are_bad_rows(self):
        """CARD-01: dates, booleans, decimals and formulas without value."""
        self.assertProblems(
            xlsx(
                [
                    ["card", "code"],
                    ["88000001", True],
                    ["88000002", 1234.56],
                    ["88000003", None],
                    ["88000004", "123456"],
                ]
            ),
            [(2, "code_letters"), (3, "code_letters"), (4, "code_missing")],
        )

    def test_rows_keep_their_number(self):
        """CARD-01: blank rows count, so that the reported row is the one in Excel."""
        self.assertProblems(
            xlsx([["card", "code"], [], ["88000001", "1"], [], ["88000002", "2"]]),
            [(3, "code_length"), (5, "code_length")],
        )

    def test_xls(self):
        """CARD-01: the old Excel format too."""
        self.assertCards(
            xls(
                [["卡号", "激活码"], ["88000001", "012345"], [88000002, 12345]],
                zero_format_column=1,
            ),
            [("88000001", "012345"), ("88000002", "012345")],
        )

    def test_codes_alone(self):
        """CARD-01: one column of codes in Excel."""
        self.assertCards(
            xlsx([["012345"], ["999999"]]),
            [("88000001", "012345"), ("88000002", "999999")],
            first_number="88000001",
        )

    def test_empty_workbook(self):
        """CARD-01: an empty workbook says so."""
        self.assertUnreadable(xlsx([]), "empty")
