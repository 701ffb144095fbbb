from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common_level import LevelCommon

NOW = "2026-06-15 04:00:00"


@tagged("post_install", "-at_install")
class TestLevelProgress(LevelCommon):
    def _money(self, amount):
        return self.company.currency_id.format(amount)

    def _text(self, extra=0.0):
        return self.member._o2o_level_progress(extra)["next"]["text"]

    def test_missing_amount(self):
        """MEM-07: "¥35 more to Silver", and doing that gives Silver."""
        self._buy(self.member, 965)
        self.assertEqual(self._text(), f"{self._money(35)} more to Silver")
        self._buy(self.member, 35)
        self.assertEqual(self.member.o2o_level_id, self.silver)

    def test_count_too(self):
        """MEM-07: where spend and purchases are needed, both are said."""
        self._buy(self.member, 4900)
        self.assertEqual(
            self._text(), f"{self._money(100)} and 4 purchases more to Gold"
        )
        for _number in range(3):
            self._buy(self.member, 10)
        # the next purchase is the fifth one: its amount alone decides now
        self.assertEqual(self._text(), f"{self._money(70)} more to Gold")
        self._buy(self.member, 70)
        self.assertEqual(self.member.o2o_level_id, self.gold)

    def test_cart_reaches_the_level(self):
        """MEM-07: an order that leads to the level says so, and the one after it."""
        self._buy(self.member, 900)
        progress = self.member._o2o_level_progress(100)
        self.assertEqual(progress["reached"]["name"], "Silver")
        self.assertEqual(progress["next"]["name"], "Gold")
        self.assertFalse(self.member._o2o_level_progress(99.99)["reached"])

    def test_nothing_above_diamond(self):
        """MEM-07: the highest level has nothing missing."""
        self._buy(self.member, 20000)
        progress = self.member._o2o_level_progress()
        self.assertFalse(progress["next"])
        self.assertEqual(progress["level"]["name"], "Diamond")

    def test_old_purchases_promise_nothing(self):
        """MEM-07: what leaves the window before the order is done is not counted on."""
        with freeze_time(NOW):
            self._buy(self.member, 500, at="2025-06-20 04:00:00")
            self.assertEqual(self._text(), f"{self._money(1000)} more to Silver")
            self._buy(self.member, 400, at="2025-07-20 04:00:00")
            self.assertEqual(self._text(), f"{self._money(600)} more to Silver")

    def test_cart_counts_what_is_paid(self):
        """MEM-07: discounts are off before the promise, delivery does not count."""
        product = self.env["product.product"].create(
            {"name": "O2O Bottle", "list_price": 1000, "taxes_id": [Command.clear()]}
        )
        order = self.env["sale.order"].create(
            {
                "partner_id": self.member.id,
                "order_line": [
                    Command.create({"product_id": product.id, "discount": 10}),
                    Command.create(
                        {
                            "product_id": product.id,
                            "price_unit": 100,
                            "is_delivery": True,
                        }
                    ),
                ],
            }
        )
        progress = order._o2o_level_progress()
        self.assertFalse(progress["reached"])
        self.assertEqual(progress["next"]["missing_amount"], 100)

    def test_no_member_no_promise(self):
        """MEM-07: visitors and contacts see nothing."""
        contact = self.env["res.partner"].create({"name": "O2O Contact"})
        self.assertEqual(contact._o2o_level_progress(), {})

    def test_fee_offer(self):
        """MEM-08: the way by fee is shown while it leads upwards."""
        product = self.env["product.template"].create(
            {
                "name": "O2O Gold Year",
                "type": "service",
                "list_price": 365,
                "o2o_level_id": self.gold.id,
                "is_published": True,
            }
        )
        offer = self.member._o2o_level_progress()["fee"]
        self.assertEqual(offer["product_id"], product.id)
        self._buy(self.member, 20000)
        self.assertFalse(self.member._o2o_level_progress()["fee"])

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        cents=st.lists(st.integers(1, 900_000), max_size=6), needs_both=st.booleans()
    )
    def test_promise_is_kept(self, cents, needs_both):
        """MEM-07: whatever was bought before, buying what is missing is enough."""
        with self.cr.savepoint() as savepoint:
            self.gold.needs_both = needs_both
            for amount in cents:
                self._buy(self.member, amount / 100)
            missing = self.member._o2o_level_progress()["next"]
            if missing:
                times = missing["missing_count"] if missing["needs_both"] else 1
                amount = missing["missing_amount"]
                for number in range(max(1, times)):
                    self._buy(self.member, max(0.01, amount if not number else 0))
                level = self.env["o2o.level"].browse(missing["id"])
                self.assertGreaterEqual(
                    self.member.o2o_level_id.sequence, level.sequence
                )
            savepoint.rollback()
        self.env.invalidate_all()
