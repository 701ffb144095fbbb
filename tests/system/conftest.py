"""Whole-system tests: real browsers against the shop that ``./o2o up`` builds.

``./o2o test`` brings a shop of its own up first. By hand: ``./o2o up``, then
``pytest -p no:odoo tests/system`` with the environment's Python.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from lib.cashier import Cashier
from lib.gateways import Gateways
from lib.people import HeadOffice, Member
from lib.stack import Stack
from playwright.sync_api import expect, sync_playwright

#: the network of a test machine may be closed: no background calls of Chromium
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
#: the first page of a fresh server compiles its assets
expect.set_options(timeout=60_000)

PHONE = {"width": 390, "height": 844}
TILL = {"width": 1280, "height": 800}
DESK = {"width": 1440, "height": 900}


def read_status():
    """What the runner says now: a test may have started the shop again."""
    runner = os.environ.get("O2O_RUNNER") or Path(__file__).parents[2] / "o2o"
    command = [sys.executable, runner, "status", "--json"]
    return json.loads(subprocess.check_output(command))


@pytest.fixture(scope="session")
def stack():
    status = read_status()
    if not status["running"]:
        pytest.fail("The shop is not up: run ./o2o up first, or use ./o2o test")
    stack = Stack(status)
    stack.keep_stores_open()
    return stack


@pytest.fixture(autouse=True)
def full_shelves(stack):
    """A test that sells out must not decide what the next one finds."""
    stack.fill_shelves("坤沙大曲 2018")


@pytest.fixture(scope="session")
def chromium():
    path = os.environ.get("O2O_BROWSER") or shutil.which("chromium")
    if not path:
        pytest.fail("No Chromium on this machine: ./o2o doctor says what to install")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGS)
        yield browser
        browser.close()


@pytest.fixture
def open_window(chromium, stack, request, tmp_path):
    """Open a window of one person; on failure its picture is kept."""
    windows = []

    def open_window(name, viewport, **options):
        context = chromium.new_context(
            base_url=stack.url,
            viewport=viewport,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            **options,
        )
        context.set_default_timeout(60_000)
        page = context.new_page()
        windows.append((name, context, page))
        return page

    yield open_window
    folder = os.environ.get("O2O_PICTURES")
    for name, context, page in windows:
        if folder and not page.is_closed():
            page.screenshot(path=f"{folder}/{request.node.name}-{name}.png")
        context.close()


@pytest.fixture
def gateways(stack):
    """The simulator; it and our clients are back in the present afterwards."""
    status = read_status()
    gateways = Gateways(status["payer"], status["services"]["paysim"])
    yield gateways
    if gateways.ahead:
        gateways.come_back()
        stack.set_simulator_ahead(0)


@pytest.fixture
def member(open_window, stack):
    return Member(open_window("member", PHONE, is_mobile=True, has_touch=True), stack)


@pytest.fixture
def cashier(open_window, stack):
    return Cashier(open_window("till", TILL), stack)


@pytest.fixture
def second_cashier(open_window, stack):
    return Cashier(open_window("till2", TILL), stack)


@pytest.fixture
def head_office(open_window, stack):
    return HeadOffice(open_window("office", DESK), stack)
