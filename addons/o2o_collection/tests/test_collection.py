from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.o2o_order.const import CHANGE_CONTEXT

from .common import PNG, DoorCase


@tagged("post_install", "-at_install")
class TestCollection(DoorCase):
    def test_shipping_makes_one_collection(self):
        """PAY-03: what is to be paid at the door is a row, made once, by who ships."""
        fulfillment = self._place()
        self.assertFalse(fulfillment.collection_ids)
        self._act(self.cashier, self.near, fulfillment, "accept")
        answer = self._act(self.cashier, self.near, fulfillment, "ship")
        self.assertEqual(answer["status"], "ok", answer)
        self.assertTrue(answer["order"]["is_cod"])
        self.assertRecordValues(
            fulfillment.collection_ids,
            [
                {
                    "due_fen": 40000,
                    "open_fen": 40000,
                    "state": "to_collect",
                    "courier_id": self.cashier.id,
                    "store_id": self.near.id,
                }
            ],
        )
        fulfillment._make_collection()
        self.assertEqual(len(fulfillment.collection_ids), 1)

    def test_express_company(self):
        """PAY-03: what an express company carries has no courier of the store."""
        part = self._place()
        part.courier_name = "顺丰"
        self._act(self.cashier, self.near, part, "accept")
        self._act(self.cashier, self.near, part, "ship")
        self.assertFalse(part.collection_ids.courier_id)

    def test_paid_order_has_nothing_to_collect(self):
        """PAY-03: what was paid before is not taken again."""
        order = self._create_order()
        order.transaction_ids._set_done()
        order.action_confirm()
        self.assertFalse(self._ship_part(order.o2o_fulfillment_ids))

    def test_order_by_hand(self):
        """PAY-03: head office enters an order without a payment: paid at the door."""
        order = self._create_cart()
        order.action_confirm()
        row = self._ship_part(order.o2o_fulfillment_ids)
        self.assertEqual(row.due_fen, 40000)
        self._collect(row)
        self.assertEqual((order.o2o_payment_state, order.amount_paid), ("paid", 400.0))

    def test_cash_with_change(self):
        """PAY-03: paid in cash, the goods count as delivered and the order as paid."""
        row = self._ship()
        order = row.order_id
        self.assertEqual(order.o2o_payment_state, "to_collect")
        answer = self._take(row, "cash", received_fen=50000)
        self.assertEqual(answer["change_fen"], 10000)
        self.assertEqual(row.state, "to_collect")
        self._take(row, "finish")
        self.assertRecordValues(
            row, [{"state": "collected", "collected_fen": 40000, "open_fen": 0}]
        )
        self.assertRecordValues(
            row.payment_ids,
            [{"way": "cash", "amount_fen": 40000, "user_id": self.courier.id}],
        )
        self.assertIn(row.fulfillment_id.state, ("delivered", "completed"))
        self.assertTrue(row.fulfillment_id.is_collected)
        self.assertEqual(order.o2o_payment_state, "paid")
        self.assertEqual(order.o2o_stage, "completed")
        self.assertEqual(order.amount_paid, 400.0)
        self.assertEqual(
            sorted(order.transaction_ids.mapped("state")), ["cancel", "done"]
        )

    def test_same_press_twice_is_one_payment(self):
        """PAY-03: the answer was lost and the courier presses again."""
        row = self._ship()
        first, again = (
            self._press(row, "cash", key="same-press-1", received_fen=10000)
            for _ in range(2)
        )
        self.assertEqual((first["status"], again["status"]), ("ok", "ok"))
        self.assertEqual(row.collected_fen, 10000)

    def test_two_phones_take_once(self):
        """PAY-03, FAULT-64: a phone that still shows the whole amount takes nothing."""
        row = self._ship()
        self._take(row, "cash", received_fen=10000)
        answer = self._press(row, "cash", received_fen=10000, open_fen=40000)
        self.assertEqual(answer["status"], "refused")
        self._take(row, "cash", received_fen=30000)
        answer = self._press(row, "cash", received_fen=10000, open_fen=40000)
        self.assertEqual(answer["status"], "refused")
        self.assertIn("Courier One", answer["message"])
        self.assertEqual(row.collected_fen, 40000)

    def test_card_slip(self):
        """PAY-03: a slip by its number; it pays once, no card number is kept."""
        row = self._ship()
        refused = (
            {"reference": "6222021234567890128", "card_end": "0128"},
            {"reference": "123456789012", "card_end": "4111111111111111"},
            {"reference": "1", "card_end": "0128"},
            {"reference": "123456789012", "card_end": "12"},
        )
        for values in refused:
            answer = self._press(row, "card", amount_fen=40000, **values)
            self.assertEqual(answer["status"], "refused", values)
        slip = {"reference": "123456789012", "card_end": "0128"}
        self._take(row, "card", amount_fen=40000, **slip)
        self.assertEqual(row.payment_ids.reference, "123456789012")
        other = self._ship()
        answer = self._press(other, "card", amount_fen=40000, **slip)
        self.assertEqual(answer["status"], "refused")
        self.assertFalse(other.payment_ids)

    def test_amounts_that_are_none(self):
        """PAY-03: nothing, less than nothing, too much, and what is no number."""
        row = self._ship()
        for received in (0, -1, "400", 1.5, True, None, 10**12):
            answer = self._press(row, "cash", received_fen=received)
            self.assertEqual(answer["status"], "refused", received)
        answer = self._press(
            row, "card", amount_fen=40001, reference="123456789012", card_end="1234"
        )
        self.assertEqual(answer["status"], "refused")
        self.assertFalse(row.payment_ids)

    def test_proof_is_required(self):
        """POS-15: a signature or a photo, where the settings say so."""
        self.company.o2o_door_proof_required = True
        row = self._ship()
        self._take(row, "cash", received_fen=40000)
        for values in ({}, {"signature": "nonsense"}, {"photo": "PGh0bWw+"}):
            answer = self._press(row, "finish", **values)
            self.assertEqual(answer["status"], "refused", values)
        self._take(row, "finish", signature=PNG)
        self.assertEqual(row.state, "collected")
        self.assertTrue(row.signature)

    def test_finish_twice_is_once(self):
        """POS-15: the part is delivered once, with its points."""
        row = self._collect(self._ship())
        events = row.fulfillment_id.event_ids
        self._take(row, "finish")
        self.assertEqual(row.fulfillment_id.event_ids, events)

    def test_collected_in_part(self):
        """PAY-03, FAULT-64: less was paid: the reason is kept, head office is told."""
        row = self._ship()
        self._take(row, "cash", received_fen=20000)
        self.assertEqual(self._press(row, "finish")["status"], "refused")
        self.assertEqual(self._press(row, "give_up", reason=" ")["status"], "refused")
        self._take(row, "give_up", reason="一瓶破损")
        self.assertRecordValues(
            row,
            [
                {
                    "state": "partly",
                    "collected_fen": 20000,
                    "refused_fen": 20000,
                    "open_fen": 0,
                }
            ],
        )
        self.assertEqual(row.order_id.o2o_problem_ids.kind, "payment")
        self.assertIn(row.fulfillment_id.state, ("delivered", "completed"))
        self.assertEqual(row.order_id.amount_paid, 200.0)

    def test_goods_that_were_not_paid_bring_no_money_back(self):
        """PAY-03, FAULT-64: what comes back is set off against what was never paid."""
        row = self._ship()
        self._take(row, "cash", received_fen=20000)
        self._take(row, "give_up", reason="一瓶破损")
        part = row.fulfillment_id
        preview = part._preview_return({part.line_ids: 1})
        self.assertEqual(preview["amount"], 0.0)
        part._return_goods({part.line_ids: 1}, "破损", self.env["res.users"])
        self.assertEqual(row.set_off_fen, 20000)
        preview = part._preview_return({part.line_ids: 1})
        self.assertEqual((preview["amount"], preview["route"]), (200.0, "cash"))

    def test_refused_at_the_door(self):
        """PAY-03, FAULT-64: nothing was paid: the goods stay underway until the till
        has them, and do not count as received by the calendar."""
        row = self._ship()
        self._take(row, "give_up", reason="不要了")
        part = row.fulfillment_id
        self.assertEqual((row.state, part.state), ("refused", "shipped"))
        self.assertFalse(part.timer_ids.filtered(lambda it: it.kind == "receive"))
        part._on_timer_receive()
        self.assertEqual(part.state, "shipped")
        self.assertFalse(row.order_id.o2o_payment_state)
        self.assertEqual(self._press(row, "cash", received_fen=1)["status"], "refused")
        preview = part._preview_return({part.line_ids: 2})
        self.assertEqual((preview["amount"], preview["route"]), (0.0, "none"))
        part._return_goods({part.line_ids: 2}, "不要了", self.env["res.users"])
        self.assertEqual((row.state, row.set_off_fen), ("settled", 40000))

    def _pay_online(self, order, amount):
        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": self.provider.id,
                "payment_method_id": self.provider.payment_method_ids[:1].id,
                "amount": amount,
                "currency_id": order.currency_id.id,
                "partner_id": order.partner_id.id,
                "sale_order_ids": order.ids,
                "reference": f"{order.name}-online-{amount}",
            }
        )
        transaction._set_done()
        return transaction

    def test_refused_at_the_door_and_paid_in_part_before(self):
        """PAY-03, FAULT-64: 100 of 400 were paid online, then the goods are refused:
        the 100 go back the way they came, not a fen more."""
        part = self._place()
        online = self._pay_online(part.order_id, 100.0)
        row = self._ship_part(part)
        self.assertEqual(row.due_fen, 30000)
        self._take(row, "give_up", reason="不要了")
        for _bottle in range(2):
            part._return_goods({part.line_ids: 1}, "不要了", self.env["res.users"])
        self.assertEqual(online._o2o_get_refundable_amount(), 0.0)
        self.assertEqual((row.state, row.set_off_fen), ("settled", 30000))

    def test_refused_at_the_door_and_paid_while_underway(self):
        """PAY-03, FAULT-64: the member has paid all of it online when the courier
        comes, and does not want it: all of it goes back."""
        row = self._ship()
        part = row.fulfillment_id
        online = self._pay_online(row.order_id, 400.0)
        self._take(row, "give_up", reason="不要了")
        preview = part._preview_return({part.line_ids: 2})
        self.assertEqual((preview["amount"], preview["route"]), (400.0, "original"))
        part._return_goods({part.line_ids: 2}, "不要了", self.env["res.users"])
        self.assertEqual(online._o2o_get_refundable_amount(), 0.0)
        self.assertEqual(row.state, "settled")

    def test_goods_are_back_before_they_were_paid(self):
        """FAULT-64: one bottle is back at the till: less is to be collected."""
        row = self._ship()
        part = row.fulfillment_id
        part._return_goods({part.line_ids: 1}, "破损", self.env["res.users"])
        self.assertEqual((row.open_fen, row.refused_fen), (20000, 20000))
        self._collect(row)
        self.assertEqual(row.state, "collected")
        self.assertEqual(row.order_id.amount_paid, 200.0)

    def test_paid_in_another_way_meanwhile(self):
        """PAY-03, FAULT-28: the member pays online or at a till, the courier drives."""
        row = self._ship()
        self.env["payment.transaction"].create(
            {
                "provider_id": self.provider.id,
                "payment_method_id": self.provider.payment_method_ids[:1].id,
                "amount": 400.0,
                "currency_id": row.currency_id.id,
                "partner_id": row.partner_id.id,
                "sale_order_ids": row.order_id.ids,
                "reference": "ONLINE-1",
            }
        )._set_done()
        answer = self._press(row, "cash", received_fen=40000)
        self.assertEqual(answer["status"], "refused")
        self.assertIn("in another way", answer["message"])
        other = self._ship()
        with patch.object(
            type(other.order_id), "_o2o_get_paid_at_till", lambda order: 400.0
        ):
            answer = self._press(other, "cash", received_fen=40000)
            self.assertEqual(answer["status"], "refused")
            self.assertFalse(self._ship())

    def test_gift_of_the_office_is_not_asked_for_at_the_door(self):
        """PAY-03: 100 of 400 were paid online, and 20 of them given back on purpose:
        300 are left, not 320."""
        part = self._place()
        order = part.order_id
        online = self._pay_online(order, 100.0)
        order._o2o_give_back({online: 20.0}, "gift", "A scratch on the box")
        self.assertEqual(order._o2o_get_door_fen(), 30000)
        # a bottle is missing: it costs 200 less, of which 80 were left of the payment
        less = order._o2o_take_off({part.line_ids.sale_line_id: 1})
        order._o2o_request_refund(less, "missing", kind="short")
        self.assertEqual((less, online._o2o_get_refundable_amount()), (200.0, 0.0))
        self.assertEqual(order._o2o_get_door_fen(), 18000)

    def test_gift_is_not_paid_from_the_drawer_again(self):
        """REFUNDS, PAY-03: of 400 in cash 100 were given back on purpose: when all
        goods come back, 300 leave the drawer."""
        row = self._collect(self._ship())
        part, order = row.fulfillment_id, row.order_id
        cash = order.transaction_ids.filtered("o2o_door_way")
        order._o2o_give_back({cash: 100.0}, "gift", "A scratch on the box")
        for amount in (200.0, 100.0):
            preview = part._preview_return({part.line_ids: 1})
            self.assertEqual((preview["amount"], preview["route"]), (amount, "cash"))
            part._return_goods({part.line_ids: 1}, "破损", self.env["res.users"])
        self.assertEqual(order._o2o_get_kept(), 0.0)
        self.assertEqual(order._o2o_get_surplus(), 0.0)

    def test_cash_of_two_payments(self):
        """PAY-03: paid in cash twice, a gift of the first one, a bottle back: what left
        the drawer is what is left of the first, and the rest of the second."""
        row = self._ship()
        for _half in range(2):
            self._take(row, "cash", received_fen=20000)
        self._take(row, "finish")
        order, part = row.order_id, row.fulfillment_id
        first, second = order._o2o_get_received()
        self.assertEqual((first.amount, second.amount), (200.0, 200.0))
        order._o2o_give_back({first: 30.0}, "gift", "A scratch on the box")
        part._return_goods({part.line_ids: 1}, "破损", self.env["res.users"])
        self.assertEqual(first._o2o_get_refundable_amount(), 0.0)
        self.assertEqual(second._o2o_get_refundable_amount(), 170.0)
        self.assertEqual(order._o2o_get_surplus(), 0.0)

    def test_cash_given_back_from_a_drawer_was_paid(self):
        """PAY-03, PAY-10: a bottle came back and its cash went out of the drawer: the
        order is paid, in part by what was given back."""
        row = self._collect(self._ship())
        row.fulfillment_id._return_goods(
            {row.fulfillment_id.line_ids: 1}, "破损", self.env["res.users"]
        )
        cash = row.order_id.transaction_ids.filtered("o2o_door_way")
        self.assertEqual(cash._o2o_get_refundable_amount(), 200.0)
        self.assertEqual(cash._o2o_get_price_part(), 400.0)

    def test_sums_of_a_courier(self):
        """PAY-03: the list says what each courier has to bring."""
        rows = self._ship() | self._ship()
        self._take(rows[0], "cash", received_fen=15000)
        [found] = self.collections._read_group(
            [("courier_id", "=", self.courier.id)],
            ["courier_id"],
            ["due_amount:sum", "collected_amount:sum", "open_amount:sum"],
        )
        self.assertEqual(found, (self.courier, 800.0, 150.0, 650.0))

    def test_parts_add_up(self):
        """PAY-03: an order of two stores is collected in two parts, to the fen."""
        first = self._place([(self.product, 3)])
        first.order_id.order_line[:1].with_context(**CHANGE_CONTEXT).price_unit = 33.33
        second = self._split(first, self.far, {first.line_ids.sale_line_id: 1})
        rows = self._ship_part(first)
        self._collect(rows)
        order = first.order_id
        self.assertEqual(order.o2o_payment_state, "to_collect")
        self.assertTrue(order._o2o_is_to_collect())
        self.far.user_ids |= self.courier
        rows |= self._ship_part(second)
        self.assertEqual(sum(rows.mapped("due_fen")), round(order.amount_total * 100))
        self._collect(rows[1])
        self.assertEqual(order.o2o_payment_state, "paid")
        self.assertEqual(order.amount_paid, order.amount_total)

    def test_hand_on(self):
        """POS-15: another one goes; the one of before sees it no more."""
        row = self._ship()
        answer = self._press(row, "hand_on", courier_id=self.cashier_far.id)
        self.assertEqual(answer["status"], "refused")
        self._take(row, "hand_on", courier_id=self.cashier_two.id)
        self.assertEqual(row.courier_id, self.cashier_two)
        self.assertEqual(self._press(row, "cash", received_fen=1)["status"], "gone")
        self._take(row, "hand_on", user=self.cashier_two, courier_id=0)
        self._take(row, "take")
        self.assertEqual(row.courier_id, self.courier)
