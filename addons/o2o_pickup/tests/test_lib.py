from datetime import timedelta

from pytz import timezone

from odoo import fields
from odoo.tests import BaseCase, tagged

from odoo.addons.o2o_order.lib.opening_hours import open_periods

from ..lib.slots import cut_into_slots


def at(hour, minute=0, day=5):
    return fields.Datetime.to_datetime(f"2026-01-{day:02d} {hour:02d}:{minute:02d}:00")


@tagged("post_install", "-at_install")
class TestPickupLib(BaseCase):
    def test_slots_follow_the_opening(self):
        """SHOP-11: counted from the opening; what is left at the end is no slot."""
        slots = cut_into_slots([(at(9), at(10, 40))], 30, at(0), at(23))
        self.assertEqual(
            slots,
            [
                (at(9), at(9, 30)),
                (at(9, 30), at(10)),
                (at(10), at(10, 30)),
            ],
        )

    def test_past_and_far_slots_are_left_out(self):
        """SHOP-11: neither before the lead time nor after the last day."""
        slots = cut_into_slots([(at(9), at(12))], 60, at(9, 30), at(11))
        self.assertEqual([start for start, _end in slots], [at(10)])

    def test_overlapping_hours_give_each_slot_once(self):
        slots = cut_into_slots([(at(9), at(10)), (at(9), at(11))], 60, at(0), at(23))
        self.assertEqual([start for start, _end in slots], [at(9), at(10)])

    def test_midnight_ends_the_last_slot(self):
        """Odoo closes a day a microsecond early."""
        end = at(0, day=6) - timedelta(microseconds=1)
        slots = cut_into_slots([(at(23), end)], 30, at(0), at(23, 59))
        self.assertEqual(len(slots), 2)

    def test_holidays_cut_the_hours(self):
        """SHOP-11: a holiday in the middle leaves what is before and after it."""
        calendar = {
            "tz": timezone("UTC"),
            "flexible": False,
            "two_weeks": False,
            "attendances": [(0, 9.0, 18.0, 0)],
            "leaves": [(at(12), at(14)), (at(17), at(20))],
        }
        self.assertEqual(
            open_periods(calendar, at(0), at(0, day=6)),
            [(at(9), at(12)), (at(14), at(17))],
        )
