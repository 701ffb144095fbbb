"""What up and status tell: addresses, accounts, what runs."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

from . import addons, box, paysim
from .postgres import Embedded
from .stack import Stack


def accounts(stack: Stack) -> list[dict[str, str]]:
    """The demo's accounts, one for each role, as the demo addon describes them."""
    path = stack.home.addons / addons.DEMO / "demo_accounts.json"
    if stack.settings.production or not path.exists():
        return []
    rows = json.loads(path.read_text(encoding="utf-8"))
    return [dict(row) for row in rows]


def facts(stack: Stack) -> dict[str, Any]:
    """Everything a program may want to know, as `status --json` prints it."""
    url = stack.url
    data: dict[str, Any] = {
        "running": stack.is_up(),
        "url": url,
        "addresses": {
            "shop": f"{url}/shop",
            "back office": f"{url}/odoo",
            "tills": f"{url}/odoo/action-point_of_sale.action_pos_config_kanban",
        },
        "database": stack.database,
        "services": {service.name: service.pid() for service in stack.services},
        "state": str(stack.home.state),
        "cache": str(stack.home.cache),
        "logs": str(stack.home.log),
        "accounts": accounts(stack),
    }
    data["printers"] = box.pages(stack)
    for page in data["printers"]:
        several = len(data["printers"]) > 1
        name = f"slips of {page['name']}" if several else "printed slips"
        data["addresses"][name] = page["url"]
    if phone := paysim.phone(stack.home):
        data["payer"] = phone
        data["addresses"]["payer's phone"] = phone
    if stack.environment.has_runtime():
        server = stack.server
        data["postgres"] = {
            "embedded": server.embedded,
            "host": server.host,
            "port": server.port,
            "user": server.user,
            "running": server.ready(),
        }
        if isinstance(server, Embedded):
            data["postgres"]["place"] = str(server.place)
    return data


def padded(text: str, width: int) -> str:
    """Fill up to `width` columns; a Chinese character takes two."""
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return text + " " * max(0, width - len(text) - wide)


def addresses(stack: Stack) -> None:
    data = facts(stack)
    say = stack.progress.say
    say()
    width = max(len(name) for name in data["addresses"])
    for name, address in data["addresses"].items():
        say(f"  {name.capitalize():<{width}}  {address}")
    if data["accounts"]:
        say()
        say("  Demo accounts:")
        for row in data["accounts"]:
            name = f"{row.get('role', '')} {row.get('name', '')}"
            login = f"{row.get('login', '')} / {row.get('password', '')}"
            say(
                f"    {padded(name, 36)}  {login:<24}  {stack.url}{row.get('path', '')}"
            )
    say()
    say("  Stop it with ./o2o stop; what runs is shown by ./o2o status.")


def status(stack: Stack, *, as_json: bool) -> int:
    data = facts(stack)
    say = stack.progress.say
    if as_json:
        print(json.dumps(data, indent=1, ensure_ascii=False))
        return 0
    say("Running." if data["running"] else "Not running.")
    for name, pid in data["services"].items():
        say(f"  {name:<10} {f'pid {pid}' if pid else 'stopped'}")
    postgres = data.get("postgres")
    if postgres:
        kind = "embedded" if postgres["embedded"] else "real server"
        state = "answers" if postgres["running"] else "does not answer"
        say(f"  {'postgres':<10} {kind} at {postgres['host']}, {state}")
        place = postgres.get("place", "")
        if place and not place.startswith(data["state"]):
            say(f"             its files are in {place}: the state folder is closed")
            say("             to the account that PostgreSQL runs as")
    say(f"  {'database':<10} {data['database']}")
    say(f"  {'state':<10} {data['state']}")
    say(f"  {'cache':<10} {data['cache']}")
    if data["running"]:
        addresses(stack)
    return 0
