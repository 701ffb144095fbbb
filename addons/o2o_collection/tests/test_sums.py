from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import tagged

from odoo.addons.o2o_member.tests.common_lives import examples

from .common_till import DoorTillCase

FEN = st.integers(1, 50_000)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("cash"), FEN),
        st.tuples(st.just("card"), FEN),
        st.tuples(st.just("finish"), st.just(0)),
        st.tuples(st.just("give_up"), st.just(0)),
        st.tuples(st.just("return"), st.integers(1, 2)),
        st.tuples(st.just("hand_over"), st.integers(-300, 300)),
    ),
    min_size=1,
    max_size=9,
)


@tagged("post_install", "-at_install")
class TestDoorSums(DoorTillCase):
    """Whatever is pressed, the sums are those of a plain count of fen."""

    @examples(8)
    @given(STEPS)
    def test_any_life(self, steps):
        """FAULT-64: due = collected + open + refused; counted = handed over +
        difference; Odoo's payments say the same."""
        self._empty_pockets()
        self._set_stock(self.near, self.product, 5)
        row = self._ship()
        self.assertEqual(row.store_id, self.near)
        self.taken, self.given = 0, 0
        for at, (action, value) in enumerate(steps):
            getattr(self, f"_do_{action}")(row, value, at)
            self.assertEqual(
                row.due_fen, row.collected_fen + row.open_fen + row.refused_fen
            )
            self.assertEqual(row.collected_fen, self.taken)
            paid = row.order_id.transaction_ids.filtered(lambda tx: tx.state == "done")
            self.assertEqual(round(sum(paid.mapped("amount")) * 100), self.taken)
            carried = sum(row._get_carried().mapped("amount_fen"))
            self.assertEqual(carried + self.given, self.taken)
            for handover in row.payment_ids.handover_id:
                self.assertEqual(
                    handover.counted_fen,
                    handover.expected_fen + handover.difference_fen,
                )

    def _empty_pockets(self):
        if held := self.handovers._get_held(self.near, self.courier):
            cash = held.filtered(lambda it: it.way == "cash")
            self._take_over(sum(cash.mapped("amount_fen")))

    def _do_cash(self, row, fen, at):
        before = row.open_fen
        answer = self._press(row, "cash", received_fen=fen)
        if answer["status"] == "ok":
            self.taken += min(fen, before)

    def _do_card(self, row, fen, at):
        answer = self._press(
            row,
            "card",
            amount_fen=fen,
            reference=f"{at:04d}{row.id:08d}",
            card_end="1234",
        )
        if answer["status"] == "ok":
            self.taken += fen

    def _do_finish(self, row, _value, at):
        answer = self._press(row, "finish")
        self.assertEqual(answer["status"] == "ok", not row.open_fen)

    def _do_give_up(self, row, _value, at):
        self._press(row, "give_up", reason="不要了")

    def _do_return(self, row, quantity, at):
        part = row.fulfillment_id
        (left,) = part._get_returnable().values()
        if quantity <= left:
            part._return_goods({part.line_ids: quantity}, "破损", self.env["res.users"])

    def _do_hand_over(self, row, difference, at):
        held = self.handovers._get_held(self.near, self.courier)
        if not held:
            return
        cash = held.filtered(lambda it: it.way == "cash")
        counted = max(0, sum(cash.mapped("amount_fen")) + difference)
        answer = self._take_over(counted, reason="数错")
        self.assertEqual(answer["status"], "ok", answer)
        self.given += sum(held.mapped("amount_fen"))
