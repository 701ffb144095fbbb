from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import O2oOrderCase


@tagged("post_install", "-at_install")
class TestManualOrder(O2oOrderCase):
    """Orders entered by hand take the same road (ORD-10, ORD-12)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls.head_office_user
        cls.seller.group_ids += cls.env.ref("sales_team.group_sale_salesman_all_leads")

    def _enter(self, lines=None, **vals):
        order = (
            self.env["sale.order"]
            .with_user(self.seller)
            .create(
                {
                    "partner_id": self.member.partner_id.id,
                    "order_line": [
                        Command.create(
                            {"product_id": product.id, "product_uom_qty": quantity}
                        )
                        for product, quantity in (lines or [(self.product, 2)])
                    ],
                    **vals,
                }
            )
        )
        order.action_confirm()
        return order

    def test_manual_order_rings_at_the_nearest_store(self):
        """ORD-12: by the rules, with the region of the address, paid at the store."""
        order = self._enter()
        part = order.sudo().o2o_fulfillment_ids
        self.assertEqual((part.state, part.store_id), ("offered", self.near))
        self.assertEqual(order.sudo().o2o_payment_state, "to_collect")
        self.assertTrue(part.picking_ids)

    def test_salesperson_with_rights_of_odoo_confirms(self):
        """ORD-10: who sells, and sees no stores, enters an order and confirms one of
        the website, which go the same road."""
        self.seller = new_test_user(
            self.env,
            "o2o_sales_only",
            groups="sales_team.group_sale_salesman_all_leads",
        )
        order = self._enter()
        self.assertEqual(order.sudo().o2o_fulfillment_ids.store_id, self.near)
        quotation = self._create_order()
        quotation.with_user(self.seller).action_confirm()
        self.assertTrue(quotation.o2o_fulfillment_ids)

    def test_region_can_be_chosen(self):
        order = self._enter(o2o_region_id=self.chengdu.id)
        self.assertEqual(order.sudo().o2o_fulfillment_ids.store_id, self.other_city)

    def test_wished_store_serves(self):
        """ORD-10: the member on the phone names the store."""
        order = self._enter(o2o_wished_store_id=self.far.id)
        self.assertEqual(order.sudo().o2o_fulfillment_ids.store_id, self.far)

    def test_wished_store_without_goods_is_told_at_once(self):
        with self.assertRaisesRegex(UserError, "Store NEAR does not have"):
            self._enter([(self.scarce, 1)], o2o_wished_store_id=self.near.id)

    def test_wished_store_serves_after_a_review(self):
        """ORD-10, ORD-06: its last pieces are held for the order, not missing to it."""
        self.company.o2o_review_amount = 1.0
        order = self._enter(
            [(self.product, 10)], o2o_wished_store_id=self.near.id
        ).sudo()
        self.assertEqual(order.o2o_review_state, "to_review")
        order.with_user(self.head_office_user).action_o2o_approve()
        self.assertEqual(order.o2o_fulfillment_ids.store_id, self.near)

    def test_pickup_needs_a_store(self):
        with self.assertRaisesRegex(UserError, "Choose the store"):
            self._enter(o2o_wished_kind="pickup")
        order = self._enter(o2o_wished_kind="pickup", o2o_wished_store_id=self.near.id)
        part = order.sudo().o2o_fulfillment_ids
        self.assertEqual(part.delivery_kind, "pickup")

    def test_order_can_stay_out(self):
        """One order, or the whole company, keeps Odoo's own way."""
        order = self._enter(o2o_goes_to_store=False)
        self.assertFalse(order.sudo().o2o_fulfillment_ids)
        self.assertTrue(order.sudo().picking_ids)
        self.company.o2o_route_manual = "never"
        self.assertFalse(self._enter().sudo().o2o_fulfillment_ids)

    def test_company_without_stores_keeps_odoos_way(self):
        self.env["o2o.store"].search([("is_head_office", "=", False)]).action_archive()
        self.assertFalse(self._enter().sudo().o2o_fulfillment_ids)

    def test_services_are_left_alone(self):
        service = self.env["product.product"].create(
            {"name": "Tasting", "type": "service", "list_price": 50}
        )
        self.assertFalse(self._enter([(service, 1)]).sudo().o2o_fulfillment_ids)
