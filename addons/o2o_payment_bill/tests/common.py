"""Bills: of the simulator through the real clients, and written by hand."""

import itertools
from contextlib import ExitStack
from datetime import date, datetime, time, timedelta, timezone
from unittest.mock import patch

from odoo import fields
from odoo.fields import Command
from odoo.tests import new_test_user

from odoo.addons.o2o_payment.tests.common import PaymentCase

# the path to the simulator is set by the import above
from o2o_gateway.clock import BEIJING  # isort: skip
from o2o_paysim.ledger import SimRefund, Trade  # isort: skip
from o2o_paysim.wechat.bill import Row, trade_bill  # isort: skip

DAY = date(2026, 11, 20)
NEXT = DAY + timedelta(days=1)


def moment(day=DAY, at=time(12)):
    """An aware moment of a day in Beijing."""
    return datetime.combine(day, at, BEIJING)


def utc(when):
    return when.astimezone(timezone.utc).replace(tzinfo=None)


class BillCase(PaymentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bills = cls.env["o2o.payment.bill"]
        cls.lines = cls.env["o2o.payment.bill.line"]
        cls.differences = cls.env["o2o.payment.difference"]
        cls.manager = new_test_user(
            cls.env,
            "bill_manager",
            "o2o_payment.o2o_payment_group_manager",
            company_id=cls.company.id,
        )
        cls.second = new_test_user(
            cls.env,
            "bill_second",
            "o2o_payment.o2o_payment_group_manager",
            company_id=cls.company.id,
        )
        cls.reader = new_test_user(
            cls.env,
            "bill_reader",
            "o2o_payment.o2o_payment_group_user",
            company_id=cls.company.id,
        )
        cls.numbers = itertools.count(1)
        # the job speaks the language of the company
        cls.company.partner_id.lang = "en_US"

    def _run_bills(self, *others):
        """The job works off what is due.

        :param others: names of its other parts, which are left out: ``_plan_bills`` by
            default, for it would ask the simulator for each day since a payment
        """
        with ExitStack() as stack:
            for name in others or ("_plan_bills",):
                stack.enter_context(
                    patch.object(type(self.bills), name, lambda bills: None)
                )
            stack.enter_context(self._jobs())
            self.env.ref(
                "o2o_payment_bill.o2o_payment_bill_cron"
            ).method_direct_trigger()
        self.env.invalidate_all()

    # the simulator's own bills

    def _let_days_pass(self, days=2):
        """The bills of today are ready, at the gateways and for our clients."""
        seconds = days * 86400
        self.simulator.clock.advance(seconds)
        self.addCleanup(self.simulator.clock.advance, -seconds)
        self.providers.o2o_simulator_ahead = seconds
        # a rollback alone would leave the clients that were built with it
        self.addCleanup(self.providers.write, {"o2o_simulator_ahead": 0})

    def _fetch(self, provider, day):
        """Ask as a person does; the job does it."""
        bill_id = self.bills.with_user(self.manager).fetch_day(provider.id, str(day))
        self._run_bills()
        return self.bills.browse(bill_id)

    # payments of ours, and bills of WeChat Pay, made by hand

    def _pay_here(self, amount_fen=10000, at=None, provider=None, **vals):
        """A payment that we know to be paid; given back, so nothing stands on it."""
        number = next(self.numbers)
        return self.intents.create(
            {
                "out_no": f"TEST{number:012d}",
                "token": f"token{number}",
                "provider_id": (provider or self.wechat).id,
                "company_id": self.company.id,
                "amount_fen": amount_fen,
                "currency_id": self.yuan.id,
                "subject": "酒",
                "expires_at": fields.Datetime.now(),
                "state": "paid",
                "provider_no": f"420000{number:012d}",
                "paid_fen": amount_fen,
                "reserved_fen": amount_fen,
                "paid_at": utc(at or moment()),
                **vals,
            }
        )

    def _refund_here(self, intent, amount_fen=None, at=None, **vals):
        number = next(self.numbers)
        when = utc(at or moment())
        return self.refunds.create(
            {
                "refund_no": f"REFD{number:012d}",
                "intent_id": intent.id,
                "company_id": self.company.id,
                "amount_fen": amount_fen or intent.paid_fen,
                "state": "done",
                "is_sent": True,
                "sent_at": when,
                "done_at": when,
                **vals,
            }
        )

    def _row(self, thing, at=None, **vals):
        """The row of WeChat Pay's bill for a payment or a refund of ours."""
        is_refund = thing._name == "o2o.payment.refund"
        intent = thing.intent_id if is_refund else thing
        when = at or moment()
        trade = Trade(
            out_no=intent.out_no,
            provider_no=intent.provider_no or f"42{intent.id}",
            amount_fen=intent.amount_fen,
            subject="酒",
            state="paid",
            created_at=when,
            expires_at=when,
            paid_at=when,
        )
        refund = None
        if is_refund:
            refund = SimRefund(thing.refund_no, thing.amount_fen, when)
        row = {
            "trade": trade,
            "refund": refund,
            "amount_fen": thing.amount_fen,
            "fee_fen": 0 if is_refund else trade.fee_fen,
            "out_no": intent.out_no,
            "word": "REFUND" if is_refund else "SUCCESS",
            **vals,
        }
        return Row(**row)

    def _bring(self, rows, day=DAY, provider=None, wrong_total=False):
        """A bill with these rows comes, and the job reads it."""
        bill = self.bills._ensure_bill(provider or self.wechat, day)
        bill._take_file(trade_bill(rows, wrong_total), f"{day}.csv")
        bill._wake()
        self._run_bills()
        self.assertFalse(bill.failure)
        return bill

    def _open(self, provider=None):
        return self.differences.search(
            [
                ("provider_id", "=", (provider or self.wechat).id),
                ("state", "!=", "resolved"),
            ]
        )

    def _assert_adds_up(self, bill):
        """Rows, sums and differences say the same."""
        paid = bill.line_ids.filtered(lambda line: line.kind == "payment")
        back = bill.line_ids.filtered(lambda line: line.kind == "refund")
        fen = {
            "paid": sum(paid.mapped("amount_fen")),
            "refunded": sum(back.mapped("amount_fen")),
            "fees": sum(bill.line_ids.mapped("fee_fen")),
        }
        for name, total in fen.items():
            self.assertEqual(round(bill[name] * 100), total, name)
        self.assertEqual(
            round(bill.net * 100), fen["paid"] - fen["refunded"] - fen["fees"]
        )
        rows = self.differences.search(
            [("bill_id", "=", bill.id), ("resolution", "!=", "itself")]
        ).filtered(lambda row: row.kind != "fee")
        self.assertEqual(
            round(bill.difference * 100),
            sum(row.gateway_fen - row.ours_fen for row in rows),
        )

    # what was sold

    def _sell_on_website(self, intent):
        """A paid transaction of an order, in the books, as Odoo makes them."""
        product = self.env["product.product"].search(
            [("sale_ok", "=", True), ("type", "=", "service")], limit=1
        ) or self.env["product.product"].create({"name": "酒", "type": "service"})
        order = self.env["sale.order"].create(
            {
                "partner_id": self.payer.id,
                "currency_id": self.yuan.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "price_unit": intent.amount,
                            "tax_ids": False,
                        }
                    )
                ],
            }
        )
        intent.transaction_id.sale_order_ids = order
        return order
