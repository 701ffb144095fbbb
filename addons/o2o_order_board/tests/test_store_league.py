from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .common import BoardCase

MEASURES = [
    "offer_count:sum",
    "accept_minutes:avg",
    "accept_minutes_median:avg",
    "own_fault_rate:avg",
    "reject_rate:avg",
    "unanswered_rate:avg",
    "on_time_rate:avg",
]


@tagged("post_install", "-at_install")
class TestStoreLeague(BoardCase):
    """STAT-02: how stores answer and deliver, per store and day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.parts = cls._place([(cls.product, 1)])
        cls.env["o2o.offer"].search([]).unlink()
        cls.own_fault = cls.env["o2o.reject.reason"].create(
            {"name": "Not counted", "code": "test_own", "is_own_fault": True}
        )
        cls.no_fault = cls.env["o2o.reject.reason"].create(
            {"name": "Customer asked", "code": "test_no", "is_own_fault": False}
        )

    def _offer(self, store, state, day="2026-03-02", minutes=0.0, **vals):
        """An offer of noon of a day, answered after some minutes."""
        offered_at = fields.Datetime.to_datetime(f"{day} 12:00:00")
        return self.env["o2o.offer"].create(
            {
                "fulfillment_id": self.parts.id,
                "store_id": store.id,
                "state": state,
                "offered_at": offered_at,
                "answered_at": offered_at + timedelta(minutes=minutes)
                if state != "open"
                else False,
                **vals,
            }
        )

    def _read(self, store, user=None, groupby=()):
        self.env.flush_all()
        league = self.env["o2o.store.league"].with_user(user or self.head_office_user)
        rows = league._read_group([("store_id", "=", store.id)], groupby, MEASURES)
        names = [*groupby, *(it.partition(":")[0] for it in MEASURES)]
        return [dict(zip(names, row, strict=True)) for row in rows]

    def test_answers_of_a_day(self):
        """STAT-02: offers, times to accept, rates of what ended."""
        for minutes in (1, 2, 9):
            self._offer(self.near, "accepted", minutes=minutes)
        self._offer(self.near, "rejected", reason_id=self.own_fault.id)
        self._offer(self.near, "rejected", reason_id=self.no_fault.id)
        self._offer(self.near, "rejected")
        self._offer(self.near, "expired")
        self._offer(self.near, "expired")
        self._offer(self.near, "withdrawn")
        self._offer(self.near, "open")
        self.env.flush_all()
        row = self.env["o2o.store.league"].search([("store_id", "=", self.near.id)])
        self.assertRecordValues(
            row,
            [
                {
                    "day": fields.Date.to_date("2026-03-02"),
                    "company_id": self.company.id,
                    "region_id": self.guanshanhu.id,
                    "offer_count": 9,
                    "answer_count": 8,
                    "accept_count": 3,
                    "reject_count": 3,
                    "own_fault_count": 1,
                    "unanswered_count": 2,
                    "accept_minutes": 4.0,
                    "accept_minutes_median": 2.0,
                    "reject_rate": 37.5,
                    "own_fault_rate": 12.5,
                    "unanswered_rate": 25.0,
                }
            ],
        )

    def test_period_is_no_average_of_averages(self):
        """STAT-02: busy days weigh more, and the median is that of all offers."""
        for minutes in (1, 1, 1, 1, 2):
            self._offer(self.near, "accepted", day="2026-03-02", minutes=minutes)
        self._offer(self.near, "accepted", day="2026-03-03", minutes=20)
        self._offer(
            self.near, "rejected", day="2026-03-03", reason_id=self.own_fault.id
        )
        self._offer(self.near, "expired", day="2026-03-03")
        [total] = self._read(self.near)
        self.assertEqual(total["offer_count"], 8)
        self.assertAlmostEqual(total["accept_minutes"], 26 / 6)
        self.assertAlmostEqual(total["accept_minutes_median"], 1.0)
        self.assertAlmostEqual(total["own_fault_rate"], 12.5)
        self.assertAlmostEqual(total["unanswered_rate"], 12.5)
        days = self._read(self.near, groupby=["day:day"])
        self.assertEqual([row["offer_count"] for row in days], [5, 3])
        self.assertAlmostEqual(days[1]["accept_minutes_median"], 20.0)

    def test_day_is_that_of_the_store(self):
        """STAT-03: an order of the evening in China is not one of the day before."""
        self.near.calendar_id = self.env["resource.calendar"].create(
            {"name": "CN", "tz": "Asia/Shanghai", "company_id": self.company.id}
        )
        offer = self._offer(self.near, "accepted")
        offer.offered_at = "2026-03-02 17:00:00"
        self.env.flush_all()
        row = self.env["o2o.store.league"].search([("store_id", "=", self.near.id)])
        self.assertEqual(row.day, fields.Date.to_date("2026-03-03"))

    def test_orders_prepared_on_time(self):
        """STAT-02: from the acceptance until the goods leave, by the events."""
        self.assertEqual(self.parts.store_id, self.near)
        self._offer(self.near, "accepted", minutes=1)
        [row] = self._read(self.near)
        # nothing has left the store yet: no rate at all, not zero
        self.assertFalse(row["on_time_rate"])
        self.parts._mark_accepted()
        self.parts._mark_shipped()
        [row] = self._read(self.near)
        self.assertEqual(row["on_time_rate"], 100.0)
        self.parts._log_event("late")
        [row] = self._read(self.near)
        self.assertEqual(row["on_time_rate"], 0.0)

    def test_answers_of_real_orders(self):
        """ROUT-08: what the tills do is what the league shows."""
        fulfillment = self._place([(self.product, 1)])
        fulfillment._turn_down(self.own_fault)
        self.assertEqual(self._read(self.near)[0]["own_fault_rate"], 100.0)
        fulfillment._mark_accepted()
        [row] = self._read(fulfillment.offer_ids[-1].store_id)
        self.assertEqual(row["own_fault_rate"], 0.0)
        self.assertEqual(row["offer_count"], 1)

    # === WHO SEES IT === #

    def _stores_seen(self, user):
        self.env.flush_all()
        return self.env["o2o.store.league"].with_user(user).search([]).store_id

    def test_store_manager_sees_the_own_store(self):
        """Invariant 8: how stores compare is the business of head office."""
        self._offer(self.near, "accepted")
        self._offer(self.far, "accepted")
        self.assertEqual(self._stores_seen(self.store_manager), self.near)
        self.far.manager_id = self.store_manager
        self.assertEqual(self._stores_seen(self.store_manager), self.near | self.far)
        for user in (self.head_office_user, self.auditor):
            self.assertEqual(self._stores_seen(user), self.near | self.far)

    def test_manager_of_nothing_sees_nothing(self):
        self._offer(self.near, "accepted")
        other = new_test_user(
            self.env,
            "o2o_other_manager",
            groups="base.group_user,point_of_sale.group_pos_manager",
        )
        self.assertFalse(self._stores_seen(other))

    def test_others_see_no_league(self):
        self._offer(self.near, "accepted")
        employee = new_test_user(self.env, "o2o_employee", groups="base.group_user")
        for user in (self.cashier, employee, self.member):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._stores_seen(user)

    def test_sums_keep_to_the_rules_too(self):
        """A pivot by RPC shows a store manager no number of another store."""
        self._offer(self.near, "accepted")
        self._offer(self.far, "accepted")
        self.env.flush_all()
        rows = (
            self.env["o2o.store.league"]
            .with_user(self.store_manager)
            .formatted_read_group([], ["store_id"], MEASURES)
        )
        self.assertEqual([row["store_id"][0] for row in rows], [self.near.id])

    def test_other_company_is_not_seen(self):
        other = self.env["res.company"].create({"name": "Other chain"})
        self._offer(other._o2o_ensure_head_office(), "accepted")
        self.assertFalse(self._stores_seen(self.head_office_user))

    @mute_logger("odoo.sql_db", "odoo.addons.base.models.ir_model")
    def test_league_is_read_only(self):
        with self.assertRaises(AccessError):
            self.env["o2o.store.league"].with_user(self.head_office_user).create({})

    def test_views_open(self):
        self._offer(self.near, "accepted", minutes=3)
        self.env.flush_all()
        league = self.env["o2o.store.league"].with_user(self.store_manager)
        for kind in ("list", "pivot", "graph", "search"):
            self.assertTrue(league.get_view(view_type=kind)["arch"])
        with freeze_time("2026-03-04 12:00:00"):
            domain = [("day", ">=", "today -6d")]
            self.assertTrue(league.search_count(domain))
        with freeze_time("2026-04-04 12:00:00"):
            self.assertFalse(league.search_count(domain))
