from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.o2o_member_duplicate_search import MAX_GROUP
from .common import MemberCommon


@tagged("post_install", "-at_install")
class TestMemberDuplicate(MemberCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Duplicate = cls.env["o2o.member.duplicate"]
        cls.first = cls._create_member("O2O First", "88000100")
        cls.second = cls._create_member("O2O Second", "88000200")
        cls.first.phone = "13711112222"
        cls.second.phone = "13711113333"

    def _find(self):
        for _progress in self.Duplicate._find_in_batches():
            pass

    def _groups(self, partner=None):
        return self.Duplicate.search(
            [("partner_ids", "in", (partner or self.first).ids)]
        )

    def test_phone_however_it_is_written(self):
        """MEM-12: prefix, spaces, dashes and full-width digits are the same phone."""
        for text in (
            "+86 137 1111 2222",
            "0086-137-1111-2222",
            "８６１３７１１１１２２２２",  # noqa: RUF001
            "137 1111 2222",
        ):
            self.second.phone = text
            self._find()
            group = self._groups()
            self.assertEqual(group.reason, "phone", text)
            self.assertEqual(group.partner_ids, self.first | self.second)
            group.unlink()
        self.second.phone = "13711113333"
        self._find()
        self.assertFalse(self._groups())

    def test_contact_without_a_card(self):
        """MEM-12: an online customer and a member in the shop are one person."""
        contact = self.env["res.partner"].create(
            {"name": "O2O Online", "phone": "13711112222"}
        )
        self._find()
        self.assertEqual(self._groups().partner_ids, self.first | contact)

    def test_contacts_nobody_cares_about(self):
        """MEM-12: no member, a company, an address or a colleague: not listed."""
        partners = self.env["res.partner"]
        partners.create([{"name": "x", "phone": "13799990000"} for _n in range(2)])
        partners.create(
            [
                {"name": "x", "phone": "13711112222", "is_company": True},
                {"name": "x", "phone": "13711112222", "parent_id": self.first.id},
            ]
        )
        self.employee.partner_id.phone = "13711112222"
        self._find()
        self.assertFalse(self._groups())
        self.assertFalse(self.Duplicate.search([("partner_ids.name", "=", "x")]))

    def test_name_and_birthday(self):
        """MEM-12: same name and birthday; the name alone is not enough."""
        self.first.write({"name": "王 小明", "o2o_birthday": "1990-05-06"})
        self.second.write({"name": "王小明"})
        self._find()
        self.assertFalse(self._groups())
        self.second.o2o_birthday = "1990-05-06"
        self._find()
        self.assertEqual(self._groups().reason, "name_birthday")

    def test_card_number(self):
        """MEM-12: one card number in two companies, or written on a contact."""
        other = self.env["res.company"].create({"name": "O2O Elsewhere"})
        self._create_card("88000100", company_id=other.id)._activate(self.second)
        contact = self.env["res.partner"].create(
            {"name": "O2O Imported", "ref": "88000200"}
        )
        self._find()
        self.assertEqual(self._groups(contact).partner_ids, self.second | contact)
        group = self._groups()
        self.assertEqual(group.reason, "card")
        self.assertEqual(group.company_ids, self.company | other)

    def test_verified_email(self):
        """MEM-12: an e-mail counts when somebody has logged in by it."""
        users = self.env["res.users"].with_context(no_reset_password=True)
        user = users.create(
            {
                "partner_id": self.first.id,
                "login": "one@example.com",
                "group_ids": self.env.ref("base.group_portal").ids,
            }
        )
        self.first.email = "One@Example.com"
        self.second.email = "one@example.com"
        self._find()
        self.assertFalse(self._groups())
        self.env["res.users.log"].with_user(user).sudo().create({})
        self._find()
        self.assertEqual(self._groups().reason, "email")

    def test_placeholder_phone(self):
        """MEM-12: a number typed for everybody is no sign of one person."""
        self.env["res.partner"].create(
            [
                {"name": f"O2O {number}", "phone": "13711112222"}
                for number in range(MAX_GROUP)
            ]
        )
        self._find()
        self.assertFalse(self._groups())

    def test_dismissed_pairs_stay_away(self):
        """MEM-12: not the same person is remembered by pair, also after a merge."""
        self.second.phone = "13711112222"
        self._find()
        group = self._groups()
        group.with_user(self.manager).action_dismiss()
        self._find()
        self.assertEqual(group.state, "dismissed")
        third = self._create_member("O2O Third", "88000300")
        third.phone = "13711112222"
        self._find()
        self.assertEqual(group.state, "open", "somebody new shares the phone")
        self.assertEqual(group.partner_ids, self.first | self.second | third)
        self.env["o2o.member.merge"]._merge_members(third, self.second)
        self.assertEqual(group.member_count, 2)
        self._find()
        self.assertFalse(group.exists(), "who is not the second is not the third")
        self.assertFalse(self._groups())

    def test_merge_closes_the_group(self):
        """MEM-12: the group is merged when one member is left, and stays so."""
        self.second.phone = "13711112222"
        self._find()
        group = self._groups()
        context = group.with_user(self.manager).action_merge()["context"]
        self.assertEqual(context["active_ids"], (self.first | self.second).ids)
        self.env["o2o.member.merge"]._merge_members(self.first, self.second)
        self.assertEqual(group.state, "merged")
        self._find()
        self.assertEqual(group.state, "merged")
        with self.assertRaisesRegex(UserError, "already decided"):
            group.with_user(self.manager).action_merge()

    def test_search_again_changes_nothing(self):
        """MEM-12: a second run writes nothing."""
        self.second.phone = "13711112222"
        self._find()
        group = self._groups()
        self.assertFalse(
            [
                changed
                for reason, source in self.Duplicate._duplicate_sources().items()
                for changed in self.Duplicate._compare(
                    reason, self.Duplicate._find(source)
                )
                if changed
            ]
        )
        self._find()
        self.assertEqual(self._groups(), group)

    def test_statements_do_not_grow_with_members(self):
        """MEM-12: set-based: as many statements for many groups as for one."""
        partners = self.env["res.partner"]

        def count():
            start = self.env.cr.sql_log_count
            self._find()
            return self.env.cr.sql_log_count - start

        self.second.phone = "13711112222"
        self._find()
        self._groups().unlink()
        one = count()
        for number in range(40):
            pair = partners.create(
                [
                    {"name": "O2O Pair", "phone": f"1382222{number:04d}"}
                    for _n in range(2)
                ]
            )
            self._create_card(f"8700{number:04d}").write(
                {"state": "active", "partner_id": pair[0].id}
            )
        self.env.flush_all()
        self._groups().unlink()
        self.assertLessEqual(count(), one + 2)
        self.assertEqual(
            self.Duplicate.search_count([("partner_ids.name", "=", "O2O Pair")]), 40
        )

    def test_comparison(self):
        """MEM-12: the members of a group side by side."""
        self.second.phone = "13711112222"
        self.first._o2o_post_points(77, "manual", "t:c")
        self._find()
        comparison = self._groups().with_user(self.manager).comparison
        for text in ("O2O First", "O2O Second", "88000100", "88000200", "77"):
            self.assertIn(text, comparison)

    # === rights ===

    def test_only_managers_decide(self):
        """MEM-12: the auditor reads the list; only the manager acts on it."""
        self.second.phone = "13711112222"
        self._find()
        group = self._groups()
        auditor = self.user.copy({"login": "o2o_m_dup_auditor"})
        auditor.group_ids = self.env.ref("o2o_member.o2o_member_group_auditor")
        self.assertTrue(group.with_user(auditor).has_access("read"))
        for user in (auditor, self.user, self.cashier, self.employee):
            for action in ("action_dismiss", "action_merge", "action_find"):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    getattr(group.with_user(user), action)()
        for user in (self.manager, auditor):
            for operation in ("write", "create", "unlink"):
                self.assertFalse(group.with_user(user).has_access(operation))
        self.assertEqual(group.state, "open")
        self.assertEqual(
            group.with_user(self.manager).action_find()["tag"], "display_notification"
        )

    def test_members_of_other_companies_are_hidden(self):
        """MEM-12: a group with a member of a company out of reach is not listed."""
        other = self.env["res.company"].create({"name": "O2O Elsewhere"})
        self._create_card("88000900", company_id=other.id)._activate(self.second)
        self.second.phone = "13711112222"
        self._find()
        group = self._groups()
        self.assertTrue(group)
        visible = self.Duplicate.with_user(self.manager)
        self.assertFalse(visible.search([("id", "=", group.id)]))
        with self.assertRaises(AccessError):
            group.with_user(self.manager).action_dismiss()
        self.manager.company_ids |= other
        both = visible.with_context(allowed_company_ids=[self.company.id, other.id])
        self.assertTrue(both.search([("id", "=", group.id)]))
