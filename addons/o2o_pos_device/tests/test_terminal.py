import json
from contextlib import contextmanager
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, HttpCase, freeze_time, tagged

from .common_terminal import TerminalCase


@tagged("post_install", "-at_install")
class TestTerminal(TerminalCase):
    """UPAY-01 to 03, POS-10, POS-12, POS-13, POS-16 on the server."""

    def test_request_is_repeated_until_the_result_is_final(self):
        sale = self.terminal._request("sale", 88.0)
        for state in ("new", "pending"):
            self.assertEqual(sale.state, state)
            [sent] = self._sync()["terminal_requests"]
            self.assertEqual(sent["uid"], sale.uid)
            self.assertEqual(sent["amount_fen"], 8800)
            self.assertEqual(sent["is_started"], state != "new")
            self._sync(self._result(sale, "pending"))
        answer = self._sync(self._result(sale))
        self.assertEqual(answer["terminal_requests"], [])

    def test_result_is_kept_whole(self):
        """POS-18."""
        sale = self._sell(88.88)
        self.assertRecordValues(
            sale,
            [
                {
                    "state": "approved",
                    "amount": 88.88,
                    "booked_amount": 88.88,
                    "card": "621700*********0018",
                    "bank": "0102",
                    "trace": f"{self.traces:06d}",
                    "ref": f"{self.traces:012d}",
                    "auth": "551200",
                    "batch": "000001",
                    "mid": "898310153110001",
                    "tid": "01370158",
                    "is_adopted": False,
                    "store_id": self.near.id,
                }
            ],
        )
        self.assertEqual(sale._get_local_date(), "20261127")

    def test_final_result_never_changes(self):
        sale = self._sell()
        for state in ("declined", "unknown", "pending", "approved"):
            self._sync(self._result(sale, state, trace="999999"))
            self.assertEqual(sale.state, "approved")
            self.assertNotEqual(sale.trace, "999999")

    def test_same_key_is_one_transaction(self):
        first = self.terminal._request("sale", 88.0, uid="abc123")
        self.assertEqual(self.terminal._request("sale", 88.0, uid="abc123"), first)

    def test_open_transaction_blocks_money_and_settlement(self):
        self._sell(state="unknown")
        for op, amount in (("sale", 1.0), ("settle", 0.0)):
            with self.assertRaises(UserError):
                self.terminal._request(op, amount)
        self.assertTrue(self.terminal._request("signin"))

    def test_unknown_says_why_and_is_resolved_by_asking(self):
        sale = self._sell(state="unknown", message="no answer")
        sale.with_user(self.cashier).action_resolve()
        [sent] = self._sync()["terminal_requests"]
        self.assertEqual(sent["action"], "resolve")
        self._sync(self._result(sale, "unknown", message="another batch"))
        self.assertEqual((sale.state, sale.message), ("unknown", "another batch"))
        self._sync(self._result(sale, is_adopted=True))
        self.assertEqual((sale.state, sale.is_adopted), ("approved", True))

    def test_manager_decides_what_no_terminal_can_tell(self):
        sale = self._sell(state="unknown")
        with self.assertRaises(AccessError):
            sale.with_user(self.cashier).action_confirm_charged()
        sale.with_user(self.manager).action_confirm_charged()
        [sent] = self._sync()["terminal_requests"]
        self.assertEqual((sent["action"], sent["approves"]), ("decide", True))
        self.assertEqual(sent["note"], self.manager.name)
        # the box says when it is so
        self.assertEqual(sale.state, "unknown")
        self._sync(self._result(sale, code="by_hand"))
        self.assertEqual(sale.decided_by_id, self.manager)
        self.assertEqual(sale.state, "approved")

    def test_approved_with_another_amount_is_for_a_person(self):
        sale = self._sell(amount_fen=8801)
        self.assertEqual((sale.state, sale.code), ("unknown", "wrong_amount"))
        self.assertFalse(sale.booked_amount)

    def test_card_number_is_masked_whatever_the_box_sends(self):
        sale = self._sell(card="6217001234567890018", message="卡6217001234567890018")
        self.assertEqual(sale.card, "621700*********0018")
        self.assertEqual(sale.message, "卡621700*********0018")

    def test_malformed_results_are_ignored(self):
        sale = self.terminal._request("sale", 88.0)
        for values in (
            {"state": "paid"},
            {"state": []},
            {"amount_fen": "8800"},
            {"amount_fen": -1},
            {"amount_fen": True},
            {"amount_fen": 10**15},
            {"uid": None},
            {"uid": "x" * 100},
        ):
            self._sync({**self._result(sale), **values})
            self.assertEqual(sale.state, "new")
        self._sync({**self._result(sale), "at": {}, "card": 5, "trace": ["1"]})
        self.assertEqual((sale.state, sale.trace), ("approved", False))

    def test_late_request_tells_the_box_not_to_begin(self):
        sale = self.terminal._request("sale", 88.0)
        with freeze_time(fields.Datetime.now() + timedelta(minutes=5)):
            self.assertLessEqual(sale._prepare_box_dict()["expires_in"], 0)

    def test_void_until_settled_then_refund(self):
        sale = self._sell(88.0)
        with self.assertRaises(AccessError):
            sale.with_user(self.cashier).action_void()
        other = self._sell(12.0)
        void = self.env["o2o.terminal.transaction"].browse(
            other.with_user(self.manager).action_void()["res_id"]
        )
        self.assertEqual(void._prepare_box_dict()["orig_trace"], other.trace)
        self._sync(self._result(void))
        self.assertFalse(other.can_reverse)
        with self.assertRaises(UserError):
            other.with_user(self.manager).action_void()
        self._settle(8800)
        with self.assertRaises(UserError):
            sale.with_user(self.manager).action_void()
        refund = self.env["o2o.terminal.transaction"].browse(
            sale.with_user(self.manager).action_refund()["res_id"]
        )
        sent = refund._prepare_box_dict()
        self.assertEqual((sent["orig_ref"], sent["orig_date"]), (sale.ref, "20261127"))
        self.assertEqual(sent["amount_fen"], 8800)
        self._sync(self._result(refund, "declined"))
        self.assertTrue(sale.can_reverse)

    def _settle(self, fen):
        action = self.terminal.with_user(self.manager).action_settle()
        request = self.env["o2o.terminal.transaction"].browse(action["res_id"])
        self._sync(self._result(request, amount_fen=fen))
        return request.settlement_id

    def test_settlement_is_everything_since_the_last_one(self):
        """POS-09, POS-16."""
        first = self._sell(88.0)
        self._sell(12.0)
        self._sell(5.0, state="declined")
        void = self.terminal._request("void", 88.0, first)
        self._sync(self._result(void))
        settlement = self._settle(1200)
        self.assertRecordValues(
            settlement,
            [
                {
                    "batch": "000001",
                    "sale_count": 2,
                    "sale_amount": 100.0,
                    "void_count": 1,
                    "void_amount": 88.0,
                    "refund_count": 0,
                    "terminal_amount": 12.0,
                    "difference": 0.0,
                }
            ],
        )
        self._sell(7.0)
        second = self._settle(1000)
        self.assertEqual((second.sale_count, second.difference), (1, 3.0))

    def test_nothing_is_written_or_deleted_by_hand(self):
        sale = self._sell()
        for user in (self.cashier, self.manager):
            for act in (
                lambda record: record.write({"state": "declined"}),
                lambda record: record.copy(),
                lambda record: record.unlink(),
            ):
                with self.assertRaises(AccessError):
                    act(sale.with_user(user))
        for record in (sale, self._settle(8800)):
            with self.assertRaises(UserError):
                record.sudo().unlink()

    def test_store_sees_its_own(self):
        """Invariant 8."""
        sale = self._sell()
        settlement = self._settle(8800)
        for record in (self.terminal, sale, settlement):
            domain = [("id", "=", record.id)]
            for user, seen in (
                (self.cashier, True),
                (self.cashier_far, False),
                (self.manager, True),
            ):
                found = record.with_user(user).search(domain)
                self.assertEqual(bool(found), seen)
        unknown = self._sell(state="unknown")
        with self.assertRaises(AccessError):
            unknown.with_user(self.cashier_far).action_resolve()
        with self.assertRaises(AccessError):
            self.terminal.with_user(self.cashier).action_settle()

    def test_box_reaches_its_own_transactions_only(self):
        sale = self.terminal._request("sale", 88.0)
        far = self._create_box("Far box", self.far)
        answer = self._sync(self._result(sale), box=far)
        self.assertEqual(sale.state, "new")
        self.assertEqual(answer["terminal_requests"], [])
        self.assertEqual(answer["terminals"], [])

    def test_status_of_the_box_is_shown(self):
        """POS-10."""
        report = {"id": self.terminal.id, "state": "idle", "batch": "000007"}
        answer = self._sync(terminals=[report, {"id": "x"}, {"id": 0, "state": 1}])
        self.assertEqual((self.terminal.state, self.terminal.batch), ("idle", "000007"))
        self.assertEqual(answer["terminals"][0]["host"], "192.0.2.7")

    def test_settings_that_cannot_work_are_refused(self):
        """POS-13."""
        for values in (
            {"host": False},
            {"connection": "serial"},
            {"connection": "serial", "device": "/etc/passwd"},
            {"connection": "serial", "device": "/dev/../etc/passwd"},
            {"pos_no": "一号"},
        ):
            with self.assertRaises(ValidationError), self._undone():
                self.terminal.write(values)

    def test_terminal_with_an_open_transaction_stays_where_it_is(self):
        self._sell(state="unknown")
        other = self._create_box("Second box", self.near)
        for values in ({"box_id": other.id}, {"active": False}):
            with self.assertRaises(UserError), self._undone():
                self.terminal.write(values)
        with self.assertRaises(UserError), self._undone():
            self.terminal.unlink()

    @contextmanager
    def _undone(self):
        with self.env.cr.savepoint():
            yield

    def test_manager_sets_up_a_terminal_in_the_form(self):
        form = Form(self.env["o2o.terminal"].with_user(self.manager))
        form.name = "Till 2"
        form.box_id = self.box
        form.connection = "serial"
        form.device = "/dev/ttyUSB0"
        self.assertEqual(form.save().store_id, self.near)


@tagged("post_install", "-at_install")
class TestTerminalHttp(TerminalCase, HttpCase):
    """The same over the wire of the box."""

    def test_sale_over_the_sync_route(self):
        sale = self.terminal._request("sale", 88.0)

        def sync(*results):
            answer = self.url_open(
                "/o2o/box/1/sync",
                data=json.dumps({"terminal_results": results}),
                headers={
                    "Content-Type": "application/json",
                    "Authorization": f"Bearer {self.token}",
                },
            )
            self.assertEqual(answer.status_code, 200)
            return answer.json()

        [sent] = sync()["terminal_requests"]
        self.assertEqual((sent["uid"], sent["op"]), (sale.uid, "sale"))
        for _replay in range(2):
            self.assertEqual(sync(self._result(sale))["terminal_requests"], [])
        self.assertEqual(sale.state, "approved")
