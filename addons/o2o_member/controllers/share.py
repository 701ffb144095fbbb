import time

from odoo.http import request, route

from ..const import SHARE_MAX_SECONDS, SHARE_MIN_SECONDS
from ..lib.barcode_image import qr_image
from .referral import ReferralController


class ShareController(ReferralController):
    @route("/o2o/share", type="http", auth="user", website=True, sitemap=False)
    def share_page(self, product_id="", **_kwargs):
        """PTS-04: the link to copy, for browsers without scripts."""
        product = self._shared_product(product_id)
        url = self._share_url(product)
        return request.render(
            "o2o_member.member_share",
            {"product": product, "url": url, "qr_image": qr_image(url)},
        )

    @route("/o2o/share/link", type="jsonrpc", auth="public", website=True)
    def share_link(self, product_id=None):
        """PTS-04: what the share button passes on; a plain address for visitors."""
        product = self._shared_product(product_id)
        return {
            "url": self._share_url(product),
            "title": product.name or request.website.name,
        }

    @route("/o2o/share/opened", type="jsonrpc", auth="public", website=True)
    def share_opened(self):
        """PTS-04: the browser that followed a link still shows the page.

        Which link it was, and when, is in the session: the request says nothing.
        """
        opened = request.session.pop("o2o_share", None)
        if not opened:
            return False
        age = time.time() - opened["at"]
        link_sudo = self._links()._find(opened["code"])
        if link_sudo and SHARE_MIN_SECONDS <= age <= SHARE_MAX_SECONDS:
            request.env["o2o.member.link.visit"]._note(
                link_sudo, request.env.user.partner_id, self._address()
            )
        return True

    # === helpers ===

    def _shared_product(self, product_id):
        """A product this visitor can see, or an empty record for the shop."""
        products = request.env["product.template"]
        if not str(product_id or "").isdigit():
            return products
        product = products.search(
            [("id", "=", min(int(product_id), 2**31 - 1))]
            + request.website.sale_product_domain()
        )
        return product

    def _share_url(self, product):
        partner = self._partner()
        if request.env.user._is_public() or not partner._o2o_active_card():
            path = product.website_url if product else "/shop"
            return request.website.get_base_url() + path
        return self._url_of(
            self._links()._link_of(partner, "share", product, self._address())
        )
