from odoo.tests import tagged

from odoo.addons.o2o_order.tests.common import GUIYANG

from .common import BoardCase


@tagged("post_install", "-at_install")
class TestBoardCost(BoardCase):
    def _count(self):
        """Statements of one board that nobody has asked for before."""
        self.env.flush_all()
        boards = self.env["o2o.order.board"].with_user(self.head_office_user)
        boards.get_board()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        board = boards.get_board()
        return self.env.cr.sql_log_count - before, board

    def test_statements_do_not_grow_with_the_stores(self):
        """ROUT-11: two stores or fifty, the board costs the same statements."""
        # whether the stores are open at the time of the test does not matter
        self._publish({}, ["choice"])
        self._place([(self.product, 1)])
        for store in (self.near, self.far):
            store.calendar_id = self.env["resource.calendar"].create(
                {"name": store.code, "company_id": self.company.id}
            )
        self.other_city.active = False
        few, board = self._count()
        own = [row for row in board["stores"] if row["waiting"]]
        self.assertEqual(len(own), 1)
        for number in range(48):
            store = self._create_store(
                f"B{number}",
                self.guiyang,
                (GUIYANG[0] + number * 0.01, GUIYANG[1]),
                self.cashier,
            )
            store.calendar_id = self.near.calendar_id.copy()
            self._set_stock(store, self.product, 10)
            self._ring(store)
        for _number in range(5):
            self._place([(self.product, 1)])
        self._place_unfillable()
        many, board = self._count()
        self.assertGreaterEqual(len(board["stores"]), 50)
        self.assertGreaterEqual(
            sum(row["tills_ringing"] for row in board["stores"]), 48
        )
        self.assertEqual(many, few)
        self.assertLessEqual(many, 12)
