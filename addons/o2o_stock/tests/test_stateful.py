from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from odoo import fields
from odoo.fields import Domain
from odoo.tests import freeze_time, tagged

from .common import StockCase

KEYS = st.sampled_from(["a", "b", "c", "d"])
SAFETY = 1


class Ledger(RuleBasedStateMachine):
    """The ledger beside a plain model: ``{key: (quantity, end)}`` and a shelf."""

    case = None

    def __init__(self):
        super().__init__()
        self.savepoint = self.case.cr.savepoint()
        self.now = fields.Datetime.now()
        self.on_hand = 5
        self.held = {}
        self.case.env.invalidate_all()

    def teardown(self):
        self.savepoint.close(rollback=True)
        self.case.env.invalidate_all()

    def live(self):
        return {k: q for k, (q, end) in self.held.items() if end > self.now}

    def free(self, without=None):
        others = [q for k, q in self.live().items() if k != without]
        return self.on_hand - sum(others)

    def fits(self, key, quantity):
        """What is held stays promised, even when safety stock was sold since."""
        most = max(self.free(key) - SAFETY, self.live().get(key, 0))
        return quantity <= most

    @rule(key=KEYS, quantity=st.integers(1, 6), minutes=st.integers(1, 20))
    def claim(self, key, quantity, minutes):
        end = self.now + timedelta(minutes=minutes)
        demands = [(self.case.product, self.case.warehouse, quantity)]
        with freeze_time(self.now):
            shortages = self.case.stock._claim(key, demands, end)
        assert bool(shortages) != self.fits(key, quantity)
        if not shortages:
            if self.live().get(key) == quantity:
                end = max(end, self.held[key][1])
            self.held[key] = (quantity, end)

    @rule(key=KEYS, minutes=st.integers(1, 30))
    def extend(self, key, minutes):
        end = self.now + timedelta(minutes=minutes)
        if key not in self.live():
            return
        quantity = self.held[key][0]
        with freeze_time(self.now):
            shortages = self.case.stock._extend(key, end)
        assert bool(shortages) != self.fits(key, quantity)
        if not shortages:
            self.held[key] = (quantity, max(end, self.held[key][1]))

    @rule(key=KEYS)
    def release(self, key):
        with freeze_time(self.now):
            self.case.stock._release(key, "test")
        self.held.pop(key, None)

    @rule(key=KEYS)
    def ship(self, key):
        """Reserved and gone: the hold is used, the shelf has less."""
        quantity = self.live().get(key, 0)
        with freeze_time(self.now):
            self.take(quantity)
            self.case.stock._use(key)
        self.held.pop(key, None)

    @rule(minutes=st.integers(1, 15))
    def wait(self, minutes):
        self.now += timedelta(minutes=minutes)

    @rule()
    def job(self):
        with freeze_time(self.now):
            self.case.stock._expire_overdue(limit=100)
        self.held = {key: self.held[key] for key in self.live()}

    @rule(quantity=st.integers(1, 3))
    def receive(self, quantity):
        self.take(-quantity)

    @rule(quantity=st.integers(1, 3))
    def sell_what_is_free(self, quantity):
        """A sale of a till that asked first."""
        if quantity <= self.free():
            self.take(quantity)

    def take(self, quantity):
        if quantity:
            self.case._set_stock(self.case.warehouse, self.case.product, -quantity)
        self.on_hand -= quantity

    @invariant()
    def promised_once(self):
        mine = Domain("product_id", "=", self.case.product.id)
        with freeze_time(self.now):
            free = self.case._free()
            holds = self.case.holds.search(self.case.stock._domain_live() & mine)
        assert free == self.free()
        assert free >= 0
        assert {hold.key: hold.quantity for hold in holds} == self.live()


@tagged("post_install", "-at_install")
class TestStateful(StockCase):
    def test_ledger_never_promises_twice(self):
        """Invariant 3: whatever happens in whatever order, all is promised once."""
        self.env["o2o.stock.safety"].create({"quantity": SAFETY, "channel": "web"})
        run_state_machine_as_test(
            type("Machine", (Ledger,), {"case": self}),
            settings=settings(
                # as o2o_member's tests: of a hundred of the profile
                max_examples=max(1, 18 * settings.default.max_examples // 100),
                stateful_step_count=20,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
