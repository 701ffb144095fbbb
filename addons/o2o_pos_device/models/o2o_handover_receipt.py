from odoo import api, models
from odoo.tools.misc import format_amount

from ..receipts.blocks import barcode, cut, feed, heading, line, row, text


class O2oReceipt(models.AbstractModel):
    _inherit = "o2o.receipt"

    @api.model
    def _build_handover_slip(self, session, store):
        """What one shift leaves to the next: takings, cash, signatures (POS-06)."""
        figures = session._o2o_prepare_handover()

        def money(amount):
            return format_amount(self.env, amount, session.currency_id)

        def figure(label, value, **style):
            return row([(label, 1, "left"), (value, 1, "right")], **style)

        counted = [(self.env._("Sales"), *figures["sales"])]
        if figures["returns"][0]:
            counted.append((self.env._("Returns"), *figures["returns"]))
        cash = []
        if session.cash_control:
            difference = session.cash_register_difference
            cash = [
                line(),
                figure(
                    self.env._("Cash at the start"),
                    money(session.cash_register_balance_start),
                ),
                figure(
                    self.env._("Cash expected"),
                    money(session.cash_register_balance_end),
                ),
                figure(
                    self.env._("Cash counted"),
                    money(session.cash_register_balance_end_real),
                ),
                figure(
                    self.env._("Difference"),
                    money(difference),
                    bold=True,
                    # a difference is seen from afar
                    size="normal"
                    if session.currency_id.is_zero(difference)
                    else "tall",
                ),
            ]
        return [
            heading(self.env._("Shift hand-over")),
            text(store.name, "center"),
            line(),
            *self._labelled(self.env._("Till"), session.config_id.name),
            *self._labelled(self.env._("No."), session.name),
            *self._labelled(self.env._("Cashier"), session.user_id.name),
            *self._labelled(
                self.env._("From"), self._format_time(session.start_at, store)
            ),
            *self._labelled(
                self.env._("To"), self._format_time(session.stop_at, store)
            ),
            line(),
            *[
                self._handover_row(label, count, money(amount), bold=True)
                for label, count, amount in counted
            ],
            line(),
            *[
                self._handover_row(label, count, money(amount))
                for label, count, amount in figures["methods"]
            ],
            *cash,
            *self._labelled(self.env._("Remark"), session.closing_notes),
            feed(1),
            text(self.env._("Handed over by: ____________________")),
            feed(1),
            text(self.env._("Taken over by: ____________________")),
            line(),
            barcode(session.name),
            feed(2),
            cut(),
        ]

    @api.model
    def _handover_row(self, label, count, amount, bold=False):
        columns = [(label, 4, "left"), (f"x {count}", 2, "right"), (amount, 4, "right")]
        return row(columns, bold=bold)
