from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import MemberCommon


@tagged("post_install", "-at_install")
class TestPartnerMerge(MemberCommon):
    """Core's own merge dialog, when members are among the contacts."""

    def _merge(self, source, destination, user=None):
        wizards = self.env["base.partner.merge.automatic.wizard"]
        wizard = wizards.with_user(user or self.env.user).create({})
        wizard._merge((source | destination).ids, destination.with_env(wizard.env))

    def _sales(self):
        return new_test_user(
            self.env,
            login="o2o_m_sales",
            # core's dialog reads website visitors with the rights of the user
            groups="base.group_user,base.group_partner_manager,"
            "website.group_website_designer",
        )

    def test_member_moves_with_card_and_points(self):
        """CARD-04, PTS-09: merging a member into a contact keeps the ledger whole."""
        member = self._create_member()
        member._o2o_post_points(25, "manual", "t:merge")
        account, card = self._account(member), member._o2o_active_card()
        contact = self.env["res.partner"].create({"name": "O2O Contact"})
        self._merge(member, contact)
        self.assertEqual(card.partner_id, contact)
        self.assertEqual(account.partner_id, contact)
        self.assertEqual(contact.o2o_points, 25)
        self.assertTrue(contact.o2o_is_member)
        self.assertNotIn(account.id, self.Entry._cron_check_balances())
        contact._o2o_post_points(5, "manual", "t:after")
        self.assertEqual(account.points, 30)

    def test_merged_by_who_does_not_work_in_all_companies(self):
        """MEM-07, MEM-12: levels of a company that the user does not know, or that is
        archived, follow all the same."""
        self.env["res.company"].create({"name": "O2O Elsewhere"})
        self.env["res.company"].create({"name": "O2O Closed"}).active = False
        contacts = self.env["res.partner"].create(
            [{"name": "O2O Contact"}, {"name": "O2O Contact again"}]
        )
        self._merge(contacts[0], contacts[1], self._sales())
        self.assertFalse(contacts[0].exists())

    def test_two_members_by_core(self):
        """MEM-12: core's dialog carries points through the ledger and is logged."""
        first = self._create_member("O2O First", "88000100")
        second = self._create_member("O2O Second", "88000200")
        first._o2o_post_points(25, "manual", "t:merge")
        first_id = first.id
        self._merge(first, second)
        self.assertEqual(second.o2o_points, 25)
        self.assertFalse(self.Entry._cron_check_balances())
        log = self.env["o2o.member.merge"].search([("absorbed_id", "=", first_id)])
        self.assertEqual(log.survivor_id, second)

    def test_core_dialog_needs_a_member_manager(self):
        """MEM-12: who may merge contacts may not take a member over that way."""
        member = self._create_member()
        sales = self._sales()
        own = self.env["res.partner"].create({"name": "O2O Own"})
        for source, destination in ((member, own), (own, member)):
            with self.assertRaisesRegex(AccessError, "member manager"):
                self._merge(source, destination, user=sales)
        self.assertTrue(member.exists() and own.exists())

    def test_other_contacts_as_before(self):
        """MEM-12: contacts that are no members are merged as core does."""
        first, second = self.env["res.partner"].create(
            [{"name": "O2O One"}, {"name": "O2O Two"}]
        )
        sales = self._sales()
        self._merge(first, second, user=sales)
        self.assertFalse(first.exists())
        self.assertFalse(
            self.env["o2o.member.merge"].search([("survivor_id", "=", second.id)])
        )
