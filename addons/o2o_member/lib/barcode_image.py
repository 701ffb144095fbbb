"""Barcodes as SVG data URLs: sharp at any size, and no text in an address or a log."""

import base64

import qrcode
import qrcode.image.svg

from odoo.tools.barcode import createBarcodeDrawing


def qr_image(text):
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=2)
    code.add_data(text)
    code.make()
    return _data_url(code.make_image(qrcode.image.svg.SvgPathImage).to_string())


def code128_image(text, width=450, height=100):
    drawing = createBarcodeDrawing(
        "Code128", value=text, width=width, height=height, quiet=1
    )
    return _data_url(drawing.asString("svg").encode())


def _data_url(svg):
    return f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}"
