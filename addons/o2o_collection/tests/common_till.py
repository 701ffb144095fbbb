from odoo.fields import Command

from .common import DoorCase


class DoorTillCase(DoorCase):
    """The till of the near store, open, with a drawer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        journal = cls.env["account.journal"].create(
            {"name": "O2O Cash", "code": "O2OC", "type": "cash"}
        )
        cash = cls.env["pos.payment.method"].create(
            {"name": "O2O Cash", "journal_id": journal.id}
        )
        cls.till = cls._till(cls.near)
        cls.till.picking_type_id = cls.near.warehouse_id.pos_type_id
        cls.till.payment_method_ids = [Command.set(cash.ids)]
        cls.till.open_ui()
        cls.pos_session = cls.till.current_session_id
        cls.pos_session.set_opening_control(0, None)

    def _call(self, method, *args, user=None, till=None):
        """Call as the till would."""
        service = self.env["o2o.collection.till"].with_user(user or self.cashier)
        return getattr(service, method)((till or self.till).id, *args)

    def _begin(self, declared=40000, courier=None):
        """The courier has counted and presses "Hand over my money"."""
        handovers = self.handovers.with_user(courier or self.courier).sudo()
        return handovers._begin(self.near, declared).sudo()

    def _take_over(
        self, counted, code=None, expected=None, reason="", courier=None, **slips
    ):
        """The cashier counts, and the courier, who counted the same, tells the code."""
        courier = courier or self.courier
        if code is None:
            code = self._begin(counted, courier).code
        held = self.handovers._get_held(self.near, courier)
        cash = held.filtered(lambda it: it.way == "cash")
        if expected is None:
            expected = sum(cash.mapped("amount_fen"))
        slips.setdefault("slip_count", len(held - cash))
        slips.setdefault("slip_fen", sum((held - cash).mapped("amount_fen")))
        return self._call(
            "pos_take",
            courier.id,
            {
                **slips,
                "counted_fen": counted,
                "expected_fen": expected,
                "code": code,
                "reason": reason,
            },
        )

    def _collect_by_card(self, row):
        self._take(
            row,
            "card",
            amount_fen=row.open_fen,
            reference=f"1000{row.id:08d}",
            card_end="1234",
        )
        self._take(row, "finish")

    def _get_courier_balance(self):
        account = self.company.o2o_courier_journal_id.default_account_id
        lines = self.env["account.move.line"].search(
            [("account_id", "=", account.id), ("parent_state", "=", "posted")]
        )
        return self.company.currency_id.round(sum(lines.mapped("balance")))
