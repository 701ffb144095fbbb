"""Odoo's own tests of the modules that ours extend: do they still pass with ours?

The database is as Odoo's tests expect it: in English, without demo data. A test that
fails there without our addons too (many modules at once) says nothing about ours:
each failure is tried again without them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from . import commands
from .odoo import Odoo

EXTENDED_MODULES = (
    "loyalty",
    "website_sale_collect",
    "pos_loyalty",
    "website_sale_loyalty",
    "sale_loyalty",
    "point_of_sale",
    "pos_sale",
    "sale",
    "website_sale",
    "payment",
    "account_payment",
)
_NO_CUSTOMERS = (
    "a till opens without loading customers, so a list that is searched without a line"
    " finds only those seen before; stock loads a hundred at each start"
)
_ONE_PAGE = (
    "a member's cart leads to the page where delivery, address and payment stand"
    " together; the tour clicks through Odoo's steps, which others still get"
)
_ONE_PLACE = (
    "a visitor chooses a store or region once, for the whole shop, not for each product"
)
_PAID_ON_RECEIPT = (
    "who pays when the goods are handed over is not asked to finalize a payment"
)
_SERVED_FROM = (
    "what can be ordered is what the stores and head office have that will serve the"
    " order, whatever warehouse the website names"
)
_BELL_RINGS = (
    "the bell of a store tells of an order of the website; a mail to a salesperson"
    " would cost the member's transaction"
)
_NOT_LOADED_YET = (
    "runs while Odoo is loaded, before the addon whose required field of products is in"
    " the database already; stock's own later modules do the same to such tests"
)
#: tests that assert what ours is made to change, and why it is changed
DIFFERENCES = {
    **{
        f"/point_of_sale:{case}.{test}": _NO_CUSTOMERS
        for case in ("TestUi", "MobileTestUi")
        for test in ("test_01_pos_basic_order", "test_receipt_screen_tour")
    },
    **{
        f"/website_sale_loyalty:{test}": _ONE_PAGE
        for test in (
            "TestWebsiteSaleDelivery.test_shipping_discount",
            "TestWebsiteSaleDelivery.test_shop_sale_gift_card_keep_delivery",
            "TestWebsiteSaleDelivery.test_update_shipping_after_discount",
            "WebsiteSaleLoyaltyTestUi.test_01_admin_shop_sale_loyalty_tour",
        )
    },
    **{
        f"/website_sale:{test}": _ONE_PAGE
        for test in (
            "TestSaleProcess.test_02_admin_checkout",
            "TestSaleProcess.test_03_demo_checkout",
            "TestSaleProcess.test_04_admin_website_sale_tour",
            "TestSaleProcess.test_update_same_address_billing_shipping_edit",
            "TestUi.test_01_free_delivery_when_exceed_threshold",
        )
    },
    "/website_sale:TestWebsiteSaleMails.test_salesman_assignation": _BELL_RINGS,
    **{
        f"/website_sale:{case}": _NOT_LOADED_YET
        for case in ("TestProductRibbon", "WebsiteSaleSEO")
    },
    "/website_sale_collect:TestClickAndCollectFlow"
    ".test_buy_with_click_and_collect_as_public_user": _ONE_PLACE,
    "/website_sale_collect:TestClickAndCollectFlow"
    ".test_default_location_is_set_for_pick_up_in_store": _PAID_ON_RECEIPT,
    "/website_sale_collect:TestWebsite"
    ".test_product_available_qty_if_in_store_dm_unpublished": _SERVED_FROM,
}
#: Odoo confirms orders for goods that nobody has, and sends their mails at once; ours
#: does when a company says so
SETTINGS = """
env["ir.config_parameter"].set_param("sale.async_emails", "False")
env["ir.default"].set("res.company", "o2o_office_short", "wait")
env["res.company"].search([]).o2o_office_short = "wait"
env.cr.commit()
"""
FAILED_TEST = re.compile(
    r" odoo\.addons\.(\w+)\.tests\.\S+: (?:FAIL|ERROR): (?:Subtest )?(\w+\.\w+)"
)
FAILED_CLASS = re.compile(
    r" (?:FAIL|ERROR): (?:setUp|tearDown)Class"
    r" \(odoo\.addons\.(\w+)\.tests\.[\w.]*?(\w+)\)"
)
SUMMARY = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests")


@dataclass(frozen=True)
class Outcome:
    """What a log of Odoo's runner says; tags name the failed tests for a new run."""

    total: int
    bad: int
    tags: frozenset[str]

    @property
    def is_complete(self) -> bool:
        """The runner came to its end, and every failure is known by name."""
        return self.total > 0 and bool(self.tags) == bool(self.bad)

    @property
    def has_run(self) -> bool:
        """Something was run, or failed before it could (a class that is not set up)."""
        return self.total > 0 or bool(self.tags)


def read(text: str) -> Outcome:
    summary = SUMMARY.findall(text)
    failures, errors, total = (int(part) for part in (summary or [(0, 0, 0)])[-1])
    found = FAILED_TEST.findall(text) + FAILED_CLASS.findall(text)
    tags = frozenset(f"/{module}:{name}" for module, name in found)
    return Outcome(total, failures + errors, tags)


def run(
    odoo: Odoo, database: str, tags: str, log: Path, env: dict[str, str]
) -> Outcome:
    """Run tests by tags in Odoo's own runner."""
    log.unlink(missing_ok=True)
    options = ["-d", database, "--stop-after-init", "--test-tags", tags]
    commands.attempt(odoo.command(*options), log=log, env=env)
    return read(log.read_text("utf-8", "replace"))
