from dataclasses import replace
from datetime import time

from odoo.tests import tagged

from odoo.addons.o2o_payment.lib.o2o_gateway.results import Refund, RefundState

from .common import DAY, NEXT, BillCase, moment, utc


@tagged("post_install", "-at_install")
class TestMatch(BillCase):
    """PAY-07: the classes of differences, on bills written by hand."""

    def _assert_one(self, kind, ours, gateway, provider=None):
        row = self._open(provider)
        self.assertRecordValues(
            row, [{"kind": kind, "ours_fen": ours, "gateway_fen": gateway}]
        )
        self._assert_adds_up(row.bill_id)
        return row

    def test_all_agrees(self):
        """PAY-07: payments and refunds agree: no difference, and sums to the cent."""
        first, second = self._pay_here(10000), self._pay_here(333)
        refund = self._refund_here(first, 4000)
        bill = self._bring([self._row(it) for it in (first, second, refund)])
        self.assertEqual(bill.state, "matched")
        self.assertFalse(self._open())
        self.assertEqual(bill.line_ids.mapped("match"), ["matched"] * 3)
        self.assertEqual(bill.line_ids.intent_id, first | second)
        self.assertEqual(bill.line_ids.refund_id, refund)
        self.assertRecordValues(
            bill,
            [
                {
                    "paid": 103.33,
                    "refunded": 40.0,
                    "ours_paid": 103.33,
                    "ours_refunded": 40.0,
                    "fees": 0.62,
                    "net": 62.71,
                    "difference": 0.0,
                    "open_count": 0,
                    "line_count": 3,
                }
            ],
        )
        self._assert_adds_up(bill)

    def test_only_at_the_gateway(self):
        """FAULT-68: a row that we know nothing of."""
        stranger = self._pay_here(5000)
        row = self._row(stranger, out_no="P9999999999999999999999999")
        stranger.paid_at = False
        self._bring([row])
        row = self._assert_one("gateway_only", 0, 5000)
        self.assertEqual(row.number, "P9999999999999999999999999")

    def test_refund_that_nobody_asked_for(self):
        """FAULT-68: given back on the gateway's own page."""
        intent = self._pay_here(5000)
        unknown = self._refund_here(intent, 5000)
        rows = [self._row(intent), self._row(unknown)]
        unknown.unlink()
        self._bring(rows)
        row = self._assert_one("gateway_only", 0, -5000)
        self.assertEqual(row.intent_id, intent)

    def test_refund_of_another_payment(self):
        """FAULT-68: our number of a refund, at a payment it was not made for."""
        intent, other = self._pay_here(5000), self._pay_here(5000)
        refund = self._refund_here(intent, 5000)
        rows = [self._row(it) for it in (intent, other, refund)]
        rows[2] = replace(rows[2], out_no=other.out_no)
        bill = self._bring(rows)
        kinds = sorted((row.kind, row.number) for row in self._open())
        self._assert_adds_up(bill)
        self.assertEqual(bill.difference, 0.0)
        number = refund.refund_no
        self.assertEqual(kinds, [("gateway_only", number), ("ours_only", number)])

    def test_only_in_our_books(self):
        """FAULT-68: a row is missing, of a payment and of a refund."""
        intent = self._pay_here(5000)
        self._bring([])
        self._assert_one("ours_only", 5000, 0)
        refund = self._refund_here(intent, 3000)
        bill = self._bring([self._row(intent)])
        row = self._assert_one("ours_only", -3000, 0)
        self.assertEqual((row.refund_id, row.bill_id), (refund, bill))

    def test_refund_that_becomes_done_late(self):
        """PAY-07: given back at the gateway, as we hear after the bill was matched: it
        is looked for in that bill."""
        intent = self._pay_here(5000)
        refund = self._refund_here(intent, 3000, state="pending", done_at=False)
        bill = self._bring([self._row(intent)])
        self.assertFalse(self._open())
        self.assertFalse(bill.next_at)
        refund._note_done(
            Refund(
                state=RefundState.DONE,
                out_no=intent.out_no,
                refund_no=refund.refund_no,
                amount_fen=3000,
            )
        )
        self._run_bills()
        # until the bills up to the day on which it was done are there
        self._assert_one("cross_day", -3000, 0)

    def test_payment_that_becomes_known_late(self):
        """PAY-07: the same for a payment that is confirmed days later."""
        intent = self._pay_here(
            5000, state="waiting", paid_fen=0, reserved_fen=0, paid_at=False
        )
        self._bring([])
        self.assertFalse(self._open())
        intent._enter("paid", paid_fen=5000, paid_at=utc(moment()))
        self._run_bills()
        self._assert_one("ours_only", 5000, 0)

    def test_paid_today_wakes_nothing(self):
        """PAY-07: the usual payment is not the matter of a bill that is there."""
        bill = self._bring([])
        intent = self._pay_here(
            5000, state="waiting", paid_fen=0, reserved_fen=0, paid_at=False
        )
        intent._enter("paid", paid_fen=5000, paid_at=utc(moment(NEXT)))
        self.assertFalse(bill.next_at)

    def test_another_amount(self):
        """FAULT-68: a fen more than we were told."""
        intent = self._pay_here(5000)
        self._bring([self._row(intent, amount_fen=5001)])
        self._assert_one("amount", 5000, 5001)

    def test_paid_there_not_here(self):
        """PAY-07: the bill knows more: the gateway is asked, then a person."""
        intent = self._pay_here(
            5000, state="closed", paid_fen=0, reserved_fen=0, paid_at=False
        )
        bill = self._bring([self._row(intent)])
        row = self._assert_one("status", 0, 5000)
        self.assertTrue(row.is_asked)
        self.assertTrue(intent.next_at, "the job asks the gateway")
        self.assertTrue(bill.next_at, "and it is looked again")
        # what the job does when the gateway says "paid"
        intent.write(
            {
                "state": "paid",
                "paid_fen": 5000,
                "reserved_fen": 5000,
                "paid_at": "2026-11-20 04:00:00",
                "next_at": False,
            }
        )
        self._make_due(bill)
        self._run_bills()
        self.assertRecordValues(row, [{"state": "resolved", "resolution": "itself"}])
        self.assertEqual(bill.difference, 0.0)
        self.assertFalse(bill.next_at)

    def test_asked_once(self):
        """PAY-07: a gateway that says no again is not asked for ever."""
        intent = self._pay_here(
            5000, state="closed", paid_fen=0, reserved_fen=0, paid_at=False
        )
        bill = self._bring([self._row(intent)])
        intent.next_at = False
        self._make_due(bill)
        self._run_bills()
        self.assertFalse(intent.next_at)
        self.assertFalse(bill.next_at)
        self._assert_one("status", 0, 5000)

    def test_twice_in_a_bill(self):
        """FAULT-68: the same row thrice is one payment and one difference."""
        intent = self._pay_here(5000)
        self._bring([self._row(intent)] * 3)
        row = self._assert_one("duplicate", 0, 10000)
        self.assertEqual(row.count, 2)

    def test_again_in_an_earlier_bill(self):
        """FAULT-68: the bill of the day before comes later, with the same row."""
        intent = self._pay_here(5000, moment(NEXT))
        self._bring([self._row(intent, moment(NEXT))], NEXT)
        self.assertFalse(self._open())
        self._bring([self._row(intent)], DAY)
        self._assert_one("duplicate", 0, 5000)

    def test_another_account_of_ours(self):
        """PAY-11: the number is ours, the account is another one."""
        intent = self._pay_here(5000, provider=self.alipay)
        self._bring([self._row(intent)])
        self._assert_one("account", 0, 5000)

    def test_row_of_another_kind(self):
        """PAY-07: what is no payment and no refund is a person's."""
        intent = self._pay_here(5000)
        self._bring([self._row(intent), self._row(intent, word="ADJUST")])
        self._assert_one("other", 0, 0)

    def test_stake_of_another_kind(self):
        """PAY-07: what is no payment and no refund may be about much: its amount and
        its fee say whether one person decides."""
        self.company.o2o_difference_limit = 100.0
        intent = self._pay_here(5000)
        odd = self._row(intent, word="ADJUST", amount_fen=9000, fee_fen=1001)
        self._bring([self._row(intent), odd])
        row = self._open()
        self.assertEqual((row.kind, row.stake_fen), ("other", 10001))
        row.with_user(self.manager)._decide("noted", "An adjustment.")
        self.assertEqual(row.state, "second")

    def test_fee_of_a_refund(self):
        """PAY-07: a refund gives its fee back, or nothing; one that costs, or gives
        back too much, is a difference of fees."""
        self.wechat.write({"o2o_fee_rate": 0.6, "o2o_fee_tolerance": 0.01})
        rows = []
        for fee in (0, -60, 300, -90):
            intent = self._pay_here(10000)
            refund = self._refund_here(intent)
            rows += [self._row(intent, fee_fen=60), self._row(refund, fee_fen=fee)]
        bill = self._bring(rows)
        row = self._assert_one("fee", 60, -210)
        self.assertEqual(row.count, 2)
        off = bill.line_ids.filtered("is_fee_off")
        self.assertEqual(off.mapped("fee_fen"), [300, -90])

    def test_undone_at_the_till(self):
        """PAY-02: charged, then undone, because the till had stopped waiting: on the
        same day, or after midnight."""
        intent = self._pay_here(
            5000, state="closed", paid_fen=0, reserved_fen=0, paid_at=False
        )
        undone = self._refund_here(intent, 5000)
        rows = [self._row(intent), self._row(undone, moment(NEXT), word="REVOKED")]
        undone.unlink()
        self._bring(rows[:1])
        self._assert_one("status", 0, 5000)
        bill = self._bring(rows[1:], NEXT)
        self.assertFalse(self._open())
        self.assertEqual(bill.line_ids.match, "undone")
        self._assert_adds_up(bill)

    def test_fee(self):
        """PAY-07: a fee beyond the agreed one is one difference of the day."""
        rows = []
        for extra in (0, 1, 2, 300):
            intent = self._pay_here(10000)
            rows.append(self._row(intent, fee_fen=60 + extra))
        bill = self._bring(rows)
        self.assertFalse(self._open(), "no rate was agreed")
        self.wechat.write({"o2o_fee_rate": 0.6, "o2o_fee_tolerance": 0.01})
        bill._wake()
        self._run_bills()
        row = self._assert_one("fee", -120, -422)
        self.assertEqual(row.count, 2)
        self.assertEqual(bill.line_ids.mapped("is_fee_off"), [False, False, True, True])

    def test_nothing_was_sold(self):
        """PAY-07: paid at the gateway and here, and no order stands on it."""
        intent = self._plan(self.wechat, amount=50.0)
        intent.write(
            {
                "state": "paid",
                "paid_fen": 5000,
                "provider_no": "42",
                "paid_at": "2026-11-20 04:00:00",
            }
        )
        bill = self._bring([self._row(intent)])
        row = self._assert_one("document", 5000, 5000)
        self.assertEqual(row.stake_fen, 5000)
        order = self._sell_on_website(intent)
        intent._tell_transaction()
        intent.transaction_id._post_process()
        self.assertTrue(intent.transaction_id.payment_id)
        self.assertEqual(row.order_ids, order)
        self.assertEqual(self.differences.search([("order_ids", "=", order.name)]), row)
        bill._wake()
        self._run_bills()
        self.assertFalse(self._open())
        self.assertEqual(bill.line_ids.match, "matched")

    def test_around_midnight(self):
        """FAULT-69: paid at 23:59:59, in the bill of the next day."""
        intent = self._pay_here(5000, moment(DAY, time(23, 59, 59)))
        noon = self._pay_here(700, moment(DAY))
        bill = self._bring([])
        kinds = {row.intent_id: row.kind for row in self._open()}
        self.assertEqual(kinds, {intent: "cross_day", noon: "ours_only"})
        self._assert_adds_up(bill)
        after = self._bring([self._row(intent, moment(NEXT, time(0)))], NEXT)
        self.assertEqual(self._open().intent_id, noon)
        self.assertEqual(after.line_ids.match, "matched")
        self.assertEqual((bill.difference, after.difference), (-7.0, 0.0))
        self._assert_adds_up(bill)
        self._assert_adds_up(after)

    def test_not_there_after_midnight_either(self):
        """FAULT-69: the next bill has it not: only in our books, the same row."""
        self._pay_here(5000, moment(DAY, time(23, 59, 59)))
        self._bring([])
        row = self._open()
        self._bring([], NEXT)
        self.assertEqual(self._open(), row)
        self.assertEqual(row.kind, "ours_only")

    def test_noted_and_not_there_after_midnight_either(self):
        """PAY-07, FAULT-69: a person noted that it will be in the next bill: it is not,
        and is open again; once, whatever is decided then."""
        self._pay_here(5000, moment(DAY, time(23, 59, 59)))
        self._bring([])
        row = self._open()
        row.with_user(self.manager)._decide("noted", "Tomorrow.")
        self._bring([], NEXT)
        self.assertEqual(self._open(), row)
        self.assertEqual(row.kind, "ours_only")
        row.with_user(self.manager)._decide("noted", "Lost.")
        row.bill_id._wake()
        self._run_bills()
        self.assertFalse(self._open())

    def test_first_of_two_rows_is_gone(self):
        """PAY-07, FAULT-70: it was in two bills, and a person noted the second row as a
        duplicate. A newer file of the first day has it no more: then the second row is
        the payment."""
        intent = self._pay_here(5000)
        self._bring([self._row(intent)])
        second = self._bring([self._row(intent, moment(NEXT))], NEXT)
        self.assertEqual(second.line_ids.match, "duplicate")
        self._open().with_user(self.manager)._decide("noted", "Twice.")
        self._bring([self._row(self._pay_here(100))])
        # the job is called once more for the bill beside
        self._run_bills()
        self.assertEqual(second.line_ids.match, "matched")
        self.assertEqual(second.difference, 0.0)

    def test_refund_on_another_day(self):
        """FAULT-69: sent before midnight, done after it; the bill says when."""
        intent = self._pay_here(5000)
        refund = self._refund_here(
            intent, 5000, moment(DAY, time(23, 30)), done_at="2026-11-21 02:00:00"
        )
        self._bring([self._row(intent)])
        self.assertEqual(self._open().kind, "cross_day")
        self._bring([self._row(refund, moment(NEXT, time(1)))], NEXT)
        self.assertFalse(self._open())

    def test_run_again(self):
        """FAULT-70: another run opens nothing, resolves nothing, books nothing."""
        rows = [self._row(self._pay_here(100 + number)) for number in range(4)]
        self._pay_here(777)
        bill = self._bring([*rows, rows[0]])
        before = self._open().read(["key", "kind", "found_at", "ours_fen", "line_id"])
        bill._wake()
        self._run_bills()
        after = self._open().read(["key", "kind", "found_at", "ours_fen", "line_id"])
        self.assertEqual(after, before)
        self.assertEqual(len(after), 2)

    def test_same_file_again(self):
        """FAULT-70: nothing is new, so nothing is done."""
        intent = self._pay_here(5000)
        bill = self._bring([self._row(intent)])
        lines = bill.line_ids
        self._bring([self._row(intent)])
        self.assertEqual(bill.file_count, 1)
        self.assertEqual(bill.line_ids, lines)

    def test_changed_file(self):
        """FAULT-70: another file of the day takes the place of the rows; the earlier
        one is kept, and a message says so."""
        first, second = self._pay_here(5000), self._pay_here(6000)
        bill = self._bring([self._row(first)])
        row = self._open()
        self.assertEqual(row.intent_id, second)
        old = bill.file_id.attachment_id.raw
        self._bring([self._row(first), self._row(second)])
        self.assertEqual(row.resolution, "itself")
        self.assertEqual(bill.file_ids.mapped("number"), [2, 1])
        self.assertEqual(bill.file_ids[1].attachment_id.raw, old)
        self.assertNotEqual(*bill.file_ids.mapped("sha256"))
        self.assertEqual(bill.line_ids.mapped("row"), [1, 2])
        self.assertTrue(
            bill.message_ids.filtered(lambda it: "revision 2" in (it.body or ""))
        )

    def test_file_that_contradicts_itself(self):
        """FAULT-68: totals that are no sums: nothing of it counts."""
        intent = self._pay_here(5000)
        bill = self._bring([self._row(intent)], wrong_total=True)
        self.assertEqual(bill.state, "problem")
        self.assertIn("应结订单总金额", bill.problems)
        self.assertFalse(bill.line_ids.match)
        self.assertFalse(self._open())
        self.assertFalse(bill.move_id)

    def test_go_on_with_a_file(self):
        """PAY-07: a person has looked at it and says why."""
        intent = self._pay_here(5000)
        bill = self._bring([self._row(intent)], wrong_total=True)
        wizard = self.env["o2o.payment.bill.go.on"].with_user(self.manager)
        wizard.create({"bill_id": bill.id, "reason": "Known."}).action_go_on()
        self._run_bills()
        self.assertEqual(bill.state, "matched")
        self.assertFalse(self._open())

    def test_what_the_database_does_not_take(self):
        """FAULT-68: a fee beyond 32 bits, or a NUL in a text: refused in words, and the
        job does not try for ever."""
        intent = self._pay_here(5000)
        for vals, words in (
            ({"fee_fen": 2**31}, "impossible amount"),
            ({"fee_fen": -(2**31)}, "impossible amount"),
            ({"word": "SUC\0CESS"}, "no text"),
        ):
            with self.subTest(vals=vals):
                bill = self._bring([self._row(intent, **vals)])
                self.assertEqual(bill.state, "problem")
                self.assertIn(words, bill.problems)

    def test_sum_beyond_32_bits(self):
        """FAULT-68: the largest row three times."""
        intent = self._pay_here(2**31 - 1)
        self._bring([self._row(intent, fee_fen=0)] * 3)
        self._assert_one("duplicate", 0, 2 * (2**31 - 1))

    def test_rows_of_another_merchant(self):
        """FAULT-68: one row of somebody else spoils the bill."""
        rows = [self._row(self._pay_here(5000)) for _number in range(2)]
        rows.append(self._row(self._pay_here(1), mchid="1900000108"))
        bill = self._bring(rows)
        self.assertEqual(bill.state, "problem")
        self.assertIn("another merchant", bill.problems)
