from uuid import uuid4

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common_redeem import RedeemCommon


class PosRedeemCommon(RedeemCommon):
    """A till with an open session; orders come as the till would send them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bottle.taxes_id = cls.tax_13
        cls.method = cls.env["pos.payment.method"].create(
            {"name": "O2O Later", "split_transactions": False}
        )
        cls.till = cls.env["pos.config"].create(
            {"name": "O2O Till", "payment_method_ids": [Command.set(cls.method.ids)]}
        )
        cls.till.open_ui()
        cls.pos_session = cls.till.current_session_id
        cls.pos_session.set_opening_control(0, None)
        cls.points_product = cls.company._o2o_points_product()
        cls.cashier = new_test_user(
            cls.env,
            "o2o_points_cashier",
            # core reads the web order it settles with the rights of the cashier
            groups="base.group_user,point_of_sale.group_pos_user,"
            "sales_team.group_sale_salesman_all_leads",
            lang="en_US",
        )
        cls.Till = cls.env["o2o.points.till"].with_user(cls.cashier)

    def _facts(self, *goods):
        return [
            {
                "product_id": product.id,
                "qty": quantity,
                "price_unit": product.lst_price,
                "discount": 0,
                "tax_ids": product.taxes_id.ids,
            }
            for product, quantity in goods
        ]

    def _line(self, product, quantity, price, taxes=None, **vals):
        """A line as the till sends it, with its own opinion about amounts."""
        taxes = product.taxes_id if taxes is None else taxes
        result = taxes.compute_all(price, self.till.currency_id, quantity, product)
        return Command.create(
            {
                "product_id": product.id,
                "qty": quantity,
                "price_unit": price,
                "discount": 0,
                "tax_ids": [Command.set(taxes.ids)],
                "price_subtotal": result["total_excluded"],
                "price_subtotal_incl": result["total_included"],
                "pack_lot_ids": [],
                "name": product.name,
                "uuid": str(uuid4()),
                **vals,
            }
        )

    def _goods(self, *goods):
        return [
            self._line(product, quantity, product.lst_price)
            for product, quantity in goods
        ]

    def _points_lines(self, answer):
        taxes = self.env["account.tax"]
        return [
            self._line(
                self.points_product,
                line["qty"],
                line["price_unit"],
                taxes.browse(line["tax_ids"]),
            )
            for line in answer["lines"]
        ]

    def _sync(self, lines, uuid=None, partner=None, state="paid", **vals):
        uuid = uuid or str(uuid4())
        total = sum(line[2]["price_subtotal_incl"] for line in lines)
        net = sum(line[2]["price_subtotal"] for line in lines)
        data = {
            "amount_paid": total,
            "amount_return": 0,
            "amount_tax": total - net,
            "amount_total": total,
            "date_order": "2026-03-01 10:00:00",
            "fiscal_position_id": False,
            "lines": lines,
            "name": "Order 1",
            "partner_id": (self.member if partner is None else partner).id,
            "session_id": self.pos_session.id,
            "payment_ids": [
                Command.create({"amount": total, "payment_method_id": self.method.id})
            ],
            "uuid": uuid,
            "access_token": str(uuid4()),
            "state": state,
            "user_id": self.cashier.id,
            **vals,
        }
        result = self.env["pos.order"].with_user(self.cashier).sync_from_ui([data])
        # core takes the uuid out of the data of an order it knows
        rows = [row for row in result["pos.order"] if row["uuid"] == uuid]
        return self.env["pos.order"].browse([row["id"] for row in rows])

    def _hold(self, points, *goods, uuid=None):
        self.uuid = uuid or str(uuid4())
        return self.Till.hold(
            self.till.id, self.uuid, self.member.id, self._facts(*goods), points
        )

    def _refund(self, *returned, counter=None):
        """:param returned: tuples of (bought line, quantity)"""
        lines = [
            self._line(
                line.product_id,
                -quantity,
                line.price_unit,
                line.tax_ids,
                refunded_orderline_id=line.id,
            )
            for line, quantity in returned
        ]
        if counter is None:
            answer = self.Till.get_refund(
                self.till.id,
                [{"line_id": line.id, "qty": quantity} for line, quantity in returned],
            )
            lines += self._points_lines(answer)
        elif counter:
            lines.append(self._line(self.points_product, -1, -counter))
        return self._sync(lines, is_refund=True)


@tagged("post_install", "-at_install")
class TestPosEarn(PosRedeemCommon):
    def test_paid_order_earns_once(self):
        """PTS-01: a till order earns for its member; a second sync changes nothing."""
        uuid = str(uuid4())
        lines = self._goods((self.bottle, 2), (self.cup, 1))
        order = self._sync(lines, uuid)
        self.assertEqual(order.state, "paid")
        self.assertEqual(self.member.o2o_points, 10160)
        entry = self.Entry.search([("key", "=", f"pos.order/{uuid}")])
        self.assertEqual(entry.pos_session_id, self.pos_session)
        self.assertEqual(entry.pos_config_id, self.till)
        self._sync(lines, uuid)
        self.assertEqual(self.member.o2o_points, 10160)

    def test_drafts_and_strangers_earn_nothing(self):
        """CARD-04: only paid orders of members count."""
        lines = self._goods((self.bottle, 1))
        self._sync(lines, state="draft", payment_ids=[], amount_paid=0)
        self._sync(
            self._goods((self.bottle, 1)),
            partner=self.env["res.partner"].create({"name": "O2O Stranger"}),
        )
        self._sync(self._goods((self.bottle, 1)), partner=self.env["res.partner"])
        self.assertEqual(self.member.o2o_points, 10000)

    def test_discounts_lower_what_is_earned(self):
        """PTS-01: coupons are shared out over the goods."""
        discount = self._create_product("O2O Coupon", 0.0, type="service")
        self._sync(
            [
                *self._goods((self.bottle, 1), (self.cup, 1)),
                self._line(discount, 1, -50.0),
            ]
        )
        self.assertEqual(self.member.o2o_points, 10050)

    def test_refund_takes_points_back(self):
        """POS-07, trap 3: parts of a line, cumulated, each once."""
        order = self._sync(self._goods((self.bottle, 3), (self.cup, 1)))
        self.assertEqual(self.member.o2o_points, 10220)
        bottle = order.lines.filtered(lambda line: line.product_id == self.bottle)
        self._refund((bottle, 1))
        self.assertEqual(self.member.o2o_points, 10160)
        self._refund((bottle, 2))
        self.assertEqual(self.member.o2o_points, 10040)

    def test_settled_web_order_earns_once(self):
        """PTS-01: what the website sold earns when the store completes it, not here;
        a refund at the till takes its points back."""
        # core asks for sales rights of who settles quotations
        self.cashier.group_ids += self.env.ref(
            "sales_team.group_sale_salesman_all_leads"
        )
        order = self._order((self.cup, 2))
        order.action_confirm()
        line = order.order_line
        self.Share._award(
            self.member,
            [
                {
                    "record": line,
                    "product": self.cup,
                    "quantity": 2,
                    "amount": 80.0,
                }
            ],
            document="web/1",
            source=order,
        )
        paid = self._sync(
            [
                self._line(
                    self.cup,
                    2,
                    40.0,
                    sale_order_origin_id=order.id,
                    sale_order_line_id=line.id,
                )
            ]
        )
        self.assertEqual(self.member.o2o_points, 10080)
        self._refund((paid.lines, 1))
        self.assertEqual(self.member.o2o_points, 10040)

    def test_order_that_lacks_its_points_stops_no_sale(self):
        """PTS-05: the till has the money; the order waits for a person."""
        order = self._order()
        order._o2o_set_points(3000)
        self.member._o2o_post_points(-9000, "manual", "settled:gone")
        paid = self._sync(
            [
                self._line(
                    self.bottle,
                    1,
                    60.0,
                    sale_order_origin_id=order.id,
                    sale_order_line_id=order.order_line[:1].id,
                )
            ]
        )
        self.assertEqual((paid.state, order.state), ("paid", "draft"))
        self.assertEqual(order.activity_ids.summary, "Paid, but not confirmed")
        self.assertIn("points", order.activity_ids.note)
        with self.assertRaises(UserError):
            order.action_confirm()


@tagged("post_install", "-at_install")
class TestPosSpend(PosRedeemCommon):
    def _buy(self, points=3300):
        goods = (self.bottle, 1), (self.cup, 1)
        answer = self._hold(points, *goods)
        return self._sync(
            [*self._goods(*goods), *self._points_lines(answer)], self.uuid
        )

    def _redemption(self):
        return self.Redemption.search([("document", "=", f"pos.order/{self.uuid}")])

    def test_offer(self):
        """PTS-05: the till is told what can be chosen; excluded goods do not count."""
        offer = self.Till.get_offer(
            self.till.id,
            str(uuid4()),
            self.member.id,
            self._facts((self.bottle, 1), (self.cup, 1)),
        )
        self.assertEqual((offer["max"], offer["min"]), (5000, 200))
        self.cup.o2o_no_points = True
        offer = self.Till.get_offer(
            self.till.id,
            str(uuid4()),
            self.member.id,
            self._facts((self.bottle, 1), (self.cup, 1)),
        )
        self.assertEqual(offer["max"], 3000)

    def test_pay_partly_with_points(self):
        """PTS-05: held at once, used when paid, earned for the money only."""
        order = self._buy()
        self.assertEqual(order.amount_total, 67.0)
        self.assertEqual(self._redemption().state, "used")
        self.assertEqual(self.member.o2o_points, 10000 - 3300 + 66)

    def test_refund_gives_points_and_money_apart(self):
        """POS-07, trap 10: money back for money paid, points back for points."""
        order = self._buy()
        bottle, cup = order.lines[:2]
        refund = self._refund((bottle, 1))
        self.assertAlmostEqual(refund.amount_total, -(60 - 19.8), 2)
        # never bought the bottle: the cup alone cost 26.80 and 1,320 points
        self.assertEqual(self.member.o2o_points, 10000 - 1320 + 26)
        refund = self._refund((cup, 1))
        self.assertAlmostEqual(refund.amount_total, -26.8, 2)
        self.assertEqual(self.member.o2o_points, 10000)
        self.assertEqual(self._redemption().state, "returned")

    def test_refund_claims_too_much_money(self):
        """Invariant 7: a refund without the counter line is refused."""
        order = self._buy()
        for counter in (0, 10.0, 25.0):
            with (
                self.subTest(counter=counter),
                self.assertRaises(UserError),
                self.cr.savepoint(),
            ):
                self._refund((order.lines[0], 1), counter=counter)

    def test_refund_in_the_office(self):
        """POS-07: core's return of a whole order brings the counter line along."""
        order = self._buy()
        refund = order._refund()
        self.assertAlmostEqual(refund.amount_total, -67.0, 2)
        payment = self.env["pos.make.payment"].with_context(
            active_id=refund.id, active_ids=refund.ids
        )
        payment.create(
            {"payment_method_id": self.method.id, "amount": refund.amount_total}
        ).check()
        self.assertEqual(self.member.o2o_points, 10000)

    def test_claims_without_points(self):
        """Invariant 7: a points line needs just these points, held for this order."""
        goods = (self.bottle, 1), (self.cup, 1)
        forged = self._line(self.points_product, 1, -33.0)
        with self.assertRaisesRegex(UserError, "not confirmed"), self.cr.savepoint():
            self._sync([*self._goods(*goods), forged])
        answer = self._hold(1000, *goods)
        with self.assertRaisesRegex(UserError, "not confirmed"), self.cr.savepoint():
            self._sync([*self._goods(*goods), forged], self.uuid)
        other = self._create_member("O2O Second", "88000200")
        with self.assertRaisesRegex(UserError, "not confirmed"), self.cr.savepoint():
            self._sync(
                [*self._goods(*goods), *self._points_lines(answer)],
                self.uuid,
                partner=other,
            )
        # held for a full basket, brought with an almost empty one
        with self.assertRaisesRegex(UserError, "not confirmed"), self.cr.savepoint():
            self._sync(
                [
                    self._line(self.cup, 1, 11.0),
                    *self._points_lines(answer),
                ],
                self.uuid,
            )

    def test_removed_before_payment(self):
        """PTS-05: points of an order that is paid without them come back."""
        goods = (self.bottle, 1), (self.cup, 1)
        self._hold(1000, *goods)
        self._sync(self._goods(*goods), self.uuid)
        self.assertEqual(self._redemption().state, "returned")
        self._hold(1000, *goods)
        self.Till.release(self.till.id, self.uuid)
        self.Till.release(self.till.id, self.uuid)
        self.assertEqual(self.member.o2o_points, 10100)

    def test_cancelled_order(self):
        """PTS-05: a cancelled draft gives its points back."""
        goods = (self.bottle, 1), (self.cup, 1)
        answer = self._hold(1000, *goods)
        order = self._sync(
            [*self._goods(*goods), *self._points_lines(answer)],
            self.uuid,
            state="draft",
            payment_ids=[],
            amount_paid=0,
        )
        self.assertEqual(self._redemption().state, "held")
        order.with_user(self.cashier).action_pos_order_cancel()
        self.assertEqual(self._redemption().state, "returned")

    def test_order_comes_late(self):
        """PTS-05: the cron was faster than the till; the points are taken again."""
        goods = (self.bottle, 1), (self.cup, 1)
        answer = self._hold(1000, *goods)
        self._redemption()._release("Order not completed")
        lines = [*self._goods(*goods), *self._points_lines(answer)]
        self._sync(lines, self.uuid)
        self.assertEqual(self._redemption()[0].state, "used")
        self.assertEqual(self.member.o2o_points, 10000 - 1000 + 90)

    def test_till_is_checked(self):
        """Invariant 8: cashiers of this company, plain facts, whole steps."""
        facts = self._facts((self.bottle, 1), (self.cup, 1))
        args = [self.till.id, "u-1", self.member.id, facts]
        with self.assertRaises(AccessError):
            self.env["o2o.points.till"].with_user(self.employee).hold(*args, 1000)
        for points in (-1000, 0, 50, 250, 5100, 1000.0, "1000", True):
            with self.subTest(points=points), self.assertRaises(UserError):
                self.Till.hold(*args, points)
        for bad in ("x", [1], [{"product_id": "1"}], facts * 300):
            with self.subTest(bad=str(bad)[:20]), self.assertRaises(ValidationError):
                self.Till.hold(self.till.id, "u-1", self.member.id, bad, 1000)
        with self.assertRaises(AccessError):
            self.Till.hold(0, "u-1", self.member.id, facts, 1000)
        self.Till.hold(*args, 1000)
        other = self._create_member("O2O Second", "88000200")
        with self.assertRaisesRegex(UserError, "customer changed"):
            self.Till.hold(self.till.id, "u-1", other.id, facts, 1000)

    def test_taxes_of_the_points_lines(self):
        """PTS-05: the worth to the cent, for goods of several taxes."""
        self.cup.taxes_id = self.tax_9
        self.company.o2o_points_step = 1
        for points in (333, 1234, 4999):
            answer = self._hold(points, (self.bottle, 1), (self.cup, 1))
            self.assertEqual(len(answer["lines"]), 2)
            total = sum(
                line[2]["price_subtotal_incl"] for line in self._points_lines(answer)
            )
            self.assertAlmostEqual(total, -points / 100, delta=0.011)

    def test_no_goods_for_points_at_the_till(self):
        """PTS-06: redeemed on the website, never sold for money."""
        gift = self._create_product(
            "O2O Gift", 25.0, o2o_payment_kind="points", o2o_points_price=1200
        )
        templates = self.env["product.template"]
        domain = templates._load_pos_data_domain({}, self.till)
        self.assertFalse(templates.search(domain) & gift.product_tmpl_id)
        self.env.flush_all()
        with self.assertRaisesRegex(UserError, "on the website"), self.cr.savepoint():
            self._sync(self._goods((gift, 1)))

    def test_product_reaches_the_till(self):
        """PTS-05: the till knows the points product and does not offer it."""
        special = self.env["pos.config"]._get_special_products()
        self.assertIn(self.points_product, special)
        self.assertFalse(self.points_product.available_in_pos)
