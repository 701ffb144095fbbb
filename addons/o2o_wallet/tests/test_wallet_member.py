from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import WalletCommon


@tagged("post_install", "-at_install")
class TestWalletMember(WalletCommon):
    """Members who become one, who take their data, who leave."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_member("O2O Other", "88000200")

    def _merge(self, survivor, source):
        self.env["o2o.member.merge"]._merge_members(survivor, source)
        self.env.invalidate_all()

    def test_wallet_moves_with_the_member(self):
        """MEM-12: a wallet whose member is absorbed changes hands as it is."""
        self._top_up()
        payment = self.wallet._pay(110.0, "test/pay")
        self._merge(self.other, self.member)
        self.assertEqual(self.wallet.partner_id, self.other)
        self.assertEqual(self.env["o2o.wallet"]._of(self.other), self.wallet)
        payment._refund(110.0, "test/back")
        self.assertBalance(500.0, 50.0)
        self.assertProven()

    @freeze_time("2026-05-04 04:00:00")
    def test_two_wallets_become_one(self):
        """MEM-12: money, bonus with its end, what is set aside and later refunds."""
        end = fields.Datetime.to_datetime("2026-05-14 04:00:00")
        self._top_up(bonus_until=end)
        payment = self.wallet._pay(110.0, "test/pay")
        hold = self.Hold._hold(self.wallet, 220.0, "test/hold")
        kept = self.env["o2o.wallet"]._open(self.other)
        kept._top_up(100.0, "test/other", bonus=5.0)
        self._merge(self.other, self.member)
        self.assertRecordValues(
            self.wallet,
            [{"state": "closed", "principal": 0.0, "bonus": 0.0, "held_bonus": 0.0}],
        )
        self.assertBalance(500.0, 45.0, 220.0, wallet=kept)
        self.assertEqual(hold.wallet_id, kept)
        hold._capture()
        payment._refund(110.0, "test/back")
        self.assertBalance(400.0, 35.0, wallet=kept)
        self.assertEqual(self.wallet._pay(1.0, "test/late").wallet_id, kept)
        with freeze_time(end + timedelta(days=40)):
            kept._expire_bonus()
        self.assertGreaterEqual(kept.bonus, 4.9)
        self.assertLessEqual(kept.bonus, 5.0)
        self.assertProven()

    def test_freeze_survives_the_merge(self):
        """MEM-12: merging does not put a frozen wallet to use again."""
        self._top_up()
        self.env["o2o.wallet"]._open(self.other)
        self.wallet._freeze()
        self._merge(self.other, self.member)
        self.assertEqual(self.env["o2o.wallet"]._of(self.other).state, "frozen")

    def test_merge_is_told_before(self):
        """MEM-12: the comparison shows what both have."""
        self._top_up()
        self.assertEqual(self.member._o2o_merge_facts()["wallet"], 550.0)
        self.assertIn("Wallet", self.member._o2o_merge_labels().values())

    def test_export_holds_the_statement(self):
        """MEM-05: the copy of the data contains the wallet, without inner rows."""
        self._top_up()
        self.Hold._hold(self.wallet, 1.0, "test/hold")
        rows = self.member._o2o_export_tables()["wallet"]
        self.assertEqual([row["kind"] for row in rows], ["topup", "bonus"])
        self.assertEqual(rows[1]["balance_after"], 550.0)

    def test_money_stands_in_the_way_of_deletion(self):
        """MEM-05: nobody loses money by leaving; it is paid out first."""
        self._top_up()
        self.assertTrue(self.member._o2o_deletion_obstacles())
        with self.assertRaises(UserError):
            self.wallet._close()
        self.wallet._pay_out(500.0, "test/out")
        self.assertFalse(self.member._o2o_deletion_obstacles())
        self.member._o2o_anonymise()
        self.assertEqual(self.wallet.state, "closed")
        self.assertBalance(0.0, 0.0)
        with self.assertRaises(UserError):
            self._top_up(1.0, 0.0, "test/again")

    def test_refund_to_who_left(self):
        """MEM-05: a bottle comes back after the member left: money waits in the closed
        wallet, and that is no broken ledger."""
        self._top_up(100.0, 0.0)
        payment = self.wallet._pay(100.0, "test/pay")
        self.wallet._close()
        payment._refund(100.0, "test/back")
        self.assertBalance(100.0, 0.0)
        self.assertProven()
