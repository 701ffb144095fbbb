from odoo.tests import tagged

from .common_sourcing import SourcingCase


@tagged("post_install", "-at_install")
class TestRestOfOrder(SourcingCase):
    """Idea 9, ROUT-02: who sends the rest is found by the rules of sourcing."""

    def _ask(self, quantity, available):
        fulfillment = self._place([(self.product, quantity)])
        self.assertEqual(fulfillment.store_id, self.near)
        answer = self._act(
            self.cashier,
            self.near,
            fulfillment,
            "accept_lines",
            lines={str(fulfillment.line_ids.id): available},
        )
        self.assertEqual(answer["status"], "ok", answer["message"])
        return fulfillment, fulfillment.choice_ids

    def _answers(self, choice):
        return [option["answer"] for option in choice._get_options()]

    def test_store_of_another_region_is_not_offered(self):
        """ROUT-02: what the rules would not send is not promised to the customer."""
        self._publish(None, ["choice"])
        fulfillment, choice = self._ask(6, 5)
        self.assertIn("other_store", self._answers(choice))
        self._set_stock(self.far, self.product, -10)
        # the store in the other city has plenty
        self.assertNotIn("other_store", self._answers(choice))
        self.assertEqual(fulfillment.order_id.o2o_fulfillment_ids, fulfillment)

    def test_two_stores_send_the_rest_together(self):
        """ROUT-02: the rest may come in parcels where the rules allow them."""
        self._publish({"region": 0}, ["choice"], max_parcels=2)
        third = self._create_near_store("THIRD")
        self._set_stock(third, self.product, 3)
        self._set_stock(self.far, self.product, -5)
        # nobody has all of it alone
        self._set_stock(self.head_office, self.product, -10)
        self._set_stock(self.other_city, self.product, -10)
        fulfillment, choice = self._ask(10, 2)
        self.assertIn("other_store", self._answers(choice))
        choice._answer("other_store", "customer")
        others = fulfillment.order_id.o2o_fulfillment_ids - fulfillment
        self.assertEqual(others.store_id, third | self.far)
        self.assertEqual(sum(others.line_ids.mapped("quantity")), 8)
        self.assertEqual(fulfillment.line_ids.quantity, 2)
        self.assertEqual(set(others.mapped("state")), {"offered"})

    def test_refusing_store_is_not_asked_again(self):
        self._publish(None, ["choice"])
        fulfillment = self._place([(self.product, 6)])
        self.env["o2o.offer"].create(
            {
                "fulfillment_id": fulfillment.id,
                "store_id": self.far.id,
                "state": "rejected",
                "offered_at": fulfillment.offered_at,
            }
        )
        line = fulfillment.line_ids
        self._act(
            self.cashier,
            self.near,
            fulfillment,
            "accept_lines",
            lines={str(line.id): 5},
        )
        self.assertNotIn("other_store", self._answers(fulfillment.choice_ids))

    def test_goods_that_go_in_the_last_moment(self):
        """The answer was possible when it was shown: it is looked at once more."""
        self._publish(None, ["choice"])
        fulfillment, choice = self._ask(6, 5)
        self._set_stock(self.far, self.product, -10)
        choice.write({"due_at": fulfillment.offered_at})
        self.company.o2o_choice_default = "other_store"
        choice._answer_by_silence()
        self.assertEqual(choice.answer, "part")
        self.assertEqual(fulfillment.order_id.o2o_fulfillment_ids, fulfillment)
