"""What a benchmark tells: a table for people, rows in a file for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .timing import Comparison

RESULTS = Path(__file__).resolve().parents[1] / "results"
HEADINGS = ("what", "ours", "stock", "ratio", "goal", "held", "wall", "CPU", "SQL")
LEGEND = """\
ours, stock: median time of the operation, in turns
ratio: what is judged: wall where the machine was quiet, CPU (*) where it was busy
wall: median of ours/stock, round by round    CPU: the same of Odoo's and PostgreSQL's
SQL: statements, ours/stock                   seconds on the processor"""


def row(
    name: str, value: float, unit: str, goal: float | None = None, *, ok: bool = True
) -> dict[str, Any]:
    """One result; a row without a goal informs and is always ok."""
    return {
        "name": name,
        "value": round(value, 3),
        "unit": unit,
        "goal": goal,
        "ok": ok,
    }


def comparison_rows(results: Sequence[Comparison]) -> list[dict[str, Any]]:
    rows = []
    for result in results:
        name = result.name.replace(" ", "_")
        rows.append(
            row(f"{name}.ratio", result.ratio, "x", result.goal, ok=result.is_held)
        )
        rows.append(row(f"{name}.wall_ratio", result.wall_ratio, "x"))
        rows.append(row(f"{name}.cpu_ratio", result.cpu_ratio, "x"))
        for who, reading in (("ours", result.ours), ("stock", result.stock)):
            rows.append(row(f"{name}.{who}", reading.milliseconds, "ms"))
            rows.append(row(f"{name}.{who}_cpu", reading.cpu_milliseconds, "ms"))
            rows.append(row(f"{name}.{who}_sql", reading.query_count, "statements"))
    return rows


def table(headings: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they need to be; the first left, the others right."""
    widths = [max(map(len, column)) for column in zip(headings, *lines, strict=True)]

    def line(cells: Sequence[str]) -> str:
        first, *rest = (
            f"{cell:{'<' if index == 0 else '>'}{widths[index]}}"
            for index, cell in enumerate(cells)
        )
        return "  ".join([first, *rest]).rstrip()

    rule = "  ".join("-" * width for width in widths)
    return "\n".join([line(headings), rule, *map(line, lines)])


def comparison_table(results: Sequence[Comparison]) -> str:
    return table(
        HEADINGS,
        [
            (
                result.name,
                f"{result.ours.milliseconds:.0f} ms",
                f"{result.stock.milliseconds:.0f} ms",
                f"{result.ratio:.2f}{' ' if result.is_quiet else '*'}",
                f"{result.goal:.2f}",
                "yes" if result.is_held else "NO",
                f"{result.wall_ratio:.2f}",
                f"{result.cpu_ratio:.2f}",
                f"{result.ours.query_count}/{result.stock.query_count}",
            )
            for result in results
        ],
    )


def write(name: str, rows: list[dict[str, Any]], folder: Path = RESULTS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return path
