from uuid import uuid4

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.o2o_stock.tests.common_pos import prepare_sale

from .common_till import TillCase


@tagged("post_install", "-at_install")
class TestTillGuard(TillCase):
    """A cashier edits a sale that is paid, by Odoo's form or by RPC."""

    def _as_cashier(self, record):
        record.invalidate_recordset()
        return record.with_user(self.cashier)

    def test_charged_money_stays_what_it_is(self):
        """FAULT-54: what a gateway was charged does not become cash, nor nothing."""
        self._charge()
        payment = self._as_cashier(self._sell())
        for vals in (
            {"payment_method_id": self.cash_method.id},
            {"amount": 100.0},
        ):
            with self.assertRaises(UserError):
                payment.write(vals)
            with self.assertRaises(UserError):
                payment.pos_order_id.write(
                    {"payment_ids": [Command.update(payment.id, vals)]}
                )
        with self.assertRaises(UserError):
            payment.unlink()
        self.assertEqual(
            (payment.payment_method_id, payment.amount), (self.code_method, 200.0)
        )

    def test_context_of_a_call_pays_nothing(self):
        """PAY-08, FAULT-54: neither what a call brings along nor a default that a
        cashier keeps makes an attempt paid."""
        preset = {"state": "paid", "paid_fen": 20000, "provider_no": "4200"}
        service = self.env["o2o.payment.till"].with_user(self.cashier)
        claims = {f"default_{name}": value for name, value in preset.items()}
        with self._jobs():
            service.with_context(**claims).pos_plan_qr(
                self.till.id, self.order_uuid, self.line_uuid, 200.0, "wechat"
            )
            other = str(uuid4())
            for name, value in preset.items():
                defaults = self.env["ir.default"].with_user(self.cashier)
                defaults.set("o2o.payment.intent", name, value, user_id=True)
            service.pos_plan(
                self.till.id, str(uuid4()), other, 200.0, self._scan(self.alipay)
            )
        found = self.intents.search([("payment_uuid", "in", (self.line_uuid, other))])
        self.assertEqual(
            [(it.state, it.paid_fen, it.provider_no) for it in found],
            [("new", 0, False)] * 2,
        )

    def test_payment_is_proven_by_its_money_only(self):
        """PAY-02: what may be spent at once, a balance, asks for this before: charged
        and not given back; neither claimed by a till nor sold twice."""
        self._charge()
        self.assertTrue(self._sell()._o2o_is_proven())
        for method, is_proven in ((self.cash_method, True), (self.code_method, False)):
            self.order_uuid, self.line_uuid = str(uuid4()), str(uuid4())
            payment = self._sell(method=method)
            self.assertEqual(payment._o2o_is_proven(), is_proven, method.name)
        self.order_uuid, self.line_uuid = str(uuid4()), str(uuid4())
        self._charge()._reverse()
        self.assertFalse(self._sell()._o2o_is_proven())

    def test_cash_does_not_become_charged_money(self):
        """FAULT-54: a sale in cash is not called paid by a gateway afterwards."""
        payment = self._as_cashier(self._sell(method=self.cash_method))
        vals = {"payment_method_id": self.code_method.id}
        with self.assertRaises(UserError):
            payment.write(vals)
        more = {
            "pos_order_id": payment.pos_order_id.id,
            "payment_method_id": self.code_method.id,
            "amount": 10.0,
        }
        with self.assertRaises(UserError):
            self.env["pos.payment"].with_user(self.cashier).create(more)
        with self.assertRaises(UserError):
            payment.pos_order_id.write({"payment_ids": [Command.create(more)]})
        self.assertEqual(payment.payment_method_id, self.cash_method)

    def test_cash_is_not_exchanged_for_charged_money(self):
        """PAY-02, FAULT-54: taken out and put in as an electronic payment, in one step
        or two; what a request says of itself is not believed."""
        cash = self._as_cashier(self._sell(method=self.cash_method))
        order = cash.pos_order_id
        code = {
            "pos_order_id": order.id,
            "payment_method_id": self.code_method.id,
            "amount": 200.0,
        }
        with self.assertRaises(UserError), self.cr.savepoint():
            order.write(
                {"payment_ids": [Command.delete(cash.id), Command.create(code)]}
            )
        cash.unlink()
        for claim in ({}, {"o2o_sale_is_saved": True}, {"o2o_sale_is_saved": "1"}):
            payments = self.env["pos.payment"].with_user(self.cashier)
            with self.assertRaises(UserError), self.cr.savepoint():
                payments.with_context(**claim).create(code)
        self.assertFalse(order.payment_ids)

    def test_sale_is_not_called_paid(self):
        """PAY-02, FAULT-54, attack: a sale with a payment by code that is created as
        paid, or becomes it by its state, passes the place where money is looked for."""
        sale = prepare_sale(
            self.pos_session.id,
            self.cashier.id,
            self.code_method.id,
            [
                {
                    "product_id": self.product.id,
                    "name": self.product.name,
                    "qty": 1,
                    "price_unit": 200.0,
                }
            ],
        )
        orders = self.env["pos.order"].with_user(self.cashier)
        for claim in ({}, {"o2o_sale_is_saved": True}, {"o2o_sale_is_saved": "1"}):
            with self.assertRaises(UserError), self.cr.savepoint():
                orders.with_context(**claim).create(sale)
        order = orders.create({**sale, "state": "draft"})
        for act in (
            lambda: order.write({"state": "paid"}),
            lambda: order.write({"state": "done"}),
            order.action_pos_order_paid,
        ):
            with self.assertRaises(UserError), self.cr.savepoint():
                act()
        self.assertEqual(order.state, "draft")
        # in cash it is Odoo's business, as ever
        order.payment_ids.payment_method_id = self.cash_method
        order.action_pos_order_paid()
        self.assertEqual(order.state, "paid")

    def test_charged_money_stays_where_it_is(self):
        """FAULT-54: it goes to no other sale, and keeps the number of its money."""
        self._charge()
        code = self._as_cashier(self._sell())
        cash = self._as_cashier(self._sell(method=self.cash_method, line=str(uuid4())))
        other = cash.pos_order_id
        for vals in ({"pos_order_id": other.id}, {"uuid": str(uuid4())}):
            with self.assertRaises(UserError), self.cr.savepoint():
                code.write(vals)
        with self.assertRaises(UserError), self.cr.savepoint():
            other.write({"payment_ids": [Command.link(code.id)]})
        # the same once more changes nothing
        code.write({"pos_order_id": code.pos_order_id.id, "uuid": self.line_uuid})

    def test_other_payments_are_corrected_as_ever(self):
        """FAULT-54: Odoo's correction of cash and bank transfer still works."""
        payment = self._as_cashier(self._sell(method=self.cash_method))
        payment.write({"payment_method_id": self.bank_method.id})
        self.assertEqual(payment.payment_method_id, self.bank_method)
