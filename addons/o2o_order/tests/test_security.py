from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import O2oOrderCase


@tagged("post_install", "-at_install")
class TestSecurity(O2oOrderCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fulfillment = cls._place()

    def test_cashier_sees_the_own_store_only(self):
        """SYS-05: rights by post: record rule on fulfillment, lines, log, offers."""
        for model, records in (
            ("o2o.fulfillment", self.fulfillment),
            ("o2o.fulfillment.line", self.fulfillment.line_ids),
            ("o2o.fulfillment.event", self.fulfillment.event_ids),
            ("o2o.offer", self.fulfillment.offer_ids),
        ):
            domain = [("id", "in", records.ids)]
            found = self.env[model].with_user(self.cashier).search(domain)
            self.assertEqual(found, records, model)
            found = self.env[model].with_user(self.cashier_far).search(domain)
            self.assertFalse(found, model)

    def test_head_office_sees_all_stores(self):
        found = self.env["o2o.fulfillment"].with_user(self.head_office_user)
        self.assertEqual(
            found.search([("id", "=", self.fulfillment.id)]), self.fulfillment
        )

    def test_nobody_writes_a_state_by_rpc(self):
        """ORD-01: only the guarded methods change a state."""
        for user in (self.cashier, self.head_office_user):
            record = self.fulfillment.with_user(user)
            with self.assertRaises(AccessError):
                record.write({"state": "completed"})
            with self.assertRaises(AccessError):
                record.event_ids.with_user(user).create(
                    {"fulfillment_id": record.id, "kind": "completed"}
                )

    def test_cashier_of_another_store_cannot_press_buttons(self):
        """ROUT-07: the server checks who asks, whatever the till sends."""
        with self.assertRaises(AccessError):
            self._act(self.cashier_far, self.near, self.fulfillment, "accept")
        answer = self._act(self.cashier_far, self.far, self.fulfillment, "accept")
        self.assertEqual(answer["status"], "gone")
        with self.assertRaises(AccessError):
            self.fulfillment.with_user(self.cashier_far).action_accept()
        self.assertEqual(self.fulfillment.state, "offered")

    def test_till_name_in_the_log_cannot_be_forged(self):
        """POS-18: the till of the log is the one that was checked."""
        other_till = self._till(self.far)
        self.env["o2o.fulfillment"].with_user(self.cashier).with_context(
            o2o_pos_config_id=other_till.id
        ).pos_act(self._till(self.near).id, self.fulfillment.id, "accept", {})
        self.assertEqual(
            self.fulfillment.event_ids[-1].pos_config_id, self._till(self.near)
        )

    def test_portal_and_plain_employee_see_nothing(self):
        employee = new_test_user(self.env, "o2o_plain", groups="base.group_user")
        for user in (self.member, employee):
            with self.assertRaises(AccessError):
                self.fulfillment.with_user(user).read(["state"])
            with self.assertRaises(AccessError):
                self.env["o2o.fulfillment"].with_user(user).pos_board(
                    self._till(self.near).id
                )
