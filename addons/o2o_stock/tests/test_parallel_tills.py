import threading

from odoo.tests import tagged

from .common_parallel import ParallelStockCase

TILLS = 4


@tagged("post_install", "-at_install")
class TestParallelTills(ParallelStockCase):
    """Four tills of one store at the same time: nobody waits, nobody starts again."""

    def prepare(self, env):
        config = env["pos.config"].create({"name": "Parallel till"})
        self.config_id = config.id

    def tidy(self, env):
        env["pos.config"].browse(self.config_id).active = False

    def test_numbers_of_one_register(self):
        """Stock Odoo: the second till fails at the first one's row of numbers."""
        together = threading.Barrier(TILLS)

        def take(env, _number):
            config = env["pos.config"].browse(self.config_id)
            numbers = [config.order_seq_id._next(), config.order_line_seq_id._next()]
            # nobody commits before everybody has numbers
            together.wait(timeout=30)
            return numbers

        results = self._in_parallel(list(range(TILLS)), take)
        self.assertEqual(self.replays, 0)
        for numbers in zip(*results, strict=True):
            self.assertEqual(len(set(numbers)), TILLS)

    def test_same_bottle_at_every_till(self):
        """Stock Odoo: a row changed meanwhile starts the sale again, after seconds."""

        def sell(env, _number):
            product = env["product.product"].browse(self.product_id)
            location = env["stock.location"].browse(self.location_id)
            env["stock.quant"]._update_available_quantity(product, location, -1)

        self._in_parallel(list(range(TILLS)), sell)
        self.assertEqual(self.replays, 0)
        self.assertEqual(self._facts()[0], self.pieces - TILLS)
