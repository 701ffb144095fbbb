from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import DoorCase


@tagged("post_install", "-at_install")
class TestDoorMoney(DoorCase):
    """PAY-03: the books, the way back, and what head office does."""

    def test_cash_is_with_the_courier(self):
        """PAY-03: the payment of Odoo stands in the journal of couriers."""
        row = self._collect(self._ship())
        self._post_process(row)
        payment = row.payment_ids.transaction_id.payment_id
        journal = self.company.o2o_courier_journal_id
        self.assertEqual(payment.journal_id, journal)
        self.assertEqual(payment.amount, 400.0)
        lines = payment.move_id.line_ids
        self.assertEqual(
            lines.filtered(
                lambda it: it.account_id == journal.default_account_id
            ).balance,
            400.0,
        )

    def test_slip_waits_for_the_bank(self):
        """PAY-03: a bank card's slip is a receivable in a journal of its own."""
        row = self._ship()
        self._take(
            row, "card", amount_fen=40000, reference="123456789012", card_end="1234"
        )
        self._post_process(row)
        payment = row.payment_ids.transaction_id.payment_id
        journal = self.company.o2o_door_card_journal_id
        self.assertEqual(payment.journal_id, journal)
        line = journal.inbound_payment_method_line_ids[:1]
        self.assertIn(line.payment_account_id, payment.move_id.line_ids.account_id)

    def test_invoice_is_paid(self):
        """PAY-03: the invoice of the order is paid by what was taken at the door."""
        row = self._collect(self._ship())
        self.env["ir.config_parameter"].set_param("sale.automatic_invoice", "True")
        self._post_process(row)
        invoice = row.order_id.invoice_ids
        self.assertEqual(invoice.state, "posted")
        self.assertFalse(invoice.amount_residual)

    def test_cash_goes_back_as_cash_once(self):
        """FAULT-64: what came as cash at the door goes back as cash, and is not given
        back again when head office refunds the rest."""
        row = self._collect(self._ship())
        part = row.fulfillment_id
        refund = part._return_goods({part.line_ids: 1}, "破损", self.env["res.users"])
        self.assertEqual((refund.route, refund.amount), ("cash", 200.0))
        paid = row.payment_ids.transaction_id
        self.assertEqual(paid._o2o_get_refundable_amount(), 200.0)

    def test_card_goes_back_by_the_order(self):
        """FAULT-64: money that was no cash goes back by a refund row."""
        row = self._ship()
        self._take(
            row, "card", amount_fen=40000, reference="123456789012", card_end="1234"
        )
        self._take(row, "finish")
        part = row.fulfillment_id
        refund = part._return_goods({part.line_ids: 1}, "破损", self.env["res.users"])
        self.assertEqual(refund.route, "original")
        self.assertEqual(refund.refund_ids.amount, 200.0)
        self.assertEqual(
            refund.refund_ids.transaction_id, row.payment_ids.transaction_id
        )

    # head office

    def _decide(self, user=None, **values):
        wizard = self.env["o2o.collection.decision"].with_user(
            user or self.head_office_user
        )
        wizard.create(values).action_confirm()

    def test_head_office_cancels(self):
        """PAY-03: an express company collects instead: nothing is open here."""
        row = self._ship()
        self._decide(collection_id=row.id, decision="cancel", note="顺丰代收")
        self.assertRecordValues(row, [{"state": "cancelled", "reason": "顺丰代收"}])
        other = self._ship()
        self._take(other, "cash", received_fen=100)
        with self.assertRaisesRegex(Exception, "Money was taken"):
            self._decide(collection_id=other.id, decision="cancel", note="x")

    def test_head_office_hands_on_and_settles(self):
        """POS-15: another courier; and goods that came back without a till."""
        row = self._ship()
        self._decide(
            collection_id=row.id, decision="assign", courier_id=self.cashier_two.id
        )
        self.assertEqual(row.courier_id, self.cashier_two)
        with self.assertRaisesRegex(Exception, "refused"):
            self._decide(collection_id=row.id, decision="settle", note="x")
        self._take(row, "give_up", user=self.cashier_two, reason="不要了")
        self._decide(collection_id=row.id, decision="settle", note="已入库")
        self.assertEqual(row.state, "settled")

    def _watch(self):
        """Run the job as the server does."""
        with self.enter_registry_test_mode():
            self.env.ref(
                "o2o_collection.o2o_collection_cron_watch"
            ).method_direct_trigger()

    def test_overdue(self):
        """PAY-03: never collected: shown as overdue, head office is told once."""
        row = self._ship()
        late = self.collections.search([("is_overdue", "=", True)])
        self.assertNotIn(row, late)
        self.env.cr.execute(
            "UPDATE o2o_collection SET create_date = %s WHERE id = %s",
            (fields.Datetime.subtract(fields.Datetime.now(), hours=25), row.id),
        )
        self.env.invalidate_all()
        self.assertTrue(row.is_overdue)
        self.assertIn(row, self.collections.search([("is_overdue", "=", True)]))
        self.assertNotIn(row, self.collections.search([("is_overdue", "=", False)]))
        for _ in range(2):
            self._watch()
        self.assertEqual(len(row.activity_ids), 1)
        self._collect(row)
        self.assertFalse(row.activity_ids)

    def test_money_that_a_courier_keeps(self):
        """PAY-03: a courier holds money for longer than a day: head office is told."""
        row = self._collect(self._ship())
        self._watch()
        self.assertFalse(row.activity_ids)
        with self._at(fields.Datetime.add(fields.Datetime.now(), hours=25)):
            self._watch()
        self.assertIn("Courier One", row.activity_ids.summary)

    def test_watch_is_not_silenced(self):
        """PAY-03: a courier plans no activity, and one that is there hides nothing."""
        row = self._collect(self._ship())
        values = {
            "res_model_id": self.env["ir.model"]._get_id("o2o.collection"),
            "res_id": row.id,
            "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
            "summary": "later",
        }
        with self.assertRaises(AccessError):
            self.env["mail.activity"].with_user(self.courier).create(values)
        with self.assertRaises(AccessError):
            row.with_user(self.courier).message_post(body="all is well")
        self.env["mail.activity"].create(values)
        with self._at(fields.Datetime.add(fields.Datetime.now(), hours=25)):
            for _ in range(2):
                self._watch()
        summaries = row.activity_ids.mapped("summary")
        self.assertEqual(len(summaries), 2)
        self.assertTrue([it for it in summaries if "Courier One" in it])

    def test_taken_and_never_finished(self):
        """PAY-03: told that nothing came; then the money came, and stays away."""
        row = self._ship()
        with self._at(fields.Datetime.add(fields.Datetime.now(), hours=25)):
            self._watch()
            self._take(row, "cash", received_fen=40000)
        with self._at(fields.Datetime.add(fields.Datetime.now(), hours=51)):
            self._watch()
        summaries = row.activity_ids.mapped("summary")
        self.assertEqual(len(summaries), 2, summaries)
        self.assertTrue([it for it in summaries if "Courier One" in it])

    def test_refused_goods_stay_away(self):
        """FAULT-64: refused goods that do not come back are told, once; those that are
        back are not."""
        self.company.partner_id.lang = "en_US"
        row, back = self._ship(), self._ship()
        for it in (row, back):
            self._take(it, "give_up", reason="不要了")
        part = back.fulfillment_id
        part._return_goods({part.line_ids: 2}, "不要了", self.env["res.users"])
        self._watch()
        self.assertFalse(row.activity_ids)
        with self._at(fields.Datetime.add(fields.Datetime.now(), hours=25)):
            for _ in range(2):
                self._watch()
        self.assertEqual(len(row.activity_ids), 1)
        self.assertIn("Refused goods", row.activity_ids.summary)
        self.assertFalse(back.activity_ids)
