"""Random lives of members, and the plainest way to tell how they end."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from .common_purchases import LIFE, WAIT

_CENTS = st.integers(1, 9000)
_POINTS = st.integers(1, 80)


def _debt(side, points):
    """What mere chance hardly ever does: spend points, and bring back all they came
    from."""
    return [
        ("buy", side, 4000, 4000),
        ("wait", WAIT),
        ("redeem", side, points),
        *(("give_back", -1, line) for line in (0, 0, 1)),
    ]


def _chapters(side, max_size):
    """A piece of a life: a list of steps (action, arguments)."""
    return st.lists(
        st.one_of(
            st.tuples(st.just("buy"), side, _CENTS, _CENTS),
            st.tuples(st.just("give_back"), st.integers(0, 5), st.integers(0, 1)),
            st.tuples(st.just("redeem"), side, st.integers(1, 120)),
            st.tuples(st.just("cancel"), st.integers(0, 5)),
            st.tuples(st.just("wait"), st.integers(1, 30)),
        ),
        max_size=max_size,
    )


ONE_LIFE = st.tuples(_chapters(st.just(0), 9), _POINTS, _chapters(st.just(0), 9)).map(
    lambda drawn: [*drawn[0], *_debt(0, drawn[1]), *drawn[2]]
)
#: somebody owes at the merge, nobody, or both
TWO_LIVES = st.tuples(
    _chapters(st.integers(0, 1), 6),
    st.lists(st.tuples(st.integers(0, 1), _POINTS), max_size=2),
    _chapters(st.integers(0, 1), 3),
    st.integers(0, 1),
    _chapters(st.just(0), 6),
).map(
    lambda drawn: [
        *drawn[0],
        *(step for debt in drawn[1] for step in _debt(*debt)),
        *drawn[2],
        ("merge", drawn[3]),
        *drawn[4],
    ]
)


def examples(number):
    return settings(
        max_examples=number,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )


class Story:
    """What was undone never happened; each paid for itself until they were one."""

    def __init__(self):
        self.day = 0
        self.events, self.purchases, self.spendings = [], [], []

    def buy(self, side, *cents):
        lines = [
            [quantity, quantity, value]
            for quantity, value in zip((2, 1), cents, strict=True)
        ]
        self.purchases.append({"day": self.day, "side": side, "lines": lines})
        self.events.append(self.purchases[-1])

    def can_give_back(self, at, line):
        return bool(
            self.purchases
            and self.purchases[at % len(self.purchases)]["lines"][line][0]
        )

    def give_back(self, at, line):
        self.purchases[at % len(self.purchases)]["lines"][line][0] -= 1

    def redeem(self, side, points):
        self.spendings.append({"day": self.day, "side": side, "spent": points})
        self.events.append(self.spendings[-1])

    def cancel(self, at):
        self.spendings[at % len(self.spendings)]["spent"] = 0

    def wait(self, days):
        self.day += days

    def merge(self, kept):
        self.events.append({"day": self.day, "kept": kept})

    def endings(self):
        """:return: list of (points there, points owed), one for each member"""
        purses = [[[], 0], [[], 0]]  # lots as [day, points], debt
        for event in self.events:
            day = event["day"]
            if "kept" in event:
                lots = sorted(purses[0][0] + purses[1][0], key=lambda lot: lot[0])
                purses = [[lots, self._pay(lots, purses[0][1] + purses[1][1], day)]]
                continue
            purse = purses[event["side"] if len(purses) > 1 else 0]
            if "lines" in event:
                points = self.earned(event)
                paid = min(points, purse[1])
                purse[1] -= paid
                purse[0].append([day, points - paid])
            else:
                purse[1] += self._pay(purse[0], event["spent"], day)
        return [
            (sum(left for day, left in lots if day + LIFE > self.day), debt)
            for lots, debt in purses
        ]

    @staticmethod
    def earned(event):
        """Whole points of a purchase, for what was kept of each line, to the cent."""
        return sum(
            (2 * cents * kept + bought) // (2 * bought) // 100
            for kept, bought, cents in event["lines"]
        )

    def _pay(self, lots, wanted, day):
        """Equal lives: the oldest lot is the first to end; pending ones come last."""
        for lot in lots:
            if lot[0] + LIFE > day:
                part = min(wanted, lot[1])
                lot[1] -= part
                wanted -= part
        return wanted
