from odoo.tests import Form, tagged

from .common import MemberCommon


@tagged("post_install", "-at_install")
class TestMemberList(MemberCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.member = cls._create_member("O2O Zhang Sanbao", "88000100")
        cls.member.phone = "+86 199 8765 4321"
        cls.other = cls._create_member("O2O Li Si", "88000200")

    def _search(self, text, user=None):
        partners = self.env["res.partner"].with_user(user or self.user)
        return partners.search(
            [("o2o_card_ids", "!=", False), ("o2o_member_search", "ilike", text)]
        )

    def test_search(self):
        """MEM-10: by name, number, old number, phone with and without spaces."""
        card = self.member._o2o_active_card()
        card._replace_with(self._create_card("88000300", "1"))
        for text in (
            "zhang sanbao",
            "88000100",
            "8800-0300",
            "19987654321",
            "199 8765 4321",
            "1998765",
        ):
            with self.subTest(text=text):
                self.assertEqual(self._search(text), self.member)
        self.assertEqual(
            self._search("8800") & (self.member | self.other), self.member | self.other
        )
        self.assertFalse(self._search("nobody"))
        self.assertEqual(self.member.o2o_card_number, "88000300")

    def test_search_is_for_the_roles(self):
        """MEM-10: others cannot find out who holds which card."""
        for user in (self.user, self.manager, self.auditor):
            self.assertTrue(self._search("88000100", user))
        fields = self.env["res.partner"].with_user(self.employee).fields_get()
        for name in ("o2o_card_number", "o2o_member_since", "o2o_member_search"):
            self.assertNotIn(name, fields)

    def test_card_opened(self):
        """MEM-10: when a member opened the first card, kept through a replacement."""
        card = self.member._o2o_active_card()
        card.activated_at = "2025-05-01 08:00:00"
        card._replace_with(self._create_card("88000300", "1"))
        self.assertEqual(str(self.member.o2o_member_since), "2025-05-01 08:00:00")
        found = self.env["res.partner"].search(
            [
                ("o2o_member_since", ">=", "2025-05-01"),
                ("o2o_member_since", "<", "2025-06-01"),
            ]
        )
        self.assertIn(self.member, found)
        self.assertNotIn(self.other, found)

    def test_list_costs_the_same_for_many(self):
        """MEM-10: the queries of the list do not grow with its rows."""
        for number in range(40):
            self._create_member(f"O2O Member {number}", f"8890{number:04d}")
        few = self._cost(3)
        self.assertLessEqual(self._cost(40), few)
        self.assertLessEqual(few, 15)

    def _cost(self, limit):
        view = self.env.ref("o2o_member.o2o_member_view_list")
        partners = self.env["res.partner"].with_user(self.user)
        fields = partners.get_view(view.id, "list")["models"]["res.partner"]
        specification = {name: {} for name in fields}
        domain = [("o2o_card_ids", "!=", False)]
        for _warm in range(2):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            result = partners.web_search_read(domain, specification, limit=limit)
            cost = self.cr.sql_log_count - before
        self.assertEqual(len(result["records"]), limit)
        return cost

    def test_views(self):
        """MEM-10: lists, forms and searches open for each role that may see them."""
        for user in (self.user, self.manager, self.auditor):
            for model in ("o2o.card", "o2o.card.batch"):
                for kind in ("list", "form", "search"):
                    with self.subTest(user=user.login, model=model, kind=kind):
                        self.env[model].with_user(user).get_view(view_type=kind)
            with self.subTest(user=user.login):
                self.env["res.partner"].with_user(user).get_view(
                    self.env.ref("base.view_partner_form").id, "form"
                )
        batch = self.env["o2o.card.batch"].create({})
        with Form(batch.with_user(self.manager)) as form:
            form.date_expiry = "2027-01-01"
        self.assertEqual(str(batch.date_expiry), "2027-01-01")
