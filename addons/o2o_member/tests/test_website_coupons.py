from odoo.tests import new_test_user, tagged

from .test_website_member import WebsiteMemberCase


@tagged("post_install", "-at_install")
class TestCoupons(WebsiteMemberCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = new_test_user(
            cls.env, login="o2o_m_portal", groups="base.group_portal", lang="en_US"
        )
        cls.partner = cls.portal.partner_id.with_company(cls.website.company_id)
        cls.program = cls.env["loyalty.program"].create(
            {"name": "O2O Birthday", "program_type": "coupons"}
        )

    def _coupon(self, **values):
        return self.env["loyalty.card"].create(
            {
                "program_id": self.program.id,
                "partner_id": self.partner.id,
                "points": 1,
                **values,
            }
        )

    def test_usable_coupons(self):
        """MEM-14: own, unused and in time; used, late and foreign ones are left out."""
        good = self._coupon(expiration_date="2099-01-01")
        self._coupon(points=0)
        self._coupon(expiration_date="2020-01-01")
        self._coupon(partner_id=self.env["res.partner"].create({"name": "Other"}).id)
        self.assertEqual(self.partner._o2o_usable_coupons(), good)

    def test_program_that_is_over(self):
        """MEM-14: a coupon ends with its program."""
        self._coupon()
        self.program.date_to = "2020-01-01"
        self.assertFalse(self.partner._o2o_usable_coupons())

    def test_page(self):
        """MEM-14: the page lists coupons with a way to use them, or says none."""
        self.authenticate("o2o_m_portal", "o2o_m_portal")
        self.assertIn("No coupon right now", self.url_open("/o2o/member/coupons").text)
        coupon = self._coupon()
        page = self.url_open("/o2o/member/coupons").text
        self.assertIn("O2O Birthday", page)
        self.assertIn(f"/coupon/{coupon.code}", page)
