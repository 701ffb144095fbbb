from odoo.tests import HttpCase, tagged

from .common_till import WalletTillCommon
from .common_website import WalletWebsiteCommon


@tagged("post_install", "-at_install")
class TestWalletTour(WalletTillCommon, HttpCase):
    def setUp(self):
        super().setUp()
        # the name also stands for the session of the browser
        self.session = None

    def test_till_tour(self):
        """PAY-05, POS-07: pay with the PIN, return, top up in cash, in a browser."""
        self.env["o2o.wallet.campaign"].create(
            {"name": "300 gives 30", "minimum": 300.0, "bonus": 30.0}
        )
        self.bottle.write({"list_price": 110.0, "taxes_id": False})
        self.member.lang = "en_US"
        self.start_tour(
            f"/pos/ui/{self.shop.id}",
            "o2o_wallet_till_tour",
            login="o2o_w_cashier",
            timeout=180,
        )
        orders = self.pos_session.order_ids.sorted("id")
        self.assertEqual(orders.mapped("state"), ["paid", "paid", "paid"])
        self.assertEqual(orders.mapped("amount_total"), [110.0, -110.0, 0.0])
        self.assertEqual(orders[2].partner_id, self.member)
        self.assertBalance(800.0, 80.0)
        self.assertProven()


@tagged("post_install", "-at_install")
class TestWalletPaymentTour(WalletWebsiteCommon, HttpCase):
    def test_payment_tour(self):
        """PAY-05: pay an order with the PIN on the payment page, in a browser."""
        self.bottle.list_price = 330.0
        order = self._order(price=330.0)
        order.website_id = self.website
        self.start_tour("/shop/payment", "o2o_wallet_payment_tour", login="o2o_w_buyer")
        self.assertEqual(order.state, "sale")
        self.assertBalance(200.0, 20.0)
