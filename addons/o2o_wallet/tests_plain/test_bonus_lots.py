"""PAY-05: which bonus a payment used, and what is left of each."""

from datetime import datetime, timedelta

from bonus_lots import come_back, new_end, replay
from hypothesis import given
from hypothesis import strategies as st

ROWS = st.lists(
    st.tuples(
        st.integers(-500, 500).filter(bool),
        st.one_of(st.none(), st.integers(1, 5)),
    ),
    max_size=12,
)


def left(rows):
    return [(lot.row_id, lot.left) for lot in replay(rows)[0]]


def test_first_to_end_is_used_first():
    rows = [(1, 100, None, None), (2, 100, 9, None), (3, 100, 5, None)]
    assert left([*rows, (4, -150, None, None)]) == [(2, 50), (1, 100)]


def test_a_reversal_takes_its_own_bonus():
    rows = [(1, 100, 5, None), (2, 100, 9, None), (3, -60, None, 2)]
    assert left(rows) == [(1, 100), (2, 40)]


def test_what_a_row_took_is_told_with_its_ends():
    rows = [(1, 30, 5, None), (2, 100, None, None), (3, -50, None, None)]
    assert replay(rows)[1] == {3: [(5, 30), (None, 20)]}


@given(ROWS)
def test_what_is_left_is_the_balance(drawn):
    balance, rows = 0, []
    for row_id, (change, end) in enumerate(drawn):
        change = max(change, -balance)
        balance += change
        rows.append((row_id, change, end, None))
    assert sum(lot.left for lot in replay(rows)[0]) == balance


PARTS = st.lists(
    st.tuples(st.one_of(st.none(), st.integers(1, 4)), st.integers(1, 500)), max_size=6
)


@given(PARTS, st.lists(st.integers(1, 700), max_size=6))
def test_what_comes_back_in_parts_is_what_was_taken(parts, wanted):
    whole = sum(part for _end, part in parts)
    before, back = 0, {}
    for amount in [*wanted, whole]:
        amount = min(amount, whole - before)
        found = come_back(parts, before, amount)
        assert sum(part for _end, part in found) == amount
        assert len({end for end, _part in found}) == len(found)
        for end, part in found:
            back[end] = back.get(end, 0) + part
        before += amount
    taken = {}
    for end, part in parts:
        taken[end] = taken.get(end, 0) + part
    assert back == taken


# naive, as Odoo keeps moments
NOON = datetime(2026, 3, 2, 12)  # noqa: DTZ001
DAY, GRACE = timedelta(days=1), timedelta(days=30)


def test_an_end_that_is_far_stays():
    assert new_end(NOON + 40 * DAY, NOON, NOON + 3 * DAY, GRACE) == NOON + 40 * DAY
    assert new_end(None, NOON, NOON, GRACE) is None


def test_what_ended_meanwhile_has_the_days_that_were_left():
    back_at = NOON + 20 * DAY
    assert new_end(NOON + 9.5 * DAY, NOON, back_at, GRACE) == back_at + 9.5 * DAY
    assert new_end(NOON + 15 * DAY, NOON, back_at, 7 * DAY) == back_at + 7 * DAY


def test_a_payment_in_the_last_minute_leaves_a_day():
    end = NOON + timedelta(minutes=1)
    assert new_end(end, NOON, NOON + DAY, GRACE) == NOON + 2 * DAY
    assert new_end(end, NOON + 2 * DAY, NOON + 3 * DAY, GRACE) == NOON + 4 * DAY


def test_without_days_of_grace_the_end_stays():
    end = NOON + timedelta(minutes=1)
    assert new_end(end, NOON, NOON - DAY, timedelta(0)) == end
    assert new_end(end, NOON, NOON + DAY, timedelta(0)) == NOON + DAY
