from hypothesis import Phase, given
from hypothesis import strategies as st

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.o2o_member.tests.common_examples import examples

from .common_payment import PaidOnlineCase

CENTS = st.integers(100, 99999)


@tagged("post_install", "-at_install")
class TestShares(PaidOnlineCase):
    """Invariant 4: parts add up to the order, to the cent, whichever of them die."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._let_points_pay(500000, step=1)
        cls.third = cls._create_product("窖藏 52度", 3.33)
        cls.goods = cls.product | cls.scarce | cls.third
        cls.places = (cls.near, cls.far, cls.head_office)
        for product in cls.goods:
            for store in cls.places:
                cls._set_stock(store, product, 100)
        cls.service = cls.env["product.product"].create(
            {"name": "Coupon", "type": "service", "taxes_id": [Command.clear()]}
        )

    def _pay_and_split(self, goods, coupon=0.0, fee=0.0, points=0):
        """A paid order of three products, brought by up to three stores.

        :param list goods: for each product the price and the pieces of each store
        """
        order = self.env["sale.order"].create(
            {
                "partner_id": self.partner.id,
                "website_id": self.website.id,
                "carrier_id": self.carrier.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": sum(pieces),
                            "price_unit": price,
                        }
                    )
                    for product, (price, pieces) in zip(self.goods, goods, strict=True)
                    if any(pieces)
                ],
            }
        )
        extra = [(-coupon, False), (fee, True)]
        order.order_line = [
            Command.create(
                {
                    "product_id": self.service.id,
                    "product_uom_qty": 1,
                    "price_unit": price,
                    "is_delivery": is_delivery,
                }
            )
            for price, is_delivery in extra
            if price
        ]
        if points:
            order._o2o_set_points(points)
        self._pay(order)
        self._succeed(order.transaction_ids)
        sourcing = self.env["o2o.sourcing"]
        lines = {line.product_id: line for line in order.order_line[:3]}
        parts = []
        for at, store in enumerate(self.places):
            wanted = {
                lines[product]: pieces[at]
                for product, (_price, pieces) in zip(self.goods, goods, strict=True)
                if pieces[at]
            }
            if wanted:
                parts.append(sourcing._prepare_part(store, wanted))
        first = order.o2o_fulfillment_ids
        decision = self.env["o2o.routing.decision"].create(
            {
                "order_id": order.id,
                "store_id": parts[0]["store_id"],
                "rule": "nearest",
                "parts": parts,
            }
        )
        return order, first._follow(decision)

    def _check(self, order, paid):
        parts = order.o2o_fulfillment_ids
        back = sum(order.o2o_refund_ids.mapped("amount"))
        self.assertAlmostEqual(order.amount_total + back, paid, 6)
        self.assertAlmostEqual(sum(parts.mapped("amount_total")), order.amount_total, 6)
        self.assertFalse(
            any(part.amount_total for part in parts if part.is_given_up), "gone"
        )
        for line in order._o2o_get_wanted():
            brought = sum(
                share.quantity
                for share in parts.line_ids
                if share.sale_line_id == line and not share.fulfillment_id.is_given_up
            )
            self.assertEqual(brought, line.product_uom_qty)

    def test_dead_part_leaves_the_order(self):
        """ORD-07: the share of the store that lives is what the member still pays."""
        order, parts = self._pay_and_split(
            [(200.0, (2, 0, 0)), (100.0, (0, 2, 0)), (3.33, (0, 0, 0))], coupon=60.0
        )
        self.assertEqual(parts.mapped("amount_total"), [360.0, 180.0])
        parts[1]._mark_rejected()
        self.assertEqual(order.amount_total, 360.0)
        self.assertEqual(parts.mapped("amount_total"), [360.0, 0.0])
        self.assertEqual(order.o2o_refund_ids.amount, 180.0)
        self.assertEqual(order.order_line[1].o2o_taken_off, 2)
        # said twice, it counts once
        order._o2o_note_dead_parts(parts[1], "rejected")
        self.assertEqual(order.amount_total, 360.0)
        self.assertEqual(len(order.o2o_refund_ids), 1)

    def test_points_of_a_dead_part_come_back(self):
        """PTS-06: what points paid of it comes back as points, the rest as money."""
        before = self.partner.o2o_points
        order, parts = self._pay_and_split(
            [(200.0, (2, 0, 0)), (100.0, (0, 2, 0)), (3.33, (0, 0, 0))], points=6000
        )
        self.assertEqual(order.amount_total, 540.0)
        parts[1]._mark_rejected()
        self.assertEqual(order.amount_total, 360.0)
        self.assertEqual(order.o2o_refund_ids.amount, 180.0)
        self.assertEqual(self.partner.o2o_points, before - 4000)

    def test_last_part_takes_the_order_with_it(self):
        order, parts = self._pay_and_split(
            [(200.0, (2, 0, 0)), (100.0, (0, 2, 0)), (3.33, (0, 0, 0))]
        )
        parts[1]._mark_rejected()
        parts[0]._mark_rejected()
        self.assertEqual(order.state, "cancel")
        self.assertEqual(sum(order.o2o_refund_ids.mapped("amount")), 600.0)

    def test_parts_add_up(self):
        """Any prices, coupon, fee, points and split; parts die one after another."""
        pieces = st.tuples(*[st.integers(0, 3)] * 3)
        case = self

        @examples(12, phases=[Phase.generate])
        @given(
            goods=st.lists(st.tuples(CENTS, pieces), min_size=3, max_size=3),
            coupon=st.integers(0, 60),
            fee=st.integers(0, 2000),
            points=st.just(0) | st.integers(100, 3000),
            dying=st.permutations([0, 1, 2]),
        )
        def check(goods, coupon, fee, points, dying):
            goods = [(cents / 100, pieces) for cents, pieces in goods]
            worth = sum(price * sum(pieces) for price, pieces in goods)
            if not worth:
                return
            savepoint = case.env.cr.savepoint()
            try:
                order, parts = case._pay_and_split(
                    goods,
                    coupon=round(worth * coupon / 100, 2),
                    fee=fee / 100,
                    points=points if worth > 200 else 0,
                )
                paid = order.amount_total
                case._check(order, paid)
                for at in dying:
                    if at < len(parts) and order.state == "sale":
                        parts[at]._mark_rejected()
                        if order.state == "sale":
                            case._check(order, paid)
                if order.state == "cancel":
                    back = sum(order.o2o_refund_ids.mapped("amount"))
                    case.assertAlmostEqual(back, paid, 6)
            finally:
                case.env.flush_all()
                savepoint.close(rollback=True)
                case.env.invalidate_all()

        check()
