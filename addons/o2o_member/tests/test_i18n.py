from odoo.tests import tagged

from .common import MemberCommon


@tagged("post_install", "-at_install")
class TestI18n(MemberCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.env["ir.module.module"]._load_module_terms(["o2o_member"], ["zh_CN"])

    def test_messages(self):
        """CARD-03: the Chinese shop answers in Chinese."""
        message = self.Card.with_context(lang="zh_CN")._activation_message("mismatch")
        self.assertEqual(message, "卡号与激活码不匹配。")
        label = self.Card.with_context(lang="zh_CN").fields_get(["number"])
        self.assertEqual(label["number"]["string"], "卡号")

    def test_menus_of_a_new_website(self):
        """SHOP-01: the menus of a website made later are Chinese, too."""
        website = self.env["website"].create({"name": "O2O Site"})
        menus = (
            self.env["website.menu"]
            .with_context(lang="zh_CN")
            .search(
                [
                    ("website_id", "=", website.id),
                    ("url", "in", ["/shop", "/o2o/member"]),
                ]
            )
        )
        self.assertEqual(set(menus.mapped("name")), {"在线购买", "会员中心"})
