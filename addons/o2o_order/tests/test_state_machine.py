from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from ..const import ALLOWED_FROM, DEAD_STATES, OPEN_STATES, STATES
from .common import O2oOrderCase
from .common_machine import PART, OrderMachineBase, walk

CITIES = ["贵阳市观山湖区", "成都市", "北京市"]


@tagged("post_install", "-at_install")
class TestStateMachine(O2oOrderCase):
    """ORD-01: whatever happens in whatever order, three things always hold: no
    forbidden state, no lost order, no promise of stock broken."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.o2o_after_sales_days = 3
        cls.near.has_picking_step = True
        cls._set_stock(cls.head_office, cls.product, 1000)
        cls._set_stock(cls.head_office, cls.scarce, 1000)
        cls.addresses = cls.env["res.partner"].create(
            [
                {
                    "parent_id": cls.member.partner_id.id,
                    "type": "delivery",
                    "name": f"Address {city}",
                    "city": city,
                    "street": "1",
                }
                for city in CITIES
            ]
        )

    def test_random_lives(self):
        walk(OrderMachine, self, lives=13, steps=14)


class OrderMachine(OrderMachineBase):
    """Two orders, several parts; each step is one a person or the clock may take."""

    @initialize(quantity=st.integers(1, 8))
    def place(self, quantity):
        case = self.case
        first = case._create_order([(case.product, quantity), (case.scarce, 1)])
        second = case._create_order([(case.product, 4)])
        self.orders = first | second
        self.orders.action_confirm()
        if quantity > 1:
            self._split(first.o2o_fulfillment_ids, 1)

    @rule(index=PART)
    def pick(self, index):
        self._try(index, lambda part: part._mark_picking())

    @rule(index=PART, by_member=st.booleans())
    def cancel(self, index, by_member):
        def act(part):
            if by_member:
                part.order_id._o2o_member_cancel("too_slow")
            else:
                part.order_id._o2o_cancel("head_office")

        self._try(index, act)

    @rule(index=PART)
    def reroute(self, index):
        self._try(index, lambda part: part._reroute("test"))

    @rule(index=PART, city=st.integers(0, len(CITIES) - 1))
    def move_house(self, index, city):
        partner = self.case.addresses[city]
        self._try(
            index, lambda part: part.order_id._o2o_change_address(partner, "moved")
        )

    @rule(index=PART, quantity=st.integers(0, 14))
    def change_lines(self, index, quantity):
        def act(part):
            line = part.order_id.order_line.filtered(
                lambda line: line.product_id == self.case.product
            )
            part.order_id._o2o_change_lines({line: quantity}, "changed")

        self._try(index, act)

    @rule(index=PART, store=st.sampled_from(["near", "far", "other_city"]))
    def name_a_store(self, index, store):
        self._try(
            index,
            lambda part: part.order_id._o2o_change_store(
                part, getattr(self.case, store), "by hand"
            ),
        )

    @rule(index=PART, taken=st.integers(1, 3))
    def split(self, index, taken):
        self._try(index, lambda part: self._split(part, taken))

    def _split(self, part, taken):
        """Head office brings some pieces of a part, as a routing decision may say."""
        lines = part.line_ids.filtered(lambda line: line.quantity > taken)
        if part.state != "offered" or not lines:
            raise UserError("not now")  # pylint: disable=translation-required
        line = lines[0].sale_line_id
        wanted = part._get_wanted()
        sourcing = self.env["o2o.sourcing"]
        rest = {**wanted, line: wanted[line] - taken}
        decision = self.env["o2o.routing.decision"].create(
            {
                "order_id": part.order_id.id,
                "store_id": part.store_id.id,
                "rule": "nearest",
                "parts": [
                    sourcing._prepare_part(part.store_id, rest),
                    sourcing._prepare_part(self.case.head_office, {line: taken}),
                ],
            }
        )
        part._follow(decision)

    @rule(hours=st.sampled_from([1, 30, 400]))
    def time_passes(self, hours):
        self.now += timedelta(hours=hours)
        with freeze_time(self.now):
            due = self.env["o2o.timer"].search(
                [("state", "=", "waiting"), ("due_at", "<=", self.now)]
            )
            for timer in due:
                timer._run()
                assert timer.state == "done" or timer.due_at > self.now, timer.error

    # === WHAT ALWAYS HOLDS === #

    @invariant()
    def no_forbidden_state(self):
        states = dict(STATES)
        for event in self.parts.event_ids.filtered("from_state"):
            if event.kind in states and event.kind != event.from_state:
                assert event.from_state in ALLOWED_FROM[event.kind], (
                    event.from_state,
                    event.kind,
                )

    @invariant()
    def no_lost_order(self):
        for order in self.orders:
            parts = order.o2o_fulfillment_ids
            live = parts.filtered(lambda part: part.state not in DEAD_STATES)
            assert bool(live) == (order.state == "sale"), (order.state, live)
            for part in live:
                assert part.line_ids, "a live part brings nothing"
                assert part.store_id, "a live part has no store"
                offers = part._get_open_offers()
                assert bool(offers) == (part.state == "offered"), part.state
            if not live:
                continue
            for line in order._o2o_get_wanted():
                brought = sum(
                    share.quantity
                    for share in parts.line_ids
                    if share.sale_line_id == line
                    and not share.fulfillment_id.is_given_up
                )
                assert brought == line.product_uom_qty, (brought, line.product_uom_qty)

    @invariant()
    def no_promise_broken(self):
        self.env.flush_all()
        stores = self.env["o2o.store"].search([])
        promised = {}
        for part in self.parts.filtered(lambda part: part.state in OPEN_STATES):
            for line in part.line_ids:
                key = part.store_id, line.product_id
                promised[key] = promised.get(key, 0) + line.quantity
        for location, product, quantity, reserved in self.env[
            "stock.quant"
        ]._read_group(
            [
                ("product_id", "in", (self.case.product | self.case.scarce).ids),
                ("location_id.usage", "=", "internal"),
            ],
            groupby=["location_id", "product_id"],
            aggregates=["quantity:sum", "reserved_quantity:sum"],
        ):
            store = stores.filtered(
                lambda store, location=location: (
                    store.warehouse_id == location.warehouse_id
                )
            )
            assert reserved <= quantity, (store.name, product.name)
            assert reserved == promised.pop((store, product), 0), (
                store.name,
                product.name,
                reserved,
            )
        assert not promised, promised
