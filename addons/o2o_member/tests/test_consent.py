from psycopg2 import DatabaseError

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import MemberCommon
from .test_website_member import WebsiteMemberCase as _WebsiteMemberCase


@tagged("post_install", "-at_install")
class TestConsent(MemberCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.member = cls.env["res.partner"].create({"name": "O2O Member"})
        cls.text = cls.env["o2o.consent.text"]._current("marketing")

    def test_record(self):
        """MEM-05: each change is a row with text and time; repeating adds none."""
        self.assertFalse(self.member._o2o_has_consent("marketing"))
        self.assertFalse(self.member._o2o_record_consent("marketing", False))
        row = self.member._o2o_record_consent("marketing", True)
        self.assertEqual(row, self.member._o2o_record_consent("marketing", True))
        self.assertEqual(row.text_id, self.text)
        self.assertTrue(self.member._o2o_has_consent("marketing"))
        self.assertFalse(self.member._o2o_has_consent("terms"))
        self.member._o2o_record_consent("marketing", False)
        self.member._o2o_record_consent("marketing", False)
        self.assertFalse(self.member._o2o_has_consent("marketing"))
        rows = self.env["o2o.consent"].search([("partner_id", "=", self.member.id)])
        self.assertEqual(rows.mapped("is_granted"), [False, True])

    def test_new_version(self):
        """MEM-05: a new version is agreed to anew; the old text stays as it was."""
        self.member._o2o_record_consent("marketing", True)
        texts = self.text.with_user(self.manager)
        draft = texts.browse(texts.action_new_version()["res_id"])
        self.assertEqual(draft.version, self.text.version + 1)
        draft.body = "<p>New text</p>"
        self.assertEqual(texts.action_new_version()["res_id"], draft.id)
        draft.action_publish()
        self.assertEqual(self.text.state, "old")
        self.assertEqual(self.env["o2o.consent.text"]._current("marketing"), draft)
        [row] = [
            row for row in self.member._o2o_consents() if row["purpose"] == "marketing"
        ]
        self.assertTrue(row["is_granted"] and row["is_outdated"])
        consent = self.member._o2o_record_consent("marketing", True)
        self.assertEqual(consent.version, draft.version)

    def test_published_text_is_never_edited(self):
        """MEM-05: neither words, nor translations, nor deletion."""
        text = self.text.with_user(self.manager)
        with self.assertRaises(UserError):
            text.body = "<p>Other</p>"
        with self.assertRaises(UserError):
            text.update_field_translations("body", {"en_US": {"We may": "We will"}})
        with self.assertRaises(UserError):
            text.unlink()
        with self.assertRaises(UserError):
            text.state = "draft"

    def test_append_only(self):
        """MEM-05: the log of consents is not changed, by nobody and not by SQL."""
        row = self.member._o2o_record_consent("marketing", True)
        with self.assertRaises(UserError):
            row.write({"is_granted": False})
        with self.assertRaises(UserError):
            row.unlink()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(DatabaseError),
            self.cr.savepoint(),
        ):
            self.cr.execute("UPDATE o2o_consent SET is_granted = false")

    def test_roles(self):
        """MEM-05: managers write texts, clerk and auditor read, others see nothing."""
        row = self.member._o2o_record_consent("marketing", True)
        vals = {"purpose": "marketing", "body": "<p>x</p>"}
        for user in (self.user, self.auditor):
            self.assertTrue(row.with_user(user).is_granted)
            self.assertTrue(self.text.with_user(user).version)
            with self.assertRaises(AccessError):
                self.text.with_user(user).create(vals)
            with self.assertRaises(AccessError):
                row.with_user(user).copy()
        for user in (self.cashier, self.employee):
            with self.assertRaises(AccessError):
                row.with_user(user).read(["is_granted"])
        with self.assertRaises(AccessError):
            row.with_user(self.manager).create(
                {"partner_id": self.member.id, "purpose": "marketing"}
            )


@tagged("post_install", "-at_install")
class TestConsentPages(_WebsiteMemberCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = new_test_user(
            cls.env, login="o2o_m_portal", groups="base.group_portal", lang="en_US"
        )
        cls.partner = cls.portal.partner_id
        cls.text = cls.env["o2o.consent.text"]._current("marketing")

    def _switch(self, granted, **values):
        return self._post_form(
            "/o2o/member/consent",
            **{"purpose": "marketing", "granted": granted, "text_id": self.text.id}
            | values,
        )

    def test_text_is_public(self):
        """MEM-05: everybody can read what is asked for; unknown purposes are 404."""
        page = self.url_open("/o2o/consent/privacy")
        self.assertIn("for nothing else", page.text)
        self.assertEqual(self.url_open("/o2o/consent/nothing").status_code, 404)

    def test_switch(self):
        """MEM-05: a member gives and takes back the consent to offers."""
        self.authenticate("o2o_m_portal", "o2o_m_portal")
        self.assertIn("not been asked", self.url_open("/o2o/member/consent").text)
        self._switch("1")
        self.assertTrue(self.partner._o2o_has_consent("marketing"))
        self.assertIn("Agreed on", self.url_open("/o2o/member/consent").text)
        self._switch("0")
        self.assertFalse(self.partner._o2o_has_consent("marketing"))
        self.assertIn("Taken back on", self.url_open("/o2o/member/consent").text)

    def test_refused(self):
        """MEM-05: no consent to a text that was not shown, from elsewhere, or by a
        visitor; the terms are not taken back here."""
        self.authenticate("o2o_m_portal", "o2o_m_portal")
        self._switch("1", text_id=self.text.id + 1000)
        self._switch("1", purpose="nothing")
        with mute_logger("odoo.http"):
            page = self.url_open(
                "/o2o/member/consent",
                data={"purpose": "marketing", "granted": "1", "text_id": self.text.id},
            )
        self.assertEqual(page.status_code, 400)
        self.assertFalse(self.partner._o2o_has_consent("marketing"))
        self.partner._o2o_record_consent("terms", True)
        self._switch("0", purpose="terms")
        self.assertTrue(self.partner._o2o_has_consent("terms"))
        self.authenticate(None, None)
        page = self.url_open("/o2o/member/consent", allow_redirects=False)
        self.assertIn("/web/login", page.headers["Location"])
