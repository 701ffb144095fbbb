from odoo.tests import tagged

from .common_sourcing import SourcingCase


@tagged("post_install", "-at_install")
class TestSourcingCost(SourcingCase):
    """ROUT-01: what a decision costs does not grow with the chain."""

    def _count(self, lines):
        order = self._create_order(lines)
        sourcing = self.env["o2o.sourcing"]
        sourcing._decide(order)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        sourcing._decide(order)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _grow(self):
        calendar = self.env["resource.calendar"].create(
            {"name": "Hours", "company_id": self.company.id}
        )
        for number in range(12):
            store = self._create_near_store(f"G{number}", north=0.002 * number)
            store.calendar_id = calendar.copy() if number % 2 else calendar
            self._set_stock(store, self.product, 3)

    def setUp(self):
        super().setUp()
        self.near.calendar_id = self.env["resource.calendar"].create(
            {"name": "Own", "company_id": self.company.id}
        )

    def test_statements_do_not_grow_with_the_stores(self):
        few = self._count([(self.product, 2)])
        self._grow()
        self.assertEqual(self._count([(self.product, 2)]), few)
        self.assertLess(few, 45)

    def test_statements_with_all_rules(self):
        self._publish(
            {
                "region": 0,
                "open": 0,
                "capacity": 0,
                "area": 0,
                "goods": 0,
                "channel": 0,
            },
            ["neighbours", "transit", "head_office"],
            max_parcels=3,
        )
        self.guiyang.neighbour_ids = self.chengdu
        self.near.is_transit = True
        lines = [(self.product, 500), (self.scarce, 1)]
        few = self._count(lines)
        self._grow()
        self.assertEqual(self._count(lines), few)
