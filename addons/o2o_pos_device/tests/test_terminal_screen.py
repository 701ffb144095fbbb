from datetime import timedelta
from uuid import uuid4

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, new_test_user, tagged

from ..iot_handlers.lib.o2o_box.paper import interpret
from ..iot_handlers.lib.o2o_box.render import render
from .common_terminal import TerminalTillCase

_PAN = "6217001234567890018"


@tagged("post_install", "-at_install")
class TestTerminalSignIn(TerminalTillCase):
    """POS-10, POS-13: the terminal signs in with its till; the till sees how it is."""

    def setUp(self):
        super().setUp()
        # the box has been heard of just now
        self._sync(terminals=[self._report()])

    def _report(self, **values):
        return {
            "id": self.terminal.id,
            "state": "idle",
            "mid": "898310153110001",
            "tid": "01370158",
            "batch": "000007",
            "signed_in_at": "2026-11-27T08:01:02.5",
            **values,
        }

    def _reopen(self):
        self.pos_session.action_pos_session_closing_control()
        self.till.with_user(self.cashier).open_ui()
        session = self.till.current_session_id
        session.with_user(self.cashier).set_opening_control(0, None)
        self.assertEqual(session.state, "opened")

    def _sign_ins(self):
        return self.terminal.transaction_ids.filtered(lambda each: each.op == "signin")

    def _status(self, **kwargs):
        return self._ask("pos_status", **kwargs)

    def test_opening_the_till_signs_in(self):
        self._reopen()
        sign_in = self._sign_ins()
        self.assertRecordValues(
            sign_in, [{"state": "new", "config_id": self.till.id, "amount": 0.0}]
        )
        [sent] = self._sync()["terminal_requests"]
        self.assertEqual((sent["uid"], sent["op"]), (sign_in.uid, "signin"))
        self.assertEqual(self._status()["sign_in"]["state"], "new")
        self._sync(self._result(sign_in))
        self.assertEqual(self._status()["sign_in"]["state"], "approved")
        self.assertEqual(self._charge()["status"], "ok")

    def test_refused_sign_in_says_why_and_keeps_no_till_closed(self):
        self._reopen()
        self._sync(self._result(self._sign_ins(), "declined", code="offline"))
        told = self._status()["sign_in"]
        self.assertEqual((told["state"], told["code"]), ("declined", "offline"))

    def test_box_that_is_away_is_not_waited_for(self):
        self.box.last_seen_at = fields.Datetime.now() - timedelta(hours=1)
        self._reopen()
        self.assertFalse(self._sign_ins())
        self.assertEqual(self._status()["state"], "box_offline")

    def test_open_payment_is_not_disturbed(self):
        self._charged(state="unknown")
        self._reopen()
        self.assertFalse(self._sign_ins())

    def test_sign_in_that_never_began_blocks_no_charge(self):
        """A box that went away meanwhile; the till asks again by itself until then."""
        self._reopen()
        self.assertEqual(self._charge()["status"], "again")
        with freeze_time(fields.Datetime.now() + timedelta(minutes=2)):
            self.assertEqual(self._charge()["status"], "ok")

    def test_forgotten_sign_in_keeps_no_terminal_at_its_box(self):
        """POS-13: the box died with the sign-in in its hands; another takes over."""
        self._reopen()
        self._sync(self._result(self._sign_ins(), "pending"))
        other = self._create_box("Second box", self.near)
        with self.assertRaises(UserError):
            self.terminal.box_id = other
        with freeze_time(fields.Datetime.now() + timedelta(minutes=2)):
            self.terminal.box_id = other

    def test_settlement_leaves_the_terminal_signed_in(self):
        """The box signs in after a settlement; the till hears of both."""
        self._sync(terminals=[self._report(state="signed_out", signed_in_at="")])
        status = self._status()
        self.assertEqual((status["state"], status["signed_in_at"]), ("signed_out", ""))
        self._sync(terminals=[self._report(batch="000008")])
        status = self._status()
        self.assertEqual((status["state"], status["batch"]), ("idle", "000008"))
        self.assertTrue(status["signed_in_at"])

    def test_try_again_is_one_request(self):
        uid = str(uuid4())
        first = self._ask("pos_sign_in", uid)
        again = self._ask("pos_sign_in", uid)
        other = self._ask("pos_sign_in", str(uuid4()))
        self.assertEqual(first["status"], "ok")
        for answer in (again, other):
            self.assertEqual(answer["transaction"]["uid"], uid)
        self.assertEqual(self._sign_ins().user_id, self.cashier)
        self._sync(self._result(self._sign_ins(), "declined"))
        self.assertEqual(self._ask("pos_sign_in", str(uuid4()))["status"], "ok")
        self.assertEqual(len(self._sign_ins()), 2)

    def test_try_again_without_a_box_says_so(self):
        self.box.last_seen_at = False
        answer = self._ask("pos_sign_in", str(uuid4()))
        self.assertEqual(answer["status"], "refused")
        self.assertEqual(answer["message"], "The box of the store is not connected.")
        self.assertFalse(self._sign_ins())

    def test_try_again_beside_an_open_payment_names_it(self):
        sale = self._transaction(self._charge())
        answer = self._ask("pos_sign_in", str(uuid4()))
        self.assertEqual(answer["status"], "blocked")
        self.assertEqual(answer["transaction"]["uid"], sale.uid)

    def test_till_reads_the_settings(self):
        """POS-13: address, way of communication, merchant and terminal number."""
        self.terminal.pos_no = "POS00001"
        status = self._status()
        expected = {
            "connection": "Network",
            "address": "192.0.2.7:8899",
            "box": "Near box",
            "pos_no": "POS00001",
            "mid": "898310153110001",
            "tid": "01370158",
            "batch": "000007",
            "state": "idle",
        }
        self.assertEqual({key: status[key] for key in expected}, expected)
        # shown in UTC to the till, kept without the fraction
        self.assertRegex(status["signed_in_at"], r"^2026-11-\d\d \d\d:01:02$")
        self.terminal.write({"connection": "serial", "device": "/dev/ttyUSB0"})
        self.assertEqual(self._status()["address"], "/dev/ttyUSB0, 9600")
        self.assertTrue(self.till.o2o_has_terminal)

    def test_till_without_a_terminal(self):
        self.terminal.config_id = False
        self.till.invalidate_recordset(["o2o_has_terminal"])
        self.assertFalse(self.till.o2o_has_terminal)
        self.assertEqual(self._status(), {})
        self.assertEqual(self._ask("pos_sign_in", str(uuid4()))["status"], "refused")
        self.assertEqual(self._ask("pos_list")["transactions"], [])

    def test_malformed_moments_are_ignored(self):
        for moment in ("yesterday", 5, None, ["x"], "2026-11-27T08:00:00+08:00", ""):
            self._sync(terminals=[self._report(signed_in_at=moment)])
            self.assertFalse(self.terminal.signed_in_at, moment)


@tagged("post_install", "-at_install")
class TestTerminalList(TerminalTillCase):
    """POS-08, POS-11: any transaction is found, asked for, and printed again."""

    def _uids(self, search="", **kwargs):
        answer = self._ask("pos_list", search, **kwargs)
        return [each["uid"] for each in answer["transactions"]]

    def _jobs(self, document_type="bank_slip"):
        return self.env["o2o.print.job"].search(
            [("document_type", "=", document_type), ("store_id", "=", self.near.id)]
        )

    def _papers(self, job):
        return [paper.text() for paper in interpret(render(job.payload, 80), 80)]

    def _line(self):
        return str(uuid4())

    def test_newest_first_with_all_that_stands_on_the_slip(self):
        sale = self._charged(88.8)
        payment = self._sell_by_card(88.8)
        declined = self._charged(5.0, "declined", self._line())
        self.terminal._request("signin")
        answer = self._ask("pos_list")
        self.assertFalse(answer["has_more"])
        last, first = answer["transactions"]
        self.assertEqual((last["uid"], last["state"]), (declined.uid, "declined"))
        expected = {
            "uid": sale.uid,
            "op": "sale",
            "state": "approved",
            "amount": 88.8,
            "card": "621700*********0018",
            "trace": sale.trace,
            "ref": sale.ref,
            "batch": "000001",
            "cashier": self.cashier.name,
            "till": self.till.name,
            "order": payment.pos_order_id.pos_reference,
            "given_back": 0.0,
            "has_slip": True,
        }
        self.assertEqual({key: first[key] for key in expected}, expected)
        self.assertFalse(last["has_slip"])

    def test_found_by_voucher_reference_amount_or_card(self):
        sale = self._charged(88.8)
        other = self._charged(12.0, uuid=self._line())
        self._sync(self._result(other))
        for text in (
            sale.trace,
            str(int(sale.trace)),
            sale.ref,
            "88.8",
            "88.80",
            "￥88.80",
            "８８．８０",
            " 88.80 ",
        ):
            self.assertEqual(self._uids(text), [sale.uid], text)
        self.assertEqual(set(self._uids("0018")), {sale.uid, other.uid})
        self.assertEqual(set(self._uids("")), {sale.uid, other.uid})

    def test_what_is_no_number_finds_nothing(self):
        self._charged(88.8)
        for text in (
            "%",
            "____",
            "00%",
            "1 OR 1",
            "''",
            _PAN,
            "6217",
            None,
            5,
            ["0018"],
        ):
            self.assertEqual(self._uids(text), [], text)

    def test_long_lists_come_in_parts(self):
        sales = [self._charged(1.0, uuid=self._line()) for _each in range(3)]
        answer = self._ask("pos_list", "", 2)
        self.assertTrue(answer["has_more"])
        self.assertEqual(
            [each["uid"] for each in answer["transactions"]],
            [sales[2].uid, sales[1].uid],
        )
        for limit in (0, -1, True, "2", None, 10**9):
            self.assertEqual(len(self._ask("pos_list", "", limit)["transactions"]), 3)

    def test_sale_that_was_given_back_says_so(self):
        """UPAY-02."""
        sale = self._charged(88.8)
        void = self._transaction(self._ask("pos_reverse", "v1", self.line_uuid))
        self._sync(self._result(void))
        back, first = self._ask("pos_list")["transactions"]
        self.assertEqual((back["op"], back["origin_trace"]), ("void", sale.trace))
        self.assertEqual(first["given_back"], 88.8)

    def test_slip_again_is_marked_and_counted(self):
        sale = self._charged(88.8)
        self._jobs()._mark_printed()
        for number in (1, 2):
            answer = self._ask("pos_print_slip", sale.uid)
            self.assertEqual(answer["status"], "ok", answer["message"])
            self.assertEqual(answer["job"]["reprint_number"], number)
            self.assertEqual(answer["job"]["printer"], "Counter")
            job = self._jobs()[0]
            for paper in self._papers(job):
                self.assertIn(f"Reprint no. {number}", paper)
                self.assertIn("88.80", paper)
            job._mark_printed()
        self.assertEqual(len(self._jobs()), 3)

    def test_slip_of_a_terminal_that_prints_itself_is_a_reprint_too(self):
        self.terminal.has_slips = False
        sale = self._charged(88.8)
        self.assertFalse(self._jobs())
        for number in (1, 2):
            answer = self._ask("pos_print_slip", sale.uid)
            self.assertEqual(answer["job"]["reprint_number"], number)
            self._jobs()[0]._mark_printed()

    def test_slip_on_its_way_is_not_printed_twice(self):
        sale = self._charged()
        for _press in range(2):
            self.assertEqual(self._ask("pos_print_slip", sale.uid)["status"], "ok")
        self.assertEqual(len(self._jobs()), 1)

    def test_settlement_is_printed_again(self):
        """POS-08, POS-09."""
        self._charged()
        request = self.terminal._request("settle")
        self._sync(self._result(request, amount_fen=20000))
        self._jobs("settlement_slip")._mark_printed()
        answer = self._ask("pos_print_slip", request.uid)
        self.assertEqual(answer["job"]["reprint_number"], 1)
        self.assertIn(
            "Reprint no. 1", self._papers(self._jobs("settlement_slip")[0])[0]
        )

    def test_no_slip_of_what_was_not_approved(self):
        for state in ("declined", "unknown"):
            sale = self._charged(state=state)
            answer = self._ask("pos_print_slip", sale.uid)
            self.assertEqual(answer["status"], "refused")
            self.assertFalse(self._jobs())

    def test_store_without_a_printer_says_so(self):
        sale = self._charged()
        self._jobs()._mark_printed()
        self.printer.active = False
        answer = self._ask("pos_print_slip", sale.uid)
        self.assertEqual(answer["status"], "refused")
        self.assertIn("no printer", answer["message"])


@tagged("post_install", "-at_install")
class TestTerminalScreenAttack(TerminalTillCase):
    """Invariant 8: a till reaches nothing of another store, and nobody a full card."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.far_till = cls._till(cls.far)
        cls.far_till.payment_method_ids = cls.cash_method.copy({"name": "Far"})
        cls.far_till.open_ui()
        cls.far_terminal = cls.env["o2o.terminal"].create(
            {
                "name": "Far",
                "box_id": cls._create_box("Far box", cls.far).id,
                "host": "192.0.2.8",
                "config_id": cls.far_till.id,
            }
        )
        cls.far_by_cashier = {"user": cls.cashier_far, "till": cls.far_till}

    def _calls(self, uid):
        return (
            ("pos_status",),
            ("pos_sign_in", str(uuid4())),
            ("pos_list",),
            ("pos_list", "0018"),
            ("pos_print_slip", uid),
            ("pos_resolve", uid),
        )

    def test_only_staff_of_the_store(self):
        sale = self._charged()
        clerk = new_test_user(self.env, "o2o_clerk", groups="base.group_user")
        for user in (self.cashier_far, clerk, self.manager):
            for method, *args in self._calls(sale.uid):
                with self.assertRaises(AccessError):
                    self._ask(method, *args, user=user)
        self.assertEqual(self.terminal.transaction_ids, sale)

    def test_keys_of_another_store_are_worth_nothing_at_the_own_till(self):
        sale = self._charged(state="unknown")
        paid = self.env["o2o.print.job"].search_count([])
        far = self.far_by_cashier
        self.assertEqual(self._ask("pos_list", **far)["transactions"], [])
        self.assertEqual(self._ask("pos_list", "0018", **far)["transactions"], [])
        self.assertEqual(self._ask("pos_print_slip", sale.uid, **far)["status"], "gone")
        self.assertEqual(self._ask("pos_resolve", sale.uid, **far), {})
        self.assertEqual(sale.action, "begin")
        self._sync()
        self.far_terminal.box_id.write(
            {"state": "paired", "last_seen_at": fields.Datetime.now()}
        )
        answer = self._ask("pos_sign_in", sale.uid, **far)
        self.assertEqual((answer["status"], answer["transaction"]), ("refused", False))
        self.assertEqual(self.env["o2o.print.job"].search_count([]), paid)

    def test_terminal_that_moves_brings_nothing_along(self):
        """A box goes to another store, and its terminal with it."""
        sale = self._charged()
        self.far_terminal.config_id = False
        self.terminal.config_id = False
        self.env.flush_all()
        self.terminal.box_id = self.far_terminal.box_id
        self.terminal.config_id = self.far_till
        far = self.far_by_cashier
        self.assertEqual(self._ask("pos_list", **far)["transactions"], [])
        self.assertEqual(self._ask("pos_print_slip", sale.uid, **far)["status"], "gone")
        self.assertEqual(self._ask("pos_resolve", sale.uid, **far), {})

    def test_malformed_questions(self):
        for key in ("", "x" * 65, "a b", "'; --", None, 5, ["a"]):
            for method in ("pos_sign_in", "pos_print_slip", "pos_resolve"):
                with self.assertRaises(ValidationError):
                    self._ask(method, key)

    def test_no_full_card_number_anywhere(self):
        """Whatever a terminal or a box sends, six and four digits are kept."""
        sale = self._charged(state="unknown")
        self._sync(
            self._result(
                sale, card=_PAN, message=f"卡{_PAN}", bank=_PAN, auth=_PAN, mid=_PAN
            ),
            terminals=[{"id": self.terminal.id, "state": "idle", "mid": _PAN}],
        )
        self._ask("pos_print_slip", sale.uid)
        told = [
            self._ask("pos_list"),
            self._ask("pos_list", _PAN),
            self._ask("pos_status"),
            self._ask("pos_look", [self.line_uuid]),
            self._ask("pos_print_slip", sale.uid),
            sale.read(),
            self.env["o2o.print.job"].search([]).mapped("payload"),
            self.env["bus.bus"].sudo().search([]).mapped("message"),
        ]
        self.assertIn("621700*********0018", str(told))
        self.assertNotIn(_PAN, str(told))
        self.assertNotIn(_PAN[6:-4], str(told))
