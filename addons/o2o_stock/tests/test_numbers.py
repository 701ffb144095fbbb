from odoo.tests import tagged

from .common import StockCase


@tagged("post_install", "-at_install")
class TestNumbers(StockCase):
    def test_tills_do_not_wait_for_each_others_numbers(self):
        """Four tills of one store: Odoo's numbers without gaps lock a row per sale."""
        sequences = (
            self.till.order_seq_id
            | self.till.order_backend_seq_id
            | self.till.order_line_seq_id
            | self.till.device_seq_id
        )
        self.assertEqual(set(sequences.mapped("implementation")), {"standard"})

    def test_numbers_go_on_where_they_were(self):
        """An upgrade repeats no number."""
        sequence = self.till.order_seq_id
        sequence.implementation = "no_gap"
        last = [sequence._next() for _time in range(3)][-1]
        self.till._o2o_drop_gapless_numbers()
        self.assertEqual(int(sequence._next()), int(last) + 1)
