"""The copy of their data that members take with them. No ORM here."""

import csv
import io
import json
import zipfile

# What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _cell(value):
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def write_csv(rows):
    """A table as CSV.

    :param list rows: flat dicts with the same keys
    :return: str
    """
    text = io.StringIO()
    if rows:
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        for row in rows:
            writer.writerow({key: _cell(value) for key, value in row.items()})
    # the mark makes spreadsheets read Chinese
    return "\ufeff" + text.getvalue()


def write_zip(tables):
    """A zip with all tables in one JSON file, and each of them as CSV.

    :param dict tables: {name: list of flat dicts}
    :return: bytes
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "data.json", json.dumps(tables, ensure_ascii=False, indent=2, default=str)
        )
        for name, rows in tables.items():
            archive.writestr(f"{name}.csv", write_csv(rows))
    return content.getvalue()
