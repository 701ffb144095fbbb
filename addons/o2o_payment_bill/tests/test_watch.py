from datetime import date, timedelta

from odoo import fields
from odoo.tests import tagged

from .common import DAY, BillCase, moment


@tagged("post_install", "-at_install")
class TestWatch(BillCase):
    """Which bills are asked for, and who is told."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kind = cls.env.ref("o2o_payment_bill.mail_activity_type_bill")
        # the texts are in the language of who is told
        cls.quarantine._get_person(cls.company).lang = "en_US"

    def _days(self, provider):
        bills = self.bills.search([("provider_id", "=", provider.id)])
        return sorted(bills.mapped("day"))

    def _plan_at(self, moment):
        with self._at(fields.Datetime.to_datetime(moment)):
            self._run_bills("_cron_work", "_watch")

    def _activities(self):
        return self.env["mail.activity"].search(
            [("activity_type_id", "=", self.kind.id)]
        )

    def test_days_since_the_first_payment(self):
        """PAY-07: from ten in Beijing on, each day since the first payment."""
        self._pay_here(5000)
        self._plan_at("2026-11-21 01:59:00")
        self.assertFalse(self._days(self.wechat))
        self._plan_at("2026-11-21 02:00:00")
        self.assertEqual(self._days(self.wechat), [DAY])
        self._plan_at("2026-11-23 02:00:00")
        self._plan_at("2026-11-23 03:00:00")
        days = [date(2026, 11, day) for day in (20, 21, 22)]
        self.assertEqual(self._days(self.wechat), days)
        self.assertFalse(self._days(self.alipay), "it has no payment")

    def test_day_of_unionpay(self):
        """FAULT-69: after 23:00 it is the next day of settlement."""
        self._pay_here(5000, provider=self.unionpay)
        late = self._pay_here(5000, provider=self.unionpay)
        late.paid_at = "2026-11-20 15:00:00"
        self.assertEqual(
            self.unionpay._o2o_get_day_of(late.paid_at), date(2026, 11, 21)
        )
        self.assertEqual(self.wechat._o2o_get_day_of(late.paid_at), DAY)

    def test_the_whole_job(self):
        """PAY-07: by itself, from the first payment to bills that are matched."""
        first = fields.Datetime.now() - timedelta(days=3)
        intent = self._pay_here(5000, moment(self.wechat._o2o_get_day_of(first)))
        with self._jobs():
            self.env.ref(
                "o2o_payment_bill.o2o_payment_bill_cron"
            ).method_direct_trigger()
        self.env.invalidate_all()
        bills = self.bills.search([("provider_id", "=", self.wechat.id)])
        self.assertIn(len(bills), (2, 3), "it depends on the hour")
        self.assertEqual(set(bills.mapped("state")), {"matched"})
        self.assertEqual(self._open().intent_id, intent)

    def test_disabled_gateway(self):
        """PAY-06: a gateway that is switched off is not asked."""
        self._pay_here(5000)
        self.wechat.state = "disabled"
        self._plan_at("2026-11-23 02:00:00")
        self.assertFalse(self._days(self.wechat))

    def test_far_past(self):
        """PAY-07: gateways keep bills for three months or so."""
        self._pay_here(5000)
        self._plan_at("2028-01-01 02:00:00")
        self.assertEqual(len(self._days(self.wechat)), 91)

    def test_late_bill(self):
        """PAY-07: a day late: one activity, which says why; gone with its cause."""
        for day in (20, 19, 18):
            bill = self.bills._ensure_bill(self.wechat, date(2026, 11, day))
            bill.failure = "o2o.not_sent The network is down."
        with self._at(fields.Datetime.to_datetime("2026-11-20 01:00:00")):
            self.bills._watch()
        self.assertFalse(self._activities())
        with self._at(fields.Datetime.to_datetime("2026-11-24 01:00:00")):
            self.bills._watch()
            self.bills._watch()
        activity = self._activities()
        self.assertEqual(len(activity), 1)
        self.assertIn("3 bills are late", activity.note)
        self.assertIn("cannot be reached", activity.note)
        self.assertIn("network", activity.note)
        self.bills.search([]).state = "matched"
        with self._at(fields.Datetime.to_datetime("2026-11-24 01:00:00")):
            self.bills._watch()
        self.assertFalse(self._activities())

    def test_bill_that_cannot_be_worked_off(self):
        """PAY-07: the file is here, and the job fails with it again and again."""
        bill = self.bills._ensure_bill(self.wechat, DAY)
        bill.write({"state": "fetched", "failure": "DataError: out of range"})
        self.bills._watch()
        self.assertIn("1 bills are late", self._activities().note)
        self.assertIn("out of range", self._activities().note)

    def test_bill_that_cannot_be_booked(self):
        """PAY-06: somebody is told that an account is missing."""
        self.providers._o2o_prepare_books()
        self.wechat.o2o_fee_account_id = False
        bill = self._bring([self._row(self._pay_here(5000))])
        self.bills._watch()
        self.assertIn("not in the books", self._activities().note)
        self.wechat._o2o_prepare_books()
        bill.with_user(self.manager).action_book()
        self.bills._watch()
        self.assertFalse(self._activities())

    def test_bill_with_problems(self):
        """FAULT-68: somebody is told, once."""
        self._bring([self._row(self._pay_here(5000))], wrong_total=True)
        self.bills._watch()
        self.assertEqual(len(self._activities()), 1)

    def test_old_difference(self):
        """PAY-07: older than two days: somebody is told, once for all of them."""
        for _number in range(3):
            self._pay_here(5000)
        self._bring([])
        self.bills._watch()
        self.assertFalse(self._activities())
        self._open().found_at = "2026-01-01"
        self.bills._watch()
        self.assertEqual(len(self._activities()), 1)
        self.assertIn("3 differences", self._activities().note)
