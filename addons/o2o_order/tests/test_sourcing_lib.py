"""The algorithms without a database."""

import time
from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from pytz import timezone

from odoo.tests import BaseCase, tagged

from odoo.addons.o2o_order.lib import geo, opening_hours, pool, ranking, splitting
from odoo.addons.o2o_order.lib.rules import CRITERIA, POOL, default_rules

SCALES = default_rules()["scales"]
NEAREST = default_rules()["weights"]


def utc(*parts):
    """A moment as Odoo keeps it: UTC, without saying so."""
    return datetime(*parts)  # noqa: DTZ001


def store(number, **facts):
    return {
        "id": number,
        "distance": 1.0,
        "depth": 1.0,
        "load": 0,
        "max_open": 0,
        "score": 100.0,
        "cost": 0.0,
        "share": 1.0,
        **facts,
    }


def line(key, product, quantity, value=10.0, factor=1.0):
    return {
        "key": key,
        "product": product,
        "quantity": quantity,
        "factor": factor,
        "value": value,
    }


@tagged("post_install", "-at_install")
class TestRanking(BaseCase):
    def test_nearest_first_unknown_last(self):
        """ROUT-02: with distance alone the nearest store comes first."""
        stores = [store(1, distance=None), store(2, distance=9), store(3, distance=3)]
        ranked = ranking.rank(stores, NEAREST, SCALES)
        self.assertEqual([it["id"] for it in ranked], [3, 2, 1])

    def test_points_add_up_and_are_explained_by_weight(self):
        """Idea 7: the score is split by what it comes from."""
        weights = {**dict.fromkeys(CRITERIA, 0.0), "distance": 60, "load": 40}
        one = store(1, distance=5.0, load=10)
        [one] = ranking.rank([one], weights, SCALES)
        self.assertEqual(one["points"], {"distance": 30.0, "load": 20.0})
        self.assertEqual(one["total"], 50.0)

    def test_weights_decide(self):
        """ROUT-02: load may outweigh distance, and the other way round."""
        near, idle = store(1, distance=1, load=30), store(2, distance=6, load=0)
        by_distance = {**NEAREST, "load": 0.1}
        by_load = {**NEAREST, "load": 3.0}
        self.assertEqual(ranking.rank([near, idle], by_distance, SCALES)[0]["id"], 1)
        self.assertEqual(ranking.rank([near, idle], by_load, SCALES)[0]["id"], 2)

    def test_each_criterion_can_decide(self):
        better = {
            "distance": {"distance": 0.5},
            "depth": {"depth": 3.0},
            "load": {"load": 0},
            "score": {"score": 90.0},
            "cost": {"cost": 1.0},
            "transfer": {"share": 1.0},
        }
        worse = {"load": 5, "score": 50.0, "cost": 9.0, "share": 0.5}
        for criterion, facts in better.items():
            weights = {**dict.fromkeys(CRITERIA, 0.0), criterion: 1}
            stores = [store(1, **worse), store(2, **{**worse, **facts})]
            best = ranking.rank(stores, weights, SCALES)[0]
            self.assertEqual(best["id"], 2, criterion)

    def test_limit_of_open_orders_measures_the_load(self):
        full, free = store(1, load=5, max_open=5), store(2, load=5, max_open=50)
        self.assertEqual(ranking.rate(full, SCALES)["load"], 0.0)
        self.assertEqual(ranking.rate(free, SCALES)["load"], 0.9)

    @given(
        st.lists(
            st.tuples(
                st.none() | st.floats(0, 500),
                st.floats(0, 20),
                st.integers(0, 50),
                st.integers(0, 20),
                st.floats(0, 100),
                st.floats(0, 100),
                st.floats(0, 1),
            ),
            min_size=2,
            max_size=8,
        ),
        st.lists(st.integers(0, 100), min_size=6, max_size=6),
    )
    @settings(max_examples=100, deadline=None)
    def test_taking_a_store_away_never_turns_the_rest(self, rows, weights):
        """ROUT-02: the order of two stores does not depend on a third one."""
        keys = ("distance", "depth", "load", "max_open", "score", "cost", "share")
        stores = [
            store(number, **dict(zip(keys, row, strict=True)))
            for number, row in enumerate(rows)
        ]
        weights = dict(zip(CRITERIA, weights, strict=True))
        ranked = [it["id"] for it in ranking.rank(stores, weights, SCALES)]
        fewer = [it["id"] for it in ranking.rank(stores[1:], weights, SCALES)]
        self.assertEqual([it for it in ranked if it != 0], fewer)
        self.assertTrue(all(-1e-6 <= it["total"] <= 100 + 1e-6 for it in stores))


@tagged("post_install", "-at_install")
class TestSplitting(BaseCase):
    def stores(self, *frees):
        return [
            {"id": number, "total": 100.0 - number, "free": free}
            for number, free in enumerate(frees, 1)
        ]

    def test_fewest_parcels_then_best_stores(self):
        """ROUT-02: two parcels before three; among equals the best stores."""
        lines = [line("a", 1, 6), line("b", 2, 1)]
        stores = self.stores({1: 3}, {1: 2}, {1: 6}, {2: 1})
        self.assertEqual(
            splitting.split(lines, stores, 3), [(3, {"a": 6}), (4, {"b": 1})]
        )
        lines = [line("a", 1, 6)]
        self.assertEqual(
            splitting.split(lines, self.stores({1: 3}, {1: 3}, {1: 3}), 2),
            [(1, {"a": 3}), (2, {"a": 3})],
        )

    def test_line_stays_whole_where_it_can(self):
        lines = [line("a", 1, 6), line("b", 2, 1)]
        stores = self.stores({1: 4, 2: 1}, {1: 6})
        self.assertEqual(
            splitting.split(lines, stores, 2), [(1, {"b": 1}), (2, {"a": 6})]
        )

    def test_each_part_is_worth_its_way(self):
        """ROUT-02: both parts pass the value threshold, or nothing is split."""
        lines = [line("a", 1, 6, value=10), line("b", 2, 1, value=100)]
        stores = self.stores({1: 4}, {1: 3, 2: 1}, {1: 6})
        self.assertEqual(
            splitting.split(lines, stores, 2, 50), [(2, {"b": 1}), (3, {"a": 6})]
        )
        self.assertIsNone(splitting.split(lines, stores, 2, 90))

    def test_goods_move_until_each_part_is_worth_it(self):
        """ROUT-02: 5 + 1 bottles become 4 + 2 where a parcel must be worth 20."""
        lines = [line("a", 1, 6, value=10)]
        stores = self.stores({1: 5}, {1: 4})
        parts = splitting.split(lines, stores, 2, 20)
        self.assertEqual(parts, [(1, {"a": 4}), (2, {"a": 2})])

    def test_dozen_is_not_put_together_from_halves(self):
        lines = [line("a", 1, 1, factor=12)]
        stores = self.stores({1: 6}, {1: 6})
        self.assertIsNone(splitting.split(lines, stores, 2))
        self.assertFalse(splitting.can_serve(lines, stores[0]))

    def test_no_more_parcels_than_allowed(self):
        lines = [line("a", 1, 6)]
        stores = self.stores({1: 2}, {1: 2}, {1: 2})
        self.assertIsNone(splitting.split(lines, stores, 2))
        self.assertEqual(len(splitting.split(lines, stores, 3)), 3)

    def test_many_stores_are_fast(self):
        lines = [line(key, key, 6) for key in range(3)]
        stores = self.stores(*({it % 3: 5, (it + 1) % 3: 1} for it in range(2000)))
        begin = time.monotonic()
        splitting.split(lines, stores, 4)
        self.assertLess(time.monotonic() - begin, 2)

    @given(
        st.lists(
            st.tuples(
                st.integers(1, 3),
                st.integers(1, 9),
                st.integers(1, 90),
                st.sampled_from([1.0, 6.0]),
            ),
            min_size=1,
            max_size=4,
        ),
        st.lists(st.dictionaries(st.integers(1, 3), st.integers(-2, 30)), max_size=6),
        st.integers(1, 4),
        st.integers(0, 200),
    )
    @settings(max_examples=300, deadline=None)
    def test_parts_add_up_from_what_is_there(self, rows, frees, parcels, min_value):
        """ROUT-02: whatever the stock, nothing is lost, invented or too little."""
        lines = [
            line(key, product, quantity, value, factor)
            for key, (product, quantity, value, factor) in enumerate(rows)
        ]
        stores = self.stores(*frees)
        parts = splitting.split(lines, stores, parcels, min_value)
        if parts is None:
            return
        self.assertTrue(2 <= len(parts) <= parcels)
        self.assertEqual(len({key for key, _part in parts}), len(parts))
        for it in lines:
            total = sum(part.get(it["key"], 0) for _key, part in parts)
            self.assertEqual(total, it["quantity"])
        by_key = {it["key"]: it for it in lines}
        for key, part in parts:
            free = dict(stores[key - 1]["free"])
            for line_key, quantity in part.items():
                self.assertGreater(quantity, 0)
                it = by_key[line_key]
                free[it["product"]] -= quantity * it["factor"]
            self.assertTrue(
                all(
                    rest >= min(0, frees[key - 1].get(product, 0))
                    for product, rest in free.items()
                )
            )
            value = sum(by_key[it]["value"] * qty for it, qty in part.items())
            self.assertGreaterEqual(value, min_value)


@tagged("post_install", "-at_install")
class TestOpeningHours(BaseCase):
    def calendar(self, **facts):
        return {
            "tz": timezone("Asia/Shanghai"),
            "flexible": False,
            "two_weeks": False,
            "attendances": [(day, 9, 18, None) for day in range(7)],
            "leaves": [],
            **facts,
        }

    def test_open_now_or_next_morning(self):
        """ROUT-02: 09:00 to 18:00 in Shanghai is 01:00 to 10:00 UTC."""
        calendar = self.calendar()
        now = utc(2026, 11, 23, 1, 30)
        self.assertEqual(opening_hours.opens_at(calendar, now), now)
        evening = utc(2026, 11, 23, 10, 0)
        self.assertEqual(
            opening_hours.opens_at(calendar, evening), utc(2026, 11, 24, 1, 0)
        )

    def test_holiday_is_jumped_over(self):
        leave = (utc(2026, 11, 22, 16), utc(2026, 11, 25, 16))
        calendar = self.calendar(leaves=[leave])
        self.assertEqual(
            opening_hours.opens_at(calendar, utc(2026, 11, 23, 2)),
            utc(2026, 11, 26, 1),
        )

    def test_closed_for_good(self):
        calendar = self.calendar(attendances=[])
        self.assertIsNone(opening_hours.opens_at(calendar, utc(2026, 11, 23)))

    def test_open_until_midnight(self):
        calendar = self.calendar(attendances=[(0, 18, 24, None)])
        late = utc(2026, 11, 23, 15, 59, 30)
        self.assertEqual(opening_hours.opens_at(calendar, late), late)


@tagged("post_install", "-at_install")
class TestPool(BaseCase):
    def store(self, number, distance, **facts):
        return {
            "id": number,
            "distance": distance,
            "unfinished": 0,
            "is_cooling": False,
            "recent": 5,
            **facts,
        }

    def test_radius_widens_with_time(self):
        """ROUT-03: 3 km, then 2 more each minute, up to 15."""
        self.assertEqual(pool.radius_at(POOL, 0), 3.0)
        self.assertEqual(pool.radius_at(POOL, 59), 3.0)
        self.assertEqual(pool.radius_at(POOL, 60), 5.0)
        self.assertEqual(pool.radius_at(POOL, 3600), 15.0)
        stores = [self.store(1, 2.0), self.store(2, 4.0), self.store(3, 16.0)]
        self.assertEqual(pool.choose(stores, POOL, 0), [1])
        self.assertEqual(pool.choose(stores, POOL, 60), [1, 2])
        self.assertEqual(pool.choose(stores, POOL, 9999), [1, 2])

    def test_cap_and_cooldown(self):
        """Idea 11: who has three open grabs, or dropped one, does not see it."""
        stores = [
            self.store(1, 1.0, unfinished=3),
            self.store(2, 1.0, is_cooling=True),
            self.store(3, 1.0, unfinished=2),
        ]
        self.assertEqual(pool.choose(stores, POOL, 0), [3])

    def test_starved_store_sees_it_earlier(self):
        """Idea 11: a small head start for who got little this week."""
        stores = [self.store(1, 1.0), self.store(2, 2.0, recent=0), self.store(3, 1.5)]
        self.assertEqual(pool.choose(stores, POOL, 0), [2])
        self.assertEqual(pool.choose(stores, POOL, 10), [1, 3, 2])
        self.assertEqual(pool.next_change(stores, POOL, 0), 10)
        self.assertIsNone(pool.next_change(stores, POOL, 10))

    def test_nobody_waits_where_nobody_is_starved(self):
        stores = [self.store(1, 1.0), self.store(2, 2.0)]
        self.assertEqual(pool.choose(stores, POOL, 0), [1, 2])

    @given(st.lists(st.floats(0, 30), max_size=6), st.integers(0, 2000))
    @settings(max_examples=100, deadline=None)
    def test_who_sees_it_keeps_seeing_it(self, distances, elapsed):
        stores = [self.store(it, distance) for it, distance in enumerate(distances)]
        now = set(pool.choose(stores, POOL, elapsed))
        self.assertLessEqual(now, set(pool.choose(stores, POOL, elapsed + 7)))
        radius = pool.radius_at(POOL, elapsed)
        self.assertTrue(all(distances[it] <= radius + 1e-6 for it in now))


@tagged("post_install", "-at_install")
class TestGeo(BaseCase):
    def test_outline_must_be_one(self):
        square = [[0, 0], [2, 0], [2, 2], [0, 2]]
        self.assertEqual(geo.check_polygon(square), "")
        self.assertEqual(geo.check_polygon(square[:2]), "points")
        self.assertEqual(geo.check_polygon("x"), "points")
        self.assertEqual(geo.check_polygon([[0, 0], [2, 0], ["a", 2]]), "number")
        self.assertEqual(geo.check_polygon([[0, 0], [2, 0], [2, 99]]), "number")
        bow_tie = [[0, 0], [2, 2], [2, 0], [0, 2]]
        self.assertEqual(geo.check_polygon(bow_tie), "crossing")

    def test_inside(self):
        square = [[0, 0], [2, 0], [2, 2], [0, 2]]
        self.assertTrue(geo.is_inside(square, 1, 1))
        self.assertFalse(geo.is_inside(square, 3, 1))

    def test_box_holds_the_circle(self):
        south, west, north, east = geo.box_around(60, 10, 100)
        self.assertLess(south, 60 - 0.89)
        self.assertGreater(north, 60 + 0.89)
        self.assertLess(west, 10 - 1.79)
        self.assertGreater(east, 10 + 1.79)
