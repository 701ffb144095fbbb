"""Which day a bill is of, and whether a file is one of this account."""

from datetime import datetime, time, timedelta, timezone

from odoo import models
from odoo.exceptions import UserError

from odoo.addons.o2o_payment.lib.o2o_gateway.alipay import bill as alipay_bill
from odoo.addons.o2o_payment.lib.o2o_gateway.clock import beijing
from odoo.addons.o2o_payment.lib.o2o_gateway.unionpay import bill as unionpay_bill
from odoo.addons.o2o_payment.lib.o2o_gateway.wechat import bill as wechat_bill
from odoo.addons.o2o_payment.words import words

_PROBLEMS = (
    alipay_bill.BillProblem,
    unionpay_bill.BillProblem,
    wechat_bill.BillProblem,
)
#: the largest amount that a row can have here: of a 32 bit integer
MAX_FEN = 2**31 - 1


class PaymentProvider(models.Model):
    _inherit = "payment.provider"

    def _o2o_day_shift(self):
        """Hours from UTC to the day of a bill: Beijing, and UnionPay's day of
        settlement begins an hour before the day."""
        self.ensure_one()
        return 9 if self.code == "o2o_unionpay" else 8

    def _o2o_get_day(self, day):
        """Begin and end of the day of a bill, naive UTC."""
        begin = datetime.combine(day, time()) - timedelta(hours=self._o2o_day_shift())
        return begin, begin + timedelta(days=1)

    def _o2o_get_day_of(self, moment):
        """The day whose bill holds a moment.

        :param datetime moment: naive UTC
        """
        return (moment + timedelta(hours=self._o2o_day_shift())).date()

    def _o2o_read_bill(self, raw, day):
        """The bill in a file.

        :return: ``Bill`` of the gateway's client
        :raise UserError: it cannot be read, or is of another merchant or day
        """
        self.ensure_one()
        try:
            bill = getattr(self, f"_o2o_read_{self.code.removeprefix('o2o_')}_bill")(
                raw, day
            )
        except _PROBLEMS as problem:
            raise UserError(
                self.env._("This file cannot be read: %s", words(self.env, problem))
            ) from problem
        # a file of another day has no row of this one
        if bill.lines and all(
            self._o2o_get_day_of(_utc(line.at)) != day for line in bill.lines
        ):
            raise UserError(
                self.env._(
                    "This is the bill of another day: its rows are of %s.",
                    beijing(bill.lines[0].at).date(),
                )
            )
        if any(
            max(line.amount_fen, abs(line.fee_fen)) > MAX_FEN for line in bill.lines
        ):
            raise UserError(self.env._("A row of this file has an impossible amount."))
        if any("\0" in text for line in bill.lines for text in _texts(line)):
            raise UserError(
                self.env._("A row of this file has a character that no text has.")
            )
        return bill

    def _o2o_read_alipay_bill(self, raw, day):
        account, of_day = alipay_bill.head(raw)
        if account and not account.startswith(self.o2o_alipay_seller_id or "-"):
            raise UserError(
                self.env._("This is the bill of another merchant: %s.", account)
            )
        if of_day and of_day != day:
            raise UserError(self.env._("This is the bill of another day: %s.", of_day))
        return alipay_bill.parse(raw, day)

    def _o2o_read_wechat_bill(self, raw, day):
        bill = wechat_bill.parse(raw, day, self.o2o_wechat_mchid or "-")
        strangers = sum("another merchant" in text for text in bill.problems)
        if bill.lines and strangers == len(bill.lines):
            raise UserError(self.env._("This is the bill of another merchant."))
        return bill

    def _o2o_read_unionpay_bill(self, raw, day):
        bill = unionpay_bill.parse(raw, self.o2o_unionpay_merchant_no or "-", day)
        if f"INN{day:%y%m%d}" not in bill.file_name:
            raise UserError(
                self.env._("This is the bill of another day: %s.", bill.file_name)
            )
        return bill


def _utc(moment):
    return moment.astimezone(timezone.utc).replace(tzinfo=None)


def _texts(line):
    return (
        line.out_no,
        line.refund_no,
        line.provider_no,
        line.store_no,
        line.subject,
        line.word,
    )
