from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .common_level import LevelCommon

NOW = "2026-06-15 04:00:00"
LATER = "2026-09-15 04:00:00"  # 272 of 365 days are left


@tagged("post_install", "-at_install")
@freeze_time(LATER)
class TestLevelFeeRefund(LevelCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        country = cls.company.account_fiscal_country_id
        group = cls.env["account.tax.group"].create(
            {"name": "O2O Taxes", "country_id": country.id}
        )
        cls.taxes = cls.env["account.tax"].create(
            [
                {
                    "name": f"O2O {included}",
                    "amount": 13.0,
                    "price_include_override": included,
                    "tax_group_id": group.id,
                    "country_id": country.id,
                }
                for included in ("tax_included", "tax_excluded")
            ]
        )

    def _pay_fee(self, line, amount=None):
        with freeze_time(NOW):
            return self.Grant._grant_fee(
                self.member,
                self.gold,
                12,
                line.price_total if amount is None else amount,
                f"t:{line.id}",
                line,
            )

    def _wizard(self, grant, user=None):
        form = Form(
            self.env["o2o.level.refund"]
            .with_user(user or self.manager)
            .with_context(default_grant_id=grant.id)
        )
        form.reason = "moved away"
        return form.save()

    def test_without_invoice(self):
        """MEM-08: a fee sold without an invoice gets a credit note of its own, to the
        cent, with the tax of the sale; the manager needs no right in accounting."""
        for tax, price in zip(self.taxes, (99.99, 88.49), strict=True):
            line = self._fee_line(price, tax)
            grant = self._pay_fee(line)
            wizard = self._wizard(grant)
            amount = wizard.refund_amount
            self.assertEqual(
                amount, self.company.currency_id.round(line.price_total * 272 / 365)
            )
            action = wizard.action_take_back()
            self.assertEqual(action["res_id"], wizard.id)
            move = grant.refund_move_id
            self.assertEqual(wizard.refund_move_id, move)
            self.assertRecordValues(
                move,
                [
                    {
                        "move_type": "out_refund",
                        "state": "draft",
                        "partner_id": self.member.id,
                        "amount_total": amount,
                        "invoice_origin": line.order_id.name,
                        "ref": f"{line.order_id.name}: moved away",
                    }
                ],
            )
            self.assertEqual(move.invoice_line_ids.product_id, line.product_id)
            self.assertEqual(move.invoice_line_ids.tax_ids, tax)
            self.assertTrue(move.amount_tax)

    def test_against_the_invoice(self):
        """MEM-08: an invoiced fee is reversed for the days left, alone; the order does
        not ask to be invoiced again, and paying it back ends no other term."""
        line = self._fee_line(100.0, self.taxes[:1])
        goods = self.env["product.product"].create(
            {"name": "O2O Cup", "invoice_policy": "order", "list_price": 7.0}
        )
        order = line.order_id
        order.order_line = [Command.create({"product_id": goods.id})]
        order.action_confirm()
        invoice = order._create_invoices()
        invoice.action_post()
        grant = self._pay_fee(line)
        self._wizard(grant).action_take_back()
        move = grant.refund_move_id
        self.assertEqual(move.reversed_entry_id, invoice)
        self.assertEqual(move.amount_total, 74.52)
        self.assertEqual(move.invoice_line_ids.product_id, line.product_id)
        self.assertEqual(order.invoice_status, "invoiced")
        move.action_post()
        self.assertEqual(move.amount_total, 74.52)
        self.assertEqual(grant.refund_amount, 74.52)

    def test_other_currency(self):
        """MEM-08: a fee paid in another currency is paid back in it."""
        currency = self.env["res.currency"].create(
            {
                "name": "O2O",
                "symbol": "o",
                "rate_ids": [Command.create({"name": "2020-01-01", "rate": 2.0})],
            }
        )
        line = self._fee_line(200.0)
        line.order_id.pricelist_id = self.env["product.pricelist"].create(
            {"name": "O2O", "currency_id": currency.id}
        )
        line.price_unit = 200.0
        grant = self._pay_fee(line, amount=100.0)
        self._wizard(grant).action_take_back()
        self.assertEqual(grant.refund_amount, 74.52)
        self.assertEqual(grant.refund_move_id.currency_id, currency)
        self.assertEqual(grant.refund_move_id.amount_total, 149.04)

    def test_once(self):
        """MEM-08: pressed twice, or in two dialogs, there is one credit note."""
        grant = self._pay_fee(self._fee_line(100.0))
        first, second = self._wizard(grant), self._wizard(grant)
        first.action_take_back()
        move = grant.refund_move_id
        first.action_take_back()
        second.action_take_back()
        self.assertEqual(grant.refund_move_id, move)
        self.assertEqual(
            self.env["account.move"].search_count(
                [("partner_id", "=", self.member.id), ("move_type", "=", "out_refund")]
            ),
            1,
        )

    def test_taken_back_in_another_way(self):
        """MEM-08: a level that the till or an order took back is not paid twice."""
        grant = self._pay_fee(self._fee_line(100.0))
        wizard = self._wizard(grant)
        grant._revoke("refunded at the till", amount=100.0)
        with self.assertRaisesRegex(UserError, "already taken back"):
            wizard.action_take_back()
        self.assertFalse(grant.refund_move_id)

    def test_nothing_to_pay_back(self):
        """MEM-08: a level given by hand ends without a credit note."""
        grant = self.Grant.with_user(self.manager)._grant_by_hand(
            self.member, self.gold, self.company._o2o_today(), "t", "t:hand"
        )
        action = self._wizard(grant).action_take_back()
        self.assertEqual(action["type"], "ir.actions.act_window_close")
        self.assertEqual(grant.state, "revoked")
        self.assertFalse(grant.refund_move_id)

    def test_sale_is_gone(self):
        """MEM-08: without the line that was sold nothing happens, and it says why."""
        line = self._fee_line(100.0)
        grant = self._pay_fee(line)
        wizard = self._wizard(grant)
        line.unlink()
        with self.assertRaisesRegex(UserError, "order line"), self.cr.savepoint():
            wizard.action_take_back()
        grant.invalidate_recordset()
        self.assertEqual(grant.state, "running")

    def test_roles(self):
        """MEM-08: clerks make no credit note; who does the billing opens it."""
        grant = self._pay_fee(self._fee_line(100.0))
        for user in (self.user, self.cashier):
            with self.assertRaises(AccessError):
                grant.with_user(user)._take_back("x")
        billing = new_test_user(
            self.env,
            login="o2o_m_billing",
            groups="o2o_member.o2o_member_group_manager,account.group_account_invoice",
        )
        wizard = self._wizard(grant, billing)
        wizard.action_take_back()
        action = wizard.action_open_credit_note()
        move = self.env["account.move"].with_user(billing).browse(action["res_id"])
        self.assertEqual(move.state, "draft")
        for user, is_shown in ((self.manager, False), (billing, True)):
            view = self.env["o2o.level.refund"].with_user(user).get_view()
            self.assertEqual("action_open_credit_note" in view["arch"], is_shown)
