from uuid import uuid4

from odoo.fields import Command

from odoo.addons.o2o_stock.tests.common_pos import prepare_sale

from .common_till import TillCase


class TillRefundCase(TillCase):
    """Sales with several tenders, and refunds of them, as a till makes them."""

    def _pay_by_code(self, amount, provider=None, order_uuid=None):
        """Charge a code for a line; the attempt, and the line of the sale."""
        self.order_uuid = order_uuid or self.order_uuid
        intent = self._charge(provider, amount, line=str(uuid4()))
        self.assertEqual(intent.state, "paid", intent.failure)
        return intent

    def _sync(self, payments, quantity=1, price=100.0, till=None, **values):
        """Send an order of so many bottles, paid by (method, amount, uuid) each."""
        till = till or self.till
        line = {
            "product_id": self.product.id,
            "name": self.product.name,
            "qty": quantity,
            "price_unit": price,
            **values.pop("line", {}),
        }
        sale = prepare_sale(
            till.current_session_id.id,
            self.cashier.id,
            self.code_method.id,
            [line],
            uuid=values.pop("uuid", str(uuid4())),
            **values,
        )
        sale["payment_ids"] = [
            Command.create(
                {
                    "payment_method_id": method.id,
                    "amount": amount,
                    "uuid": uuid or str(uuid4()),
                }
            )
            for method, amount, uuid in payments
        ]
        self.env["pos.order"].with_user(self.cashier).sync_from_ui([sale])
        return self.env["pos.order"].search([("uuid", "=", sale["uuid"])])

    def _sale(self, codes=(100.0,), cash=0.0, quantity=1, till=None):
        """A sale paid by codes of Alipay (or (amount, provider)) and by cash."""
        self.order_uuid = str(uuid4())
        pairs = [it if isinstance(it, tuple) else (it, self.alipay) for it in codes]
        intents = [self._pay_by_code(*pair) for pair in pairs]
        total = sum(amount for amount, _provider in pairs) + cash
        payments = [(self.code_method, it.amount, it.payment_uuid) for it in intents]
        if cash:
            payments.append((self.cash_method, cash, None))
        return self._sync(payments, quantity, total / quantity, till)

    def _refund_sale(self, sale, payments, uuid=None, till=None, quantity=None):
        """The refund as the till sends it when it is validated."""
        total = sum(amount for _method, amount, _uuid in payments)
        quantity = quantity or sale.lines.qty
        return self._sync(
            [(method, -amount, uuid) for method, amount, uuid in payments],
            -quantity,
            total / quantity,
            till,
            uuid=uuid or str(uuid4()),
            is_refund=True,
            line={"refunded_orderline_id": sale.lines.id},
        )

    def _preview(self, sale, amount, first=None, **options):
        return self._call("pos_refund_preview", sale.id, amount, first, **options)

    def _give_back(self, sale, amount, line=None, order=None, total=None, **options):
        """Ask for a refund by code.

        :return: the answer, and the row, if there is one
        """
        line = line or str(uuid4())
        answer = self._call(
            "pos_refund",
            order or str(uuid4()),
            line,
            amount,
            sale.id,
            amount if total is None else total,
            **options,
        )
        rows = self.refunds.search([("payment_uuid", "=", line)], order="id desc")
        return answer, rows[:1]

    def _call(self, method, *args, user=None, till=None, out_no=None):
        if out_no:
            args = (*args, out_no)
        return super()._call(method, *args, user=user, till=till)

    def _loose(self):
        kinds = ("till_refund", "till_refund_no_sale", "refund_abnormal")
        return self.quarantine.search([("kind", "in", kinds)])
