"""Invariant 6 with the real process: pairing, crashes, duplicates, signals."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from box_helpers import LIB, FakeServer, job, slip, wait_for

CONFIG = """
[server]
url = {url}
[box]
state_dir = {state}
pairing_code = {code}
fallback_seconds = 0.2
wake = no
[virtual_printer]
http_port = 0
ports = 0
"""


@pytest.fixture
def server():
    fake = FakeServer()
    yield fake
    fake.stop()


class Process:
    """A box process and its configuration file."""

    def __init__(self, folder, server, code="CODE2345"):
        self.state = folder / "state"
        self.config = folder / "box.ini"
        self.config.write_text(
            CONFIG.format(url=server.url, state=self.state, code=code)
        )
        self.log = folder / "log"
        self.popen = None

    def start(self, *arguments):
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                [sys.executable, "-m", "o2o_box", "--config", self.config, *arguments],
                env={**os.environ, "PYTHONPATH": str(LIB)},
                stdout=log,
                stderr=log,
            )
        return self

    def end(self, number=signal.SIGTERM):
        self.popen.send_signal(number)
        return self.popen.wait(15)


@pytest.fixture
def box(tmp_path, server, settings):
    server.printers = [settings]
    process = Process(tmp_path, server)
    yield process
    if process.popen and process.popen.poll() is None:
        process.popen.kill()
        process.popen.wait(15)


def test_pairs_prints_and_stops_cleanly(box, server, store):
    server.jobs = [job("a", "第一张")]
    box.start()
    wait_for(lambda: server.states.get("a") == "printed")
    assert store.texts == ["第一张"]
    assert server.pairings == 1
    token = box.state / "token"
    assert token.read_text() == server.token
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert stat.S_IMODE((box.state / "spool.db").stat().st_mode) == 0o600
    assert box.end() == 0


def test_paired_box_needs_no_code_after_a_restart(box, server, store):
    box.start()
    wait_for(lambda: server.syncs)
    box.end()
    server.jobs = [job("a")]
    box.start()
    wait_for(lambda: server.states.get("a") == "printed")
    assert server.pairings == 1


def test_lost_answers_lose_and_double_nothing(box, server, store):
    server.loses_answers = 2
    server.jobs = [job(f"job {number}") for number in range(5)]
    box.start()
    wait_for(lambda: [*server.states.values()].count("printed") == 5, 30)
    assert sorted(store.texts) == sorted(item["uid"] for item in server.jobs)


def test_token_rotation(box, server, store):
    box.start()
    wait_for(lambda: server.syncs)
    server.next_token = "1.fresh"
    wait_for(lambda: server.token == "1.fresh")
    assert (box.state / "token").read_text() == "1.fresh"


def test_revoked_box_pairs_again_with_a_new_code_only(box, server, store):
    box.start()
    wait_for(lambda: server.syncs)
    server.token = "1.other"
    count = len(server.syncs)
    box.end()
    box.start()
    wait_for(lambda: "not paired" in box.log.read_text())
    assert len(server.syncs) == count
    box.end()
    server.code = "NEWC0DE2"
    box.config.write_text(box.config.read_text().replace("CODE2345", "NEWC0DE2"))
    box.start()
    wait_for(lambda: len(server.syncs) > count)


def test_mistyped_code_is_corrected_while_the_box_runs(box, server):
    """POS-05: said once and in words; nobody has to know how to restart a service."""
    server.code = "NEWC0DE2"
    box.start()
    wait_for(lambda: "wrong, used or too old" in box.log.read_text())
    time.sleep(6)
    assert box.log.read_text().count("not paired") == 1
    assert server.pairings == 0
    box.config.write_text(box.config.read_text().replace("CODE2345", "NEWC0DE2"))
    wait_for(lambda: server.syncs)


def test_server_hears_why_a_printer_cannot_be_reached(box, server, settings, printer):
    server.printers = [{**settings, "port": 1}]
    box.start()

    def problem():
        rows = server.syncs[-1]["printers"] if server.syncs else []
        return rows[0]["problem"] if rows else None

    wait_for(lambda: problem() == "cannot connect to the printer", 20)
    server.printers = [settings]
    wait_for(lambda: problem() == "", 20)


def test_another_server_gets_no_old_jobs(box, server, printer, store):
    printer.set_faults({"paper_out": True})
    server.jobs = [job("old")]
    box.start()
    wait_for(lambda: server.states.get("old") == "received")
    box.end()
    server.jobs = [job("fresh")]
    server.token, server.site, server.code = "1.b", "site-b", "NEWC0DE2"
    box.config.write_text(box.config.read_text().replace("CODE2345", "NEWC0DE2"))
    printer.set_faults({"paper_out": False})
    box.start()
    wait_for(lambda: server.states.get("fresh") == "printed")
    assert store.texts == ["fresh"]


def test_cancelled_job_leaves_the_queue(box, server, printer, store):
    printer.set_faults({"paper_out": True})
    server.jobs = [job("a"), job("b")]
    box.start()
    wait_for(lambda: "a" in server.states and "b" in server.states)
    server.drop = ["a"]
    wait_for(lambda: server.syncs[-1]["holding"] == ["b"])
    # the word the fallback printer waits for
    wait_for(lambda: server.states["a"] == "cancelled")
    printer.set_faults({"paper_out": False})
    wait_for(lambda: server.states.get("b") == "printed")
    assert store.texts == ["b"]


def test_given_up_job_is_told_even_when_the_box_dies(box, server, printer, store):
    """POS-04: the news is lost, the box is killed: given up stays given up."""
    printer.set_faults({"paper_out": True})
    server.jobs = [job("a")]
    box.start()
    wait_for(lambda: server.states.get("a") == "received")
    server.drop = ["a"]
    wait_for(lambda: ("a", "cancelled") in server.history)
    box.end(signal.SIGKILL)
    # the server forgets what it heard, as a transaction that is undone
    server.drop = []
    del server.states["a"]
    server.history.clear()
    printer.set_faults({"paper_out": False})
    # sent again, it says once more what became of it, and prints nothing
    box.start()
    wait_for(lambda: ("a", "cancelled") in server.history)
    assert store.texts == []


def test_printer_status_reaches_the_server(box, server, printer):
    printer.set_faults({"paper_out": True})
    box.start()
    told = {"id": 7, "status": "paper_out", "problem": "", "drawer_wire": "low"}
    wait_for(lambda: server.syncs and told in server.syncs[-1]["printers"])


def test_second_box_in_the_same_folder_refuses_to_start(box, server):
    box.start()
    wait_for(lambda: server.syncs)
    twin = subprocess.run(
        [sys.executable, "-m", "o2o_box", "--config", box.config],
        env={**os.environ, "PYTHONPATH": str(LIB)},
        capture_output=True,
        timeout=15,
        check=False,
    )
    assert twin.returncode == 3
    assert b"another box" in twin.stderr


def test_kill_9_while_printing_loses_nothing_and_marks_doubles(
    box, server, printer, store
):
    """Every order slip comes out; one that may be double says so."""
    count = 12
    printer.set_faults({"slow": 0.01})
    document = [f"row {number}" for number in range(8)]
    server.jobs = [
        job(
            f"J{number:02}",
            document=slip(f"J{number:02}", *document),
            on_unknown="reprint",
        )
        for number in range(count)
    ]
    kills = 0
    box.start()
    while [*server.states.values()].count("printed") < count:
        before = len(store.texts)
        wait_for(
            lambda before=before: (
                len(store.texts) > before
                or [*server.states.values()].count("printed") == count
            ),
            30,
        )
        if kills < 4:
            box.end(signal.SIGKILL)
            kills += 1
            box.start()
    plain = [text for text in store.texts if "可能重复" not in text]
    firsts = [text.split("\n")[0] for text in plain]
    printed = [
        line for text in store.texts for line in text.split("\n") if line[0] == "J"
    ]
    assert set(printed) == {f"J{number:02}" for number in range(count)}
    # without a warning nothing comes out twice
    assert len(firsts) == len(set(firsts))


def test_kill_9_while_printing_money_slips_doubles_nothing(box, server, printer, store):
    count = 8
    printer.set_faults({"slow": 0.02})
    server.jobs = [
        job(f"M{number}", document=slip(f"M{number}", *"abcdefgh"), on_unknown="hold")
        for number in range(count)
    ]
    final = ("printed", "unknown")
    box.start()
    wait_for(lambda: "printing" in server.states.values())
    box.end(signal.SIGKILL)
    box.start()
    wait_for(
        lambda: len([s for s in server.states.values() if s in final]) == count, 30
    )
    wait_for(lambda: not printer.describe()["waiting"])
    firsts = [text.split("\n")[0] for text in store.texts]
    assert len(firsts) == len(set(firsts))
    assert "unknown" in server.states.values()


def test_demo_starts_box_printer_and_page_in_one_process(box, server):
    """Brief: ``python -m o2o_box --config box.ini --demo``."""
    server.printers = [{**server.printers[0], "connection": "virtual", "port": 0}]
    server.jobs = [job("a", "演示小票 ¥88.00")]
    box.start("--demo")
    wait_for(lambda: server.states.get("a") == "printed")
    log = box.log.read_text()
    page = log.split("page on ")[1].split()[0]
    papers = wait_for(lambda: json.load(urllib.request.urlopen(page + "papers.json")))
    assert papers[0]["text"] == "演示小票 ￥88.00"
    picture = urllib.request.urlopen(page.rstrip("/") + papers[0]["png"]).read()
    assert picture.startswith(b"\x89PNG")
    assert b"page.js" in urllib.request.urlopen(page).read()

    def fault(body, content_type="application/json"):
        request = urllib.request.Request(
            page + "fault", body, {"Content-Type": content_type}
        )
        return json.load(urllib.request.urlopen(request))

    assert fault(b'{"printer": 1, "paper_out": true}')["faults"]["paper_out"]
    for body, content_type in (
        (b'{"printer": 9, "paper_out": true}', "application/json"),
        (b'{"printer": 1, "explode": true}', "application/json"),
        (b'{"printer": 1, "paper_out": 1}', "application/json"),
        (b"[]", "application/json"),
        (b'{"printer": 1, "paper_out": true}', "text/plain"),
    ):
        with pytest.raises(urllib.error.HTTPError):
            fault(body, content_type)
    rebound = urllib.request.Request(page + "papers.json", headers={"Host": "evil.cn"})
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(rebound)
    assert box.end() == 0


def run_test(box, *arguments):
    """``o2o_box test`` beside the running box. :return: exit code, words"""
    done = subprocess.run(
        [sys.executable, "-m", "o2o_box", "test", *arguments],
        env={**os.environ, "PYTHONPATH": str(LIB), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_test_page_of_the_printers_the_server_named(box, server, printer, store):
    """POS-05: the person at the machine needs no server for it."""
    assert run_test(box, "--config", str(box.config))[0] == 2
    box.start()
    wait_for(lambda: len(server.syncs) > 1)
    code, words = run_test(box, "--config", str(box.config))
    assert (code, "Counter: 已打印" in words) == (0, True), words
    assert "打印测试" in store.texts[-1] and "[CODE128 O2O-7]" in store.texts[-1]
    printer.set_faults({"cover_open": True})
    code, words = run_test(box, "--config", str(box.config))
    assert (code, "上盖打开" in words) == (1, True), words


def test_test_page_on_a_printer_the_server_does_not_know(box, printer, store):
    target = f"network:{printer.host}:{printer.port}"
    assert run_test(box, "--to", target, "--width", "58")[0] == 0
    assert "#" * 32 in store.texts[-1].splitlines()
    assert run_test(box, "--to", f"network:{printer.host}:1")[0] == 1
    assert run_test(box, "--to", "file:/etc/passwd")[0] == 1
    for wrong in ("192.168.1.50", "network:", "network:a:b", "pigeon:x"):
        assert run_test(box, "--to", wrong)[0] == 2


def test_silence_is_no_paper():
    """POS-05: another machine may have the address that was typed."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        target = f"network:127.0.0.1:{silent.getsockname()[1]}"
        code, words = run_test(None, "--to", target)
    assert (code, "没有应答" in words) == (0, True), words


def test_papers_survive_a_restart(box, server):
    server.printers = [{**server.printers[0], "connection": "virtual", "port": 0}]
    server.jobs = [job("a")]
    box.start("--demo")
    wait_for(lambda: server.states.get("a") == "printed")
    box.end()
    server.jobs = [job("b")]
    box.start("--demo")
    wait_for(lambda: server.states.get("b") == "printed")
    wait_for(lambda: (box.state / "papers" / "2.json").exists())
    assert (box.state / "papers" / "1.json").exists()


def test_demo_box_drives_display_and_scale(box, server):
    """POS-05: all of it in one process, from the server's answer to the page."""
    shown = ["应收", "￥1,299.00"]
    server.displays = [{"id": 4, "connection": "virtual", "lines": shown}]
    with box.config.open("a") as file:
        file.write("[scale]\nconnection = virtual\nhttp_port = 0\n")
    box.start("--demo")
    log = wait_for(lambda: "page on " in box.log.read_text() and box.log.read_text())
    page = log.split("page on ")[1].split()[0]

    def get(name):
        return json.load(urllib.request.urlopen(page + name))

    wait_for(lambda: get("display.json")["lines"] == shown)
    online = [{"id": 4, "is_online": True}]
    wait_for(lambda: server.syncs and server.syncs[-1]["displays"] == online)
    assert get("scale.json")["weight"] == 0
    assert box.end() == 0
