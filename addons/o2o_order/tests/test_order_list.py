import io
import json
from ast import literal_eval

import openpyxl
from lxml import etree

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from .common import O2oOrderCase


@tagged("post_install", "-at_install")
class TestOrderList(O2oOrderCase, HttpCase):
    """The list of head office: columns, search, Excel (ORD-02, ORD-03, ORD-14)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._place().order_id
        cls.manager = new_test_user(
            cls.env,
            "o2o_manager",
            groups="base.group_user,o2o_order.o2o_order_group_manager",
        )
        cls.salesperson = new_test_user(
            cls.env, "o2o_sales", groups="sales_team.group_sale_salesman_all_leads"
        )

    def test_columns_say_who_gets_what_where(self):
        """ORD-02: number, total, pay and delivery method, consignee, address, phone,
        date, status, for head office."""
        order = self.order.with_user(self.head_office_user)
        row = order.read(
            [
                "name",
                "amount_total",
                "o2o_payment_label",
                "o2o_delivery_label",
                "o2o_consignee",
                "o2o_consignee_address",
                "o2o_consignee_phone",
                "date_order",
                "o2o_stage",
                "o2o_goods_label",
                "o2o_store_names",
            ]
        )[0]
        self.assertEqual(row["o2o_consignee"], "Member 张三")
        self.assertEqual(row["o2o_consignee_phone"], "13900000001")
        self.assertIn("长岭南路 8 号", row["o2o_consignee_address"])
        self.assertEqual(row["o2o_delivery_label"], "Store delivery")
        self.assertEqual(row["o2o_stage"], "to_ship")
        self.assertIn("坤沙大曲", row["o2o_goods_label"])
        self.assertEqual(row["o2o_store_names"], "Store NEAR")
        payment = self.order.transaction_ids
        self.assertEqual(row["o2o_payment_label"], payment.payment_method_id.name)
        view = order.get_view(
            self.env.ref("o2o_order.o2o_sale_order_view_list").id, "list"
        )
        columns = {
            node.get("name") for node in etree.fromstring(view["arch"]).iter("field")
        }
        self.assertLessEqual(set(row) - {"id"}, columns)

    def test_head_office_opens_an_order(self):
        """ORD-02: the form of an order, as head office."""
        form = Form(self.order.with_user(self.head_office_user))
        self.assertEqual(form.name, self.order.name)

    def test_search_finds_by_everything_a_caller_says(self):
        """ORD-03: the search view's own fields, one by one."""
        orders = self.env["sale.order"].with_user(self.head_office_user)
        view = orders.get_view(
            self.env.ref("o2o_order.o2o_sale_order_view_search").id, "search"
        )
        self.order.o2o_fulfillment_ids.carrier_tracking_ref = "SF-FINDME"
        words = {
            "name": self.order.name,
            "partner_id": "Member 张三",
            "o2o_consignee_phone": "13900000001",
            "o2o_consignee": "张三",
            "o2o_consignee_address": "长岭南路",
            "order_line": "坤沙大曲",
            "o2o_tracking": "SF-FINDME",
            "o2o_fulfillment_ids": "Store NEAR",
        }
        fields = {
            node.get("name"): node.get("filter_domain")
            for node in etree.fromstring(view["arch"]).iter("field")
        }
        self.assertEqual(set(fields), set(words))
        for name, word in words.items():
            domain = fields[name].replace("self", repr(word))
            found = orders.search(literal_eval(domain))
            self.assertIn(self.order, found, name)

    def test_search_by_date_and_stage(self):
        """ORD-03, ORD-07: by the day it was made, and a filter for each stage."""
        orders = self.env["sale.order"].with_user(self.head_office_user)
        view = orders.get_view(
            self.env.ref("o2o_order.o2o_sale_order_view_search").id, "search"
        )
        filters = {
            node.get("name"): node
            for node in etree.fromstring(view["arch"]).iter("filter")
        }
        self.assertIn("date_order", filters)
        self.assertEqual(filters["date_order"].get("date"), "date_order")
        shown = {
            name: orders.search(literal_eval(node.get("domain")))
            for name, node in filters.items()
            if "o2o_stage" in (node.get("domain") or "")
        }
        self.assertIn(self.order, shown.pop("to_ship"))
        for name, found in shown.items():
            self.assertNotIn(self.order, found, name)
        self.order._o2o_cancel("head_office", "test")
        domain = literal_eval(filters["cancelled"].get("domain"))
        self.assertIn(self.order, orders.search(domain))

    def test_saved_filters_work(self):
        """ORD-03: shared filters of the list."""
        action = self.env.ref("o2o_order.o2o_sale_order_action")
        filters = self.env["ir.filters"].with_user(self.head_office_user)
        rows = filters.get_filters("sale.order", action.id)
        self.assertGreaterEqual(len(rows), 4)
        orders = self.env["sale.order"].with_user(self.head_office_user)
        for row in rows:
            orders.search(safe_eval(row["domain"]))

    def test_excel_holds_the_columns_of_the_template(self):
        """ORD-14: through the export route of the web client, as a manager."""
        template = self.env.ref("o2o_order.o2o_export_orders")
        self.authenticate("o2o_manager", "o2o_manager")
        fields = self.make_jsonrpc_request(
            "/web/export/namelist",
            {"model": "sale.order", "export_id": template.id},
        )
        self.assertEqual(len(fields), len(template.export_fields))
        response = self.url_open(
            "/web/export/xlsx",
            data={
                "data": json.dumps(
                    {
                        "model": "sale.order",
                        "fields": [
                            {
                                "name": field["id"],
                                "label": field["string"],
                                "type": field.get("field_type") or "char",
                            }
                            for field in fields
                        ],
                        "ids": self.order.ids,
                        "domain": [],
                        "groupby": [],
                        "import_compat": False,
                        "context": {},
                    }
                ),
                "csrf_token": http.Request.csrf_token(self),
            },
        )
        self.assertEqual(response.status_code, 200)
        sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
        rows = list(sheet.iter_rows(values_only=True))
        self.assertEqual(len(rows), 2)
        values = dict(zip([field["id"] for field in fields], rows[1], strict=True))
        self.assertEqual(values["name"], self.order.name)
        self.assertEqual(values["o2o_consignee_phone"], "13900000001")
        self.assertEqual(values["amount_total"], 400)
        self.assertIn("坤沙大曲", values["o2o_goods_label"] or "")

    def test_export_needs_the_right(self):
        """SYS-05: personal data leaves by managers only."""
        self.authenticate("o2o_head_office", "o2o_head_office")
        response = self.url_open(
            "/web/export/xlsx",
            data={
                "data": json.dumps(
                    {
                        "model": "sale.order",
                        "fields": [{"name": "name", "label": "Name", "type": "char"}],
                        "ids": self.order.ids,
                        "domain": [],
                        "groupby": [],
                        "import_compat": False,
                        "context": {},
                    }
                ),
                "csrf_token": http.Request.csrf_token(self),
            },
        )
        self.assertNotEqual(response.status_code, 200)

    # === deleting (ORD-05) === #

    def test_deleted_order_is_put_away_with_all_it_said(self):
        """ORD-05: gone from the list, still there with a copy of everything."""
        order = self._place().order_id
        with self.assertRaises(UserError):
            order.with_user(self.manager).action_o2o_archive()
        order._o2o_cancel("head_office", "test")
        with self.assertRaises(UserError):
            order.with_user(self.head_office_user).action_o2o_archive()
        order.with_user(self.manager).action_o2o_archive()
        self.assertFalse(self.env["sale.order"].search([("id", "=", order.id)]))
        self.assertFalse(order.active)
        snapshot = order.o2o_snapshot
        self.assertEqual(snapshot["name"], order.name)
        self.assertEqual(snapshot["lines"][0]["quantity"], 2)
        self.assertEqual(snapshot["fulfillments"][0]["store"], "Store NEAR")
        self.assertEqual(order.o2o_change_ids[0].kind, "archive")
        self.assertEqual(order.o2o_change_ids[0].user_id, self.manager)

    def test_delete_of_odoo_puts_away_too(self):
        """ORD-05: the delete of the web client and of code takes the same road."""
        order = self._place().order_id
        with self.assertRaises(UserError):
            order.unlink()
        order._o2o_cancel("head_office", "test")
        order.unlink()
        self.assertTrue(order.exists())
        self.assertTrue(order.o2o_snapshot)

    def test_nobody_else_puts_an_order_away(self):
        """ORD-05: who may not delete an order does not get rid of it by a call."""
        order = self._place().order_id
        order._o2o_cancel("head_office", "test")
        portal = new_test_user(self.env, "o2o_portal", groups="base.group_portal")
        for user in (portal, self.salesperson, self.head_office_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                order.with_user(user).unlink()
        self.assertTrue(order.active)

    def test_salesperson_of_odoo_opens_an_order(self):
        """ORD-05: rights of Odoo's sales are enough for the form and a whole read."""
        order = self._place().order_id
        seen = order.with_user(self.salesperson)
        self.assertNotIn("o2o_fulfillment_ids", seen.read()[0])
        with Form(seen) as form:
            self.assertEqual(form.name, order.name)
        with self.assertRaises(AccessError):
            seen.read(["o2o_refund_ids"])

    def test_empty_cart_really_goes(self):
        cart = self.env["sale.order"].create(
            {"partner_id": self.member.partner_id.id, "website_id": self.website.id}
        )
        cart.unlink()
        self.assertFalse(cart.exists())

    # === the member (ORD-04, ORD-05) === #

    def _post(self, path, **data):
        return self.url_open(
            path, data={"csrf_token": http.Request.csrf_token(self), **data}
        )

    def test_member_cancels_until_the_store_prepares(self):
        """ORD-04: with a typed reason; the till is told, the goods are free."""
        part = self._place()
        self.authenticate("o2o_test_member", "o2o_test_member")
        page = self.url_open(part.order_id.get_portal_url()).text
        self.assertIn(f"/o2o/order/cancel/{part.order_id.id}", page)
        path = f"/o2o/order/cancel/{part.order_id.id}"
        self._post(path, reason="nonsense")
        self.assertEqual(part.state, "offered")
        self._post(path, reason="too_slow", note="sorry")
        self.assertEqual(part.state, "cancelled")
        order = part.order_id
        self.assertEqual(order.o2o_cancel_reason, "too_slow")
        self.assertEqual(order.o2o_cancel_note, "sorry")
        self.assertEqual(part.picking_ids, self.env["stock.picking"])

    def test_member_cannot_cancel_what_is_being_prepared(self):
        self.near.has_picking_step = True
        part = self._place()
        part._mark_accepted()
        self.assertTrue(part.order_id._o2o_can_member_cancel())
        part._mark_picking()
        self.authenticate("o2o_test_member", "o2o_test_member")
        page = self.url_open(part.order_id.get_portal_url()).text
        self.assertNotIn("/o2o/order/cancel/", page)
        self._post(f"/o2o/order/cancel/{part.order_id.id}", reason="too_slow")
        self.assertEqual(part.state, "picking")
        self.company.o2o_member_cancel_until = "shipped"
        self._post(f"/o2o/order/cancel/{part.order_id.id}", reason="too_slow")
        self.assertEqual(part.state, "cancelled")

    def test_stranger_cancels_and_hides_nothing(self):
        """Attack: another member, no token, wrong token, no CSRF token, GET."""
        part = self._place()
        order = part.order_id
        self._create_member("o2o_stranger", "13900000077")
        self.authenticate("o2o_stranger", "o2o_stranger")
        for data in ({}, {"access_token": "x"}):
            response = self._post(
                f"/o2o/order/cancel/{order.id}", reason="too_slow", **data
            )
            self.assertEqual(response.status_code, 404)
        self.assertEqual(self._post(f"/o2o/order/hide/{order.id}").status_code, 404)
        self.assertEqual(
            self.url_open(f"/o2o/order/cancel/{order.id}").status_code, 405
        )
        self.authenticate("o2o_test_member", "o2o_test_member")
        response = self.url_open(
            f"/o2o/order/cancel/{order.id}", data={"reason": "too_slow"}
        )
        self.assertEqual(response.status_code, 400)
        self.assertEqual(part.state, "offered")
        self.assertFalse(order.o2o_is_hidden)

    def test_member_hides_a_finished_order(self):
        """ORD-05: off the own list, not out of the house."""
        part = self._place()
        order = part.order_id
        self.authenticate("o2o_test_member", "o2o_test_member")
        self._post(f"/o2o/order/hide/{order.id}")
        self.assertFalse(order.o2o_is_hidden)
        part._mark_accepted()
        part._mark_shipped()
        part._mark_received()
        self.assertIn(order.name, self.url_open("/my/orders").text)
        self._post(f"/o2o/order/hide/{order.id}")
        self.assertTrue(order.o2o_is_hidden)
        self.assertNotIn(order.name, self.url_open("/my/orders").text)
        self.assertTrue(order.active)
