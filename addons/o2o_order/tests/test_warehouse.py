import psycopg2

from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import O2oOrderCase


@tagged("post_install", "-at_install")
class TestWarehouse(O2oOrderCase):
    """PROD-06: each store is a warehouse of its own, head office another one."""

    def test_manager_sets_up_a_store_with_its_warehouse(self):
        """PROD-06: warehouse first, then the store that sells from it."""
        manager = new_test_user(
            self.env,
            "o2o_store_admin",
            groups="base.group_user,o2o_order.o2o_order_group_manager,"
            "stock.group_stock_manager",
        )
        warehouses = self.env["stock.warehouse"].with_user(manager)
        warehouse = warehouses.create({"name": "Huaxi", "code": "HX"})
        form = Form(self.env["o2o.store"].with_user(manager))
        form.name = "Huaxi"
        form.code = "HX"
        form.warehouse_id = warehouse
        store = form.save()
        self._set_stock(store, self.product, 4)
        self.assertEqual(
            store._get_free_quantities(self.product)[store][self.product], 4
        )

    def test_goods_of_one_warehouse_are_not_those_of_another(self):
        """PROD-06: the stock of a store is what stands in its own warehouse."""
        self._set_stock(self.near, self.product, 5)
        free = (self.near | self.far)._get_free_quantities(self.product)
        self.assertEqual(free[self.near][self.product], 15)
        self.assertEqual(free[self.far][self.product], 10)

    def test_goods_leave_the_warehouse_of_the_store_that_ships(self):
        fulfillment = self._place([(self.product, 2)])
        fulfillment._mark_accepted()
        fulfillment._mark_shipped()
        product = self.product.with_context(warehouse_id=self.near.warehouse_id.id)
        self.assertEqual(product.qty_available, 8)
        product = self.product.with_context(warehouse_id=self.far.warehouse_id.id)
        self.assertEqual(product.qty_available, 10)

    def test_two_stores_do_not_share_a_warehouse(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.IntegrityError),
            self.cr.savepoint(),
        ):
            self.far.warehouse_id = self.near.warehouse_id
            self.far.flush_recordset()

    def test_warehouse_of_a_store_stays(self):
        """PROD-06: a store never loses the shelves its orders are reserved on."""
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.IntegrityError),
            self.cr.savepoint(),
        ):
            self.cr.execute(
                "DELETE FROM stock_warehouse WHERE id = %s",
                [self.near.warehouse_id.id],
            )

    def test_staff_of_a_store_changes_no_warehouse(self):
        """Attack: a cashier moves the own store to another warehouse."""
        near = self.near.with_user(self.cashier)
        with self.assertRaises(AccessError):
            near.warehouse_id = self.far.warehouse_id
        with self.assertRaises(AccessError):
            self.env["stock.warehouse"].with_user(self.cashier).create(
                {"name": "Mine", "code": "MINE"}
            )
