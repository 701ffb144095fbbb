import io
import json
import zipfile
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import MemberCommon
from .test_website_member import WebsiteMemberCase as _WebsiteMemberCase

PASSWORD = "o2o_m_portal"


@tagged("post_install", "-at_install")
class TestDeletion(MemberCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = new_test_user(
            cls.env, login="o2o_m_portal", groups="base.group_portal"
        )
        cls.partner = cls.portal.partner_id
        cls.partner.write(
            {
                "phone": "13912345678",
                "email": "zhang@example.com",
                "street": "Road 1",
                "comment": "Likes tea",
                "o2o_birthday": "1990-01-01",
            }
        )
        cls.card = cls._create_card()
        cls.card._activate(cls.partner)
        cls.partner._o2o_post_points(50, "manual", "t:privacy")
        cls.partner._o2o_record_consent("marketing", True)
        cls.Request = cls.env["o2o.privacy.request"]

    def _run_cron(self):
        with patch.object(type(self.env["ir.cron"]), "_commit_progress"):
            self.Request._cron_execute()

    def _due(self):
        request = self.Request._ask(self.partner)
        request.due_at = fields.Datetime.now() - timedelta(minutes=1)
        return request

    def _events(self):
        return self.partner._o2o_security_events().mapped("kind")

    def test_anonymised(self):
        """MEM-05: the person goes, card and ledger stay; twice is once."""
        request = self._due()
        self._run_cron()
        self._run_cron()
        self.assertEqual(request.state, "done")
        for name in ("phone", "email", "street", "o2o_birthday"):
            self.assertFalse(self.partner[name], name)
        self.assertNotIn("Likes tea", self.partner.comment or "")
        self.assertNotIn("o2o_m_portal", self.partner.name)
        self.assertFalse(self.partner.active or self.portal.active)
        self.assertNotEqual(self.portal.login, "o2o_m_portal")
        self.assertEqual(self.card.state, "frozen")
        self.assertFalse(self.partner._o2o_has_consent("marketing"))
        rows = self.Entry.search([("partner_id", "=", self.partner.id)])
        self.assertEqual(sum(rows.mapped("points")), 50)
        self.assertEqual(self._events().count("deletion_done"), 1)

    def test_cooling_off(self):
        """MEM-05: nothing happens for seven days, nor after it was called off."""
        request = self.Request._ask(self.partner)
        self.assertEqual(request, self.Request._ask(self.partner))
        self._run_cron()
        self.assertEqual(request.state, "requested")
        request._mark_withdrawn()
        request.due_at = fields.Datetime.now() - timedelta(days=1)
        self._run_cron()
        self.assertEqual(request.state, "withdrawn")
        self.assertEqual(self.partner.phone, "13912345678")

    def test_obstacles(self):
        """MEM-05: something open holds the deletion up, and it says what."""
        request = self._due()
        partners = type(self.partner)
        with patch.object(
            partners, "_o2o_deletion_obstacles", return_value=["An order is open."]
        ):
            self._run_cron()
            self.assertEqual(request.obstacle, "An order is open.")
            with self.assertRaises(UserError):
                request.with_user(self.manager).action_execute()
        self.assertEqual(request.state, "requested")
        self._run_cron()
        self.assertEqual(request.state, "done")

    def test_roles(self):
        """MEM-05: managers decide; a refusal needs a reason; states are no field."""
        request = self.Request._ask(self.partner)
        for user in (self.user, self.cashier, self.employee, self.portal):
            with self.assertRaises(AccessError):
                request.with_user(user).action_execute()
        self.assertEqual(request.with_user(self.auditor).state, "requested")
        with self.assertRaises(AccessError):
            request.with_user(self.auditor).action_refuse()
        by_manager = request.with_user(self.manager)
        with self.assertRaises(UserError):
            by_manager.state = "done"
        with self.assertRaises(UserError):
            by_manager.action_refuse()
        by_manager.reason = "Debt"
        by_manager.action_refuse()
        self.assertEqual(request.state, "refused")
        by_manager.action_execute()
        self.assertEqual(request.state, "refused")
        self.assertTrue(self.partner.active)


@tagged("post_install", "-at_install")
class TestPrivacyPage(_WebsiteMemberCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = new_test_user(
            cls.env, login="o2o_m_portal", groups="base.group_portal", lang="en_US"
        )
        cls.partner = cls.portal.partner_id
        cls.card._activate(cls.partner)
        cls.stranger = cls._create_member("O2O Stranger", "88000900")

    def setUp(self):
        super().setUp()
        self.authenticate("o2o_m_portal", PASSWORD)

    def _export(self, password=PASSWORD, **values):
        return self._post_form(
            "/o2o/member/privacy/export", password=password, **values
        )

    def test_export(self):
        """MEM-05: one's own data as JSON and CSV, no hash, nobody else's."""
        answer = self._export(partner_id=self.stranger.id)
        self.assertEqual(answer.headers["Content-Type"], "application/zip")
        archive = zipfile.ZipFile(io.BytesIO(answer.content))
        self.assertIn("points.csv", archive.namelist())
        text = archive.read("data.json").decode()
        self.assertEqual(json.loads(text)["cards"][0]["number"], "88000001")
        self.assertNotIn("88000900", text)
        self.assertNotIn("hash", text)
        self.assertIn("88000001", archive.read("cards.csv").decode())

    def test_export_refused(self):
        """MEM-05: not without the password, nor by a link, nor again and again."""
        self.assertIn("not your password", self._export("wrong").text)
        self.assertIn("not your password", self._export("").text)
        page = self.url_open("/o2o/member/privacy/export")
        self.assertNotEqual(page.headers["Content-Type"], "application/zip")
        for _time in range(3):
            self._export()
        self.assertIn("Enough copies", self._export().text)

    def test_delete_and_withdraw(self):
        """MEM-05: asked for with the password, called off with one tap."""
        page = self._post_form("/o2o/member/privacy/delete", password="wrong")
        self.assertIn("not your password", page.text)
        requests = self.env["o2o.privacy.request"]
        self.assertFalse(requests._open_of(self.partner))
        other = requests._ask(self.stranger)
        self._post_form("/o2o/member/privacy/delete", password=PASSWORD)
        request = requests._open_of(self.partner)
        self.assertIn("Keep my account", self.url_open("/o2o/member/privacy").text)
        with mute_logger("odoo.http"):
            page = self.url_open("/o2o/member/privacy/withdraw", data={"x": "1"})
        self.assertEqual(page.status_code, 400)
        self._post_form("/o2o/member/privacy/withdraw", id=other.id)
        self.assertEqual((request.state, other.state), ("withdrawn", "requested"))
