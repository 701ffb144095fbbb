from uuid import uuid4

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common_coupon import CouponCommon
from .common_till import TillCommon


@tagged("post_install", "-at_install")
class TestTillCoupons(CouponCommon, TillCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # both commons make a member: the till's is the one that buys here
        cls.buyer = cls._create_till_member("O2O Sun", "88000520", "13800138020")
        cls.buyer._o2o_post_points(1000, "manual", "till:start")
        cls.company.o2o_purchase_message = True

    def _ask(self, till=None, **values):
        till = self.till if till is None else till
        values = {"key": str(uuid4()), "offer_id": self.offer.id, **values}
        return till.exchange_coupon(self.config.id, self.buyer.id, values)

    def test_offers(self):
        """PTS-07: the till sees price, worth and why not."""
        self.offer.quota = 4
        answer = self.till.coupon_offers(self.config.id, self.buyer.id)
        [row] = [row for row in answer["offers"] if row["id"] == self.offer.id]
        self.assertEqual((row["points"], row["left"], row["problem"]), (300, 4, ""))
        self.assertIsInstance(row["last_day"], str)
        self.offer.points_price = 5000
        answer = self.till.coupon_offers(self.config.id, self.buyer.id)
        [row] = [row for row in answer["offers"] if row["id"] == self.offer.id]
        self.assertIn("4000 more", row["problem"])

    def test_exchange(self):
        """PTS-07: code and new balance; the row names cashier and till."""
        answer = self._ask()
        self.assertEqual(answer["status"], "ok", answer)
        exchange = self.Exchange.search([("partner_id", "=", self.buyer.id)])
        self.assertEqual(answer["coupon"]["code"], exchange.coupon_id.code)
        self.assertEqual(answer["card"]["points"]["available"], 700)
        self.assertRecordValues(
            exchange.entry_id,
            [
                {
                    "kind": "redeem",
                    "actor_id": self.cashier.id,
                    "pos_session_id": self.session.id,
                    "pos_config_id": self.config.id,
                }
            ],
        )

    def test_price_that_was_not_shown(self):
        """PTS-07: the cashier has read another price to the member."""
        answer = self.till.coupon_offers(self.config.id, self.buyer.id)
        [row] = [row for row in answer["offers"] if row["id"] == self.offer.id]
        self.offer.points_price = 500
        answer = self._ask(terms=row["terms"])
        self.assertEqual(answer["status"], "refused")
        self.assertIn("look again", answer["message"])
        self.assertEqual(self.buyer.o2o_points, 1000)

    def test_repeated_request(self):
        """PTS-07: the answer got lost, the till asks again: one coupon, one message."""
        messages = self.env["o2o.message"]
        before = messages.search_count([])
        key = str(uuid4())
        first, second = self._ask(key=key), self._ask(key=key)
        self.assertEqual(first["status"], "ok", first)
        self.assertEqual(first["coupon"], second["coupon"])
        self.assertEqual(self.buyer.o2o_points, 700)
        self.assertEqual(messages.search_count([]), before + 1)

    def test_member_is_told(self):
        """PTS-07, CARD-06: a cashier takes nobody's points in silence."""
        self.buyer.lang = "en_US"
        self.assertEqual(self._ask()["status"], "ok")
        message = self.env["o2o.message"].search([], order="id desc", limit=1)
        self.assertIn("300 points were exchanged", message.body)
        self.assertNotIn(self.Exchange.search([], limit=1).coupon_id.code, message.body)

    def test_refusals(self):
        """PTS-07: refused in words, and nothing is written."""
        self.offer.points_price = 5000
        self.assertIn("4000 more", self._ask()["message"])
        self.offer.points_price = 300
        for values in (
            {"key": "x"},
            {"key": None},
            {"offer_id": "1"},
            {"offer_id": True},
            {"offer_id": -1},
            {"offer_id": 2**40},
        ):
            with self.subTest(values=values):
                self.assertEqual(self._ask(**values)["status"], "refused")
        self.offer.active = False
        self.assertIn("not offered", self._ask()["message"])
        self.assertEqual(self.buyer.o2o_points, 1000)

    def test_only_tills(self):
        """PTS-07: neither members nor staff without a till call this."""
        for user in (self.portal, self.employee, self.user):
            till = self.env["o2o.member.till"].with_user(user)
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    self._ask(till=till)
                with self.assertRaises(AccessError):
                    till.coupon_offers(self.config.id, self.buyer.id)
        self.assertEqual(self.buyer.o2o_points, 1000)
