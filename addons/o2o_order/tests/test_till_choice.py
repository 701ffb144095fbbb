from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import O2oOrderCase


@tagged("post_install", "-at_install")
class TestTillChoice(O2oOrderCase):
    """Idea 9: accept by line; every answer of the customer ends balanced."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._let_points_pay(50000)
        cls.other = cls._create_product("窖藏 52度", 260.0)
        cls._set_stock(cls.near, cls.other, 20)

    def _accept_lines(self, fulfillment, available, user=None, **values):
        lines = {str(line.id): available for line in fulfillment.line_ids[:1]}
        return self._act(
            user or self.cashier,
            self.near,
            fulfillment,
            "accept_lines",
            lines=lines,
            **values,
        )

    def _ask(self, quantity=6, available=5, paid=False, **values):
        """An order of which the store has too little; the customer is asked."""
        fulfillment = self._place([(self.product, quantity)])
        self.assertEqual(fulfillment.store_id, self.near)
        if paid:
            fulfillment.order_id.transaction_ids.state = "done"
        answer = self._accept_lines(fulfillment, available, **values)
        self.assertEqual(answer["status"], "ok", answer["message"])
        choice = fulfillment.choice_ids
        self.assertEqual(choice.state, "open")
        return fulfillment, choice

    def _finish(self, fulfillment):
        if fulfillment.state == "offered":
            fulfillment._mark_accepted()
        fulfillment._mark_shipped()
        fulfillment._mark_received()

    def _moved(self, order):
        return {
            move.warehouse_id or move.location_id.warehouse_id: move.quantity
            for move in order.picking_ids.move_ids
            if move.state == "done"
        }

    # === THE TILL === #

    def test_five_of_six_asks_the_customer(self):
        """Idea 9: accepted by the store, the goods wait for the customer's word."""
        fulfillment, choice = self._ask()
        self.assertEqual(fulfillment.state, "accepted")
        self.assertEqual(fulfillment.accepted_by_id, self.cashier)
        self.assertEqual(choice.line_ids.missing, 1)
        self.assertEqual(choice.line_ids._get_text(), "5 of 6 are there, 1 missing")
        timer = fulfillment.timer_ids.filtered(lambda t: t.kind == "choice")
        self.assertEqual(timer.due_at, choice.due_at)
        answer = self._act(self.cashier, self.near, fulfillment, "ship")
        self.assertEqual(answer["status"], "refused")
        self.assertEqual(answer["order"]["choice"]["lines"][0]["available"], 5)

    def test_what_is_short_is_promised_to_nobody_else(self):
        """Idea 2 and 9: the till said five: the books do not keep ten."""
        other = self._place([(self.product, 2)])
        fulfillment, _choice = self._ask(6, 5)
        free = self.near._get_free_quantities(self.product)[self.near]
        self.assertEqual(free.get(self.product, 0), 0)
        self.assertEqual(other.picking_ids.move_ids.quantity, 2)
        self.assertEqual(fulfillment.picking_ids.move_ids.quantity, 5)
        self.assertEqual(self._place([(self.product, 1)]).store_id, self.far)

    def test_everything_there_is_a_plain_accept(self):
        """Idea 9: nothing short, nobody is asked."""
        fulfillment = self._place([(self.product, 6)])
        self._accept_lines(fulfillment, 6)
        self.assertEqual(fulfillment.state, "accepted")
        self.assertFalse(fulfillment.choice_ids)

    def test_forged_quantities_are_refused(self):
        """Invariant 7: negative, too large, not a number, another order's line."""
        fulfillment = self._place([(self.product, 6)])
        foreign = self._place([(self.product, 1)])
        for quantity in (-1, 7, "5", None, float("nan"), True):
            answer = self._accept_lines(fulfillment, quantity)
            self.assertEqual(answer["status"], "refused", quantity)
        answer = self._act(
            self.cashier,
            self.near,
            fulfillment,
            "accept_lines",
            lines={str(foreign.line_ids.id): 0},
        )
        self.assertEqual(answer["status"], "refused")
        self.assertEqual(self._accept_lines(fulfillment, 0)["status"], "refused")
        self.assertEqual(fulfillment.state, "offered")
        self.assertFalse(fulfillment.choice_ids)

    def test_second_till_is_told_who_was_first(self):
        """ROUT-07: accept by line has one winner too."""
        fulfillment, _choice = self._ask()
        answer = self._accept_lines(fulfillment, 4, user=self.cashier_two)
        self.assertEqual(answer["status"], "taken")
        self.assertEqual(len(fulfillment.choice_ids), 1)

    def test_other_store_cannot_accept_by_line(self):
        """Invariant 8: an order of NEAR, a till of FAR."""
        fulfillment = self._place([(self.product, 6)])
        answer = self._act(
            self.cashier_far,
            self.far,
            fulfillment,
            "accept_lines",
            lines={str(fulfillment.line_ids.id): 5},
        )
        self.assertEqual(answer["status"], "gone")
        self.assertEqual(fulfillment.state, "offered")

    # === THE FOUR ANSWERS === #

    def test_part_of_a_paid_order_asks_for_the_money(self):
        """Idea 9 (a): five come, the sixth is paid back."""
        fulfillment, choice = self._ask(paid=True)
        order = fulfillment.order_id
        self.assertTrue(choice._answer("part", "customer"))
        self.assertEqual(order.amount_total, 1000)
        self.assertEqual(choice.amount_back, 200)
        refund = order.o2o_return_ids
        self.assertEqual((refund.amount, refund.state), (200, "to_pay"))
        self.assertEqual(refund.line_ids.quantity, 1)
        self.assertTrue(order.o2o_refund_ids.activity_ids)
        self._finish(fulfillment)
        self.assertEqual(sum(self._moved(order).values()), 5)
        self.assertEqual(fulfillment.points_earned, 1000)
        self.assertEqual(order.order_line[:1].qty_delivered, 5)

    def test_part_of_cash_on_delivery_needs_no_refund(self):
        """Idea 9 (a): nothing was paid, less is collected."""
        fulfillment, choice = self._ask()
        choice._answer("part", "customer")
        self.assertEqual(fulfillment.amount_total, 1000)
        self.assertFalse(fulfillment.order_id.o2o_return_ids)

    def test_part_takes_its_share_of_points_and_coupons(self):
        """Invariant 4: what is left is as if the sixth had never been bought."""
        order = self._create_order([(self.product, 6)])
        payment = order.transaction_ids
        payment.state = "cancel"
        coupon = self.env["product.product"].create(
            {"name": "Coupon", "type": "service", "taxes_id": [Command.clear()]}
        )
        order.order_line = [
            Command.create(
                {
                    "product_id": coupon.id,
                    "product_uom_qty": 1,
                    "price_unit": -120,
                }
            )
        ]
        order._o2o_set_points(12000)
        self.assertEqual(order.amount_total, 1200 - 120 - 120)
        order.action_confirm()
        payment.state = "done"
        self.assertEqual(self.partner.o2o_points, 38000)
        fulfillment = order.o2o_fulfillment_ids
        self._accept_lines(fulfillment, 5)
        choice = fulfillment.choice_ids
        self.assertEqual(choice.line_ids.worth_missing, 160)
        choice._answer("part", "customer")
        self.assertEqual(order.amount_total, 1000 - 100 - 100)
        self.assertEqual(order.o2o_return_ids.amount, 160)
        self.assertEqual(order.o2o_points_spent, 10000)
        self.assertEqual(self.partner.o2o_points, 40000)
        self._finish(fulfillment)
        self.assertEqual(fulfillment.points_earned, 800)
        # and what comes back later counts from the five that were bought
        line = order.order_line[:1]
        preview = fulfillment._preview_return({fulfillment.line_ids: 5.0})
        self.assertEqual(preview["amount"], 800)
        self.assertEqual(preview["points_back"], 10000)
        self.assertEqual(preview["points_taken"], 800)
        fulfillment._return_goods(
            {fulfillment.line_ids: 5.0}, "", self.env["res.users"]
        )
        self.assertEqual(line.qty_delivered, 0)
        self.assertEqual(self.partner.o2o_points, 50000)

    def test_goods_for_points_give_their_points_back(self):
        """PTS-06: a gift that is missing costs no points; money is not concerned."""
        gift = self._create_product("积分礼品", 99.0)
        gift.write({"o2o_payment_kind": "points", "o2o_points_price": 1200})
        self._set_stock(self.near, gift, 5)
        order = self.env["sale.order"].create(
            {
                "partner_id": self.partner.id,
                "website_id": self.website.id,
                "carrier_id": self.carrier.id,
                "order_line": [
                    Command.create({"product_id": gift.id, "product_uom_qty": 2})
                ],
            }
        )
        order._validate_order()
        self.assertEqual(self.partner.o2o_points, 47600)
        fulfillment = order.o2o_fulfillment_ids
        self._accept_lines(fulfillment, 1)
        fulfillment.choice_ids._answer("part", "customer")
        self.assertEqual(self.partner.o2o_points, 48800)
        self.assertFalse(order.o2o_return_ids)
        self._finish(fulfillment)
        fulfillment._return_goods(
            {fulfillment.line_ids: 1.0}, "", self.env["res.users"]
        )
        self.assertEqual(self.partner.o2o_points, 50000)

    def test_price_does_not_follow_the_smaller_quantity(self):
        """Idea 9: a price for six stays the price when one was missing."""
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "By the case",
                "item_ids": [
                    Command.create(
                        {
                            "applied_on": "0_product_variant",
                            "product_id": self.product.id,
                            "min_quantity": 6,
                            "compute_price": "fixed",
                            "fixed_price": 150,
                        }
                    )
                ],
            }
        )
        fulfillment = self._place([(self.product, 6)], pricelist_id=pricelist.id)
        line = fulfillment.order_id.order_line[:1]
        self.assertEqual(line.price_unit, 150)
        self._accept_lines(fulfillment, 5)
        fulfillment.choice_ids._answer("part", "customer")
        self.assertEqual(line.price_unit, 150)
        self.assertEqual(fulfillment.order_id.amount_total, 750)

    def test_wait_keeps_everything(self):
        """Idea 9 (b): the store gets the sixth and sends all six."""
        day = fields.Date.context_today(self.near) + timedelta(days=2)
        fulfillment, choice = self._ask(paid=True, wait_until=str(day))
        self.assertIn("wait", [o["answer"] for o in choice._get_options()])
        choice._answer("wait", "customer")
        self.assertEqual(fulfillment.order_id.amount_total, 1200)
        self.assertFalse(fulfillment.order_id.o2o_return_ids)
        self._set_stock(self.near, self.product, 1)
        self._finish(fulfillment)
        self.assertEqual(sum(self._moved(fulfillment.order_id).values()), 6)

    def test_wait_needs_a_day(self):
        """Idea 9 (b): nobody waits for an unknown day, or for a year."""
        _fulfillment, choice = self._ask()
        self.assertNotIn("wait", [o["answer"] for o in choice._get_options()])
        fulfillment = self._place([(self.other, 6)])
        for day in ("2001-01-01", "2999-01-01", "soon", 5):
            answer = self._accept_lines(fulfillment, 5, wait_until=day)
            self.assertEqual(answer["status"], "refused", day)

    def test_other_store_sends_the_rest(self):
        """Idea 9 (c): two parcels, one order, the same price."""
        fulfillment, choice = self._ask(paid=True)
        order = fulfillment.order_id
        self.assertEqual(choice._get_options()[0]["answer"], "other_store")
        choice._answer("other_store", "customer")
        second = order.o2o_fulfillment_ids - fulfillment
        self.assertEqual(second.store_id, self.far)
        self.assertEqual(second.state, "offered")
        self.assertEqual(fulfillment.line_ids.quantity, 5)
        self.assertEqual(second.line_ids.quantity, 1)
        self.assertEqual(order.amount_total, 1200)
        self.assertFalse(order.o2o_return_ids)
        self._finish(fulfillment)
        self._finish(second)
        moved = {
            move.location_id.warehouse_id: move.quantity
            for move in order.picking_ids.move_ids
            if move.state == "done"
        }
        self.assertEqual(moved, {self.near.warehouse_id: 5, self.far.warehouse_id: 1})
        self.assertEqual(order.o2o_state, "completed")
        self.assertEqual(fulfillment.points_earned, 1000)
        self.assertGreaterEqual(second.points_earned, 200)

    def test_other_store_is_not_offered_when_none_has_it(self):
        """Idea 9 (c): only what is possible is offered, and checked once more."""
        for store in (self.far, self.head_office, self.other_city):
            store._apply_count({self.product: 0}, "test")
        _fulfillment, choice = self._ask()
        self.assertEqual([o["answer"] for o in choice._get_options()], ["part"])
        with self.assertRaisesRegex(Exception, "not possible"):
            choice._answer("other_store", "customer")
        self.assertEqual(choice.state, "open")

    def test_substitute_for_cash_shows_the_difference(self):
        """Idea 9 (d): the dearer bottle is paid on delivery, as was shown."""
        fulfillment = self._place([(self.product, 6)])
        answer = self._accept_lines(
            fulfillment,
            5,
            substitutes={str(fulfillment.line_ids.id): self.other.id},
        )
        self.assertEqual(answer["status"], "ok", answer["message"])
        choice = fulfillment.choice_ids
        option = next(o for o in choice._get_options() if o["answer"] == "substitute")
        self.assertEqual(option["amount_back"], -60)
        choice._answer("substitute", "customer")
        order = fulfillment.order_id
        self.assertEqual(order.amount_total, 1260)
        self.assertEqual(fulfillment.amount_total, 1260)
        self.assertEqual(
            fulfillment.line_ids.mapped(lambda line: (line.product_id, line.quantity)),
            [(self.product, 5), (self.other, 1)],
        )
        self._finish(fulfillment)
        moved = {
            move.product_id: move.quantity
            for move in order.picking_ids.move_ids
            if move.state == "done"
        }
        self.assertEqual(moved, {self.product: 5, self.other: 1})
        self.assertEqual(fulfillment.points_earned, 1260)

    def test_substitute_costs_what_the_page_has_said(self):
        """Idea 9 (d): a price that rises between the question and the answer is not
        asked for at the door."""
        fulfillment = self._place([(self.product, 6)])
        self._accept_lines(
            fulfillment,
            5,
            substitutes={str(fulfillment.line_ids.id): self.other.id},
        )
        choice = fulfillment.choice_ids
        self.other.list_price += 100.0
        option = next(o for o in choice._get_options() if o["answer"] == "substitute")
        self.assertEqual(option["amount_back"], -60)
        choice._answer("substitute", "customer")
        self.assertEqual(fulfillment.order_id.amount_total, 1260)

    def test_dearer_substitute_costs_a_paid_order_nothing(self):
        """Idea 9 (d): who has paid is not asked for more at the door."""
        fulfillment = self._place([(self.product, 6)])
        fulfillment.order_id.transaction_ids.state = "done"
        self._accept_lines(
            fulfillment,
            5,
            substitutes={str(fulfillment.line_ids.id): self.other.id},
        )
        choice = fulfillment.choice_ids
        choice._answer("substitute", "customer")
        self.assertEqual(fulfillment.order_id.amount_total, 1200)
        self.assertFalse(fulfillment.order_id.o2o_return_ids)

    def test_cheaper_substitute_pays_the_difference_back(self):
        """Idea 9 (d): the other way round the difference goes back."""
        cheap = self._create_product("光瓶酒 42度", 120.0)
        self._set_stock(self.near, cheap, 5)
        fulfillment = self._place([(self.product, 6)])
        order = fulfillment.order_id
        order.transaction_ids.state = "done"
        self._accept_lines(
            fulfillment, 5, substitutes={str(fulfillment.line_ids.id): cheap.id}
        )
        fulfillment.choice_ids._answer("substitute", "customer")
        self.assertEqual(order.amount_total, 1120)
        self.assertEqual(order.o2o_return_ids.amount, 80)

    def test_substitute_must_be_for_sale(self):
        """Invariant 7: neither hidden goods nor the missing ones themselves."""
        hidden = self._create_product("内部样品", 1.0)
        hidden.is_published = False
        fulfillment = self._place([(self.product, 6)])
        line_id = str(fulfillment.line_ids.id)
        for substitutes in (
            {line_id: hidden.id},
            {line_id: self.product.id},
            {line_id: 2**30},
            {"0": self.other.id},
        ):
            answer = self._accept_lines(fulfillment, 5, substitutes=substitutes)
            self.assertEqual(answer["status"], "refused")
        self.assertEqual(fulfillment.state, "offered")

    def test_substitutes_are_near_in_price_and_in_stock(self):
        """Idea 9 (d): the till proposes what the shelf has."""
        fulfillment = self._place([(self.product, 6)])
        found = (
            self.env["o2o.fulfillment"]
            .with_user(self.cashier)
            .pos_substitutes(self._till(self.near).id, fulfillment.line_ids.id, "窖藏")
        )
        self.assertEqual(
            [(p["id"], p["difference"], p["free"]) for p in found["products"]],
            [(self.other.id, 60, 20)],
        )
        foreign = (
            self.env["o2o.fulfillment"]
            .with_user(self.cashier_far)
            .pos_substitutes(self._till(self.far).id, fulfillment.line_ids.id, "")
        )
        self.assertEqual(foreign["status"], "gone")

    # === SILENCE, REPEATED AND LATE ANSWERS === #

    def _run_timers(self, choice):
        with freeze_time(choice.due_at + timedelta(seconds=1)):
            self.env["o2o.timer"].search(
                [("kind", "=", "choice"), ("state", "=", "waiting")]
            )._run()

    def test_silence_follows_the_member_then_the_company(self):
        """Idea 9: saved default of the member first."""
        self.company.o2o_choice_default = "other_store"
        fulfillment, choice = self._ask()
        self.partner.o2o_choice_default = "part"
        self._run_timers(choice)
        self.assertEqual((choice.answer, choice.answered_by), ("part", "silence"))
        self.partner.o2o_choice_default = False
        fulfillment = self._place([(self.other, 6)])
        self._set_stock(self.far, self.other, 5)
        self._accept_lines(fulfillment, 5)
        choice = fulfillment.choice_ids
        self._run_timers(choice)
        self.assertEqual(choice.answer, "other_store")

    def test_silence_falls_back_to_what_is_possible(self):
        """Idea 9: no other store has it: part."""
        self.company.o2o_choice_default = "other_store"
        for store in (self.far, self.head_office, self.other_city):
            store._apply_count({self.product: 0}, "test")
        _fulfillment, choice = self._ask()
        self._run_timers(choice)
        self.assertEqual(choice.answer, "part")

    def test_repeated_and_late_answers_change_nothing(self):
        """Idea 9: the first word counts, whoever repeats or contradicts it."""
        fulfillment, choice = self._ask(paid=True)
        self.assertTrue(choice._answer("part", "customer"))
        for answer in ("part", "other_store", "nonsense"):
            self.assertFalse(choice._answer(answer, "customer"))
        fulfillment._on_timer_choice()
        self.assertEqual(choice.answer, "part")
        self.assertEqual(len(fulfillment.order_id.o2o_return_ids), 1)
        self.assertEqual(fulfillment.order_id.amount_total, 1000)
        self.assertFalse(
            fulfillment.timer_ids.filtered(lambda timer: timer.kind == "choice")
        )

    def test_cancelled_meanwhile_settles_the_question(self):
        """Idea 9: an order cancelled while the customer thinks: no late answer."""
        fulfillment, choice = self._ask(paid=True)
        fulfillment.order_id._action_cancel()
        self.assertEqual(choice.state, "void")
        self.assertFalse(choice._answer("part", "customer"))
        self.assertFalse(fulfillment.order_id.o2o_return_ids)

    def test_forged_answer_is_refused(self):
        """Invariant 7: an answer nobody offered."""
        _fulfillment, choice = self._ask()
        for answer in ("wait", "substitute", "give me money", ""):
            with self.assertRaisesRegex(Exception, "not possible"):
                choice._answer(answer, "customer")
        self.assertEqual(choice.state, "open")

    def test_customer_is_told_with_a_secret_link(self):
        """Idea 9: a text message; its stored copy does not open the page."""
        fulfillment, choice = self._ask()
        message = self.env["o2o.message"].search([], order="id desc", limit=1)
        self.assertIn(fulfillment.order_id.name, message.body)
