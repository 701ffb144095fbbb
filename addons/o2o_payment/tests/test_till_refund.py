from uuid import uuid4

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from odoo.addons.o2o_stock.tests.common_pos import prepare_sale

from .common_till_refund import TillRefundCase


@tagged("post_install", "-at_install")
class TestTillRefund(TillRefundCase):
    def _amounts(self, preview):
        self.assertEqual(preview["status"], "ok", preview)
        return [tender["amount"] for tender in preview["tenders"]]

    # === PREVIEW === #

    def test_preview_in_proportion(self):
        """Preview first: each way gets its share of what is left, to the fen."""
        sale = self._sale(codes=(33.33, (33.34, self.wechat)), cash=33.33)
        preview = self._preview(sale, 50.0)
        self.assertEqual(self._amounts(preview), [16.67, 16.67, 16.66])
        self.assertEqual((preview["left"], preview["rest"]), (100.0, 0.0))
        code = preview["tenders"][0]
        self.assertEqual((code["paid"], code["given"], code["left"]), (33.33, 0, 33.33))
        self.assertTrue(code["is_electronic"])
        self.assertEqual(code["detail"], self.alipay.name)

    def test_preview_one_way_first(self):
        """The cashier chooses which way comes first; the others share the rest."""
        sale = self._sale(codes=(50.0, 25.0), cash=25.0)
        cash = self._preview(sale, 40.0)["tenders"][-1]
        preview = self._preview(sale, 40.0, cash["key"])
        self.assertEqual(self._amounts(preview), [10.0, 5.0, 25.0])

    def test_preview_knows_what_was_given(self):
        """What was given back, in whatever way, is not proposed again."""
        sale = self._sale(codes=(60.0,), cash=40.0, quantity=2)
        answer, row = self._give_back(sale, 50.0)
        self._refund_sale(
            sale,
            [(self.code_method, 50.0, row.payment_uuid)],
            uuid=row.order_uuid,
            quantity=1,
        )
        preview = self._preview(sale, 80.0)
        self.assertEqual(self._amounts(preview), [10.0, 40.0])
        self.assertEqual((preview["left"], preview["rest"]), (50.0, 30.0))
        self.assertEqual(preview["tenders"][0]["given"], 50.0)

    def test_preview_of_a_method_this_till_has_not(self):
        """What this till cannot give back is said, not hidden."""
        sale = self._sale(codes=(60.0,), cash=40.0)
        other_cash = self._create_method("O2O Cash 2", "O2OD", "cash")
        beside = self._open_till(self.near, other_cash)
        preview = self._preview(sale, 50.0, till=beside)
        self.assertFalse(preview["tenders"][0]["method_id"])
        self.assertEqual(self._amounts(preview), [0.0, 40.0])
        self.assertEqual(preview["rest"], 10.0)

    # === GIVING BACK === #

    def test_given_back_by_each_gateway(self):
        """PAY-02: what a code paid goes back in parts, by its gateway."""
        for provider in (self.alipay, self.wechat):
            with self.subTest(gateway=provider.code):
                sale = self._sale(codes=((100.0, provider),), quantity=2)
                for _part in range(2):
                    answer, row = self._give_back(sale, 50.0)
                    self.assertEqual(answer["refund"]["state"], "wait")
                    self._run("refund")
                    [seen] = self._call("pos_refund_look", [row.payment_uuid])
                    self.assertEqual(
                        (seen["state"], seen["is_arrived"]), ("done", True)
                    )
                    refund = self._refund_sale(
                        sale,
                        [(self.code_method, 50.0, row.payment_uuid)],
                        uuid=row.order_uuid,
                        quantity=1,
                    )
                    self.assertEqual(row.pos_payment_id, refund.payment_ids)
                    self.assertEqual(refund.payment_ids.transaction_id, row.refund_no)
                trade = self._module(provider).ledger.find(row.intent_id.out_no)
                self.assertEqual(trade.refunded_fen, 10000)
                self.assertFalse(self._loose())

    def test_sale_of_another_session(self):
        """REFUNDS: sold in a session that is closed, given back in the next one."""
        sale = self._sale()
        self.pos_session.action_pos_session_closing_control()
        self.till.open_ui()
        self.till.current_session_id.set_opening_control(0, None)
        answer, row = self._give_back(sale, 100.0)
        self.assertEqual(answer["status"], "ok", answer)
        refund = self._refund_sale(
            sale, [(self.code_method, 100.0, row.payment_uuid)], uuid=row.order_uuid
        )
        self.assertEqual(row.pos_payment_id, refund.payment_ids)

    def test_session_closed_before_the_gateway_answers(self):
        """FAULT-55: the refund goes on without its till; what fails is for a person."""
        sale = self._sale(codes=((100.0, self.wechat),))
        self.simulator.faults.add("wechat.refund", "processing")
        answer, row = self._give_back(sale, 100.0)
        self._run("refund")
        self.assertEqual(row.state, "pending")
        self._refund_sale(
            sale, [(self.code_method, 100.0, row.payment_uuid)], uuid=row.order_uuid
        )
        self.pos_session.action_pos_session_closing_control()
        self.simulator.wechat.settle_refund(row.refund_no, "CLOSED")
        self._make_due(row)
        self._run("refund")
        self.assertEqual(row.state, "failed")
        self.assertEqual(self._loose().kind, "refund_abnormal")
        self.assertEqual(self._loose().expected_fen, 10000)

    def test_pending_counts_as_given(self):
        """FAULT-48: on its way is given: not free for another refund."""
        sale = self._sale(codes=((100.0, self.wechat),))
        self.simulator.faults.add("wechat.refund", "processing")
        _answer, row = self._give_back(sale, 100.0)
        self._run("refund")
        [seen] = self._call("pos_refund_look", [row.payment_uuid])
        self.assertEqual((seen["state"], seen["is_arrived"]), ("done", False))
        answer, _row = self._give_back(sale, 1.0)
        self.assertEqual(answer["status"], "refused")

    def test_lost_answer_at_the_gateway(self):
        """FAULT-44: done, the answer lost: one refund; the customer is not kept."""
        sale = self._sale()
        self.simulator.faults.add("alipay.trade.refund", "lost_after")
        _answer, row = self._give_back(sale, 100.0)
        self._run("refund")
        self.assertEqual(row.state, "sending")
        [seen] = self._call("pos_refund_look", [row.payment_uuid])
        self.assertEqual(seen["state"], "wait")
        with self._after(seconds=30):
            [seen] = self._call("pos_refund_look", [row.payment_uuid])
            self.assertEqual((seen["state"], seen["is_arrived"]), ("done", False))
            for _turn in range(2):
                self._make_due(row)
                self._run("refund")
        self.assertEqual(row.state, "done", row.failure)
        trade = self.simulator.alipay.ledger.find(row.intent_id.out_no)
        self.assertEqual(trade.refunded_fen, 10000)

    def test_same_line_is_one_refund(self):
        """FAULT-43, 52: pressed again, after a reload or in a second tab."""
        sale = self._sale()
        order, line = str(uuid4()), str(uuid4())
        rows = {self._give_back(sale, 60.0, line, order)[1] for _press in range(3)}
        self.assertEqual(len(rows), 1)
        # another tab, with a line of its own for the same refund
        answer, row = self._give_back(sale, 60.0, None, order, total=60.0)
        self.assertEqual(answer["status"], "refused")
        self.assertFalse(row)

    def test_failed_leg_is_sent_again(self):
        """FAULT-51: refused: the same line, the same number, once there is money."""
        sale = self._sale()
        self.simulator.faults.add("alipay.trade.refund", "no_money")
        order, line = str(uuid4()), str(uuid4())
        _answer, row = self._give_back(sale, 100.0, line, order)
        self._run("refund")
        [seen] = self._call("pos_refund_look", [line])
        self.assertEqual(seen["state"], "failed")
        self.assertTrue(seen["reason"])
        # nobody but the till has to see to it
        self.assertFalse(self._loose())
        number = row.refund_no
        answer, row = self._give_back(sale, 100.0, line, order)
        self.assertEqual(answer["refund"]["state"], "wait")
        self.assertEqual(row.refund_no, number)
        self._run("refund")
        self.assertEqual(row.state, "done", row.failure)
        trade = self.simulator.alipay.ledger.find(row.intent_id.out_no)
        self.assertEqual(trade.refunded_fen, 10000)

    def test_failed_at_the_gateway_takes_a_new_number(self):
        """FAULT-48: a refund that the gateway has ended is not asked for again."""
        sale = self._sale(codes=((100.0, self.wechat),))
        self.simulator.faults.add("wechat.refund", "processing")
        order, line = str(uuid4()), str(uuid4())
        _answer, first = self._give_back(sale, 100.0, line, order)
        self._run("refund")
        self.simulator.wechat.settle_refund(first.refund_no, "CLOSED")
        self._make_due(first)
        self._run("refund")
        self.assertEqual(first.state, "failed")
        answer, second = self._give_back(sale, 100.0, line, order)
        self.assertEqual(answer["status"], "ok", answer)
        self.assertNotEqual(second.refund_no, first.refund_no)

    def test_failed_leg_is_replaced(self):
        """FAULT-51: mixed, one leg fails: cash takes its place, the others stay, and
        what the code has paid cannot go back a second time."""
        sale = self._sale(codes=(60.0, (20.0, self.wechat)), cash=20.0)
        order = str(uuid4())
        self.simulator.faults.add("alipay.trade.refund", "no_money")
        _answer, failed = self._give_back(sale, 60.0, order=order, total=100.0)
        _answer, given = self._give_back(
            sale,
            20.0,
            order=order,
            total=100.0,
            out_no=sale.payment_ids[1]._o2o_get_intents().out_no,
        )
        self._run("refund")
        self.assertEqual((failed.state, given.state), ("failed", "done"))
        self._refund_sale(
            sale,
            [
                (self.cash_method, 80.0, None),
                (self.code_method, 20.0, given.payment_uuid),
            ],
            uuid=order,
        )
        self.assertFalse(self._loose())
        self.assertEqual(self._preview(sale, 10.0)["left"], 0.0)
        answer, _row = self._give_back(sale, 60.0)
        self.assertEqual(answer["status"], "refused")

    # === THE SUM === #

    def test_line_taken_off(self):
        """PAY-02: the cashier gives the money back in another way; the request that
        was lost on its way arrives late, and promises nothing."""
        sale, line, order = self._sale(codes=(60.0,)), str(uuid4()), str(uuid4())
        for _turn in range(2):
            self.assertEqual(self._call("pos_refund_drop", line), {"status": "ok"})
        answer, row = self._give_back(sale, 60.0, line, order)
        self.assertEqual(answer["status"], "refused")
        self.assertIn("taken off", answer["message"])
        self.assertFalse(row)
        # another line is another wish
        answer, row = self._give_back(sale, 60.0, order=order)
        self.assertEqual(answer["status"], "ok", answer)

    def test_line_that_has_a_refund_is_not_taken_off(self):
        """PAY-02: the request was faster than the cashier: the refund goes on; one
        that failed keeps no line."""
        sale = self._sale(codes=(60.0,))
        self.simulator.faults.add("alipay.trade.refund", "no_money")
        _answer, row = self._give_back(sale, 60.0)
        answer = self._call("pos_refund_drop", row.payment_uuid)
        self.assertEqual(answer["status"], "given")
        self.assertEqual(answer["refund"]["refund_no"], row.refund_no)
        self._run("refund")
        self.assertEqual(row.state, "failed")
        answer = self._call("pos_refund_drop", row.payment_uuid)
        self.assertEqual(answer, {"status": "ok"})
        answer, row = self._give_back(sale, 60.0, row.payment_uuid, row.order_uuid)
        self.assertEqual(answer["status"], "refused")

    def test_three_refunds_of_60_on_100(self):
        """FAULT-46: from the till and from the office, never more than was paid."""
        sale = self._sale(quantity=2)
        _answer, row = self._give_back(sale, 60.0)
        self.assertEqual(self._give_back(sale, 60.0)[0]["status"], "refused")
        with self.assertRaises(ValidationError):
            self.refunds._plan(row.intent_id, 6000)
        self.assertEqual(row.intent_id.reserved_fen, 6000)

    def test_cash_and_code_together(self):
        """FAULT-46: 60 in cash, then 60 by code, on 100 by code: 40 are left."""
        sale = self._sale(quantity=2)
        self._refund_sale(sale, [(self.cash_method, 60.0, None)], quantity=1)
        self.assertEqual(self._give_back(sale, 60.0)[0]["status"], "refused")
        answer, _row = self._give_back(sale, 40.0)
        self.assertEqual(answer["status"], "ok", answer)

    def test_code_and_cash_from_two_tabs(self):
        """FAULT-46: one sale given back by a code, and from another tab in cash: it
        happened, so it is sold; a person is told, once."""
        sale = self._sale()
        _answer, row = self._give_back(sale, 100.0)
        self._refund_sale(sale, [(self.cash_method, 100.0, None)])
        self._refund_sale(
            sale, [(self.code_method, 100.0, row.payment_uuid)], uuid=row.order_uuid
        )
        case = self.quarantine.search([("kind", "=", "over_refunded")])
        self.assertEqual((case.expected_fen, case.found_fen), (10000, 20000))
        self.assertEqual(case.intent_id, row.intent_id)

    def test_exchanged_and_given_back(self):
        """PAY-02, FAULT-46: the bottle came back for another one, at a late till;
        from a second tab its money goes back as well. Told, whichever comes first; and
        what was exchanged is not promised any more."""
        for is_exchanged_first in (True, False):
            with self.subTest(is_exchanged_first):
                sale = self._sale()
                row = self.refunds
                if is_exchanged_first:
                    self._exchange(sale)
                    answer, row = self._give_back(sale, 100.0)
                    self.assertEqual(answer["status"], "refused")
                    self.assertFalse(row)
                    continue
                _answer, row = self._give_back(sale, 100.0)
                self._exchange(sale)
                case = self.quarantine.search([("kind", "=", "over_refunded")])
                self.assertEqual(case.intent_id, row.intent_id)
                self.assertEqual((case.expected_fen, case.found_fen), (10000, 20000))

    def test_points_that_come_back_are_no_goods(self):
        """PAY-02, FAULT-46: of a bottle that points had paid a fifth of, the money goes
        back and the points do: nothing is given back twice. A dearer bottle in exchange
        counts as much as the one that came back."""
        sale = self._sale((80.0,))
        points = self.env["product.product"].create(
            {"name": "Points", "type": "service", "available_in_pos": True}
        )
        refund = self._exchange(sale, 20.0, 100.0, points, paid=-80.0)
        self.assertEqual(sale._o2o_get_worth(refund), 100.0)
        refund.company_id.o2o_points_product_id = points
        self.assertEqual(sale._o2o_get_worth(refund), 80.0)
        other = self._sale()
        dearer = self._exchange(other, 150.0, paid=50.0)
        self.assertEqual(other._o2o_get_worth(dearer), 100.0)

    def _exchange(self, sale, price=100.0, worth=100.0, product=None, paid=0.0):
        """The bottle of a sale for something else; the rest in cash."""
        lines = [
            {
                "product_id": it.id,
                "name": it.name,
                "qty": quantity,
                "price_unit": price_unit,
                "refunded_orderline_id": origin,
            }
            for it, quantity, price_unit, origin in (
                (self.product, -1, worth, sale.lines.id),
                (product or self.product, 1, price, False),
            )
        ]
        order = prepare_sale(
            self.till.current_session_id.id,
            self.cashier.id,
            self.cash_method.id,
            lines,
            uuid=str(uuid4()),
        )
        if not paid:
            order["payment_ids"] = []
        self.env["pos.order"].with_user(self.cashier).sync_from_ui([order])
        found = self.env["pos.order"].search([("uuid", "=", order["uuid"])])
        self.assertIn(found.state, ("paid", "done"))
        self.assertEqual(found.amount_paid, paid)
        return found

    def test_given_back_to_the_fen_is_not_too_much(self):
        """REFUNDS: code and cash of one sale, in parts: nobody is called."""
        sale = self._sale(codes=(60.0,), cash=40.0, quantity=2)
        for _part in range(2):
            _answer, row = self._give_back(sale, 30.0, total=50.0)
            self._refund_sale(
                sale,
                [
                    (self.code_method, 30.0, row.payment_uuid),
                    (self.cash_method, 20.0, None),
                ],
                uuid=row.order_uuid,
                quantity=1,
            )
        self.assertFalse(self.quarantine.search([("kind", "=", "over_refunded")]))

    def test_no_amount(self):
        """FAULT-54: nothing, less than nothing, words."""
        sale = self._sale()
        for amount in (0, -5.0, "5", None, True, float("nan"), float("inf"), 0.001):
            answer, _row = self._give_back(sale, amount, total=100.0)
            self.assertEqual(answer["status"], "refused", amount)
            self.assertEqual(self._preview(sale, amount)["status"], "refused", amount)

    # === THE SALE === #

    def test_faked_line(self):
        """FAULT-54, FAULT-57: a till that says "given back", or was offline, is not
        believed."""
        sale = self._sale()
        refund = self._refund_sale(sale, [(self.code_method, 100.0, None)])
        self.assertEqual(self._loose().kind, "till_refund")
        self.assertFalse(refund.payment_ids.transaction_id)

    def test_other_sale_and_used_promise(self):
        """FAULT-54: a promise covers its own line, amount, order and sale, once."""
        sale, other = self._sale(), self._sale()
        _answer, row = self._give_back(sale, 50.0)
        refund = self._refund_sale(
            other, [(self.code_method, 50.0, row.payment_uuid)], uuid=row.order_uuid
        )
        self.assertFalse(row.pos_payment_id)
        self.assertEqual(
            set(self._loose().mapped("kind")), {"till_refund", "till_refund_no_sale"}
        )
        # the refund of that order is over
        answer, _row = self._give_back(sale, 10.0, order=refund.uuid)
        self.assertEqual(answer["status"], "refused")

    def test_other_amount(self):
        """FAULT-54: given back 1, sold as 100."""
        sale = self._sale()
        _answer, row = self._give_back(sale, 1.0)
        self._refund_sale(
            sale, [(self.code_method, 100.0, row.payment_uuid)], uuid=row.order_uuid
        )
        self.assertFalse(row.pos_payment_id)
        self.assertIn("till_refund", self._loose().mapped("kind"))

    def test_synced_twice(self):
        """FAULT-52: a refund that is sent again keeps its money."""
        sale = self._sale()
        _answer, row = self._give_back(sale, 100.0)
        refund = self._refund_sale(
            sale, [(self.code_method, 100.0, row.payment_uuid)], uuid=row.order_uuid
        )
        refund.payment_ids._o2o_match_intents()
        self.assertEqual(row.pos_payment_id, refund.payment_ids)
        self.assertFalse(self._loose())

    def test_browser_gone(self):
        """FAULT-52: given back, and no refund of the sale ever comes: a person."""
        sale = self._sale()
        _answer, row = self._give_back(sale, 100.0)
        self._run("refund")
        with self._after(minutes=16):
            self._make_due(row)
            self._run("refund")
        self.assertEqual(self._loose().kind, "till_refund_no_sale")
        self.assertEqual(self._loose().found_fen, 10000)
        # the browser was offline: its order closes the case
        self._refund_sale(
            sale, [(self.code_method, 100.0, row.payment_uuid)], uuid=row.order_uuid
        )
        self.assertEqual(self._loose().state, "accepted")

    def test_who_may_ask(self):
        """PAY-08: cashiers of the store, for its own sales."""
        sale = self._sale()
        for user in (self.cashier_far, self.member):
            for method, args in (
                ("pos_refund_preview", (sale.id, 5.0)),
                ("pos_refund", (str(uuid4()), str(uuid4()), 5.0, sale.id, 5.0)),
                ("pos_refund_drop", (str(uuid4()),)),
                ("pos_refund_look", ([str(uuid4())],)),
            ):
                with self.assertRaises(AccessError, msg=f"{user.login} {method}"):
                    self._call(method, *args, user=user)

    def test_sale_of_another_store(self):
        """PAY-08: a sale of another store, a number that is none; another till of the
        same store is fine."""
        sale = self._sale()
        beside, far = (
            self._open_till(store, self.code_method) for store in (self.near, self.far)
        )
        args = ("pos_refund_preview", sale.id, 5.0)
        self.assertEqual(self._call(*args, till=beside)["status"], "ok")
        answer = self._call(*args, till=far, user=self.cashier_far)
        self.assertEqual(answer["status"], "refused")
        for number in (0, -1, "1", None, True, 2**31 - 1):
            answer = self._call("pos_refund_preview", number, 5.0)
            self.assertEqual(answer["status"], "refused", number)

    def _open_till(self, store, methods):
        till = self.env["pos.config"].create(
            {"name": "Till 2", "o2o_store_id": store.id}
        )
        till.payment_method_ids = methods
        till.open_ui()
        return till

    def test_junk(self):
        """PAY-08: what is no line of a till is refused."""
        sale = self._sale()
        for order, line in (("x" * 65, "a"), ("a", 5), ("a b", "a")):
            with self.assertRaises(ValidationError):
                self._call("pos_refund", order, line, 5.0, sale.id, 5.0)
        with self.assertRaises(ValidationError):
            self._call("pos_refund_look", [str(uuid4())] * 51)
