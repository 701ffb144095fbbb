from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, JsonRpcException, new_test_user, tagged
from odoo.tools import mute_logger

from .common_level import LevelCommon

SECRET = "Chateau O2O, 0571-555-0199"


@tagged("post_install", "-at_install")
class TestLevelGate(LevelCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website = cls.env["website"].get_current_website()
        english = cls.env.ref("base.lang_en")
        cls.website.language_ids |= english
        cls.website.default_lang_id = english
        cls.portal = new_test_user(
            cls.env, "o2o_l_portal", groups="base.group_portal", lang="en_US"
        )
        cls.partner = cls.portal.partner_id
        cls._create_card("88000900")._activate(cls.partner)
        cls.product = cls.env["product.template"].create(
            {
                "name": "O2O Wine",
                "list_price": 100,
                "is_published": True,
                "o2o_winery_contact": SECRET,
                "o2o_winery_contact_level_id": cls.gold.id,
            }
        )
        cls.Access = cls.env["o2o.level.gate.access"]

    def _make(self, level):
        self.Grant.with_user(self.manager)._grant_by_hand(
            self.partner,
            level,
            self.company._o2o_today().replace(year=2090, day=1),
            "t",
            f"t:{level.code}",
        )

    def _ask(self, product_id=None):
        return self.make_jsonrpc_request(
            "/o2o/member/winery_contact", {"product_id": product_id or self.product.id}
        )

    def _log(self):
        return self.Access.search([("partner_id", "=", self.partner.id)])

    # === members ===

    def test_locked_then_open(self):
        """MEM-09: a lower level is refused, the level and those above it are shown the
        contact; both are written down."""
        self.authenticate("o2o_l_portal", "o2o_l_portal")
        self._make(self.silver)
        self.assertEqual(self._ask(), {"contact": False})
        self._make(self.diamond)
        self.assertEqual(self._ask(), {"contact": SECRET})
        self.assertRecordValues(
            self._log().sorted("id"),
            [
                {
                    "is_granted": False,
                    "level_id": self.silver.id,
                    "needed_level_id": self.gold.id,
                    "res_id": self.product.id,
                    "user_id": self.portal.id,
                },
                {
                    "is_granted": True,
                    "level_id": self.diamond.id,
                    "needed_level_id": self.gold.id,
                    "res_id": self.product.id,
                    "user_id": self.portal.id,
                },
            ],
        )

    def test_page(self):
        """MEM-09: the page says what is needed, and never carries the contact."""
        self.authenticate("o2o_l_portal", "o2o_l_portal")
        page = self.url_open(self.product.website_url).text
        self.assertIn("o_o2o_level_gate", page)
        self.assertIn("Gold", page)
        self.assertNotIn("o_o2o_level_gate_open", page)
        self.assertNotIn(SECRET, page)
        self._make(self.gold)
        page = self.url_open(self.product.website_url).text
        self.assertIn("o_o2o_level_gate_open", page)
        self.assertNotIn(SECRET, page)

    def test_no_level_on_the_product(self):
        """MEM-09: a contact without a level is for nobody outside."""
        self.product.o2o_winery_contact_level_id = False
        self._make(self.diamond)
        self.authenticate("o2o_l_portal", "o2o_l_portal")
        self.assertEqual(self._ask(), {"contact": False})
        self.assertNotIn(
            "o_o2o_level_gate", self.url_open(self.product.website_url).text
        )

    # === attacks ===

    def test_visitor(self):
        """MEM-09: without a login there is no answer at all."""
        self.authenticate(None, None)
        self.assertNotIn(SECRET, self.url_open(self.product.website_url).text)
        with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
            self._ask()
        self.assertFalse(self._log())

    def test_unknown_or_hidden_product(self):
        """MEM-09: unpublished, unknown and malformed ids are all the same nothing."""
        self._make(self.diamond)
        self.authenticate("o2o_l_portal", "o2o_l_portal")
        self.product.is_published = False
        for product_id in (self.product.id, 10**9, "1", [self.product.id]):
            self.assertEqual(self._ask(product_id), {"contact": False})
        self.assertFalse(self._log())

    def test_no_read_search_or_export(self):
        """MEM-09: the fields do not exist for who is not staff, not even for a member
        of the level, and not through the variant."""
        self._make(self.diamond)
        public = self.env.ref("base.public_user")
        for user in (self.portal, public):
            for record in (self.product, self.product.product_variant_id):
                record = record.with_user(user)
                for name in ("o2o_winery_contact", "o2o_winery_contact_level_id"):
                    with self.subTest(user=user.login, model=record._name, field=name):
                        self.assertNotIn(name, record.fields_get())
                        with self.assertRaises(AccessError):
                            record.read([name])
                        with self.assertRaises(AccessError):
                            record.search([(name, "!=", False)])
                        with self.assertRaises(AccessError):
                            record.search_read([("id", "=", record.id)], [name])
                        with self.assertRaises(UserError):
                            record.export_data([name])

    def test_json_of_the_shop(self):
        """MEM-09: the shop's own JSON does not carry it."""
        self.authenticate("o2o_l_portal", "o2o_l_portal")
        variant = self.product.product_variant_id
        for route, params in (
            (
                "/website_sale/get_combination_info",
                {
                    "product_template_id": self.product.id,
                    "product_id": variant.id,
                    "combination": [],
                    "add_qty": 1,
                },
            ),
            (
                "/website/snippet/autocomplete",
                {
                    "search_type": "products",
                    "term": "Chateau",
                    "options": {
                        "displayDescription": True,
                        "displayDetail": True,
                        "displayExtraDetail": True,
                        "displayExtraLink": True,
                        "displayImage": False,
                        "allowFuzzy": True,
                    },
                },
            ),
        ):
            with self.subTest(route=route):
                self.assertNotIn(SECRET, str(self.make_jsonrpc_request(route, params)))

    def test_who_edits(self):
        """MEM-09: product managers edit the contact, other staff reads it."""
        clerk = new_test_user(
            self.env, "o2o_l_clerk", groups="sales_team.group_sale_salesman"
        )
        editor = new_test_user(
            self.env,
            "o2o_l_editor",
            groups="base.group_user,product.group_product_manager",
        )
        self.assertEqual(self.product.with_user(clerk).o2o_winery_contact, SECRET)
        for record in (self.product, self.product.product_variant_id):
            with self.assertRaises(AccessError):
                record.with_user(clerk).o2o_winery_contact = "mine"
        with self.assertRaises(AccessError):
            self.product.with_user(self.portal).o2o_winery_contact_level_id = False
        self.product.with_user(editor).o2o_winery_contact = "new"
        self.assertEqual(self.product.o2o_winery_contact, "new")

    def test_log_is_written_once(self):
        """MEM-09: nobody edits the log, only managers read it."""
        self._make(self.gold)
        self.product._o2o_gate_open(
            "o2o_winery_contact", self.partner.with_company(self.company)
        )
        row = self._log()
        with self.assertRaises(UserError):
            row.is_granted = False
        with self.assertRaises(UserError):
            row.unlink()
        self.assertTrue(row.with_user(self.manager).read(["partner_id"]))
        for user in (self.user, self.cashier, self.portal, self.employee):
            with self.assertRaises(AccessError):
                row.with_user(user).read(["partner_id"])
        with self.assertRaises(UserError):
            self.Access.with_user(self.portal).create({"field_name": "x"})
