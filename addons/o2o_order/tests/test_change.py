from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common_payment import PaidOnlineCase


@tagged("post_install", "-at_install")
class TestChange(PaidOnlineCase):
    """Changes before shipping (ORD-04)."""

    def _reserved(self, store, product=None):
        quants = self.env["stock.quant"].search(
            [
                ("product_id", "=", (product or self.product).id),
                ("location_id", "child_of", store.warehouse_id.lot_stock_id.id),
            ]
        )
        return sum(quants.mapped("reserved_quantity"))

    def _address(self, city):
        return self.env["res.partner"].create(
            {
                "parent_id": self.member.partner_id.id,
                "type": "delivery",
                "name": "李四",
                "phone": "13900000009",
                "city": city,
                "street": "新路 1 号",
            }
        )

    def _goods(self, order, product=None):
        return order.order_line.filtered(
            lambda line: line.product_id == (product or self.product)
        )

    def test_address_in_the_same_city_stays_with_the_store(self):
        """ORD-04: the accepted order keeps its store; slip and till hear of it."""
        part = self._place()
        order = part.order_id
        part._mark_accepted()
        order._o2o_change_address(self._address("贵阳市观山湖区"), "moved house")
        self.assertEqual((part.state, part.store_id), ("accepted", self.near))
        self.assertEqual(part.event_ids[-1].kind, "changed")
        self.assertEqual(part.picking_ids.partner_id, order.partner_shipping_id)
        change = order.o2o_change_ids
        self.assertEqual((change.kind, change.reason), ("address", "moved house"))
        self.assertIn("长岭南路", change.old_value)
        self.assertIn("新路 1 号", change.new_value)

    def test_address_in_another_city_finds_another_store(self):
        """ORD-04: re-routed, goods reserved there, given back here."""
        part = self._place()
        part._mark_accepted()
        part.order_id._o2o_change_address(self._address("成都市"), "moved")
        self.assertEqual((part.state, part.store_id), ("offered", self.other_city))
        self.assertEqual(self._reserved(self.near), 0)
        self.assertEqual(self._reserved(self.other_city), 2)
        self.assertFalse(part.accepted_by_id)

    def test_more_bottles_than_the_store_has_finds_another_store(self):
        """ORD-04: lines change: here when possible, elsewhere when not."""
        self._set_stock(self.far, self.product, 10)
        part = self._place()
        order = part.order_id
        part._mark_accepted()
        order._o2o_change_lines({self._goods(order): 5}, "more guests")
        self.assertEqual((part.state, part.store_id), ("accepted", self.near))
        self.assertEqual(self._reserved(self.near), 5)
        order._o2o_change_lines({self._goods(order): 15}, "even more")
        self.assertEqual((part.state, part.store_id), ("offered", self.far))
        self.assertEqual(self._reserved(self.near), 0)
        self.assertEqual(self._reserved(self.far), 15)
        self.assertEqual(part.line_ids.quantity, 15)
        self.assertEqual(order.amount_total, 3000.0)
        self.assertEqual(
            [(c.old_value, c.new_value) for c in order.o2o_change_ids.sorted("id")],
            [("2", "5"), ("5", "15")],
        )

    def test_fewer_bottles_stay_and_free_the_rest(self):
        part = self._place([(self.product, 5)])
        order = part.order_id
        order._o2o_change_lines({self._goods(order): 2}, "fewer")
        self.assertEqual(self._reserved(self.near), 2)
        self.assertEqual(part.line_ids.quantity, 2)
        self.assertEqual(sum(part.picking_ids.move_ids.mapped("product_uom_qty")), 2)

    def test_goods_are_added_and_taken_out(self):
        self._set_stock(self.near, self.scarce, 2)
        part = self._place()
        order = part.order_id
        order._o2o_change_lines({}, "add one", added=[(self.scarce, 1)])
        self.assertEqual(part.store_id, self.near)
        self.assertEqual(self._reserved(self.near, self.scarce), 1)
        order._o2o_change_lines({self._goods(order): 0}, "only the old one")
        self.assertEqual(part.line_ids.product_id, self.scarce)
        self.assertEqual(self._reserved(self.near), 0)
        with self.assertRaises(UserError):
            order._o2o_change_lines({self._goods(order, self.scarce): 0}, "none")

    def test_goods_taken_out_come_back(self):
        """ORD-04: no part brings the line any more; ordered again, one does."""
        part = self._place()
        order = part.order_id
        order._o2o_change_lines({}, "wants the other too", [(self.scarce, 1)])
        line = self._goods(order)
        order._o2o_change_lines({line: 0}, "not this one")
        order._o2o_change_lines({line: 4}, "this one after all")
        live = order._o2o_get_live_parts()
        shares = live.line_ids.filtered(lambda share: share.sale_line_id == line)
        self.assertEqual(sum(shares.mapped("quantity")), 4)

    def test_head_office_names_the_store(self):
        """ORD-04: by hand, with a reason, only where the goods are."""
        part = self._place()
        order = part.order_id
        with self.assertRaises(UserError):
            order._o2o_change_store(part, self.far, " ")
        order._o2o_change_store(part, self.far, "near store is flooded")
        self.assertEqual((part.state, part.store_id), ("offered", self.far))
        self.assertEqual(part.routing_id.rule, "hand")
        self.assertEqual(self._reserved(self.far), 2)
        self.assertEqual(order.o2o_change_ids.old_value, "Store NEAR")
        self._set_stock(self.other_city, self.product, -10)
        with self.assertRaises(UserError):
            order._o2o_change_store(part, self.other_city, "why not")

    def test_nothing_changes_after_shipping(self):
        """ORD-04: a clear refusal for each kind of change."""
        part = self._place()
        order = part.order_id
        part._mark_accepted()
        part._mark_shipped()
        for change in (
            lambda: order._o2o_change_address(self._address("成都市"), "late"),
            lambda: order._o2o_change_lines({self._goods(order): 1}, "late"),
            lambda: order._o2o_change_store(part, self.far, "late"),
            lambda: order._o2o_change_remark("x", "late"),
        ):
            with self.assertRaises(UserError):
                change()
        self.assertFalse(order.o2o_change_ids)

    def test_every_change_needs_a_reason(self):
        order = self._place().order_id
        with self.assertRaises(UserError):
            order._o2o_change_lines({self._goods(order): 1}, "")

    def test_paid_order_gives_the_difference_back(self):
        """ORD-04: less goods of a paid order: the rest of the money goes back."""
        order = self._place_paid([(self.product, 3)])
        order._o2o_change_lines({self._goods(order): 2}, "one broke")
        self.assertEqual(order.o2o_refund_ids.amount, 200.0)
        self.assertEqual(order.o2o_refund_ids.reason, "changed")
        with self.assertRaises(UserError):
            order._o2o_change_lines({self._goods(order): 5}, "more")

    def test_wizard_of_head_office(self):
        """ORD-04: the dialog, as head office: address, goods, log with the name."""
        part = self._place()
        order = part.order_id.with_user(self.head_office_user)
        action = order.action_o2o_change()
        wizard = self.env[action["res_model"]].with_user(self.head_office_user)
        form = Form(wizard.with_context(**action["context"]))
        self.assertEqual(form.city, "贵阳市观山湖区")
        form.kind = "address"
        form.city = "成都市"
        form.reason = "member called"
        form.save().action_apply()
        self.assertEqual(part.store_id, self.other_city)
        self.assertEqual(order.o2o_change_ids.user_id, self.head_office_user)
        form = Form(wizard.with_context(**action["context"]))
        form.kind = "lines"
        with form.line_ids.edit(0) as line:
            line.quantity = 3
        form.reason = "member called again"
        form.save().action_apply()
        self.assertEqual(part.line_ids.quantity, 3)
        # the old address of the member is what it was
        self.assertEqual(self.member.partner_id.city, "贵阳市观山湖区")

    def test_seller_cannot_go_behind_the_stores_back(self):
        """ORD-04: a plain edit of a routed order is refused with the way to go."""
        order = self._place().order_id
        seller = self.head_office_user
        seller.group_ids += self.env.ref("sales_team.group_sale_manager")
        line = self._goods(order).with_user(seller)
        with self.assertRaises(UserError):
            line.product_uom_qty = 7
        with self.assertRaises(UserError):
            order.with_user(seller).partner_shipping_id = self._address("成都市")
        order.with_user(seller).client_order_ref = "x"  # the rest is free

    def test_log_is_append_only(self):
        order = self._place().order_id
        order._o2o_change_remark("ring twice", "called")
        with self.assertRaises(UserError):
            order.o2o_change_ids.write({"reason": "x"})
        with self.assertRaises(UserError):
            order.o2o_change_ids.unlink()

    def test_cashier_and_member_change_nothing(self):
        order = self._place().order_id
        with self.assertRaises(AccessError):
            order.with_user(self.cashier).action_o2o_change()
        # a member reads the own order, and no more
        with self.assertRaises(UserError):
            order.with_user(self.member).action_o2o_change()
