from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import MemberCommon


@tagged("post_install", "-at_install")
class TestSecurity(MemberCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = new_test_user(
            cls.env, login="o2o_m_portal", groups="base.group_portal"
        )
        cls.card = cls._create_card("88000001")
        cls.card._activate(cls.portal.partner_id)
        cls.member = cls._create_member("O2O Other Member", "88000200")
        cls.own = cls.portal.partner_id._o2o_post_points(10, "manual", "t:own")
        cls.foreign = cls.member._o2o_post_points(20, "manual", "t:foreign")

    def test_who_reads(self):
        """PTS-09, MEM-10: members' staff and cashiers look things up."""
        for user in (self.user, self.manager, self.cashier):
            with self.subTest(user=user.login):
                self.assertEqual(self.own.with_user(user).points, 10)
                self.assertEqual(self.card.with_user(user).number, "88000001")
                partner = self.member.with_user(user)
                self.assertEqual(partner.o2o_card_ids.number, "88000200")

    def test_who_does_not_read(self):
        """PTS-09: an employee without a role sees neither cards nor points rows."""
        for record in (self.own, self.card):
            with self.assertRaises(AccessError):
                record.with_user(self.employee).read(["company_id"])
        partners = self.env["res.partner"].with_user(self.employee)
        self.assertNotIn("o2o_card_ids", partners.fields_get())
        self.assertNotIn("o2o_points_entry_ids", partners.fields_get())
        self.assertTrue(partners.browse(self.member.id).o2o_is_member)

    def test_nobody_writes(self):
        """PTS-09, CARD-01: no role has write access, the manager included."""
        for user in (self.user, self.manager, self.cashier, self.portal):
            for record in (self.own, self.card):
                for operation in ("write", "create", "unlink"):
                    with self.subTest(user=user.login, record=record, op=operation):
                        self.assertFalse(record.with_user(user).has_access(operation))

    def test_portal_sees_own_rows_only(self):
        """PTS-09: a member sees nobody else's points or card."""
        entries = self.Entry.with_user(self.portal).search([])
        self.assertEqual(entries, self.own)
        self.assertEqual(self.Card.with_user(self.portal).search([]), self.card)
        with self.assertRaises(AccessError):
            self.foreign.with_user(self.portal).read(["points"])

    def test_hashes_are_for_the_system(self):
        """CARD-02: hashes, key and tries are out of reach for every other role."""
        for user in (self.user, self.manager, self.cashier, self.portal):
            with self.assertRaises(AccessError):
                self.card.with_user(user).read(["code_hash"])
            with self.assertRaises(AccessError):
                self.env["ir.config_parameter"].with_user(user).search([]).read()
            for model in ("o2o.card.attempt", "o2o.card.throttle"):
                with self.assertRaises(AccessError):
                    self.env[model].with_user(user).search([])

    def test_company_wall(self):
        """MEM-10: cards, batches and points of another company are invisible."""
        company = self.env["res.company"].create({"name": "O2O Other"})
        batch = self.env["o2o.card.batch"].create({"company_id": company.id})
        card = self._create_card("99000001", company_id=company.id, batch_id=batch.id)
        card._activate(self.member)
        entry = self.member.with_company(company)._o2o_post_points(5, "manual", "t:o")
        for record in (batch, card, entry):
            model = self.env[record._name].with_user(self.manager)
            self.assertFalse(model.search([("id", "=", record.id)]))
            with self.assertRaises(AccessError):
                model.browse(record.id).read(["company_id"])

    def test_only_managers_adjust_points(self):
        """PTS-09: a user or a cashier cannot give points away."""
        for user in (self.user, self.cashier):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["o2o.points.adjust"].with_user(user).create(
                    {"partner_id": self.member.id, "points": 5, "reason": "x"}
                )

    def test_member_list_opens(self):
        """MEM-10: the member list with card, phone and points, searched by card."""
        partners = self.env["res.partner"].with_user(self.user)
        found = partners.search([("o2o_card_ids.number", "ilike", "880002")])
        self.assertEqual(found, self.member)
        view = self.env.ref("o2o_member.o2o_member_view_list")
        arch = partners.get_view(view.id, "list")["arch"]
        for field in ("o2o_card_number", "phone", "o2o_points", "o2o_member_since"):
            self.assertIn(f'name="{field}"', arch)
