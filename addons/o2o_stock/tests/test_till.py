from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged, users

from .common import StockCase

UUID = "0b6f0c5e-1111-4222-8333-9a7d5e1f0001"
OTHER = "0b6f0c5e-1111-4222-8333-9a7d5e1f0002"


@tagged("post_install", "-at_install")
class TestTill(StockCase):
    def _ask(self, user, method, *args):
        service = self.env["o2o.stock.till"].with_user(user)
        return getattr(service, method)(self.till.id, *args)

    def _lines(self, quantity):
        return [[self.product.id, quantity]]

    def test_basket_is_held_while_it_is_paid(self):
        """Idea 4: the payment screen holds; the website sees it; twice is once."""
        for _time in range(2):
            answer = self._ask(self.cashier, "claim", UUID, self._lines(4))
            self.assertEqual(answer["status"], "ok")
        self.assertEqual(self._free(), 1)
        self.assertEqual(
            self.holds.search([])
            .filtered(lambda h: h.key == f"pos.order/{UUID}")
            .channel,
            "till",
        )
        self._ask(self.cashier, "release", UUID)
        self.assertEqual(self._free(), 5)

    def test_cashier_is_told_until_when_and_for_whom(self):
        """Idea 4: “held until 18:42 for order S00012”, and how many are free."""
        order = self._create_order(4)
        self._submit(order)
        answer = self._ask(self.cashier, "claim", UUID, self._lines(3))
        self.assertEqual(answer["status"], "held")
        self.assertFalse(answer["can_override"])
        line = answer["lines"][0]
        self.assertEqual((line["wanted"], line["free"], line["on_shelf"]), (3, 1, 5))
        self.assertEqual(line["promises"][0]["owner"], order.name)
        self.assertEqual(line["promises"][0]["quantity"], 4)
        self.assertTrue(line["promises"][0]["until"])
        self.assertEqual(self._free(), 1)
        looked = self._ask(self.cashier, "look", [self.product.id, self.second.id])
        self.assertEqual([it["product_id"] for it in looked], [self.product.id])

    def test_settled_order_has_its_goods_already(self):
        """Idea 4: pieces kept for the order that is settled are not in its way."""
        order = self._create_order(4)
        order.action_confirm()
        settled = [[self.product.id, 4, order.order_line.id]]
        answer = self._ask(self.teller, "claim", UUID, settled)
        self.assertEqual(answer["status"], "ok")
        more = self._ask(self.teller, "claim", UUID, settled + self._lines(2))
        self.assertEqual(more["status"], "held")
        self.assertEqual(more["lines"][0]["free"], 1)
        # the order is no obstacle to itself
        self.assertEqual(more["lines"][0]["promises"], [])

    def test_own_hold_of_a_settled_quotation(self):
        order = self._create_order(4)
        self._submit(order)
        lines = [[self.product.id, 4, order.order_line.id]]
        answer = self._ask(self.teller, "claim", UUID, lines)
        self.assertEqual(answer["status"], "ok")
        # held once: one more piece is free, as before
        self.assertEqual(self._free(), 1)

    def test_hold_of_a_quotation_lasts_while_its_customer_pays(self):
        """Idea 4: as long as the till's own; a longer one is not made shorter."""
        order = self._create_order(4)
        order._o2o_claim_stock(self._in(1))
        lines = [[self.product.id, 4, order.order_line.id]]
        self._ask(self.teller, "claim", UUID, lines)
        self.assertGreater(self._hold_of(order).until, self._in(9))
        order._o2o_claim_stock(self._in(60))
        self._ask(self.teller, "claim", UUID, lines)
        self.assertGreater(self._hold_of(order).until, self._in(59))
        self.assertEqual(self._free(), 1)

    def test_hold_that_has_run_out_is_not_taken_up_again(self):
        """The till holds what it sells, nobody the rest of a forgotten quotation."""
        order = self._create_order(4)
        order._o2o_claim_stock(self._in(-1))
        lines = [[self.product.id, 1, order.order_line.id]]
        self.assertEqual(self._ask(self.teller, "claim", UUID, lines)["status"], "ok")
        self.assertEqual(self._free(), 4)

    def test_attack_names_an_order_to_keep_its_goods_longer(self):
        """A cashier who may not see an order changes nothing of it."""
        order = self._create_order(4)
        order._o2o_claim_stock(self._in(1))
        lines = [[self.product.id, 1, order.order_line.id]]
        self._ask(self.cashier, "claim", UUID, lines)
        self.assertLess(self._hold_of(order).until, self._in(2))

    def test_attack_names_an_order_to_get_its_goods(self):
        """Lines of other goods, of orders the user may not see, or no lines at all."""
        self._set_stock(self.warehouse, self.second, 1)
        foreign = self._create_order(1, product=self.second)
        foreign.action_confirm()
        order = self._create_order(5)
        order.action_confirm()
        for user, origin in (
            (self.teller, foreign.order_line.id),
            (self.cashier, order.order_line.id),
            *((self.teller, junk) for junk in ("1", None, True, [1], -1)),
        ):
            lines = [[self.product.id, 1, origin]]
            answer = self._ask(user, "claim", UUID, lines)
            self.assertEqual(answer["status"], "held", origin)

    def test_reserved_goods_are_told_too(self):
        """A confirmed order's reservation has no end, but an owner."""
        order = self._create_order(5)
        order.action_confirm()
        answer = self._ask(self.cashier, "claim", UUID, self._lines(1))
        self.assertEqual(answer["status"], "held")
        self.assertEqual(
            answer["lines"][0]["promises"],
            [{"owner": order.name, "quantity": 5.0, "until": False}],
        )

    def test_bottle_on_the_counter_beats_the_record(self):
        """Nobody was promised it: a till sells what the record does not know."""
        self.assertEqual(
            self._ask(self.cashier, "claim", UUID, self._lines(9))["status"], "ok"
        )
        self.assertEqual(self._free(), 0)

    def test_safety_stock_of_the_till(self):
        """SUP-09: the last two are for the website; the cashier is told."""
        self.env["o2o.stock.safety"].create({"quantity": 2, "channel": "till"})
        self.assertEqual(
            self._ask(self.cashier, "claim", UUID, self._lines(3))["status"], "ok"
        )
        answer = self._ask(self.cashier, "claim", OTHER, self._lines(1))
        self.assertEqual(answer["status"], "held")
        self.assertEqual(answer["lines"][0]["safety"], 2)

    def test_two_tills_one_basket_each(self):
        """A second till is not stopped by a basket: people decide at the counter."""
        self._ask(self.cashier, "claim", UUID, self._lines(4))
        answer = self._ask(self.cashier, "claim", OTHER, self._lines(2))
        self.assertEqual(answer["status"], "ok")
        self.assertEqual(self._free(), 0)

    def test_override_needs_a_right_and_a_reason(self):
        """Idea 4: a manager sells held goods and says why; it is written down."""
        order = self._create_order(5)
        self._submit(order)
        with self.assertRaises(AccessError):
            self._ask(self.cashier, "override", UUID, self._lines(1), "customer waits")
        with self.assertRaises(UserError):
            self._ask(self.pos_manager, "override", UUID, self._lines(1), "  ")
        answer = self._ask(
            self.pos_manager, "override", UUID, self._lines(1), "customer waits"
        )
        self.assertEqual(answer["status"], "ok")
        breach = self.env["o2o.stock.breach"].search(
            [("product_id", "=", self.product.id)]
        )
        self.assertEqual(breach.origin, "override")
        self.assertEqual(breach.reason, "customer waits")
        self.assertEqual(breach.user_id, self.pos_manager)
        self.assertEqual(breach.pos_config_id, self.till)
        self.assertEqual(breach.state, "done")
        self.assertEqual(breach.result, order.name)

    def test_company_may_trust_every_cashier(self):
        self.company.o2o_till_override = "cashier"
        self._submit(self._create_order(5))
        answer = self._ask(self.cashier, "claim", UUID, self._lines(1))
        self.assertTrue(answer["can_override"])
        self._ask(self.cashier, "override", UUID, self._lines(1), "gift")

    def test_newest_promise_is_broken_first(self):
        """Idea 4: who came first keeps the goods."""
        self.company.o2o_till_override = "cashier"
        first = self._create_order(2)
        self._submit(first)
        second = self._create_order(
            3, partner=self.env["res.partner"].create({"name": "x"})
        )
        self._submit(second)
        self._ask(self.cashier, "override", UUID, self._lines(2), "gift")
        self.assertEqual(self._hold_of(first).state, "active")
        self.assertNotIn("active", self._hold_of(second).mapped("state"))
        self.assertGreaterEqual(self._free(), 0)

    def test_broken_order_takes_what_is_left_if_it_can(self):
        """The newest order looks again at once, and is told when it finds nothing."""
        self.company.o2o_till_override = "cashier"
        order = self._create_order(5)
        self._submit(order)
        self._ask(self.cashier, "override", UUID, self._lines(1), "gift")
        self.assertIn("sold at a till", order.message_ids[0].body)
        self._set_stock(self.warehouse, self.product, 10)
        again = self._create_order(
            5, partner=self.env["res.partner"].create({"name": "x"})
        )
        self._submit(again)
        self._ask(self.cashier, "override", OTHER, self._lines(5), "gift")

    @users("o2o_stock_seller")
    def test_only_cashiers_may_ask(self):
        service = self.env["o2o.stock.till"]
        for method, args in (
            ("look", [[self.product.id]]),
            ("claim", [UUID, self._lines(1)]),
            ("override", [UUID, self._lines(1), "x"]),
            ("release", [UUID]),
        ):
            with self.assertRaises(AccessError):
                getattr(service, method)(self.till.id, *args)

    def test_nonsense_from_a_till_is_refused(self):
        """Attack: unknown tills, keys of others, wrong types, endless baskets."""
        with self.assertRaises(AccessError):
            self.env["o2o.stock.till"].with_user(self.cashier).look(10**9, [1])
        for uuid in (None, 7, "", "x", "y" * 65):
            with self.assertRaises(UserError):
                self._ask(self.cashier, "claim", uuid, self._lines(1))
        for lines in (
            [["x", 1]],
            [[self.product.id, "1"]],
            [[self.product.id, -1]],
            [[self.product.id, float("nan")]],
            [[10**8, 1]],
            [],
        ):
            self.assertEqual(
                self._ask(self.cashier, "claim", UUID, lines)["status"], "ok"
            )
        self.assertEqual(self._free(), 5)
        # no key of an order can be reached through a till
        order = self._create_order(5)
        self._submit(order)
        self._ask(self.cashier, "release", order._o2o_get_hold_key())
        self.assertEqual(self._hold_of(order).state, "active")
