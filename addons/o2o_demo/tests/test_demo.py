import io
import json
from datetime import timedelta
from unittest.mock import patch

from PIL import Image

from odoo import fields
from odoo.tools import file_open

from odoo.addons.o2o_demo import runner
from odoo.addons.o2o_demo.builder import build
from odoo.addons.o2o_demo.builder.common import NAMESPACE, read_bytes, read_csv
from odoo.addons.o2o_demo.builder.people import import_card_file, read_card_rows

from .common import DemoCase

ACCESSORIES = ("JB", "FJ", "ZB")


class TestStores(DemoCase):
    def test_six_stores_in_three_cities_ready_to_sell(self):
        """The chain: six stores, a till each, two in the first, staff at each."""
        stores = self.named("o2o.store", "store_") - self.ref("store_head_office")
        cities = {store.region_id._get_city() for store in stores}
        self.assertEqual((len(stores), len(cities)), (6, 3))
        tills = [len(store.pos_config_ids) for store in stores.sorted("id")]
        self.assertEqual(tills, [2, 1, 1, 1, 1, 1])
        for store in stores:
            self.assertTrue(store.user_ids, store.name)
            self.assertTrue(store.phone, store.name)
            self.assertTrue(store.latitude and store.longitude, store.name)
            self.assertEqual(
                store.pos_config_ids.picking_type_id.warehouse_id, store.warehouse_id
            )
            self.assertTrue(
                any(store.pos_config_ids.payment_method_ids.mapped("is_cash_count"))
            )

    def test_each_city_has_an_open_store_at_any_hour(self):
        """ROUT-04: an order finds a store whenever the demo is started."""
        stores = self.named("o2o.store", "store_") - self.ref("store_head_office")
        midnight = fields.Datetime.to_datetime("2026-06-01")
        for hour in range(24):
            moment = midnight + timedelta(hours=hour, minutes=30)
            open_stores = stores.filtered(lambda s, at=moment: s._is_open_at(at))
            cities = {store.region_id._get_city() for store in open_stores}
            self.assertEqual(len(cities), 3, moment)

    def test_head_office_has_what_stores_lack(self):
        """ROUT-06: deep stock of everything in the central warehouse."""
        products = self.named("product.product", "product_").filtered("is_storable")
        head_office = self.ref("store_head_office")
        free = head_office._get_free_quantities(products)[head_office]
        self.assertFalse([p.name for p in products if free.get(p, 0) < 20])
        store = self.ref("store_jb")
        self.assertTrue(
            [p for p in products if not store._get_free_quantities(p)[store].get(p)]
        )


class TestWallets(DemoCase):
    def test_two_members_have_money(self):
        """PAY-05: own money and bonus, by campaigns; the books are set up."""
        wallets = self.named("o2o.wallet", "wallet_1")
        self.assertEqual(
            sorted(wallets.mapped("balance")), [300.0, 1670.0], wallets.mapped("bonus")
        )
        self.assertTrue(all(wallets.mapped("has_pin")))
        self.assertFalse(self.env["o2o.wallet.entry"]._find_wrong_wallets())

    def test_tills_and_website_take_it(self):
        """PAY-05: a payment method at each till, a provider on the website."""
        tills = self.env["pos.config"].search(
            [("company_id", "=", self.env.ref("base.main_company").id)]
        )
        for till in tills:
            methods = till.payment_method_ids.mapped("use_payment_terminal")
            self.assertIn("o2o_wallet", methods, till.name)


class TestDoor(DemoCase):
    def test_couriers_have_money_and_deliveries(self):
        """PAY-03: pages of couriers and lists of head office are not empty."""
        collections = self.named("sale.order", "order_").o2o_fulfillment_ids.mapped(
            "collection_ids"
        )
        states = collections.mapped("state")
        self.assertIn("to_collect", states)
        self.assertIn("collected", states)
        self.assertTrue(all(collections.mapped("courier_id")))
        self.assertTrue(collections._get_carried().transaction_id.payment_id)


class TestCatalogue(DemoCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.products = cls.named("product.product", "product_").filtered("is_storable")

    def test_forty_products_in_two_levels_of_categories(self):
        """SHOP-02: goods in public categories with a parent, and in the till's."""
        self.assertGreaterEqual(len(self.products), 40)
        for product in self.products:
            self.assertTrue(product.public_categ_ids.parent_id, product.name)
            self.assertTrue(product.pos_categ_ids.parent_id, product.name)
            self.assertTrue(product.is_published, product.name)
            self.assertFalse(product.allow_out_of_stock_order, product.name)

    def test_every_product_tells_price_origin_date_and_picture(self):
        """SHOP-02: the shop card shows price, production date and origin."""
        for product in self.products:
            self.assertGreaterEqual(product.list_price, 68, product.name)
            self.assertTrue(product.o2o_origin, product.name)
            self.assertTrue(product.o2o_production_date, product.name)
            self.assertTrue(product.image_1920, product.name)
            self.assertTrue(product.description_ecommerce, product.name)

    def test_every_bottle_tells_degree_content_and_aroma(self):
        """SHOP-02: what is on the label; glasses have none of it."""
        bottles = self.products.filtered(
            lambda p: p.default_code[:2] not in ACCESSORIES
        )
        for bottle in bottles:
            self.assertTrue(bottle.o2o_degree, bottle.name)
            self.assertTrue(bottle.o2o_net_content_ml, bottle.name)
            self.assertTrue(bottle.o2o_aroma, bottle.name)
            self.assertTrue(bottle.o2o_vintage, bottle.name)

    def test_pictures_are_small_squares(self):
        """Pages stay light: at most 40 kB each."""
        for row in read_csv("catalogue.csv"):
            content = read_bytes(f"static/img/products/{row['code']}.jpg")
            self.assertLessEqual(len(content), 40_000, row["code"])
            self.assertEqual(Image.open(io.BytesIO(content)).size, (800, 800))

    def test_shelf_price_contains_the_tax(self):
        """What the member sees is what the member pays."""
        product = self.ref("product_ks01")
        taxes = product.taxes_id.compute_all(product.list_price)
        self.assertEqual(taxes["total_included"], product.list_price)
        self.assertEqual(product.taxes_id.amount, 13)


class TestPeople(DemoCase):
    def test_thirty_members_with_an_active_card(self):
        """CARD-04: three of them can log in, by phone."""
        members = self.named("res.partner", "member_")
        self.assertEqual(len(members), 30)
        self.assertTrue(all(members.mapped("o2o_is_member")))
        logins = members.user_ids
        self.assertEqual(len(logins), 3)
        self.assertEqual(logins.mapped("login"), logins.partner_id.mapped("phone"))

    def test_accounts_file_tells_the_truth(self):
        """Each login of ``demo_accounts.json`` opens the door."""
        with file_open("o2o_demo/demo_accounts.json", "r") as handle:
            accounts = json.load(handle)
        cards = {row["card"]: row["code"] for row in read_card_rows()}
        for account in accounts:
            if account["login"] in cards:
                self.assertEqual(account["password"], cards[account["login"]])
                card = self.env["o2o.card"].search([("number", "=", account["login"])])
                self.assertEqual(card.state, "new")
                continue
            credential = {**account, "type": "password"}
            user = self.env["res.users"].search([("login", "=", account["login"])])
            if user == self.env.ref("base.user_admin"):
                continue  # the password of the database's own administrator
            user.with_user(user)._check_credentials(credential, {"interactive": False})

    def test_sample_card_files_import_without_a_bad_row(self):
        """CARD-01: an Excel file and a GBK text file, each a batch of its own."""
        manager = self.ref("user_zongbu")
        for name in ("cards_2026.xlsx", "cards_2026.txt"):
            content = read_bytes(f"sample_files/{name}")
            batch = import_card_file(self.env(user=manager), name, content)
            self.assertEqual(batch.card_count, 100, name)
            self.assertEqual(batch.activated_count, 0, name)


class TestOrders(DemoCase):
    def test_each_lasting_state_has_an_order(self):
        """ORD-07: from the till's bell to the end of the after-sales period."""
        orders = self.named("sale.order", "order_")
        states = set(orders.o2o_fulfillment_ids.mapped("state"))
        self.assertEqual(
            states,
            {
                "offered",
                "accepted",
                "ready",
                "shipped",
                "delivered",
                "completed",
                "cancelled",
            },
        )

    def test_completed_orders_earned_points(self):
        """PTS-01: for the goods, not for the delivery."""
        fulfillment = self.ref("order_done_1").o2o_fulfillment_ids
        self.assertEqual(fulfillment.points_earned, 2 * 398 + 128)
        member = fulfillment.partner_id
        self.assertGreaterEqual(member.o2o_points + member.o2o_points_pending, 924)

    def test_points_mall_has_goods_and_coupons(self):
        """PTS-06, PTS-07: a newcomer finds something to have for points, and points."""
        member = self.ref("member_13900000101")
        self.assertGreaterEqual(member.o2o_points, 1500)
        product = self.ref("points_jf01")
        self.assertEqual(product.o2o_payment_kind, "points")
        self.assertLessEqual(product.o2o_points_price, member.o2o_points)
        offer = self.ref("coupon_offer_off30")
        exchange = offer._exchange(member, "demo-test")
        self.assertEqual(exchange.coupon_id.program_id, offer.program_id)

    def test_orders_went_to_a_store_of_the_members_city(self):
        """ROUT-04: except what only head office has."""
        head_office = self.ref("store_head_office")
        for order in self.named("sale.order", "order_"):
            store = order.o2o_fulfillment_ids.store_id
            if store != head_office:
                self.assertEqual(
                    store.region_id._get_city(), order.o2o_region_id._get_city()
                )
        self.assertEqual(
            self.ref("order_offered_head_office").o2o_fulfillment_ids.store_id,
            head_office,
        )

    def test_a_rejected_order_moved_on(self):
        """ROUT-08: the first store said no, another one was asked."""
        fulfillment = self.ref("order_rejected_1").o2o_fulfillment_ids
        offers = fulfillment.offer_ids.sorted("id")
        self.assertEqual(offers.mapped("state"), ["rejected", "open"])
        self.assertNotEqual(offers[0].store_id, offers[1].store_id)


class TestBuilder(DemoCase):
    def test_building_again_changes_nothing(self):
        """The builder may run again: nothing is made twice."""

        def count():
            models = ("product.product", "sale.order", "o2o.card", "stock.move")
            return [self.env[model].search_count([]) for model in models]

        names = [("module", "=", NAMESPACE)]
        before = count(), self.env["ir.model.data"].search_count(names)
        build(self.env)
        after = count(), self.env["ir.model.data"].search_count(names)
        self.assertEqual(after, before)

    def test_runner_gets_a_pairing_code(self):
        """DEV: the code pairs the box of a store, which is made when it has none.

        Not the flagship: its box runs beside this test and writes its own row.
        """
        store_code = runner.store_codes()[1]
        code = runner.pairing_code(self.env, store_code)
        with patch.object(type(self.env.cr), "commit"):
            answer, status = self.env["o2o.box"]._pair({"code": code}, "127.0.0.1")
        self.assertEqual(status, 200)
        box = self.env["o2o.box"].browse(answer["box_id"])
        self.assertEqual(box.store_id, self.ref(f"store_{store_code.lower()}"))
        self.assertEqual(box.printer_ids.connection, "virtual")

    def test_drawer_and_display(self):
        """POS-05: a till of the flagship has a drawer and a customer display."""
        till = self.ref("till_nm_1")
        self.assertEqual(till._o2o_get_drawer_printers(), self.ref("printer_nm"))
        display = self.env["o2o.display"].search([("config_id", "=", till.id)])
        self.assertEqual(display.connection, "virtual")
        self.assertTrue(display.welcome)

    def test_first_till_charges_bank_cards(self):
        """UPAY-01: a till of the flagship has a terminal, one way to pay by card."""
        till = self.ref("till_nm_1")
        terminal = self.env["o2o.terminal"].search([("config_id", "=", till.id)])
        self.assertEqual(terminal.connection, "virtual")
        self.assertEqual(terminal.box_id, self.ref("box_nm"))
        others = ("o2o_code", "o2o_wallet")
        cards = till.payment_method_ids.filtered(
            lambda method: (
                method.type == "bank" and method.use_payment_terminal not in others
            )
        )
        self.assertEqual(cards.use_payment_terminal, "o2o_terminal")
        other = self.ref("till_nm_2").payment_method_ids
        self.assertNotIn("o2o_terminal", other.mapped("use_payment_terminal"))

    def test_every_till_scans_codes(self):
        """PAY-02: Alipay, WeChat Pay and UnionPay by one button at each till."""
        codes = self.ref("payment_code")
        self.assertEqual(codes.use_payment_terminal, "o2o_code")
        for store in self.env["o2o.store"].search([("pos_config_ids", "!=", False)]):
            for till in store.pos_config_ids:
                self.assertIn(codes, till.payment_method_ids, till.name)

    def test_door_and_counter_come_first(self):
        """PAY-01: who does not choose pays at the door, as before."""
        methods = self.env["payment.method"].search([("active", "=", True)])
        first = methods[:2].provider_ids.mapped("custom_mode")
        self.assertEqual(set(first), {"cash_on_delivery", "on_site"})

    def test_runner_refuses_an_unknown_store(self):
        """DEV: a typing error does not create a box somewhere."""
        with self.assertRaises(ValueError):
            runner.pairing_code(self.env, "XX")
