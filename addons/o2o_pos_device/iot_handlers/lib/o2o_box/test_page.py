"""The test page: one paper that shows what a printer gets wrong (POS-05).

The same for the button of the server and for ``o2o_box test``.
"""

from .document import VERSION


def document(title, lines, printer_id):
    """The page as a document.

    :param title: in the language of who reads it
    :param lines: what else to say, one text each
    :param printer_id: number of the printer, in both codes
    """
    return {
        "version": VERSION,
        "blocks": [
            _text(title, "double", "center"),
            *[_text(line) for line in lines],
            # exactly one line wide: two lines mean that the paper width is set wrong
            {"type": "line", "char": "#"},
            _text("中文测试：酱香型白酒，珍藏 53度 500ml；￥99.50"),
            _text("中 A 1 ￥", "tall"),
            _text("中 A 1 ￥", "double"),
            {
                "type": "row",
                "columns": [
                    {"text": "左 left", "align": "left"},
                    {"text": "中 mid", "align": "center"},
                    {"text": "￥99.50", "align": "right"},
                ],
            },
            {"type": "barcode", "data": f"O2O-{printer_id}"},
            {"type": "qr", "data": f"O2O-{printer_id} 打印测试"},
            {"type": "feed", "lines": 2},
            {"type": "cut"},
        ],
    }


def _text(content, size="normal", align="left"):
    return {"type": "text", "text": content, "size": size, "align": align}
