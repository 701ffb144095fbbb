"""A cashier at a real till: a browser, and a scanner for customers' codes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from o2o_cli import browser

from .server import BenchServer

# the page objects of the whole-system tests
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests/system"))

from lib.cashier import Cashier  # noqa: E402

WINDOW = {"width": 1280, "height": 800}
LOGIN = "bench_cashier"
MILLISECONDS = 30_000
#: notes when the scanner ended its code, and when the line was drawn as paid: the
#: browser's own clock, so that no word between it and us is counted
CLOCK = """
() => {
    const clock = { scanned: null, paid: null };
    window.o2oClock = clock;
    document.addEventListener("keydown", (ev) => {
        if (ev.key === "Enter" && ev.target.closest(".o_o2o_code_dialog")) {
            clock.scanned = performance.now();
            clock.paid = null;
        }
    }, true);
    const look = () => {
        const isPaid = document.querySelector(
            ".electronic_payment .send_payment_reversal, .electronic_payment > .d-none"
        );
        if (isPaid && clock.scanned !== null && clock.paid === null) {
            clock.paid = performance.now();
        }
    };
    new MutationObserver(look).observe(document.body, {
        childList: true, subtree: true, attributes: true,
    });
}
"""


@dataclass(frozen=True)
class Place:
    """What the page objects ask of a running shop."""

    server: BenchServer
    till: int

    def account(self, login: str) -> dict[str, str]:
        return {"password": login}

    def till_id(self, _login: str, _number: int) -> int:
        return self.till

    def is_cash_uncounted(self, till_id: int) -> bool:
        waiting = self.server.postgres.psql(
            self.server.database,
            "SELECT count(*) FROM pos_session WHERE state = 'opening_control'"
            f" AND config_id = {till_id}",
        )
        return waiting.strip() != "0"


class CodeTill:
    """One sale after the other, each paid with a code."""

    def __init__(self, page: Page, method: str) -> None:
        self.page = page
        self.method = method

    @classmethod
    @contextmanager
    def opened(cls, server: BenchServer, till: int, method: str) -> Iterator[CodeTill]:
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path=browser.installed(),
                args=[*browser.FLAGS, "--no-sandbox", "--disable-gpu"],
            )
            context = chromium.new_context(base_url=server.url, viewport=WINDOW)
            context.set_default_timeout(MILLISECONDS)
            page = context.new_page()
            Cashier(page, Place(server, till)).open_till(LOGIN)
            page.evaluate(CLOCK)
            yield cls(page, method)
            chromium.close()

    def sell(self, code: str, before_paid: Any = lambda: None) -> float:
        """:param before_paid: called when the code was scanned
        :return: milliseconds from the scanner's last key to the line shown as paid
        """
        page = self.page
        page.locator(".product-list .product").first.click()
        page.locator(".product-screen .pay-order-button").click()
        page.locator(".paymentmethods .paymentmethod", has_text=self.method).click()
        box = page.locator(".o_o2o_code_dialog input")
        box.wait_for()
        # as a scanner types: a burst of keys
        box.press_sequentially(code)
        box.press("Enter")
        before_paid()
        page.wait_for_function("() => window.o2oClock.paid !== null")
        took = page.evaluate("() => window.o2oClock.paid - window.o2oClock.scanned")
        page.locator(".payment-screen .validation-button.next").click()
        page.locator(".receipt-screen [name=done]:visible").click()
        page.locator(".product-screen .product-list").wait_for()
        return float(took)
