from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common_parallel import ParallelOrderCase

ROUNDS = 20


@tagged("post_install", "-at_install")
class TestBellParallel(ParallelOrderCase):
    def test_accept_and_expiry_have_one_outcome(self):
        """ROUT-05, ROUT-07: in the second of the limit either the store has it, or the
        next one; never both, never nobody."""
        outcomes = set()
        till = self._till(self.near).id
        for _round in range(ROUNDS):
            fulfillment_id = self._commit(self._place_one)
            answer, _nothing = self._in_parallel(
                [
                    lambda env, order=fulfillment_id: (
                        env["o2o.fulfillment"]
                        .with_user(self.cashier.id)
                        .pos_act(till, order, "accept", {})["status"]
                    ),
                    lambda env, order=fulfillment_id: (
                        env["o2o.fulfillment"].browse(order)._on_timer_offer()
                    ),
                ]
            )
            state, store, kinds, open_offers = self._commit(
                lambda env, order=fulfillment_id: self._look(env, order)
            )
            if answer == "ok":
                self.assertEqual((state, store), ("accepted", self.near.id))
                self.assertNotIn("unanswered", kinds)
                self.assertEqual(open_offers, 0)
            else:
                self.assertEqual(answer, "gone")
                self.assertEqual((state, store), ("offered", self.far.id))
                self.assertNotIn("accepted", kinds)
                self.assertEqual(open_offers, 1)
            outcomes.add(answer)
            self._commit(
                lambda env, order=fulfillment_id: (
                    env["o2o.fulfillment"].browse(order).order_id._action_cancel()
                )
            )
        self.assertLessEqual(outcomes, {"ok", "gone"})

    def _place_one(self, env):
        cls = type(self)
        before, cls.env = cls.env, env
        try:
            order = cls._create_order(
                [(self.product.with_env(env), 1)], carrier=self.carrier.with_env(env)
            )
            order.action_confirm()
            fulfillment = order.o2o_fulfillment_ids
            # the limit is over
            fulfillment.offer_ids.due_at = fields.Datetime.now() - timedelta(seconds=1)
            return fulfillment.id
        finally:
            cls.env = before

    def _look(self, env, fulfillment_id):
        fulfillment = env["o2o.fulfillment"].browse(fulfillment_id)
        return (
            fulfillment.state,
            fulfillment.store_id.id,
            fulfillment.event_ids.mapped("kind"),
            len(fulfillment._get_open_offers()),
        )
