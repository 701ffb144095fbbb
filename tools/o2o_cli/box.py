"""The demo's device boxes: configured, paired and started beside the web server.

Each box of the demo shop with a virtual printer (rows of o2o.box and o2o.printer)
gets its own process and a page that shows the paper. A real store runs its box itself.
"""

from __future__ import annotations

import configparser
import hashlib
import io
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from . import addons, browser, commands, ports
from .errors import StepFailed
from .files import write_atomic
from .home import Home
from .postgres import literal
from .processes import Service

if TYPE_CHECKING:
    from .stack import Stack

LIBRARY = "o2o_pos_device/iot_handlers/lib"
FIRST_PAGE_PORT = 9180
TILL_PORT = 9182
ONLINE_SECONDS = 90

PAIRING_SCRIPT = """
import json, pathlib
boxes = env["o2o.box"].browse(BOX_IDS)
codes = {box.id: box._create_pairing_code() for box in boxes}
env.cr.commit()
pathlib.Path(TARGET).write_text(json.dumps(codes))
"""


@dataclass(frozen=True)
class DemoBox:
    """One o2o.box row of the demo and the place its process lives in."""

    id: int
    name: str
    store: str
    state: Path
    service: Service

    @property
    def config(self) -> Path:
        return self.state / "box.ini"

    @property
    def token(self) -> Path:
        return self.state / "token"

    def page_port(self) -> int | None:
        """Where its papers are shown, as it was last configured."""
        return self._port("virtual_printer")

    def till_port(self) -> int | None:
        """Where tills reach it without the server, as it was last configured."""
        return self._port("till")

    def _port(self, section: str) -> int | None:
        parser = configparser.RawConfigParser()
        try:
            parser.read(self.config, encoding="utf-8")
            return parser.getint(section, "http_port")
        except (configparser.Error, ValueError):
            return None


def service(home: Home, box_id: int) -> Service:
    name = f"box-{box_id}"
    return Service(name, home.run / f"{name}.json", home.log / f"{name}.log")


def services(home: Home) -> list[Service]:
    """Boxes that were started here, whether they still run or not."""
    found = []
    for record in sorted(home.run.glob("box-*.json")):
        number = record.stem.removeprefix("box-")
        if number.isdigit():
            found.append(service(home, int(number)))
    return found


def available(home: Home) -> bool:
    return (home.addons / LIBRARY).is_dir()


def demo_boxes(stack: Stack) -> list[DemoBox]:
    """The boxes that have a virtual printer, oldest first."""
    if addons.DEMO not in stack.databases.installed(stack.database):
        return []
    rows = stack.server.psql(
        stack.database,
        "SELECT json_build_object('id', b.id, 'name', b.name, 'store', s.code)"
        " FROM o2o_box b JOIN o2o_store s ON s.id = b.store_id"
        " WHERE b.active AND EXISTS (SELECT 1 FROM o2o_printer p"
        " WHERE p.box_id = b.id AND p.connection = 'virtual') ORDER BY b.id",
    )
    return [
        DemoBox(
            **json.loads(row),
            state=stack.home.state / "box" / str(json.loads(row)["id"]),
            service=service(stack.home, json.loads(row)["id"]),
        )
        for row in rows.splitlines()
    ]


def is_paired(stack: Stack, box: DemoBox) -> bool:
    """Whether the token in its folder is the one this database knows."""
    try:
        token = box.token.read_text(encoding="ascii").strip()
    except OSError:
        return False
    digest = literal(hashlib.sha256(token.encode()).hexdigest())
    return (
        stack.server.psql(
            stack.database,
            f"SELECT 1 FROM o2o_box WHERE id = {box.id} AND state = 'paired'"
            f" AND {digest} IN (token_hash, next_token_hash)",
        )
        == "1"
    )


def pairing_codes(stack: Stack, boxes: list[DemoBox]) -> dict[int, str]:
    """Fresh codes for the boxes that are not paired with this database."""
    unpaired = [box.id for box in boxes if not is_paired(stack, box)]
    if not unpaired:
        return {}
    target = stack.home.state / "pairing.json"
    write_atomic(target, "{}", 0o600)
    try:
        stack.odoo.shell(
            stack.database,
            f"BOX_IDS = {unpaired!r}\nTARGET = {str(target)!r}\n{PAIRING_SCRIPT}",
            what="Pairing the device box",
            log=stack.home.log / "pairing.log",
        )
        codes = json.loads(target.read_text(encoding="utf-8"))
    finally:
        target.unlink(missing_ok=True)
    return {int(box_id): str(code) for box_id, code in codes.items()}


def render(
    box: DemoBox, *, url: str, code: str, page: int, printer: int, till: int
) -> str:
    """The box's ini file; box/box.ini.example of the addon explains each key."""
    parser = configparser.RawConfigParser()
    parser["server"] = {"url": url}
    parser["box"] = {
        "name": box.name,
        "state_dir": str(box.state),
        "pairing_code": code,
        "demo": "yes",
    }
    parser["virtual_printer"] = {
        "host": "127.0.0.1",
        "http_port": str(page),
        "ports": str(printer),
    }
    # tills print here while the internet is away
    parser["till"] = {"http_port": str(till)}
    # a card is swiped on the page of the papers
    parser["reader counter"] = {
        "name": "刷卡器",
        "kind": "magnetic",
        "connection": "virtual",
    }
    text = io.StringIO()
    parser.write(text)
    return text.getvalue()


def start(stack: Stack) -> None:
    """Start the demo's boxes and wait until the server has heard from each."""
    boxes = demo_boxes(stack)
    if not boxes:
        return
    with stack.progress.step(
        f"Device box ({len(boxes)}) with virtual printer and reader"
    ):
        codes = pairing_codes(stack, boxes)
        began = stack.server.psql(stack.database, "SELECT now() AT TIME ZONE 'UTC'")
        taken: set[int] = set()
        for index, box in enumerate(boxes):
            page = choose_port(box.page_port() or FIRST_PAGE_PORT + index, taken)
            till = choose_port(box.till_port() or TILL_PORT, taken)
            printer = choose_port(0, taken)
            tell_till_port(stack, box, till)
            box.state.mkdir(parents=True, exist_ok=True, mode=0o700)
            text = render(
                box,
                url=stack.url,
                code=codes.get(box.id, ""),
                page=page,
                printer=printer,
                till=till,
            )
            write_atomic(box.config, text, 0o600)
            box.service.start(command(stack, box), env=environment(stack))
        wait_until_online(stack, boxes, began)


def choose_port(wish: int, taken: set[int]) -> int:
    """``wish`` when it is free, else another; it is ``taken`` from now on."""
    is_usable = wish and wish not in taken and ports.is_free(wish)
    port = wish if is_usable else ports.find_free()
    while port in taken:
        port = ports.find_free()
    taken.add(port)
    return port


def tell_till_port(stack: Stack, box: DemoBox, port: int) -> None:
    """The address that the tills beside the box get from the server."""
    stack.server.psql(
        stack.database,
        f"UPDATE o2o_box SET local_url = {literal(f'http://127.0.0.1:{port}')}"
        f" WHERE id = {box.id}",
    )


def command(stack: Stack, box: DemoBox) -> list[str | Path]:
    python = stack.environment.python
    return [python, "-m", "o2o_box", "--config", box.config, "--demo"]


def environment(stack: Stack) -> dict[str, str]:
    extra = {"PYTHONPATH": str(stack.home.addons / LIBRARY)}
    font = stack.source.font
    if font and not browser.has_chinese_font():
        extra["O2O_BOX_FONT"] = str(font)
    return commands.environment(extra)


def wait_until_online(stack: Stack, boxes: list[DemoBox], since: str) -> None:
    deadline = time.monotonic() + ONLINE_SECONDS
    wanted = ",".join(str(box.id) for box in boxes)
    while time.monotonic() < deadline:
        seen = stack.server.psql(
            stack.database,
            f"SELECT count(*) FROM o2o_box WHERE id IN ({wanted})"
            f" AND state = 'paired' AND last_seen_at >= {literal(since)}::timestamp"
            " - interval '1 second'",
        )
        if seen == str(len(boxes)):
            return
        for box in boxes:
            if box.service.pid() is None:
                raise StepFailed(
                    f"The device box {box.name} ended:"
                    f" {commands.tail(box.service.log, 1)}",
                    f"The log is {box.service.log}.",
                )
        time.sleep(0.3)
    raise StepFailed(
        f"The device box did not reach the shop within {ONLINE_SECONDS} s.",
        f"The log is {boxes[0].service.log}.",
    )


def pages(stack: Stack) -> list[dict[str, str | int]]:
    """The virtual printers that run: name, store code, address of the paper."""
    found: list[dict[str, str | int]] = []
    for running in services(stack.home):
        number = int(running.name.removeprefix("box-"))
        state = stack.home.state / "box" / str(number)
        box = DemoBox(number, "", "", state, running)
        port = box.page_port()
        if running.pid() and port:
            url = f"http://127.0.0.1:{port}/"
            found.append({"box_id": number, "name": _name(box), "url": url})
    return found


def _name(box: DemoBox) -> str:
    parser = configparser.RawConfigParser()
    parser.read(box.config, encoding="utf-8")
    return parser.get("box", "name", fallback="")
