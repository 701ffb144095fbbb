"""PAY-05, idea 26: own money and bonus, to the fen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from split import split, split_back

UNITS = st.integers(0, 1_000_000)
ORDERS = st.sampled_from(["proportional", "principal_first", "bonus_first"])


@given(UNITS, UNITS, ORDERS, st.data())
def test_parts_add_up_and_are_there(principal, bonus, order, data):
    amount = data.draw(st.integers(0, principal + bonus))
    from_principal, from_bonus = split(amount, principal, bonus, order)
    assert from_principal + from_bonus == amount
    assert 0 <= from_principal <= principal
    assert 0 <= from_bonus <= bonus


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("proportional", (10_000, 1_000)),
        ("principal_first", (11_000, 0)),
        ("bonus_first", (6_000, 5_000)),
    ],
)
def test_top_up_500_get_50(order, expected):
    assert split(11_000, 50_000, 5_000, order) == expected


@given(UNITS, UNITS)
def test_all_of_it_takes_all_of_both(principal, bonus):
    for order in ("proportional", "principal_first", "bonus_first"):
        assert split(principal + bonus, principal, bonus, order) == (principal, bonus)


@pytest.mark.parametrize("amount", [-1, 101])
def test_more_than_there_is(amount):
    with pytest.raises(ValueError, match="not covered"):
        split(amount, 60, 40, "proportional")


@given(UNITS, UNITS, st.lists(st.integers(1, 400_000), max_size=6))
def test_refunds_in_parts_end_as_never_bought(principal, bonus, parts):
    done = back_principal = back_bonus = 0
    total = principal + bonus
    for part in [*parts, total]:
        part = min(part, total - done)
        one, other = split_back(principal, bonus, done, part)
        assert one >= 0
        assert other >= 0
        assert one + other == part
        done += part
        back_principal += one
        back_bonus += other
    assert (back_principal, back_bonus) == (principal, bonus)


def test_refund_of_more_than_was_paid():
    with pytest.raises(ValueError, match="more than was paid"):
        split_back(60, 40, 50, 51)
