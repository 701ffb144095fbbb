from uuid import uuid4

from odoo import fields, http
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.o2o_stock.const import is_gone

from .common import O2oOrderCase


@tagged("post_install", "-at_install")
class TestAttacksAtTheTill(O2oOrderCase):
    """Invariants 7 and 8: what a dishonest cashier or clerk tries by RPC."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.o2o_till_refund_limit = 500
        cls.dear = cls._create_product("O2O Dear", 3000.0)
        cls.like = cls._create_product("O2O Like", 220.0)
        for product in (cls.dear, cls.like):
            cls._set_stock(cls.near, product, 5)
        cls.clerk = new_test_user(
            cls.env, "o2o_clerk", groups="sales_team.group_sale_salesman_all_leads"
        )

    def _accept_with(self, substitute):
        fulfillment = self._place([(self.product, 2)])
        line = str(fulfillment.line_ids.id)
        return self._act(
            self.cashier,
            self.near,
            fulfillment,
            "accept_lines",
            lines={line: 1},
            substitutes={line: substitute.id},
        )

    def test_substitute_is_no_gift(self):
        """Idea 9: a bottle of 3000 does not take the place of one of 200."""
        self.assertEqual(self._accept_with(self.dear)["status"], "refused")
        self.assertEqual(self._accept_with(self.like)["status"], "ok")

    def test_substitute_is_in_the_store(self):
        """Idea 9: what is not there is not offered instead."""
        self._set_stock(self.near, self.like, -5)
        self.assertEqual(self._accept_with(self.like)["status"], "refused")

    def _completed(self, **vals):
        fulfillment = self._place([(self.product, 6)])
        for action in ("accept", "ship"):
            self._act(self.cashier, self.near, fulfillment, action)
        fulfillment._mark_received()
        fulfillment.write(vals)
        return fulfillment

    def _return(self, fulfillment, quantity):
        return (
            self.env["o2o.fulfillment"]
            .with_user(self.cashier)
            .pos_act(
                self._till(self.near).id,
                fulfillment.id,
                "return_goods",
                {"lines": {str(fulfillment.line_ids.id): quantity}},
                str(uuid4()),
            )
        )

    def test_cash_that_nobody_took_needs_a_supervisor(self):
        """POS-07: "I have it", says the member, and refuses the parcel unpaid."""
        answer = self._return(self._completed(), 1)
        self.assertNotEqual(answer["status"], "ok")

    def test_returns_in_parts_meet_the_limit(self):
        """POS-07: six bottles one by one are six bottles."""
        fulfillment = self._completed(is_collected=True)
        statuses = [self._return(fulfillment, 1)["status"] for _bottle in range(3)]
        self.assertEqual(statuses[:2], ["ok", "ok"])
        self.assertNotEqual(statuses[2], "ok")

    def test_number_of_a_return_is_no_pattern(self):
        """POS-07: one number, not all of them."""
        self._completed()
        for number in ("%", "S%", "_____%"):
            answer = (
                self.env["o2o.fulfillment"]
                .with_user(self.cashier)
                .pos_return_find(self._till(self.near).id, number)
            )
            self.assertEqual(answer["status"], "unknown", number)

    def test_pooled_order_shows_nobody_where_it_goes(self):
        """ROUT-03: without a till there is no order either."""
        fulfillment = self._place()
        fulfillment._move_to_store(self.env["o2o.store"])
        fulfillment._present_by_pool()
        orders = self.env["o2o.fulfillment"].with_user(self.cashier)
        answer = orders.pos_stores(False, fulfillment.id)
        self.assertEqual((answer["status"], answer["stores"]), ("gone", []))

    def test_cashier_moves_no_till_to_another_store(self):
        """Invariant 8: Odoo lets cashiers write tills; the store is not theirs."""
        till = self._till(self.far)
        for store in (self.near, self.env["o2o.store"]):
            with self.assertRaises(AccessError):
                till.with_user(self.cashier).write({"o2o_store_id": store.id})

    def test_clerk_claims_nothing_that_the_server_knows(self):
        """ORD-06: no review skipped, no payment made, no order put away by values."""
        order = self._create_order().with_user(self.clerk)
        for values in (
            {"o2o_review_state": "approved"},
            {"o2o_payment_state": "paid"},
            {"o2o_cancel_reason": "unpaid"},
            {"active": False},
        ):
            with self.subTest(values), self.assertRaises(AccessError):
                order.write(values)
        with self.assertRaises(AccessError):
            self.env["sale.order"].with_user(self.clerk).create(
                {
                    "partner_id": self.member.partner_id.id,
                    "o2o_review_state": "approved",
                }
            )

    def test_context_of_a_request_opens_nothing(self):
        """ORD-04: a word in the context is not the suite's own hand."""
        order = self._place().order_id
        line = order.order_line.filtered(lambda line: line._o2o_is_goods())
        line = line.with_user(self.clerk).with_context(o2o_change=True)
        with self.assertRaises(Exception) as caught:
            line.product_uom_qty = 9
        self.assertIn(order.name, str(caught.exception))

    def test_preset_review_is_none(self):
        """ORD-06: what is refused as a value does not come in as a default."""
        orders = self.env["sale.order"].with_user(self.clerk)
        order = orders.with_context(default_o2o_review_state="approved").create(
            {"partner_id": self.member.partner_id.id}
        )
        self.assertNotEqual(order.o2o_review_state, "approved")

    def test_member_tells_nobody_that_money_came(self):
        """ORD-12: a till's word in the context is not a till."""
        member = self.member
        order = self._create_order()
        seen = order.with_user(member).with_context(o2o_till_sync=True)
        with self.assertRaises(AccessError):
            seen.action_confirm()
        self.assertFalse(order.o2o_problem_ids)
        self.assertFalse(order.activity_ids)

    def test_stock_and_points_of_another_store(self):
        """Invariant 8: a cashier holds no goods and takes no points at a till of a
        store where he does not work."""
        till = self._till(self.near).id
        uuid = str(uuid4())
        stock = self.env["o2o.stock.till"].with_user(self.cashier_far)
        points = self.env["o2o.points.till"].with_user(self.cashier_far)
        for call in (
            lambda: stock.claim(till, uuid, [[self.product.id, 1]]),
            lambda: stock.look(till, self.product.ids),
            lambda: stock.release(till, uuid),
            lambda: points.get_offer(till, uuid, self.member.partner_id.id, []),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_promises_hold_against_a_context(self):
        """SUP-09: goods held for an order do not leave because a call says so."""
        self.env["o2o.stock"]._claim(
            "test/held",
            [(self.product, self.near.warehouse_id, 10)],
            fields.Datetime.add(fields.Datetime.now(), hours=1),
            "web",
        )
        stock = self.env["o2o.stock"].with_user(self.clerk).sudo()
        for context in (
            {"o2o_stock_ignore": ["test/held"]},
            {"o2o_stock_gone": True},
        ):
            free = stock.with_context(**context)._get_available(
                self.product, self.near.warehouse_id
            )
            self.assertEqual(free[self.near.warehouse_id][self.product], 0.0)
            self.assertFalse(is_gone(stock.with_context(**context).env))

    def test_answers_of_tills_stay_in_the_company(self):
        """Invariant 8: they hold names and addresses."""
        fulfillment = self._place()
        orders = self.env["o2o.fulfillment"].with_user(self.cashier)
        till = self._till(self.near)
        orders.pos_act(till.id, fulfillment.id, "accept", {}, str(uuid4()))
        row = self.env["o2o.till.action"].search(
            [("fulfillment_id", "=", fulfillment.id)]
        )
        self.assertTrue(row.answer)
        with self.assertRaises(AccessError):
            row.with_user(self.head_office_user).read(["answer"])
        stranger = new_test_user(
            self.env,
            "o2o_stranger",
            groups="base.group_user,o2o_order.o2o_order_group_user",
            company_id=self.env["res.company"].create({"name": "O2O Other"}).id,
        )
        found = self.env["o2o.till.action"].with_user(stranger).search([])
        self.assertNotIn(row, found)

    def test_deleted_member_is_in_no_copy(self):
        """MEM-05 (PIPL): snapshots and logs forget the person, too."""
        fulfillment = self._place()
        order, partner = fulfillment.order_id, self.member.partner_id
        order._o2o_cancel("head_office")
        order._o2o_archive("test")
        self.assertIn(partner.phone, str(order.o2o_snapshot))
        phone = partner.phone
        partner._o2o_anonymise()
        order.invalidate_recordset()
        self.assertNotIn(phone, str(order.o2o_snapshot))
        self.assertEqual(order.o2o_snapshot["name"], order.name)


@tagged("post_install", "-at_install")
class TestAttacksOnTheWebsite(O2oOrderCase, HttpCase):
    def _csrf(self):
        return http.Request.csrf_token(self)

    def test_staff_does_not_act_as_the_member(self):
        """SHOP-07: who may read an order confirms and cancels nothing by its page."""
        fulfillment = self._place()
        order = fulfillment.order_id
        new_test_user(
            self.env, "o2o_reader", groups="sales_team.group_sale_salesman_all_leads"
        )
        self.authenticate("o2o_reader", "o2o_reader")
        for route in ("cancel", "received", "urge"):
            page = self.url_open(
                f"/o2o/order/{route}/{order.id}",
                data={"csrf_token": self._csrf(), "reason": "changed_mind"},
            )
            self.assertEqual(page.status_code, 404, route)
        self.assertEqual(fulfillment.state, "offered")

    def test_visitor_chooses_for_nobody_else(self):
        """ROUT-04: the public user's contact is everybody's: it has no region."""
        self.authenticate(None, None)
        self.make_jsonrpc_request(
            "/shop/cart/add",
            {
                "product_template_id": self.product.product_tmpl_id.id,
                "product_id": self.product.id,
                "quantity": 1,
            },
        )
        self.make_jsonrpc_request("/o2o/order/checkout", {"region_id": self.chengdu.id})
        public = self.website.user_id.partner_id
        self.assertFalse(public.o2o_region_id)
        public.o2o_region_id = self.chengdu
        place = self.website.with_user(self.website.user_id)._o2o_get_place()
        self.assertFalse(place["region"])
