import io
import logging

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import CloudCase

MANAGER = "base.group_user,o2o_pos_device.o2o_pos_device_group_manager"


@tagged("post_install", "-at_install")
class TestCloudSecurity(CloudCase):
    """Invariant 8: who holds the secret of an account prints everywhere."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(cls.env, "o2o_cloud_manager", groups=MANAGER)
        cls.system = new_test_user(cls.env, "o2o_sys", groups="base.group_system")

    def test_secrets_are_for_managers_only(self):
        for user in (self.cashier, self.head_office_user, self.system):
            if user == self.head_office_user and user.has_group(
                "o2o_pos_device.o2o_pos_device_group_manager"
            ):
                continue
            for record, name in (
                (self.account, "secret"),
                (self.account, "user"),
                (self.cloud_printer, "cloud_key"),
            ):
                with self.assertRaises(AccessError):
                    record.with_user(user).read([name])
                with self.assertRaises(AccessError):
                    record.with_user(user).search([(name, "=like", "a%")])
        mine = self.account.with_user(self.manager)
        self.assertEqual(mine.secret, self.cloud.secret)

    def test_tokens_are_for_nobody(self):
        for record, name in (
            (self.account, "access_token"),
            (self.cloud_printer, "cloud_token_hash"),
        ):
            for user in (self.manager, self.system):
                with self.assertRaises(AccessError):
                    record.with_user(user).read([name])
                with self.assertRaises(AccessError):
                    record.with_user(user).write({name: "x"})

    def test_cashier_sees_the_printer_and_not_the_account(self):
        seen = self.cloud_printer.with_user(self.cashier).read()[0]
        self.assertEqual(seen["name"], "Cloud")
        self.assertFalse(
            {"cloud_key", "cloud_account_id", "cloud_token_hash"} & seen.keys()
        )
        with self.assertRaises(AccessError):
            self.account.with_user(self.cashier).read(["name"])

    def test_cashier_sets_up_nothing(self):
        printer = self.cloud_printer.with_user(self.cashier)
        for action in (printer.action_print_test, printer.action_new_cloud_password):
            with self.assertRaises(AccessError):
                action()
        with self.assertRaises(AccessError):
            printer.write({"cloud_number": "1"})

    def test_secrets_are_in_no_export_and_no_copy(self):
        fields_of = self.env["o2o.cloud.account"].with_user(self.manager).fields_get
        self.assertFalse(fields_of(["secret"])["secret"]["exportable"])
        printers = self.env["o2o.printer"].with_user(self.manager)
        self.assertFalse(printers.fields_get(["cloud_key"])["cloud_key"]["exportable"])
        self.assertFalse(self.account.copy().secret)
        self.assertFalse(self.cloud_printer.copy().cloud_key)

    def test_secrets_are_in_no_log_and_no_message(self):
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        root = logging.getLogger()
        level = root.level
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)
        self.addCleanup(root.removeHandler, handler)
        self.addCleanup(root.setLevel, level)
        job = self._accept()
        self.cloud.faults += ["error", "lost", "garbage", ("lost", "printMsg")]
        for seconds in range(0, 200, 20):
            self._run(seconds)
        root.setLevel(level)
        logged = stream.getvalue()
        self.assertIn(f"cloud printer {self.cloud_printer.id}: silent", logged)
        for secret in (self.cloud.secret, "abcd1234", "sig="):
            self.assertNotIn(secret, logged)
            self.assertNotIn(secret, job.error or "")

    def test_other_company_sees_nothing(self):
        company = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "o2o_cloud_stranger",
            groups=MANAGER,
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        for record in (self.account, self.cloud_printer):
            found = record.with_user(stranger).search([("id", "=", record.id)])
            self.assertFalse(found)

    def test_copy_of_the_database_prints_nowhere(self):
        from odoo.modules.neutralize import get_neutralization_queries

        self.account.sudo().access_token = "token"
        self.cloud_printer._create_cloud_password()
        self.env.flush_all()
        for query in get_neutralization_queries(["o2o_pos_device"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self.assertRecordValues(
            self.account.sudo(), [{"secret": False, "access_token": False}]
        )
        self.assertRecordValues(
            self.cloud_printer.sudo(), [{"cloud_key": False, "cloud_token_hash": False}]
        )
