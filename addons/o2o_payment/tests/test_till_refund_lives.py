from uuid import uuid4

from hypothesis import Phase, given
from hypothesis import strategies as st

from odoo.tests import tagged

from odoo.addons.o2o_member.tests.common_examples import examples

from ..money import from_fen
from .common_till_refund import TillRefundCase

FEN = st.integers(1, 20_000)
#: what the gateway does with the call for a leg
FAULTS = st.sampled_from(["", "", "no_money", "lost_after", "lost_before"])
STEP = st.fixed_dictionaries(
    {
        "fen": FEN,
        "first": st.none() | st.integers(0, 3),
        "faults": st.lists(FAULTS, min_size=3, max_size=3),
        "is_replaced": st.booleans(),
    }
)


@tagged("post_install", "-at_install")
class TestTillRefundLives(TillRefundCase):
    """REFUNDS: a sale that is given back in parts, whatever the gateway does."""

    # a run costs jobs and calls: what fails is told as it was drawn
    @examples(8, phases=[Phase.generate])
    @given(
        codes=st.lists(FEN, min_size=1, max_size=3),
        cash=st.integers(0, 10_000),
        steps=st.lists(STEP, min_size=1, max_size=4),
    )
    def test_never_more_than_was_paid(self, codes, cash, steps):
        """FAULT-46, FAULT-51: random tenders, parts, legs that fail and are sent again
        or replaced: never more than was paid, per tender and in all, to the fen; what
        the server counts is what the gateway gave."""
        sale = self._sale([from_fen(fen) for fen in codes], from_fen(cash), 10)
        intents = sale.payment_ids._o2o_get_intents()
        paid, given = sum(codes) + cash, 0
        for step in steps:
            given += self._refund_step(sale, step, paid - given)
            for intent in intents:
                trade = self.simulator.alipay.ledger.find(intent.out_no)
                self.assertEqual(trade.refunded_fen, intent.reserved_fen)
                self.assertLessEqual(trade.refunded_fen, intent.paid_fen)
            self.assertLessEqual(given, paid)
            self.assertEqual(round(sale._o2o_get_money_left() * 100), paid - given)
        self.assertFalse(self._loose())

    def _refund_step(self, sale, step, left):
        """One refund order, worked off to its end.

        :return: fen that went back
        """
        currency = sale.currency_id
        keys = [it["key"] for it in self._preview(sale, 0.01).get("tenders", ())]
        first = step["first"]
        first = keys[first] if first is not None and first < len(keys) else None
        preview = self._preview(sale, from_fen(step["fen"]), first)
        tenders = [it for it in preview["tenders"] if it["amount"]]
        total = sum(it["amount"] for it in tenders)
        self.assertEqual(
            currency.compare_amounts(total + preview["rest"], from_fen(step["fen"])), 0
        )
        self.assertEqual(round(total * 100), min(step["fen"], left))
        for tender in preview["tenders"]:
            self.assertLessEqual(
                round(tender["amount"] * 100), round(tender["left"] * 100)
            )
        order, payments, by_cash = str(uuid4()), [], 0.0
        for tender, fault in zip(tenders, [*step["faults"], ""], strict=False):
            if not tender["out_no"]:
                by_cash += tender["amount"]
                continue
            row = self._work_off(sale, order, total, tender, fault)
            if row.state == "failed" and step["is_replaced"]:
                by_cash += tender["amount"]
                continue
            if row.state == "failed":
                row = self._work_off(sale, order, total, tender, "", row.payment_uuid)
            self.assertEqual(row.state, "done", row.failure)
            payments.append((self.code_method, tender["amount"], row.payment_uuid))
        if by_cash:
            payments.append((self.cash_method, currency.round(by_cash), None))
        if not payments:
            return 0
        self._refund_sale(sale, payments, uuid=order, quantity=1)
        return round(total * 100)

    def _work_off(self, sale, order, total, tender, fault, line=None):
        if fault:
            self.simulator.faults.add("alipay.trade.refund", fault)
        answer, row = self._give_back(
            sale, tender["amount"], line, order, total, out_no=tender["out_no"]
        )
        self.assertEqual(answer["status"], "ok", answer)
        for _turn in range(4):
            if row._may_change():
                self._make_due(row)
                self._run("refund")
        return row
