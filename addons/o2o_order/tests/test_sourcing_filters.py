from datetime import datetime, timedelta

import pytz

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import GUIYANG
from .common_sourcing import SourcingCase

#: around the member's address (the centre of Guiyang), and far away from it
AROUND = [[106.5, 26.5], [106.8, 26.5], [106.8, 26.8], [106.5, 26.8]]
ELSEWHERE = [[100.5, 20.5], [100.8, 20.5], [100.8, 20.8]]


def utc(*parts):
    """A moment as Odoo keeps it: UTC, without saying so."""
    return datetime(*parts)  # noqa: DTZ001


@tagged("post_install", "-at_install")
class TestSourcingFilters(SourcingCase):
    """Each filter leaves a store out, by its own name, also without a rule set."""

    def _calendar(self, *hours, tz="Asia/Shanghai"):
        return self.env["resource.calendar"].create(
            {
                "name": "Hours",
                "tz": tz,
                "company_id": self.company.id,
                "attendance_ids": [Command.clear()]
                + [
                    Command.create(
                        {
                            "name": str(day),
                            "dayofweek": str(day),
                            "hour_from": start,
                            "hour_to": end,
                            "day_period": "morning",
                        }
                    )
                    for day in range(7)
                    for start, end in hours
                ],
            }
        )

    def test_radius(self):
        """ROUT-02: a store serves addresses within its radius."""
        self.near.area_radius_km = 1.0
        decision = self._decide()
        self.assertEqual(self._reason(decision, self.near), "area")
        self.assertEqual(decision.store_id, self.far)
        self.near.area_radius_km = 8.0
        self.assertEqual(self._decide().store_id, self.near)

    def test_districts(self):
        """ROUT-02: districts named one by one; a city includes its districts."""
        self.near.area_region_ids = self.chengdu
        self.assertEqual(self._reason(self._decide(), self.near), "area")
        self.near.area_region_ids = self.guiyang
        self.assertEqual(self._decide().store_id, self.near)

    def test_drawn_area(self):
        """ROUT-02: inside the outline; the parts of an area add up."""
        self.near.area_polygon = ELSEWHERE
        self.assertEqual(self._reason(self._decide(), self.near), "area")
        self.near.area_polygon = AROUND
        self.assertEqual(self._decide().store_id, self.near)
        self.near.area_polygon = ELSEWHERE
        self.near.area_region_ids = self.guanshanhu
        self.assertEqual(self._decide().store_id, self.near)

    def test_bad_areas_are_refused(self):
        with self.assertRefused(ValidationError, "corners"):
            self.near.area_polygon = [[0, 0], [1, 1]]
        with self.assertRefused(ValidationError, "crosses"):
            self.near.area_polygon = [[0, 0], [2, 2], [2, 0], [0, 2]]
        self.near.write({"latitude": 0, "longitude": 0})
        with self.assertRefused(ValidationError, "map"):
            self.near.area_radius_km = 3

    def test_distance(self):
        """ROUT-02: a rule may limit the distance, by an index on the position."""
        self._publish({"distance": 10.0}, ["head_office"])
        decision = self._decide([(self.scarce, 1)])
        self.assertEqual(self._reason(decision, self.far), "distance")
        self.assertEqual(self._reason(decision, self.near), "stock")
        self.assertEqual(decision.rule, "nobody")
        self.assertEqual(self._reason(decision, self.other_city), "distance")

    def test_channel(self):
        """ROUT-01: a store may serve manual orders only."""
        self.near.serves_web = False
        decision = self._decide()
        self.assertEqual(self._reason(decision, self.near), "channel")
        manual = self._decide(website_id=False)
        self.assertEqual(manual.store_id, self.near)
        self.far.serves_manual = False
        self.near.is_paused = True
        manual = self._decide(website_id=False)
        self.assertEqual(self._reason(manual, self.far), "channel")

    def test_pause_ends_by_itself(self):
        """Idea 16: paused for some minutes, back without anybody doing anything."""
        with freeze_time("2026-11-23 02:00:00"):
            self.near._pause(20)
            self.assertTrue(self.near.is_on_break)
            self.assertEqual(self._reason(self._decide(), self.near), "paused")
        with freeze_time("2026-11-23 02:20:01"):
            self.near.invalidate_recordset(["is_on_break"])
            self.assertFalse(self.near.is_on_break)
            self.assertEqual(self._decide().store_id, self.near)

    def test_shorter_pause_does_not_end_a_longer_one(self):
        with freeze_time("2026-11-23 02:00:00"):
            self.near._pause(60)
            self.near._pause(5)
            self.assertEqual(self.near.paused_until, utc(2026, 11, 23, 3))
            self.near.action_resume()
            self.assertFalse(self.near.is_on_break)

    def test_holiday(self):
        """ROUT-02: a holiday of the calendar, or of the whole company, closes."""
        self.near.calendar_id = self._calendar((0, 24))
        leave = self.env["resource.calendar.leaves"].create(
            {
                "name": "Spring festival",
                "calendar_id": self.near.calendar_id.id,
                "date_from": "2026-11-22 16:00:00",
                "date_to": "2026-11-25 16:00:00",
            }
        )
        with freeze_time("2026-11-23 02:00:00"):
            self.assertEqual(self._reason(self._decide(), self.near), "closed")
            leave.calendar_id = False
            leave.company_id = self.company
            self.assertEqual(self._reason(self._decide(), self.near), "closed")
            # the holiday of another company is none of ours
            other = self.env["res.company"].create({"name": "Other"})
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE resource_calendar_leaves SET company_id = %s WHERE id = %s",
                [other.id, leave.id],
            )
            self.assertEqual(self._decide().store_id, self.near)

    def test_open_by_the_promised_time(self):
        """ROUT-02: a store that opens in time may take tomorrow's order."""
        rules = self._create_rules({"region": 0, "open": 0}, ["head_office"])
        rules.filter_ids.filtered(lambda it: it.kind == "open").by_promise = True
        rules.action_publish()
        self.near.calendar_id = self._calendar((9, 18))
        with freeze_time("2026-11-23 12:00:00"):  # 20:00 in Shanghai
            self.assertEqual(self._reason(self._decide(), self.near), "closed")
            early = self._decide(commitment_date="2026-11-24 00:30:00")
            self.assertEqual(self._reason(early, self.near), "closed")
            late = self._decide(commitment_date="2026-11-24 04:00:00")
            self.assertEqual(late.store_id, self.near)

    def test_opening_soon(self):
        """ROUT-02: a rule may wait some minutes for a store to open."""
        self._publish({"region": 0, "open": 45.0}, ["head_office"])
        self.near.calendar_id = self._calendar((9, 18))
        with freeze_time("2026-11-23 00:00:00"):  # 08:00 in Shanghai
            self.assertEqual(self._reason(self._decide(), self.near), "closed")
        with freeze_time("2026-11-23 00:20:00"):
            self.assertEqual(self._decide().store_id, self.near)

    def test_answers_are_those_of_the_calendar(self):
        """ROUT-02: hours for all calendars at once agree with Odoo's own."""
        breaks = self._calendar((8.5, 12), (13.25, 24), tz="Europe/Brussels")
        leaves = self.env["resource.calendar.leaves"].create(
            [
                {
                    "name": str(day),
                    "calendar_id": breaks.id,
                    "date_from": f"2026-10-{day} 10:30:00",
                    "date_to": f"2026-10-{day} 14:00:00",
                }
                for day in (24, 27)
            ]
        )
        self.assertTrue(leaves)
        two_weeks = self._calendar((9, 17))
        two_weeks.switch_calendar_type()
        two_weeks.attendance_ids.filtered(
            lambda it: it.week_type == "1" and it.dayofweek in "012"
        ).unlink()
        self.near.calendar_id = breaks
        self.far.calendar_id = two_weeks
        moment = utc(2026, 10, 20, 0, 7)
        while moment < utc(2026, 11, 3):
            times = self.env["o2o.store"]._get_opening_times(self.company, moment)
            for store in self.near | self.far:
                start = pytz.utc.localize(moment)
                end = start + timedelta(minutes=1)
                work = store.calendar_id._work_intervals_batch(start, end)[False]
                is_open = times[store.calendar_id.id] == moment
                self.assertEqual(is_open, bool(work), f"{store.name} at {moment}")
                self.assertEqual(is_open, store._is_open_at(moment))
            moment += timedelta(hours=2, minutes=41)

    def test_flexible_hours_are_open(self):
        """ROUT-02: a calendar without fixed hours closes for its leaves only."""
        flexible = self._calendar((9, 17))
        flexible.flexible_hours = True
        self.near.calendar_id = flexible
        self.assertTrue(self.near._is_open_at(utc(2026, 10, 20, 20)))

    def test_capacity_of_a_slot(self):
        """Idea 16: two orders in 15 minutes, the third goes elsewhere."""
        self.near.write({"capacity_orders": 2, "capacity_minutes": 15})
        self._set_stock(self.near, self.product, 90)
        with freeze_time("2026-11-23 02:00:00"):
            self.assertEqual(self._place().store_id, self.near)
        with freeze_time("2026-11-23 02:10:00"):
            self.assertEqual(self._place().store_id, self.near)
            third = self._place()
            self.assertEqual(third.store_id, self.far)
            self.assertEqual(self._reason(third.routing_id, self.near), "capacity")
        with freeze_time("2026-11-23 02:15:01"):
            self.assertEqual(self._place().store_id, self.near)

    def test_cancelled_order_gives_the_capacity_back(self):
        self.near.write({"capacity_orders": 1, "capacity_minutes": 15})
        first = self._place()
        self.assertEqual(first.store_id, self.near)
        first.order_id._action_cancel()
        self.assertEqual(self._place().store_id, self.near)

    def test_most_open_orders(self):
        """Idea 16: open orders count until they are handed out."""
        self.near.max_open_orders = 1
        first = self._place()
        self.assertEqual(first.store_id, self.near)
        second = self._place()
        self.assertEqual(second.store_id, self.far)
        self.assertEqual(self._reason(second.routing_id, self.near), "capacity")
        first._mark_accepted()
        first._mark_shipped()
        self.assertEqual(self._place().store_id, self.near)

    def test_own_order_does_not_fill_the_store(self):
        """ROUT-08: routing an order again does not count it against its own store."""
        self.near.max_open_orders = 1
        first = self._place()
        again = self.env["o2o.sourcing"]._decide(first.order_id)
        self.assertEqual(again.store_id, first.store_id)

    def test_goods_a_store_may_not_sell(self):
        """ROUT-02: by category, what lies below it included."""
        parent = self.env["product.category"].create({"name": "Spirits"})
        child = self.env["product.category"].create(
            {"name": "Vintage", "parent_id": parent.id}
        )
        self.product.categ_id = child
        self.near.excluded_categ_ids = parent
        decision = self._decide()
        self.assertEqual(self._reason(decision, self.near), "goods")
        self.assertEqual(decision.store_id, self.far)

    def test_filter_can_be_switched_off(self):
        """ROUT-02: filters are data."""
        self.near.max_open_orders = 1
        self._place()
        self._publish({"region": 0}, ["head_office"], weight_load=0)
        self.assertEqual(self._place().store_id, self.near)

    def test_order_of_the_filters_decides_what_is_told(self):
        """Idea 7: a paused store without the goods: which is said is a rule."""
        self.near.is_paused = True
        lines = [(self.scarce, 1)]
        self.assertEqual(self._reason(self._decide(lines), self.near), "paused")
        rules = self._create_rules({"region": 0}, ["head_office"])
        rules.filter_ids.filtered(lambda it: it.kind == "stock").sequence = 0
        rules.action_publish()
        self.assertEqual(self._reason(self._decide(lines), self.near), "stock")

    def test_untracked_goods_are_always_there(self):
        """ROUT-02: what Odoo does not count keeps no store from serving."""
        wrapping = self.env["product.product"].create(
            {"name": "Gift wrap", "type": "consu", "is_storable": False}
        )
        decision = self._decide([(self.product, 1), (wrapping, 1)])
        self.assertEqual(decision.store_id, self.near)
        self.assertEqual(len(decision.parts[0]["lines"]), 2)

    def test_promised_goods_are_not_offered_again(self):
        """SUP-09: the hook for holds and safety stock takes its part away."""
        from unittest.mock import patch

        from odoo.tools import SQL

        held = SQL(
            "SELECT %s AS product_id, %s AS warehouse_id, 9 AS quantity",
            self.product.id,
            self.near.warehouse_id.id,
        )
        Sourcing = type(self.env["o2o.sourcing"])
        with patch.object(Sourcing, "_sourcing_promised_sql", return_value=held):
            decision = self._decide()
        self.assertEqual(self._reason(decision, self.near), "stock")
        [missing] = self._facts(decision)[self.near.id]["missing"]
        self.assertEqual(missing["free"], 1)

    def test_other_company_is_not_asked(self):
        """SYS-05: stores of another company are neither named nor counted."""
        other = self.env["res.company"].create({"name": "Other chain"})
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", other.id)], limit=1
        )
        self.env["o2o.store"].search([("warehouse_id", "=", warehouse.id)]).write(
            {"is_head_office": False, "latitude": GUIYANG[0], "longitude": GUIYANG[1]}
        )
        decision = self._decide()
        names = [fact["store"] for fact in decision.facts]
        mine = self.env["o2o.store"].search([("company_id", "=", self.company.id)])
        self.assertLessEqual(set(names), set(mine.mapped("name")))
        self.assertEqual(sum(decision.counts.values()), len(mine - self.head_office))
