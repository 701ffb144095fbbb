"""Import 100,000 cards and take it back (CARD-01). In an Odoo shell:

./o2o shell < benchmarks/inside/card_import.py
"""

import base64
import io
import time

import openpyxl

ROWS = 100_000


def as_text():
    lines = [f"9{row:09d},{row % 1000000:06d}" for row in range(ROWS)]
    return "\r\n".join(["\u5361\u53f7,\u6fc0\u6d3b\u7801", *lines]).encode("gbk")


def as_xlsx():
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in range(ROWS):
        sheet.append([f"9{row:09d}", f"{row % 1000000:06d}"])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


print("file  step    wall s  cpu s")  # noqa: T201
for name, content in (("txt", as_text()), ("xlsx", as_xlsx())):
    clock, cpu = time.perf_counter(), time.process_time()
    wizard = env["o2o.card.import"].create(  # noqa: F821
        {"file": base64.b64encode(content), "file_name": name}
    )
    for step in ("check", "import"):
        if step == "import":
            wizard.action_import()
        env.flush_all()  # noqa: F821
        now = time.perf_counter(), time.process_time()
        print(f"{name:5} {step:7} {now[0] - clock:6.1f} {now[1] - cpu:6.1f}")  # noqa: T201
        clock, cpu = now
    assert wizard.batch_id.card_count == ROWS
    env.cr.rollback()  # noqa: F821
