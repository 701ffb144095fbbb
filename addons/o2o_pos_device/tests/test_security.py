from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import DeviceCase

SECRETS = ["pairing_code_hash", "token_hash", "next_token_hash", "bus_channel"]


@tagged("post_install", "-at_install")
class TestSecurity(DeviceCase):
    """Invariant 8: nobody sees more than the job needs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "o2o_device_manager",
            groups="base.group_user,o2o_pos_device.o2o_pos_device_group_manager",
        )
        cls.far_box = cls._create_box("Far box", cls.far)
        cls.far_printer = cls._create_printer(cls.far_box)

    def test_secrets_are_readable_by_nobody(self):
        system = new_test_user(self.env, "o2o_system", groups="base.group_system")
        for user in (self.manager, self.cashier, system):
            for name in SECRETS:
                with self.assertRaises(AccessError):
                    self.box.with_user(user).read([name])
        self.assertFalse(set(SECRETS) & set(self.box.with_user(self.manager).read()[0]))

    def test_secrets_cannot_be_set_or_searched(self):
        with self.assertRaises(AccessError):
            self.box.with_user(self.manager).write({"token_hash": "x"})
        with self.assertRaises(AccessError):
            self.env["o2o.box"].with_user(self.manager).search(
                [("token_hash", "=like", "a%")]
            )

    def test_cashier_sees_the_own_store_only(self):
        job = self._accept()
        for record, seen in (
            (job, True),
            (self.printer, True),
            (self.box, True),
            (self.far_printer, False),
            (self.far_box, False),
        ):
            found = record.with_user(self.cashier).search([("id", "=", record.id)])
            self.assertEqual(bool(found), seen)
        strange = self.env["o2o.print.job"].with_user(self.cashier_far)
        self.assertFalse(strange.search([]))
        for action in ("action_cancel", "action_reprint", "action_confirm_printed"):
            with self.assertRaises(AccessError):
                getattr(job.with_user(self.cashier_far), action)()

    def test_cashier_sets_up_nothing(self):
        box = self.box.with_user(self.cashier)
        for action in (
            box.action_new_pairing_code,
            box.action_revoke,
            box.action_rotate_token,
            self.printer.with_user(self.cashier).action_print_test,
        ):
            with self.assertRaises(AccessError):
                action()

    def test_nobody_writes_jobs_directly(self):
        job = self._accept()
        for user in (self.cashier, self.manager, self.head_office_user):
            with self.assertRaises(AccessError):
                job.with_user(user).write({"state": "printed"})
            with self.assertRaises(AccessError):
                job.with_user(user).copy()

    def test_head_office_sees_all_stores(self):
        job = self._accept()
        user = self.head_office_user
        self.assertTrue(job.with_user(user).search([("id", "=", job.id)]))
        self.assertTrue(
            self.far_box.with_user(user).search([("id", "=", self.far_box.id)])
        )
        with self.assertRaises(AccessError):
            self.far_box.with_user(user).name = "Mine"

    def test_manager_pairs_a_box(self):
        action = self.far_box.with_user(self.manager).action_new_pairing_code()
        code = action["params"]["title"].partition(": ")[2]
        answer, status = self.env["o2o.box"].sudo()._pair({"code": code}, "192.0.2.3")
        self.assertEqual((status, answer["box_id"]), (200, self.far_box.id))

    def test_other_company_sees_nothing(self):
        job = self._accept()
        company = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "o2o_stranger",
            groups="base.group_user,o2o_pos_device.o2o_pos_device_group_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        for record in (job, self.box, self.printer):
            self.assertFalse(
                record.with_user(stranger).search([("id", "=", record.id)])
            )

    def test_nobody_without_a_group_reads_anything(self):
        user = new_test_user(self.env, "o2o_nobody", groups="base.group_user")
        for model in ("o2o.box", "o2o.printer", "o2o.print.job", "o2o.box.attempt"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(user).search([])

    def test_till_reprint_asks_for_staff(self):
        job = self._accept()
        with self.assertRaises(AccessError):
            self.env["o2o.fulfillment"].with_user(self.cashier_far).pos_reprint(
                self._till(self.near).id, job.res_id, "order_slip"
            )
