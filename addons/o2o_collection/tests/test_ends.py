from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .common_till import DoorTillCase


@tagged("post_install", "-at_install")
class TestDoorEnds(DoorTillCase):
    """POS-15, FAULT-64: every collection comes to an end, in whatever order."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "o2o_door_manager", groups="o2o_order.o2o_order_group_manager"
        )

    def test_handed_over_before_it_is_finished(self):
        """FAULT-64: the cash is at the till, then the delivery is finished: settled."""
        row = self._ship()
        self._take(row, "cash", received_fen=40000)
        self.assertEqual(self._take_over(40000)["status"], "ok")
        self.assertEqual(row.state, "to_collect")
        self._take(row, "finish")
        self.assertEqual(row.state, "settled")

    def test_short_before_it_is_finished(self):
        """FAULT-64: the same, and the cash is short: settled when head office says."""
        row = self._ship()
        self._take(row, "cash", received_fen=40000)
        self._take_over(39000, reason="找零出错")
        self._take(row, "finish")
        self.assertEqual(row.state, "handed_over")
        row.payment_ids.handover_id.with_user(self.head_office_user)._solve("从工资扣")
        self.assertEqual(row.state, "settled")

    def test_in_part_and_handed_over_before(self):
        """FAULT-64: paid in part, handed over, then given up: settled; again is ok."""
        row = self._ship()
        self._take(row, "cash", received_fen=10000)
        self._take_over(10000)
        for _ in range(2):
            self._take(row, "give_up", reason="一瓶破损")
        self.assertEqual((row.state, row.refused_fen), ("settled", 30000))

    def test_two_couriers_one_short(self):
        """FAULT-64: the hand-over of one does not settle what the other is short of."""
        row = self._ship()
        self._take(row, "cash", received_fen=10000)
        row._assign(self.cashier_two)
        self._take(row, "cash", user=self.cashier_two, received_fen=30000)
        self._take(row, "finish", user=self.cashier_two)
        answer = self._take_over(9000, reason="找零出错")
        self.assertEqual((answer["status"], row.state), ("ok", "collected"))
        answer = self._take_over(30000, courier=self.cashier_two)
        self.assertEqual((answer["status"], row.state), ("ok", "handed_over"))
        short = row.payment_ids.handover_id.filtered("difference_fen")
        short.with_user(self.head_office_user)._solve("从工资扣")
        self.assertEqual(row.state, "settled")

    def _stand_in(self, row, user=None, **values):
        wizard = self.env["o2o.collection.stand.in"].with_user(user or self.manager)
        wizard = wizard.create({"collection_id": row.id, **values})
        wizard.action_confirm()
        return wizard

    def test_courier_who_left(self):
        """FAULT-64: a manager stands in, with a reason; the till takes as always."""
        row = self._collect(self._ship())
        self.near.user_ids -= self.courier
        self.courier.active = False
        with self.assertRaises(UserError):
            self._stand_in(row, reason=" ")
        wizard = self._stand_in(row, reason="已离职")
        self.assertEqual(wizard.courier_id, self.courier)
        answer = self._take_over(40000, code=wizard.code)
        self.assertEqual((answer["status"], row.state), ("ok", "settled"))
        self.assertRecordValues(
            row.payment_ids.handover_id,
            [
                {
                    "courier_id": self.courier.id,
                    "stand_in_id": self.manager.id,
                    "stand_in_reason": "已离职",
                    "cashier_id": self.cashier.id,
                    "is_declared_otherwise": False,
                }
            ],
        )
        with self.assertRaises(UserError):
            self._stand_in(row, courier_id=self.courier.id, reason="已离职")

    def test_form_knows_who_carries(self):
        """FAULT-64: the form opens with the courier who has the money, and offers no
        one else."""
        row = self._collect(self._ship())
        action = row.with_user(self.manager).action_stand_in()
        wizards = self.env[action["res_model"]].with_user(self.manager)
        form = Form(wizards.with_context(**action["context"]))
        self.assertEqual(form.courier_id, self.courier)
        self.assertEqual(form.store_id, self.near)
        form.reason = "已离职"
        wizard = form.save()
        self.assertEqual(wizard.courier_ids, self.courier)
        wizard.action_confirm()
        self.assertTrue(wizard.code)

    def test_only_managers_stand_in(self):
        """FAULT-64: neither cashiers nor clerks of head office get a courier's code."""
        row = self._collect(self._ship())
        for user in (self.courier, self.cashier, self.head_office_user):
            with self.assertRaises(AccessError):
                self._stand_in(row, user=user, reason="x")
            with self.assertRaises(AccessError):
                self.handovers.with_user(user).sudo()._begin_for(
                    self.near, self.courier, "x"
                )
