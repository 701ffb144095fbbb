"""What WeChat is told of goods that were sent."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_order import OrderPaymentCase


@tagged("post_install", "-at_install")
class TestShipping(OrderPaymentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.wechat.o2o_wechat_tells_shipping = True
        cls.carrier.o2o_wechat_code = "YTO"
        cls.rows = cls.env["o2o.payment.shipping"]

    def _paid_order(self, provider=None, quantity=2, is_accepted=True):
        order = self._submit(quantity)
        self._come_in(self._attempt(order, provider or self.wechat))
        if is_accepted:
            order.o2o_fulfillment_ids._mark_accepted()
        return order

    def _rows(self, order):
        return self.rows.search([("order_id", "=", order.id)], order="id")

    def _told(self, order):
        out_no = order.transaction_ids.o2o_intent_ids.out_no
        return self._module(self.wechat).shipments.told.get(out_no, [])

    def _two_parts(self):
        order = self._paid_order(is_accepted=False)
        part = order.o2o_fulfillment_ids
        other = self._split(part, self.far, {part.line_ids.sale_line_id: 1.0})
        (part | other)._mark_accepted()
        return order, part, other

    def test_parcel(self):
        """PAY-02: what a carrier brings is told with its number, by whoever ships."""
        order = self._paid_order()
        order.o2o_fulfillment_ids.with_user(self.cashier).sudo()._mark_shipped("YT1")
        row = self._rows(order)
        self.assertEqual((row.kind, row.state), ("express", "waiting"))
        self._run("shipping")
        self.assertEqual(row.state, "told", row.failure)
        [told] = self._told(order)
        self.assertEqual((told["logistics_type"], told["delivery_mode"]), (1, 1))
        [parcel] = told["shipping_list"]
        self.assertEqual(parcel["tracking_no"], "YT1")
        self.assertIn("坤沙大曲", parcel["item_desc"])
        self.assertNotIn("13900000001", str(told))

    def test_brought_by_the_store(self):
        """PAY-02: without a number of a carrier it is a delivery in town."""
        order = self._paid_order()
        order.o2o_fulfillment_ids._mark_shipped()
        self._run("shipping")
        [told] = self._told(order)
        self.assertEqual(told["logistics_type"], 2)

    def test_parcels_as_they_leave(self):
        """PAY-02: two stores, two parcels: the second one says that it is all."""
        order, part, other = self._two_parts()
        part._mark_shipped("YT1")
        self._run("shipping")
        other._mark_shipped("YT2")
        self._run("shipping")
        first, second = self._told(order)
        self.assertEqual(
            [first["is_all_delivered"], second["is_all_delivered"]], [False, True]
        )
        self.assertEqual(
            [it["tracking_no"] for it in second["shipping_list"]], ["YT1", "YT2"]
        )
        self.assertEqual(self._rows(order).mapped("state"), ["told", "told"])

    def test_town_deliveries_are_told_once(self):
        """PAY-02: without carriers WeChat is told when all has left."""
        order, part, other = self._two_parts()
        part._mark_shipped()
        self._run("shipping")
        self.assertFalse(self._told(order))
        other._mark_shipped("YT2")
        self._run("shipping")
        [told] = self._told(order)
        self.assertEqual(told["logistics_type"], 2)
        self.assertEqual(self._rows(order).mapped("state"), ["told", "told"])

    def test_rest_is_cancelled(self):
        """PAY-02: the second part ends without goods: what was sent is all."""
        order, part, other = self._two_parts()
        part._mark_shipped("YT1")
        self._run("shipping")
        other._mark_cancelled()
        self._run("shipping")
        self.assertEqual(
            [it["is_all_delivered"] for it in self._told(order)[:1]], [False]
        )
        self.assertEqual(self._told(order)[-1]["delivery_mode"], 1)

    def test_shipped_twice_is_one_row(self):
        """FAULT-52: the transition repeated by a replay writes nothing new."""
        order = self._paid_order()
        part = order.o2o_fulfillment_ids
        part._mark_shipped("YT1")
        self.rows._plan(part)
        self.assertEqual(len(self._rows(order)), 1)

    def test_answer_is_lost(self):
        """FAULT-29, 39: told again with pauses that grow; WeChat has it once."""
        order = self._paid_order()
        order.o2o_fulfillment_ids._mark_shipped("YT1")
        row = self._rows(order)
        for fault in ("lost_after", "html"):
            self.simulator.faults.add("wechat.shipping", fault)
            self._make_due(row)
            self._run("shipping")
            self.assertEqual(row.state, "waiting")
            self.assertTrue(row.failure and row.next_at)
        self.assertEqual(row.attempt_count, 2)
        self._make_due(row)
        self._run("shipping")
        self.assertEqual(row.state, "told", row.failure)
        self.assertEqual(len(self._told(order)), 1)

    def test_refused_in_words_and_told_again(self):
        """PAY-02: a wrong secret is named; who is in charge tells it again."""
        order = self._paid_order()
        secret = self.wechat.o2o_wechat_app_secret
        self.wechat.o2o_wechat_app_secret = "0" * 32
        order.o2o_fulfillment_ids._mark_shipped("YT1")
        self._run("shipping")
        row = self._rows(order)
        self.assertEqual((row.state, row.next_at), ("failed", False))
        # in words of the company's language, behind WeChat's number
        code, _space, said = row.failure.partition(" ")
        self.assertEqual(code, "40125")
        self.assertTrue(said)
        self.wechat.o2o_wechat_app_secret = secret
        with self.assertRaises(AccessError):
            row.with_user(self.head_office_user).action_retry()
        row.with_user(self.env.ref("base.user_admin")).action_retry()
        self._run("shipping")
        self.assertEqual(row.state, "told", row.failure)

    def test_only_where_it_is_wanted(self):
        """PAY-02: not of other gateways, not when it is switched off."""
        for provider, is_on in ((self.alipay, True), (self.wechat, False)):
            self.wechat.o2o_wechat_tells_shipping = is_on
            order = self._paid_order(provider, quantity=1)
            order.o2o_fulfillment_ids._mark_shipped("YT1")
            self.assertFalse(self._rows(order))

    def test_needs_the_secret(self):
        """PAY-02: it cannot be switched on without the secret of the app."""
        with self.assertRaises(UserError):
            self.wechat.o2o_wechat_app_secret = False

    def test_secret_is_a_secret(self):
        """PAY-08: for administrators only, and gone when the provider is reset."""
        self.assertIn(
            "o2o_wechat_app_secret",
            self.env["payment.provider"]._o2o_get_credential_fields(),
        )
        with self.assertRaises(AccessError):
            self.wechat.with_user(self.head_office_user).read(["o2o_wechat_app_secret"])
        values = self.wechat._get_reset_values()
        self.assertFalse(values["o2o_wechat_app_secret"])
        self.assertFalse(values["o2o_wechat_tells_shipping"])
