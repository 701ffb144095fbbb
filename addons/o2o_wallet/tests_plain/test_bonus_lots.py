"""PAY-05: which bonus a payment used, and what is left of each."""

from bonus_lots import replay
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
