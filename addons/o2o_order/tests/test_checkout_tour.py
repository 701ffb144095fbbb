from odoo.tests import tagged

from .test_checkout_page import CheckoutPageCase


@tagged("post_install", "-at_install")
class TestCheckoutTour(CheckoutPageCase):
    """A phone in the hand: from the product page to the order."""

    browser_size = "390x844"
    touch_enabled = True

    def test_two_taps_from_the_product_to_the_order(self):
        """SHOP-05, SHOP-10: at most four taps and a minute; it takes two."""
        self.start_tour(
            self.product.website_url,
            "O2oOnePageCheckout",
            login="o2o_test_member",
            timeout=180,
        )
        order = self._orders()
        self.assertEqual(len(order), 1)
        self.assertEqual(order.o2o_state, "offered")

    def test_place_is_chosen_on_the_product_page(self):
        """ROUT-04: search, choose, and see what is there."""
        self.start_tour(
            self.scarce.website_url, "O2oChoosePlace", login="o2o_test_member"
        )
        self.assertEqual(self.partner.o2o_place_store_id, self.far)
