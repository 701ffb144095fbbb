from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import StockCase


@tagged("post_install", "-at_install")
class TestSecurity(StockCase):
    def test_nobody_writes_holds_or_breaches(self):
        """Invariant 1: rows of the ledger come from the service alone."""
        self._claim("a", 1)
        hold = self.holds.search([("key", "=", "a")])
        for user in (self.keeper, self.seller, self.pos_manager, self.cashier):
            with self.assertRaises(AccessError):
                hold.with_user(user).write({"quantity": 5})
            with self.assertRaises(AccessError):
                self.holds.with_user(user).create({"key": "b"})
            with self.assertRaises(AccessError):
                self.env["o2o.stock.breach"].with_user(user).create(
                    {"product_id": self.product.id}
                )

    def test_cashiers_and_members_read_no_holds(self):
        """Invariant 8: the till shows the number of an order, not the ledger."""
        for user in (self.cashier, self.member):
            with self.assertRaises(AccessError):
                self.holds.with_user(user).search([])
        self.holds.with_user(self.seller).search([])
        self.holds.with_user(self.keeper).search([])

    def test_rows_of_another_company_stay_there(self):
        company = self.env["res.company"].create({"name": "Other"})
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", company.id)], limit=1
        )
        self._set_stock(warehouse, self.product, 1)
        self._claim("theirs", 1, warehouse=warehouse)
        seen = self.holds.with_user(self.keeper).search([("key", "=", "theirs")])
        self.assertFalse(seen)

    def test_service_is_not_for_rpc(self):
        """No public method: a client cannot promise or give back anything."""
        service = type(self.env["o2o.stock"])
        public = [
            name
            for name in dir(service)
            if not name.startswith("_")
            and callable(getattr(service, name))
            and getattr(service, name).__module__.startswith("odoo.addons.o2o_stock")
        ]
        self.assertEqual(public, [])
