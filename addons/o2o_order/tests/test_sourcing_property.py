from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from ..lib.rules import default_rules
from .common_sourcing import SourcingCase

STEPS = ["neighbours", "transit", "head_office", "choice"]


@tagged("post_install", "-at_install")
class TestSourcingProperty(SourcingCase):
    """ROUT-02: whatever the stock and the rules."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.guiyang.neighbour_ids = cls.chengdu
        cls.stores = cls.near | cls.far | cls.other_city | cls.head_office
        for store in cls.stores:
            cls._set_stock(store, cls.scarce, 1)
            cls._set_stock(store, cls.product, 1)
        cls.order = cls._create_order([(cls.product, 1), (cls.scarce, 1)])
        cls.lines = {line.product_id: line for line in cls.order._o2o_get_wanted()}
        cls.env.flush_all()

    def _put(self, stock):
        for (store, product), quantity in stock.items():
            self.env.cr.execute(
                """
                UPDATE stock_quant SET quantity = %s, reserved_quantity = 0
                 WHERE product_id = %s AND location_id = %s
                """,
                [quantity, product.id, store.warehouse_id.lot_stock_id.id],
            )

    @given(st.data())
    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    def test_parts_add_up_or_nobody_can(self, data):
        """Parts add up to what was wanted, of goods that are there, in few parcels."""
        products = (self.product, self.scarce)
        stock = {
            (store, product): data.draw(st.integers(0, 8))
            for store in self.stores
            for product in products
        }
        self._put(stock)
        wanted = {
            self.lines[product]: float(data.draw(st.integers(1, 12)))
            for product in products
        }
        parcels = data.draw(st.integers(1, 4))
        refused = data.draw(st.sets(st.sampled_from(list(self.near | self.far))))
        rules = {
            **default_rules(),
            "steps": data.draw(st.permutations(STEPS))[: data.draw(st.integers(0, 4))],
            "head_office_needs_goods": True,
            "split": {
                "max_parcels": parcels,
                "min_value": data.draw(st.sampled_from([0.0, 300.0, 2000.0])),
                "with_head_office": data.draw(st.booleans()),
            },
        }
        sourcing = self.env["o2o.sourcing"]
        request = sourcing._prepare_request(
            self.order, wanted, self.env["o2o.store"].union(*refused)
        )
        plan = sourcing._plan(request, rules)
        parts = plan["parts"]
        self.assertTrue(parts)
        # nothing lost, nothing invented
        total = {}
        for part in parts:
            for line_id, quantity in part["lines"]:
                self.assertGreater(quantity, 0)
                total[line_id] = total.get(line_id, 0) + quantity
        self.assertEqual(total, {line.id: qty for line, qty in wanted.items()})
        if plan["rule"] == "nobody":
            self.assertEqual([part["store_id"] for part in parts], [False])
            return
        # never a store without the goods, nor one that refused
        self.assertLessEqual(len(parts), parcels)
        stores = [part["store_id"] for part in parts]
        self.assertEqual(len(set(stores)), len(stores))
        self.assertFalse(set(stores) & {store.id for store in refused})
        left = {
            (store.id, self.lines[product].id): quantity
            for (store, product), quantity in stock.items()
        }
        for part in parts:
            transit = part.get("transit")
            brought = dict(map(tuple, transit["lines"])) if transit else {}
            for line_id, quantity in part["lines"]:
                from_id = (
                    transit["store_id"] if line_id in brought else part["store_id"]
                )
                left[from_id, line_id] -= quantity
        self.assertTrue(all(quantity >= 0 for quantity in left.values()))
        # who is named says why
        self.assertLessEqual(
            set(stores) - {self.head_office.id},
            {fact["store_id"] for fact in plan["facts"]},
        )
