from uuid import uuid4

from odoo.fields import Command
from odoo.tests import tagged

from .test_points_pos import PosRedeemCommon as _PosRedeemCommon


@tagged("post_install", "-at_install")
class TestPurchaseMessage(_PosRedeemCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.o2o_sms_provider = "log"
        cls.company.partner_id.tz = "Asia/Shanghai"
        cls.member.lang = "en_US"
        cls.messages = cls.env["o2o.message"]
        cls.last = cls.messages.search([], limit=1).id or 0

    def _texts(self):
        return self.messages.search([("id", ">", self.last)], order="id").mapped("body")

    def test_purchase(self):
        """CARD-06: a purchase with the card is told to the member: amount, place, time
        of the shop, points; the order sent again is told once."""
        uuid, lines = str(uuid4()), self._goods((self.bottle, 1))
        self._sync(lines, uuid=uuid)
        self._sync(lines, uuid=uuid)
        amount = self.till.currency_id.format(60)
        self.assertEqual(
            self._texts(),
            [
                f"{self.company.name}: card ending in 0100, {amount} at O2O Till, "
                "03-01 18:00. You have 10060 points. If this was not you, please call "
                "us at once."
            ],
        )
        message = self.messages.search([], limit=1)
        self.assertEqual(message.target_masked, "138****8000")

    def test_draft_is_not_told(self):
        """CARD-06: only what was paid is told."""
        uuid, lines = str(uuid4()), self._goods((self.bottle, 1))
        self._sync(lines, uuid=uuid, state="draft", payment_ids=[], amount_paid=0)
        self.assertFalse(self._texts())

    def test_top_up(self):
        """CARD-06: money loaded on the member's e-wallet is told as a top-up."""
        product = self._create_product("O2O Top-up", 50.0)
        self.env["loyalty.program"].create(
            {
                "name": "O2O Wallet",
                "program_type": "ewallet",
                "rule_ids": [
                    Command.create({"product_ids": [Command.set(product.ids)]})
                ],
            }
        )
        self._sync(self._goods((product, 1)))
        [text] = self._texts()
        self.assertIn("topped up", text)
        self.assertIn(self.till.currency_id.format(50), text)

    def test_in_the_language_of_the_member(self):
        """CARD-06: the member reads it in the own language, not in the cashier's."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"]._load_module_terms(["o2o_member"], ["zh_CN"])
        self.member.lang = "zh_CN"
        self._sync(self._goods((self.bottle, 1)))
        [text] = self._texts()
        self.assertIn("尾号", text)

    def test_nobody_to_tell(self):
        """CARD-06: no message without a card, a mobile number or a sale, nor when the
        shop sends none."""
        stranger = self.env["res.partner"].create(
            {"name": "O2O Stranger", "phone": "13912345678"}
        )
        self._sync(self._goods((self.bottle, 1)), partner=stranger)
        order = self._sync(self._goods((self.cup, 1)), partner=self.env["res.partner"])
        self.assertEqual(order.state, "paid")
        self.member.phone = "010-12345678"
        self._sync(self._goods((self.bottle, 1)))
        self.member.phone = "13800138000"
        self.company.o2o_purchase_message = False
        self._sync(self._goods((self.bottle, 1)))
        self.assertFalse(self._texts())
