"""The outcome of a card file's check as a spreadsheet. It never holds a code."""

import io


def write_result(problems, summary, titles):
    """:param problems: (line, card number, reason) of each bad row
    :param summary: (label, value) pairs
    :param titles: names of the two sheets and of the three columns
    :rtype: bytes
    """
    import xlsxwriter  # heavy, and only this download needs it

    stream = io.BytesIO()
    # every text is written as text: a number such as "=1+1" is no formula
    book = xlsxwriter.Workbook(
        stream, {"in_memory": True, "strings_to_formulas": False}
    )
    bold = book.add_format({"bold": True, "bg_color": "#EEEEEE", "border": 1})
    sheet = book.add_worksheet(titles["problems"])
    sheet.freeze_panes(1, 0)
    for column, (name, width) in enumerate(
        zip(titles["columns"], (12, 24, 60), strict=True)
    ):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, name, bold)
    for row, (line, number, reason) in enumerate(problems, 1):
        sheet.write_number(row, 0, line)
        sheet.write_string(row, 1, number)
        sheet.write_string(row, 2, reason)
    sheet = book.add_worksheet(titles["summary"])
    sheet.set_column(0, 1, 30)
    for row, (label, value) in enumerate(summary):
        sheet.write_string(row, 0, label, bold)
        sheet.write_string(row, 1, str(value))
    book.close()
    return stream.getvalue()
