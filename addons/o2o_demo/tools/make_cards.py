#!/usr/bin/env python3
"""Write the card files of the demo, as a card printer would deliver them.

    python tools/make_cards.py

Two batches of unused cards, in two of the formats the import understands: an Excel
file and a GBK text file from an older system. Needs openpyxl.
"""

import json
import random
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font

HERE = Path(__file__).resolve().parent
OUT = HERE.parent / "sample_files"
COUNT = 100


def make_rows(prefix, seed):
    """Card numbers in sequence, each with six random digits."""
    source = random.Random(seed)
    return [
        (f"{prefix}{number:04d}", f"{source.randrange(1_000_000):06d}")
        for number in range(1, COUNT + 1)
    ]


def write_xlsx(path, header, rows):
    book = Workbook()
    sheet = book.active
    sheet.append(header)
    for row in rows:
        sheet.append(row)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for column in ("A", "B"):
        sheet.column_dimensions[column].width = 16
        for cell in sheet[column]:
            cell.number_format = "@"
    book.save(path)


def write_txt(path, header, rows):
    lines = ["\t".join(row) for row in (header, *rows)]
    path.write_bytes("\r\n".join([*lines, ""]).encode("gbk"))


def main():
    header = json.loads((HERE / "recipes.json").read_text(encoding="utf-8"))["cards"]
    OUT.mkdir(exist_ok=True)
    write_xlsx(OUT / "cards_2026.xlsx", header, make_rows("PXL26A", 20260101))
    write_txt(OUT / "cards_2026.txt", header, make_rows("PXL26B", 20260701))


if __name__ == "__main__":
    main()
