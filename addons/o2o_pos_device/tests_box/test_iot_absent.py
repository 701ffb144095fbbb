"""POS-04: the box needs no Odoo; those for a stock IoT box name what is missing."""

import base64
import io
import subprocess
import sys
from pathlib import Path

import pytest
from box_helpers import LIB
from PIL import Image

from o2o_box import bitmap, iot
from o2o_box.document import DocumentError, check
from o2o_box.paper import interpret
from o2o_box.render import render

HANDLERS = LIB.parent
FILES = sorted(
    [*HANDLERS.glob("drivers/*.py"), *HANDLERS.glob("interfaces/*.py")],
    key=lambda path: path.name,
)


def python(code, *arguments):
    """Run ``code`` with the library and without Odoo, whatever is installed."""
    script = (
        f"import sys; sys.path.insert(0, {str(LIB)!r})\nsys.modules['odoo'] = None\n"
    )
    return subprocess.run(
        [sys.executable, "-c", script + code, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("module", ["box", "cli", "iot", "display", "worker"])
def test_library_loads_without_odoo(module):
    result = python(f"import o2o_box.{module}")
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_handler_names_what_is_missing(path):
    """One clear line in the log of whoever loads it, and nothing half done."""
    result = python(
        "import runpy\n"
        "before = list(sys.path)\n"
        "try:\n"
        "    runpy.run_path(sys.argv[1])\n"
        "except ModuleNotFoundError as error:\n"
        "    print(error.name, sys.path == before)",
        str(path),
    )
    assert result.stdout.split() == ["odoo.addons", "True"], result.stderr


def test_handlers_are_thin():
    assert [path.stem for path in FILES] == [
        "o2o_printer_driver",
        "o2o_printer_interface",
    ]
    assert all(len(path.read_text().splitlines()) < 80 for path in FILES)


def ini(tmp_path, text):
    path = Path(tmp_path) / "o2o_printers.ini"
    path.write_text(text)
    return path


def test_file_names_printers(tmp_path):
    path = ini(tmp_path, "[printer a]\nhost = 10.0.0.9\nwidth = 58\n[other]\nx = 1\n")
    [(identifier, settings)] = iot.load_printers(path).items()
    assert identifier == "o2o_printer_a"
    assert (settings["host"], settings["width"]) == ("10.0.0.9", 58)
    assert iot.load_printers(tmp_path / "missing.ini") == {}


@pytest.mark.parametrize(
    "line", ["width = 76", "width = x", "drawer_pin = 3", "no value", "port = a"]
)
def test_wrong_values_are_named(tmp_path, line):
    with pytest.raises(iot.SettingsError, match="o2o_printers.ini"):
        iot.load_printers(ini(tmp_path, f"[printer a]\n{line}\n"))


SETTINGS = {"id": 5, "width": 80, "drawer_pin": 2}


def test_same_call_is_the_same_job():
    first, second = (
        iot.make_job(SETTINGS, "cashbox", {"action_unique_id": "x"}) for _ in range(2)
    )
    assert first == second
    assert iot.make_job(SETTINGS, "cashbox", {})["uid"] != first["uid"]
    # one id of a till may name a slip and the drawer it opens
    document = {"document": {}, "action_unique_id": "x"}
    assert iot.make_job(SETTINGS, "print_document", document)["uid"] != first["uid"]


def picture(size, mode="RGB", color="black"):
    buffer = io.BytesIO()
    Image.new(mode, size, color).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(("width", "dots"), [(58, 384), (80, 576)])
def test_long_picture_is_one_slip(width, dots):
    receipt = base64.b64encode(picture((dots, 3000))).decode()
    job = iot.make_job(
        {**SETTINGS, "width": width}, "print_receipt", {"receipt": receipt}
    )
    check(job["document"])
    [paper] = interpret(render(job["document"], width), width)
    dark = sum(byte.bit_count() for it in paper.elements if it.data for byte in it.data)
    assert dark == dots * 3000


def test_transparent_is_white():
    parts = bitmap.split(picture((576, 10), "RGBA", (0, 0, 0, 0)), 576)
    [image] = [Image.open(io.BytesIO(base64.b64decode(part))) for part in parts]
    assert image.convert("L").getextrema() == (255, 255)


@pytest.mark.parametrize(
    "receipt",
    [
        None,
        5,
        "no base64!",
        base64.b64encode(b"GIF89a").decode(),
        base64.b64encode(picture((3000, 10))).decode(),
        base64.b64encode(picture((10, 25_000))).decode(),
    ],
    ids=["nothing", "number", "text", "broken", "wide", "endless"],
)
def test_what_is_no_slip_is_refused(receipt):
    with pytest.raises(DocumentError):
        iot.make_job(SETTINGS, "print_receipt", {"receipt": receipt})
