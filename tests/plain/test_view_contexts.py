"""Contexts in forms and lists: what they name has to be in the view."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

ROOT = Path(__file__).resolve().parents[2]
#: what the web client knows without a field
KNOWN = {
    "uid",
    "id",
    "context",
    "parent",
    "active_id",
    "active_ids",
    "active_model",
    "allowed_company_ids",
    "context_today",
    "datetime",
    "relativedelta",
    "time",
}


def views() -> Iterator[tuple[str, etree._Element]]:
    for path in sorted(ROOT.glob("addons/*/*/*.xml")):
        for record in etree.parse(path).iterfind(".//record[@model='ir.ui.view']"):
            root = record.find("field[@name='arch']/*")
            is_own = record.find("field[@name='inherit_id']") is None
            if is_own and root is not None and root.tag in ("form", "list"):
                yield record.get("id"), root


@pytest.mark.parametrize(
    ("root"), [pytest.param(root, id=name) for name, root in views()]
)
def test_contexts_name_fields_of_their_view(root: etree._Element) -> None:
    """PAY-07: *Upload a bill* on a bill's form named a field that was not there."""
    fields = {field.get("name") for field in root.iter("field")}
    for node in root.iter("button", "field"):
        tree = ast.parse((node.get("context") or "{}").strip(), mode="eval")
        names = {it.id for it in ast.walk(tree) if isinstance(it, ast.Name)}
        assert names <= fields | KNOWN, (node.get("name"), names - fields - KNOWN)
