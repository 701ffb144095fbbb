from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import MemberCommon


@tagged("post_install", "-at_install")
class TestPartnerMerge(MemberCommon):
    def _merge(self, source, destination):
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (source | destination).ids, destination
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

    def test_two_members_are_not_merged(self):
        """PTS-09: balances are never added up outside the ledger."""
        first = self._create_member("O2O First", "88000100")
        second = self._create_member("O2O Second", "88000200")
        first._o2o_post_points(25, "manual", "t:merge")
        with self.assertRaisesRegex(UserError, "member with points"):
            self._merge(first, second)
        self.assertEqual((first.o2o_points, second.o2o_points), (25, 0))
