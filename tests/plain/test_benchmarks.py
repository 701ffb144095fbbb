"""benchmarks/lib: turns, ratios, tables and result files, without a server."""

from __future__ import annotations

import ast
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from .compose_files import ROOT

sys.path.insert(0, str(ROOT))

from benchmarks.lib import report, sampling, shop, timing  # noqa: E402
from benchmarks.lib import server as server_module  # noqa: E402
from benchmarks.lib.cpu import cpu_seconds  # noqa: E402
from benchmarks.lib.payment_books import (  # noqa: E402
    Known,
    Taken,
    compare,
    weigh,
)
from benchmarks.lib.server import REQUEST, BenchServer, lives  # noqa: E402
from benchmarks.lib.timing import OURS, STOCK, Comparison, Reading, Side  # noqa: E402


def comparison(
    ours: list[float], stock: list[float], share: float = 0.9, cpu: float = 1.05
) -> Comparison:
    """Readings of a machine where stock Odoo computed for `share` of its time."""
    used = sum(stock) * share
    return Comparison(
        "shop page",
        1.15,
        Reading(ours, [40] * len(ours), used * cpu),
        Reading(stock, [34] * len(stock), used),
    )


def test_sides_take_turns_and_warmup_does_not_count() -> None:
    happened: list[str] = []

    def side(who: str) -> Side:
        return Side(
            operate=lambda: happened.append(who),
            prepare=lambda: happened.append(f"{who} prepares"),
            queries=iter(itertools.count()).__next__,
            cpu=iter(itertools.count(0.0, 0.5)).__next__,
        )

    result = timing.compare(
        "turns", {OURS: side(OURS), STOCK: side(STOCK)}, rounds=3, warmup=1, goal=1.15
    )
    first = [happened[index] for index in range(1, 16, 4)]
    assert first == [STOCK, OURS, STOCK, OURS]
    assert happened.count(OURS) == happened.count(STOCK) == 4
    for reading in (result.ours, result.stock):
        assert len(reading.seconds) == len(reading.queries) == 3
        # asked before and after each round; what preparation used is left out
        assert reading.queries == [2, 4, 6]
        assert reading.cpu_milliseconds == 500


def test_a_slow_moment_hits_both_and_leaves_the_ratio_alone() -> None:
    quiet = [0.110, 0.111, 0.109]
    result = comparison([*quiet, 1.1, 2.2], [0.1, 0.1, 0.1, 1.0, 2.0])
    assert result.ratio == pytest.approx(1.1, rel=0.01)
    assert result.is_held
    assert not comparison([0.12] * 3, [0.1] * 3).is_held


def test_a_busy_machine_is_judged_by_cpu_time() -> None:
    """Elapsed time tells about the neighbours then."""
    quiet = comparison([0.12] * 3, [0.1] * 3)
    assert quiet.is_quiet and quiet.ratio == quiet.wall_ratio and not quiet.is_held
    busy = comparison([0.6] * 3, [0.5] * 3, share=0.2)
    assert not busy.is_quiet and busy.ratio == busy.cpu_ratio and busy.is_held
    assert not comparison([0.5] * 3, [0.5] * 3, share=0.2, cpu=1.3).is_held
    # a database server elsewhere: no CPU time is known
    assert comparison([0.1] * 3, [0.1] * 3, share=0.0).ratio == 1.0


def test_rows_name_value_unit_goal_ok(tmp_path: Path) -> None:
    rows = report.comparison_rows([comparison([0.12] * 3, [0.1] * 3)])
    assert rows[0] == {
        "name": "shop_page.ratio",
        "value": 1.2,
        "unit": "x",
        "goal": 1.15,
        "ok": False,
    }
    assert all(row["ok"] and row["goal"] is None for row in rows[1:])
    path = report.write("baseline", rows, tmp_path / "results")
    assert json.loads(path.read_text(encoding="utf-8")) == rows


def test_table_says_what_is_not_held_and_how_it_was_judged() -> None:
    text = report.comparison_table(
        [
            comparison([0.12] * 3, [0.1] * 3),
            comparison([0.6] * 3, [0.5] * 3, share=0.2),
        ]
    )
    heading, _rule, quiet, busy = text.splitlines()
    assert heading.split() == list(report.HEADINGS)
    told = "shop page 120 ms 100 ms 1.20 1.15 NO 1.20 1.05 40/34"
    assert " ".join(quiet.split()) == told
    told = "shop page 600 ms 500 ms 1.05* 1.15 yes 1.20 1.05 40/34"
    assert " ".join(busy.split()) == told


def test_queries_are_read_from_odoo_s_log(tmp_path: Path) -> None:
    line = (
        '2025-11-22 01:46:01,007 42 INFO db werkzeug: 127.0.0.1 - - [22/Nov/2025] "{}'
        ' HTTP/1.1" 200 - {} 0.021 0.080\n'
    )
    log = tmp_path / "db.log"
    server = BenchServer.__new__(BenchServer)
    server.log, server._position = log, 0
    text = line.format("GET /shop", 34) + "an ERROR of something else\n"
    log.write_text(text + line.format("POST /web/dataset/call_kw", 7), "utf-8")
    assert len(REQUEST.findall(log.read_bytes())) == 2
    assert server.queries(2) == 41
    with log.open("a", encoding="utf-8") as stream:
        stream.write(line.format("GET /shop", 5))
    assert server.queries(1) == 5


@pytest.mark.parametrize(
    ("failures", "is_up"),
    [
        (["OSError: [Errno 98] Address already in use"] * 2, True),
        (["KeyError: 'registry'"], False),
    ],
)
def test_a_port_may_be_taken_for_a_moment(
    failures: list[str], is_up: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A benchmark kills Odoo and starts it again; a connection has its port."""
    left = list(failures)

    def wait(_server: BenchServer, _pid: int) -> None:
        if left:
            raise RuntimeError(f"Odoo ended at once: {left.pop()}")

    monkeypatch.setattr(BenchServer, "_wait", wait)
    monkeypatch.setattr(server_module.time, "sleep", lambda _seconds: None)
    server = BenchServer.__new__(BenchServer)
    server.database, server.port, server.options = "db", 1, []
    server.odoo = SimpleNamespace(command=lambda *_: [], env=dict)  # type: ignore[assignment]
    server.service = SimpleNamespace(start=lambda *_, **_options: 1)  # type: ignore[assignment]
    if is_up:
        server.start()
        assert not left
    else:
        with pytest.raises(RuntimeError, match="KeyError"):
            server.start()


@pytest.mark.parametrize("scale", sorted(shop.SCALES))
def test_the_data_script_is_one_program_for_the_shell(scale: str) -> None:
    text = shop.script(scale)
    ast.parse(text)
    assert text.startswith("SCALE = ")
    # no demo addon: the data is the same plain records on both sides
    assert "o2o_demo" not in text


def test_every_script_takes_the_runner_s_arguments() -> None:
    scripts = sorted((ROOT / "benchmarks").glob("*.py"))
    assert [path.stem for path in scripts] == [
        "baseline",
        "bell",
        "bill",
        "checkout",
        "four_tills",
        "grab",
        "member",
        "notify",
        "oversell",
        "payments_chaos",
        "printing",
        "soak",
        "sourcing",
        "terminal",
        "till_code",
    ]
    for path in scripts:
        source = path.read_text(encoding="utf-8")
        assert "parse_arguments(" in source and "report.write(" in source, path.name


def test_percentiles_are_times_that_were_taken() -> None:
    samples = sampling.Samples("page", [n / 1000 for n in range(100, 0, -1)])
    assert samples.percentile(50) == pytest.approx(50)
    assert samples.percentile(95) == pytest.approx(95)
    assert sampling.Samples("one", [0.007]).percentile(95) == pytest.approx(7)


def test_a_busy_machine_is_judged_by_the_processor() -> None:
    samples = sampling.Samples("page", [0.1, 0.3], [0.02, 0.03])
    assert not samples.is_quiet
    assert samples.judged(95) == pytest.approx(30)
    quiet = sampling.Samples("page", [0.1, 0.3], [0.09, 0.28])
    assert quiet.judged(95) == pytest.approx(300)


def test_warmup_is_neither_timed_nor_counted() -> None:
    done: list[int] = []
    counts = iter(range(100))
    samples = sampling.take(
        "calls",
        [lambda n=n: done.append(n) for n in range(5)],
        warmup=2,
        cpu=lambda: 0.0,
        queries=lambda: next(counts),
    )
    assert done == [0, 1, 2, 3, 4]
    assert len(samples.wall) == len(samples.cpu) == len(samples.queries) == 3


def test_cpu_of_a_process_counts_in_less_than_ticks() -> None:
    start = cpu_seconds(os.getpid())
    while cpu_seconds(os.getpid()) == start:
        pass
    assert cpu_seconds(os.getpid()) - start < 0.01
    assert cpu_seconds(2**22 + 1) == 0.0  # nobody: the kernel's pids end before


def known(out_no: str, purpose: str = "order/1", **more: int) -> Known:
    return Known(out_no, purpose, 100, **{"paid_fen": 100, "refunded_fen": 0, **more})


def test_books_that_agree_have_no_differences() -> None:
    """PAY-06: paid, partly given back, abandoned: the same on both sides."""
    found = compare(
        [Taken("A", 100, 30), Taken("B", 0, 0)],
        [
            known("A", refunded_fen=30),
            known("B", "order/2", paid_fen=0),
            known("C", "order/3", paid_fen=0),
        ],
    )
    wrong = (found.lost, found.invented, found.unequal, found.charged_twice)
    assert wrong == ([], [], [], [])
    assert (found.gateway_fen, found.shop_fen, found.left_fen) == (70, 70, 0)


@pytest.mark.parametrize(
    ("taken", "rows", "name"),
    [
        # nobody here knows of it, or takes it for a failure
        ([Taken("A", 100, 0)], [], "lost"),
        ([Taken("A", 100, 0)], [known("A", paid_fen=0)], "lost"),
        # paid here alone
        ([], [known("A")], "invented"),
        # given back there, not here
        ([Taken("A", 100, 100)], [known("A")], "unequal"),
        # one order, two payments
        (
            [Taken("A", 100, 0), Taken("B", 100, 0)],
            [known("A"), known("B")],
            "charged_twice",
        ),
        # a person's own refund does not hide it
        (
            [Taken("A", 100, 100), Taken("B", 100, 0)],
            [known("A", refunded_fen=100, asked_back_fen=100), known("B")],
            "charged_twice",
        ),
    ],
)
def test_books_that_differ_are_found(
    taken: list[Taken], rows: list[Known], name: str
) -> None:
    """PAY-06: each kind of error, by its name."""
    assert getattr(compare(taken, rows), name)


def test_a_second_payment_that_went_back_is_none() -> None:
    """PAY-10: paid twice, and the shop gave one back by itself, or is about to."""
    taken = [Taken("A", 100, 100), Taken("B", 100, 0)]
    assert not compare(taken, [known("A", refunded_fen=100), known("B")]).charged_twice
    found = compare(
        [Taken("A", 100, 0), Taken("B", 100, 0)],
        [known("A", owed_fen=100), known("B")],
    )
    assert (found.charged_twice, found.owed_fen) == ([], 100)


@pytest.mark.parametrize(
    ("refunded", "more", "asked", "name"),
    [
        # two payments, and both kept
        (0, {}, {}, "kept_too_much"),
        # not sold, and kept
        (150, {"is_sold": False}, {}, "kept_too_much"),
        # the second one went back, and a part of the first that nobody asked for
        (130, {}, {}, "gave_too_much"),
        (130, {}, {7: 20, 8: 90}, "gave_too_much"),
        # as it has to be
        (100, {}, {}, ""),
        (130, {}, {7: 30}, ""),
        (200, {"is_sold": False}, {}, ""),
        # on the list of a person; what is held is for a person, too
        (0, {"owed_fen": 50}, {}, ""),
        (0, {"is_held": True}, {}, ""),
        (0, {"is_back_held": True}, {}, ""),
    ],
)
def test_orders_are_weighed_by_who_asked(
    refunded: int, more: dict[str, int], asked: dict[int, int], name: str
) -> None:
    """REFUNDS: the gateways have the price of an order less what was asked back."""
    back = min(100, refunded)
    found = weigh(
        [Taken("A", 100, refunded - back), Taken("B", 100, back)],
        [known("A", transaction_id=7, **more), known("B", transaction_id=9, **more)],
        asked,
    )
    for kind, orders in vars(found).items():
        assert orders == (["order/1"] if kind == name else []), kind


def test_what_is_held_is_set_aside_with_its_money() -> None:
    """PAY-04: what a person decides is no difference, and is counted."""
    row = Known("A", "order/1", 100, 0, 0, is_held=True)
    found = compare([Taken("A", 120, 0)], [row])
    assert (found.held, found.held_fen, found.left_fen) == (["A"], 120, 0)
    assert not found.charged_twice


def test_a_group_lives_as_long_as_one_of_it() -> None:
    """A killed server's workers hold its port a moment longer than itself."""
    child = subprocess.Popen(["sleep", "60"], start_new_session=True)
    assert lives(child.pid)
    child.kill()
    while lives(child.pid):
        pass
    # not waited for yet: it is a zombie, and holds nothing
    assert child.poll() is not None


@pytest.mark.parametrize(
    "script", sorted((ROOT / "benchmarks").glob("*.py")), ids=lambda path: path.stem
)
def test_each_benchmark_starts(script: Path) -> None:
    """What a benchmark takes from elsewhere, page objects of tests too, is there."""
    answer = subprocess.run(
        [sys.executable, str(script), "--help"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert "usage:" in answer.stdout
