"""POS-05: the customer display says the total and the change, or nothing at all."""

import time

import pytest
from box_helpers import wait_for
from hypothesis import given, settings
from hypothesis import strategies as st

from o2o_box import display as module
from o2o_box import escpos_zh
from o2o_box.display import COLUMNS, Displays, DisplayThread, frame
from o2o_box.vdisplay import VirtualDisplay

TOTAL = ["应收 Total", "￥1,299.00"]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(module, "_BACKOFF_SECONDS", (0.05,) * 6)
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.05)


@pytest.fixture
def glass(tmp_path):
    """A display somebody looks at."""
    virtual = VirtualDisplay(tmp_path / "display").start()
    yield virtual
    virtual.stop()


@pytest.fixture
def thread(glass):
    changes = []
    worker = DisplayThread(
        {"id": 3, "connection": "virtual"},
        lambda: changes.append(worker.is_online),
        str(glass.path),
    )
    worker.changes = changes
    yield worker
    worker.stop()
    if worker.ident:
        worker.join(5)


# -- the bytes --


def read(data, cut=1):
    """What a display shows that gets ``data`` in pieces of ``cut`` bytes."""
    virtual = VirtualDisplay.__new__(VirtualDisplay)
    virtual.lines, virtual._row, virtual._rest = ["", ""], 0, b""
    for start in range(0, len(data), cut):
        virtual.feed(data[start : start + cut])
    return virtual.lines


@settings(max_examples=150, deadline=None)
@given(
    lines=st.lists(st.text("贵州茅台￥¥㐂ñ 0123456789.,abc\x0c\x1b@$\x1f"), max_size=4),
    cut=st.integers(1, 9),
)
def test_what_is_sent_is_shown_and_never_longer(lines, cut):
    """However the cable cuts it; a text cannot send commands."""
    shown = read(module._GREETING + frame(lines), cut)
    assert all(escpos_zh.cells(line) <= COLUMNS for line in shown)
    for line, text in zip(shown, lines, strict=False):
        clean = escpos_zh.encode(escpos_zh.cut(escpos_zh.clean(text), COLUMNS))
        assert line == clean.decode("gbk")


def test_a_new_frame_replaces_the_old_one():
    data = frame(["一二三四五六七八九十", "x" * 20]) + frame(["谢谢"])
    assert read(data) == ["谢谢", ""]


def test_a_chinese_character_is_never_cut_in_half():
    assert read(frame(["a" + "中" * 10])) == ["a" + "中" * 9, ""]


# -- the thread --


def test_total_is_shown(thread, glass):
    thread.show(TOTAL)
    thread.start()
    wait_for(lambda: glass.lines == TOTAL)
    wait_for(lambda: thread.is_online)
    thread.show(["找零", "￥1.00"])
    wait_for(lambda: glass.lines == ["找零", "￥1.00"])


def test_unplugged_display_is_silent_and_comes_back(thread, glass):
    thread.show(TOTAL)
    thread.start()
    wait_for(lambda: glass.lines == TOTAL)
    glass.unplug()
    wait_for(lambda: not thread.is_online)
    assert glass.lines == ["", ""]
    # nobody waits for it, and what is over is not shown afterwards
    thread.show(["找零", "￥1.00"])
    thread.show(["欢迎光临"])
    glass.plug_in()
    wait_for(lambda: glass.lines == ["欢迎光临", ""])
    wait_for(lambda: thread.changes == [True, False, True])


def test_nothing_said_twice_writes_once(thread, glass):
    thread.start()
    wait_for(lambda: thread.is_online)
    fed = []
    original = glass.feed
    glass.feed = lambda data: (fed.append(data), original(data))
    for _again in range(5):
        thread.show(list(TOTAL))
    wait_for(lambda: glass.lines == TOTAL)
    time.sleep(0.2)
    assert sum(data.count(b"\x0c") for data in fed) == 1


@pytest.mark.parametrize("device", ["", "/etc/passwd", "/dev/../etc/passwd"])
def test_server_may_name_no_file(device, monkeypatch):
    """The server of a box may be taken over; the box opens ports only."""
    opened = []
    monkeypatch.setattr(module, "SerialTransport", opened.append)
    worker = DisplayThread({"id": 1, "device": device}, lambda: None)
    worker.start()
    time.sleep(0.2)
    worker.stop()
    worker.join(5)
    assert not opened and not worker.is_online


# -- all of a box --


def described(**values):
    """A display as the server sends it."""
    return {"id": 3, "connection": "virtual", "baudrate": 9600, "lines": [], **values}


def test_server_adds_changes_and_removes_displays(glass):
    displays = Displays(lambda: None, lambda: str(glass.path))
    displays.apply([described(lines=TOTAL)])
    wait_for(lambda: glass.lines == TOTAL)
    wait_for(lambda: displays.describe() == [{"id": 3, "is_online": True}])
    first = displays._threads[3]
    displays.apply([described(lines=["欢迎光临"])])
    assert displays._threads[3] is first
    wait_for(lambda: glass.lines == ["欢迎光临", ""])
    displays.apply([described(baudrate=2400)])
    assert displays._threads[3] is not first and not first.is_alive()
    displays.apply([])
    assert displays.describe() == []
    displays.stop()


def test_virtual_display_needs_a_demonstration():
    displays = Displays(lambda: None)
    displays.apply([described()])
    time.sleep(0.2)
    assert displays.describe() == [{"id": 3, "is_online": False}]
    displays.stop()


def test_page_shows_the_display(glass, store):
    import json
    import urllib.request

    from o2o_box.vprinter_page import Page

    page = Page([], store, display=glass).start()
    url = f"http://127.0.0.1:{page.port}"

    def plug(unplugged):
        body = json.dumps({"unplugged": unplugged}).encode()
        request = urllib.request.Request(
            f"{url}/display", body, {"Content-Type": "application/json"}
        )
        return json.load(urllib.request.urlopen(request))

    glass.feed(frame(TOTAL))
    shown = json.load(urllib.request.urlopen(f"{url}/display.json"))
    assert shown == {"lines": TOTAL, "unplugged": False}
    assert plug(True) == {"lines": ["", ""], "unplugged": True}
    assert plug(False)["unplugged"] is False
    page.stop()
