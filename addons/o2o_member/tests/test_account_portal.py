from lxml import html

from odoo.exceptions import UserError
from odoo.tests import JsonRpcException, new_test_user, tagged
from odoo.tools import mute_logger

from .test_account import EMAIL, NEW_PHONE, PASSWORD, PHONE
from .test_account import AccountCase as _AccountCase

OLD_EMAIL = "old@example.com"


class PortalAddressCase(_AccountCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.card._activate(cls.partner)
        cls.country = cls.env.ref("base.be")

    def _submit(self, url="/my/address/submit", **values):
        """What the page answers to the address form."""
        form = {
            "name": "O2O Name",
            "phone": PHONE,
            "email": OLD_EMAIL,
            "street": "Road 2",
            "city": "Town",
            "zip": "1000",
            "country_id": self.country.id,
            "partner_id": self.partner.id,
            "use_delivery_as_billing": "true",
            **values,
        }
        return self._post_form(url, **{k: v for k, v in form.items() if v is not None})

    def _assert_kept(self):
        self.assertRecordValues(self.partner, [{"phone": PHONE, "email": OLD_EMAIL}])


@tagged("post_install", "-at_install")
class TestPortalAccount(PortalAddressCase):
    def test_name_and_address(self):
        """MEM-02: the page of Odoo goes on to take a name and an address, with the
        phone in any spelling and with or without the e-mail."""
        for street, phone, email in (
            ("Road 2", PHONE, OLD_EMAIL),
            ("Road 3", "+86 139 1234 5678", OLD_EMAIL.upper()),
            ("Road 4", None, None),
        ):
            with self.subTest(street=street):
                answer = self._submit(street=street, phone=phone, email=email).json()
                self.assertEqual(answer, {"redirectUrl": "/my/addresses"})
                self.assertEqual(self.partner.street, street)
                self.assertEqual(self.partner.name, "O2O Name")
                self._assert_kept()

    def test_page_leads_to_the_codes(self):
        """MEM-03: phone and e-mail are shown, and changed where a code is asked for."""
        page = self.url_open("/my/account")
        for name in ("phone", "email"):
            self.assertEqual(self._input(page, name).get("readonly"), "1")
            self.assertIn(f"/o2o/member/security/{name}", page.text)
        new_address = self.url_open("/my/address?address_type=delivery")
        self.assertNotIn("readonly", self._input(new_address, "phone"))

    def test_unproved(self):
        """MEM-02, MEM-03: a form cannot change phone or e-mail, nor empty them."""
        for values in (
            {"phone": NEW_PHONE},
            {"phone": ""},
            {"email": EMAIL},
            {"email": ""},
            {"phone": NEW_PHONE, "email": EMAIL},
        ):
            with self.subTest(values=values):
                answer = self._submit(**values).json()
                self.assertEqual(set(answer["invalid_fields"]) & set(values), {*values})
                self.assertIn("with a code", " ".join(answer["messages"]))
                self.assertNotEqual(self.partner.street, "Road 2")
                self._assert_kept()

    def test_around_the_checks_of_the_form(self):
        """MEM-03: a form that tells the page not to check changes nothing either."""
        with mute_logger("odoo.http"):
            answer = self._submit(phone=NEW_PHONE, verify_address_values="")
        self.assertGreaterEqual(answer.status_code, 400)
        self._assert_kept()

    def test_rpc(self):
        """MEM-03: people may write their own user by RPC, but not phone and e-mail."""

        def write(values, **context):
            return self.make_jsonrpc_request(
                "/web/dataset/call_kw/res.users/write",
                {
                    "model": "res.users",
                    "method": "write",
                    "args": [[self.portal.id], values],
                    "kwargs": {"context": context},
                },
            )

        for values in ({"phone": NEW_PHONE}, {"email": EMAIL}):
            for context in ({}, {"o2o_contact_writer": True}):
                with mute_logger("odoo.http"), self.assertRaises(JsonRpcException):
                    write(values, **context)
        self._assert_kept()
        self.assertTrue(write({"tz": "Asia/Shanghai", "phone": "139 1234 5678"}))
        self.assertEqual(self.portal.tz, "Asia/Shanghai")

    def test_bound_with_a_code(self):
        """MEM-03: our own pages still change both."""
        self.assertEqual(self._rebind("phone", NEW_PHONE).status_code, 303)
        self.authenticate(NEW_PHONE, PASSWORD)
        self.assertEqual(self._rebind("email", EMAIL).status_code, 303)
        self.assertRecordValues(self.partner, [{"phone": NEW_PHONE, "email": EMAIL}])

    def test_staff_corrects(self):
        """MEM-02: staff still corrects what a member asks to have corrected."""
        clerk = new_test_user(
            self.env,
            login="o2o_m_clerk",
            groups="base.group_user,base.group_partner_manager",
        )
        self.partner.with_user(clerk).phone = NEW_PHONE
        self.assertEqual(self.partner.phone, NEW_PHONE)


@tagged("post_install", "-at_install")
class TestAddressBook(PortalAddressCase):
    def test_balance_and_addresses(self):
        """MEM-04: the member center shows the points and leads to the addresses; the
        account page shows the money on the e-wallet."""
        self.partner._o2o_post_points(1234, "manual", "t:home")
        program = self.env["loyalty.program"].create(
            {
                "name": "O2O Wallet",
                "program_type": "ewallet",
                "applies_on": "future",
                "portal_visible": True,
            }
        )
        self.env["loyalty.card"].create(
            {"program_id": program.id, "partner_id": self.partner.id, "points": 57.5}
        )
        page = self.url_open("/o2o/member").text
        balance = html.fromstring(page).find_class("o_o2o_points_balance")
        self.assertEqual([node.text for node in balance], ["1234"])
        self.assertIn('href="/my/addresses"', page)
        self.assertIn("57.5", self.url_open("/my").text)

    def test_address_book(self):
        """MEM-05: delivery addresses are added, shown, changed and taken away."""
        new = {
            "partner_id": None,
            "address_type": "delivery",
            "use_delivery_as_billing": None,
            "name": "O2O Neighbour",
        }
        self.assertIn("redirectUrl", self._submit(**new).json())
        address = self.partner.child_ids
        self.assertEqual((address.type, address.name), ("delivery", "O2O Neighbour"))
        self.assertIn("O2O Neighbour", self.url_open("/my/addresses").text)
        self._submit(**{**new, "partner_id": address.id, "street": "Road 9"})
        self.assertEqual(address.street, "Road 9")
        self.make_jsonrpc_request("/my/address/archive", {"partner_id": address.id})
        self.assertFalse(address.active)
        self.assertNotIn("O2O Neighbour", self.url_open("/my/addresses").text)


@tagged("post_install", "-at_install")
class TestCheckoutAddress(PortalAddressCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        product = cls.env["product.product"].create(
            {
                "name": "O2O Bottle",
                "type": "consu",
                "list_price": 10.0,
                "website_published": True,
            }
        )
        cls.order = cls.env["sale.order"].create(
            {
                "partner_id": cls.partner.id,
                "website_id": cls.website.id,
                "company_id": cls.website.company_id.id,
                "order_line": [(0, 0, {"product_id": product.id})],
            }
        )

    def _submit(self, url="/shop/address/submit", **values):
        return super()._submit(url, **values)

    def test_main_address(self):
        """MEM-03: the checkout keeps phone and e-mail of the member as well."""
        for values in ({"phone": NEW_PHONE}, {"email": EMAIL}):
            answer = self._submit(**values).json()
            self.assertEqual(answer["invalid_fields"], list(values))
            self._assert_kept()
        self.assertIn("redirectUrl", self._submit().json())
        self.assertEqual(self.partner.street, "Road 2")
        self._assert_kept()

    def test_other_addresses(self):
        """MEM-05: goods are sent to somebody else, with any phone; later corrected."""
        answer = self._submit(
            partner_id=None,
            address_type="delivery",
            use_delivery_as_billing=None,
            name="O2O Neighbour",
            phone="13611112222",
            email=EMAIL,
        ).json()
        self.assertIn("redirectUrl", answer)
        neighbour = self.order.partner_shipping_id
        self.assertNotEqual(neighbour, self.partner)
        self.assertEqual(neighbour.phone, "13611112222")
        self._submit(
            partner_id=neighbour.id,
            address_type="delivery",
            use_delivery_as_billing=None,
            phone="13633334444",
        )
        self.assertEqual(neighbour.phone, "13633334444")
        self._assert_kept()

    def test_without_e_mail(self):
        """MEM-03: a member who has proved no e-mail address buys without one."""
        self.partner.email = False
        self.assertIn("redirectUrl", self._submit(email="").json())
        self.assertIn("redirectUrl", self._submit(email=None).json())
        answer = self._submit(email=EMAIL).json()
        self.assertEqual(answer["invalid_fields"], ["email"])
        self.assertFalse(self.partner.email)

    def test_missing_phone(self):
        """MEM-03: a member without a phone proves one, where the shop asks for it."""
        self.partner.phone = False
        company = self.website.company_id
        company.o2o_phone_verification = True
        answer = self._submit(phone=NEW_PHONE).json()
        self.assertIn("with a code", " ".join(answer["messages"]))
        company.o2o_phone_verification = False
        self.assertIn("redirectUrl", self._submit(phone=NEW_PHONE).json())
        self.assertTrue(self.partner.phone)


@tagged("post_install", "-at_install")
class TestPortalDeactivation(PortalAddressCase):
    def test_leads_to_the_request(self):
        """MEM-03: Odoo's page for ending an account leads to the one that waits."""
        answer = self._post_form(
            "/my/deactivate_account", validation="o2o_m_portal", password=PASSWORD
        )
        self.assertEqual(answer.status_code, 303)
        self.assertTrue(answer.headers["Location"].endswith("/o2o/member/privacy"))
        self.assertTrue(self.portal.active)
        self.assertEqual(self.portal.login, "o2o_m_portal")
        page = self.url_open("/my/security").text
        self.assertNotIn("/my/deactivate_account", page)
        self.assertIn("/o2o/member/privacy", page)

    def test_no_other_way(self):
        """MEM-03: code of others that ends an account meets the same answer."""
        with self.assertRaisesRegex(UserError, "Privacy"):
            self.portal._deactivate_portal_user()
        self.assertTrue(self.portal.active and self.partner.active)
