from odoo.tests import tagged

from .common import CatalogCommon


@tagged("post_install", "-at_install")
class TestI18n(CatalogCommon):
    def test_chinese_labels(self):
        """SHOP-02: a Chinese shop speaks Chinese."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"]._load_module_terms(["o2o_catalog"], ["zh_CN"])
        rows = dict(self.bottle.with_context(lang="zh_CN")._o2o_specifications())
        self.assertEqual(rows["年份"], "2016")
        self.assertEqual(rows["香型"], "酱香型")
