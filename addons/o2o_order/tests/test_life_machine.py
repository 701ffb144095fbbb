from collections import Counter
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from ..const import ALLOWED_FROM, DEAD_STATES, OPEN_STATES, STATES
from .common_machine import PART, OrderMachineBase, walk
from .common_payment import PaidOnlineCase

PIECES = 30


@tagged("post_install", "-at_install")
class TestLifeMachine(PaidOnlineCase):
    """ORD-01, ideas 4, 5, 9 and 11: paid online, collected, grabbed, handed back,
    brought in part, paid late, changed and returned in any order, an order is never
    lost, no stock is promised twice and no cent goes astray."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {"o2o_after_sales_days": 3, "o2o_hold_limit": 0, "o2o_points_per_unit": 1}
        )
        cls.near.has_picking_step = True
        cls.goods = cls.product | cls.scarce
        for store in (cls.head_office, cls.near, cls.far, cls.other_city):
            for product in cls.goods:
                quants = cls.env["stock.quant"]._gather(
                    product, store.warehouse_id.lot_stock_id
                )
                there = sum(quants.mapped("quantity"))
                cls._set_stock(store, product, PIECES - there)
        cls.stores = cls.head_office | cls.near | cls.far | cls.other_city
        cls.coupon = cls.env["product.product"].create(
            {"name": "Coupon", "type": "service", "taxes_id": [Command.clear()]}
        )
        cls.pickup = cls.env["delivery.carrier"].create(
            {
                "name": "Pick up",
                "delivery_type": "in_store",
                "product_id": cls.carrier.product_id.id,
            }
        )
        cls.pickup.warehouse_ids = (cls.near | cls.far).warehouse_id
        cls.env["o2o.sourcing.rule.set"].create(
            {"name": "Pool", "pool_radius_km": 100.0, "pool_max_km": 100.0}
        ).action_publish()

    def test_random_lives(self):
        walk(LifeMachine, self, lives=15, steps=16)


class LifeMachine(OrderMachineBase):
    """An order paid online with a coupon, one to collect, one paid on receipt."""

    def __init__(self, case):
        super().__init__(case)
        self.back = Counter()

    @initialize(quantity=st.integers(1, 6), coupon=st.integers(0, 50))
    def place(self, quantity, coupon):
        case = self.case
        with freeze_time(self.now):
            online = case._submit(
                [(case.product, quantity), (case.scarce, 2)], state="pending"
            )
            # the payment is for what the order costs in the end
            online.transaction_ids.sudo().unlink()
            if coupon:
                online.order_line = [
                    Command.create(
                        {"product_id": case.coupon.id, "price_unit": -coupon * 1.11}
                    )
                ]
            case._pay(online, "pending")
            collected = case._create_order(
                [(case.product, 2)],
                carrier=case.pickup,
                warehouse_id=case.near.warehouse_id.id,
            )
            collected.action_confirm()
            on_receipt = case._create_order([(case.product, 3), (case.scarce, 1)])
            on_receipt.action_confirm()
        self.online = online
        self.orders = online | collected | on_receipt

    # === WHAT PEOPLE DO === #

    @rule()
    def money_comes(self):
        """In time, late or after the member gave up: once."""
        payment = self.online.transaction_ids.filtered(lambda it: it.state != "done")
        if payment:
            self._do(lambda: self.case._succeed(payment[:1]))

    @rule(index=PART, found=st.integers(0, 3))
    def accept_what_is_there(self, index, found):
        def act(part):
            line = part.line_ids[:1]
            available = min(found, line.quantity)
            if part.state == "offered":
                part._pos_act_accept_lines({"lines": {str(line.id): available}})

        self._try(index, act)

    @rule(index=PART, answer=st.sampled_from(["part", "wait", "substitute"]))
    def choose(self, index, answer):
        def act(part):
            for choice in part._get_open_choice():
                choice._answer(answer, "customer")

        self._try(index, act)

    @rule(index=PART)
    def into_the_pool(self, index):
        def act(part):
            if part.state in ("offered", "accepted") and (
                part.delivery_kind == "delivery"
            ):
                part._mark_pooled("test")
                part._move_to_store(self.env["o2o.store"])
                part._present_by_pool()

        self._try(index, act)

    @rule(index=PART, store=st.sampled_from(["near", "far", "other_city"]))
    def grab(self, index, store):
        self._try(index, lambda part: part._grab(getattr(self.case, store)))

    @rule(index=PART)
    def drop(self, index):
        self._try(index, lambda part: part._drop("No time"))

    @rule(index=PART)
    def route_again(self, index):
        self._try(index, lambda part: part.action_route_again())

    @rule(index=PART)
    def ready(self, index):
        self._try(index, lambda part: part._mark_ready())

    @rule(index=PART)
    def not_collected(self, index):
        self._try(index, lambda part: part._mark_expired())

    @rule(at=st.integers(0, 2))
    def member_cancels(self, at):
        self._do(lambda: self.orders[at]._o2o_member_cancel("too_slow"))

    @rule(at=st.integers(0, 2), quantity=st.integers(0, 6))
    def change(self, at, quantity):
        order = self.orders[at]
        line = order.order_line.filtered(
            lambda line: line.product_id == self.case.product
        )
        if order.state == "sale" and line:
            self._do(lambda: order._o2o_change_lines({line: quantity}, "changed"))

    @rule(index=PART, quantity=st.integers(1, 2))
    def bring_back(self, index, quantity):
        def act(part):
            line = part.line_ids[:1]
            left = line.quantity - line.sale_line_id._o2o_returned_quantity()
            if part.state in ("delivered", "completed") and quantity <= left:
                part._return_goods({line: quantity}, "no", self.env["res.users"])

        self._try(index, act)

    @rule(hours=st.sampled_from([0.3, 1, 30, 400]))
    def time_passes(self, hours):
        self.now += timedelta(hours=hours)
        with freeze_time(self.now):
            self.env["o2o.stock"]._expire_overdue(limit=500)
            due = self.env["o2o.timer"].search(
                [("state", "=", "waiting"), ("due_at", "<=", self.now)]
            )
            for timer in due:
                if timer.state != "waiting":
                    # one that came before has ended its reason
                    continue
                timer._run()
                assert timer.state in ("done", "cleared") or timer.due_at > self.now, (
                    timer.kind,
                    timer.error,
                )

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
                assert part.store_id or part.state == "pooled", part.state
                offers = part._get_open_offers()
                assert bool(offers) == (part.state == "offered"), part.state
            for line in order._o2o_get_wanted() if live else ():
                brought = sum(
                    share.quantity
                    for share in parts.line_ids
                    if share.sale_line_id == line
                    and not share.fulfillment_id.is_given_up
                )
                assert brought == line.product_uom_qty, (brought, line.product_uom_qty)

    @invariant()
    def an_order_that_waits_is_watched(self):
        """Somebody, or a timer, will see to what has no store."""
        for part in self.parts.filtered(lambda it: it.state == "pooled"):
            timers = self.env["o2o.timer"].search(
                [("fulfillment_id", "=", part.id), ("state", "=", "waiting")]
            )
            problems = part.order_id.o2o_problem_ids.filtered(
                lambda it: it.state == "open"
            )
            assert timers or problems, part.name

    @invariant()
    def stock_is_promised_once(self):
        self.env.flush_all()
        products = self.case.goods
        with freeze_time(self.now):
            holds = self.env["o2o.stock.hold"].search(
                self.env["o2o.stock"]._domain_live()
            )
        held = Counter()
        for hold in holds.filtered(lambda it: it.product_id in products):
            held[hold.warehouse_id, hold.product_id] += hold.quantity
        promised = Counter()
        waiting = Counter()
        for part in self.parts.filtered(lambda it: it.state in OPEN_STATES):
            short = part.choice_ids.filtered(
                lambda it: it.state == "open" or it.answer == "wait"
            )
            for line in part.line_ids:
                if not part.store_id:
                    waiting[part, line.product_id] += line.quantity
                elif not short:
                    promised[part.store_id.warehouse_id, line.product_id] += (
                        line.quantity
                    )
        for part, product in waiting:
            mine = holds.filtered(
                lambda it, part=part, product=product: (
                    it.key == part.hold_key and it.product_id == product
                )
            )
            assert sum(mine.mapped("quantity")) == waiting[part, product], part.name
        assert not (
            self.parts - self.parts.filtered(lambda it: it.state in OPEN_STATES)
        ).filtered("hold_key"), "a hold of what is over"
        for store in self.case.stores:
            warehouse = store.warehouse_id
            for product in products:
                quants = self.env["stock.quant"].search(
                    [
                        ("product_id", "=", product.id),
                        ("location_id", "child_of", warehouse.lot_stock_id.id),
                    ]
                )
                on_hand = sum(quants.mapped("quantity"))
                reserved = sum(quants.mapped("reserved_quantity"))
                pair = warehouse, product
                assert reserved + held[pair] <= on_hand, (store.name, product.name)
                assert reserved >= promised[pair], (store.name, product.name)

    @invariant()
    def money_adds_up(self):
        for order in self.orders:
            paid = sum(
                tx.amount
                for tx in order.transaction_ids
                if tx.state == "done" and tx.operation != "refund"
            )
            refunds = order.o2o_refund_ids
            back = sum(refunds.mapped("amount"))
            returned = sum(
                refunds.filtered(lambda it: it.return_id.kind == "return").mapped(
                    "amount"
                )
            )
            assert back <= paid + 0.001, (back, paid)
            parts = order.o2o_fulfillment_ids
            if order.state == "sale":
                shares = sum(parts.mapped("amount_total"))
                assert abs(shares - order.amount_total) < 0.001, (
                    shares,
                    order.amount_total,
                )
                if paid:
                    kept = paid - (back - returned)
                    assert abs(kept - order.amount_total) < 0.001, (
                        kept,
                        order.amount_total,
                    )
            elif order.state == "cancel" and paid:
                assert abs(back - paid) < 0.001, (back, paid)
