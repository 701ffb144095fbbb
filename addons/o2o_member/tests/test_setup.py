from odoo.tests import Form, TransactionCase, tagged

from ..const import HASH_KEY_PARAMETER
from ..hooks import post_init_hook, uninstall_hook


@tagged("post_install", "-at_install")
class TestSetup(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("en_US")

    def _menus(self, website, url):
        return self.env["website.menu"].search(
            [("website_id", "=", website.id), ("url", "=", url)]
        )

    def test_existing_websites_have_the_menus(self):
        """SHOP-01, CARD-03: "Buy online" and "Member center" in the main menu."""
        for website in self.env["website"].search([], limit=10):
            self.assertEqual(len(self._menus(website, "/o2o/member")), 1)
            self.assertEqual(len(self._menus(website, "/shop")), 1)

    def test_new_website_has_the_menus(self):
        """SHOP-01: also a website made later, with one entry for the shop."""
        website = self.env["website"].create({"name": "O2O Second Site"})
        shop = self._menus(website, "/shop").with_context(lang="en_US")
        self.assertEqual(shop.mapped("name"), ["Buy online"])
        member = self._menus(website, "/o2o/member").with_context(lang="en_US")
        self.assertEqual(member.mapped("name"), ["Member center"])
        self.assertEqual(member.parent_id, website.menu_id)

    def test_shop_menu_with_a_name_of_its_own_is_kept(self):
        """SHOP-01: a menu the retailer has named stays."""
        website = self.env["website"].create({"name": "O2O Third Site"})
        self._menus(website, "/shop").with_context(lang="en_US").name = "Our cellar"
        website._o2o_ensure_menus()
        shop = self._menus(website, "/shop").with_context(lang="en_US")
        self.assertEqual(shop.mapped("name"), ["Our cellar"])

    def test_each_company_has_one_points_program(self):
        """PTS-01: old and new companies alike."""
        company = self.env["res.company"].create({"name": "O2O New Company"})
        programs = self.env["loyalty.program"].search(
            [("o2o_is_member_points", "=", True), ("company_id", "=", company.id)]
        )
        self.assertEqual(len(programs), 1)
        self.assertEqual(programs.currency_id, company.currency_id)
        self.assertEqual(company._o2o_points_program(), programs)

    def test_hook_runs_twice_without_harm(self):
        """CARD-02: the key of the codes is made once and never replaced."""
        parameters = self.env["ir.config_parameter"]
        key = parameters.get_param(HASH_KEY_PARAMETER)
        self.assertGreaterEqual(len(key), 64)
        menus = self.env["website.menu"].search_count([])
        post_init_hook(self.env)
        self.assertEqual(parameters.get_param(HASH_KEY_PARAMETER), key)
        self.assertEqual(self.env["website.menu"].search_count([]), menus)

    def test_uninstall_takes_back_what_was_added(self):
        """SHOP-01: core records look as before; the points program is archived."""
        website = self.env["website"].create({"name": "O2O Fourth Site"})
        program = self.env.company._o2o_points_program()
        uninstall_hook(self.env)
        shop = self._menus(website, "/shop").with_context(lang="en_US")
        self.assertEqual(shop.mapped("name"), ["Shop"])
        self.assertFalse(self._menus(website, "/o2o/member"))
        self.assertFalse(program.active)
        parameters = self.env["ir.config_parameter"]
        self.assertFalse(parameters.get_param(HASH_KEY_PARAMETER))

    def test_setting(self):
        """PTS-01: points per unit are a setting of the company."""
        with Form(self.env["res.config.settings"]) as form:
            form.o2o_points_per_unit = 2.5
        form.save().execute()
        self.assertEqual(self.env.company.o2o_points_per_unit, 2.5)
