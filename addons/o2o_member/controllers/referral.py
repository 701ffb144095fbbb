import time
from datetime import timedelta

from odoo.fields import Datetime
from odoo.http import request, route

from ..const import REFERRAL_COOKIE, REFERRAL_DAYS
from ..lib.barcode_image import qr_image
from .member import MemberController


class ReferralController(MemberController):
    @route(
        "/o2o/r/<string:code>",
        type="http",
        auth="public",
        website=True,
        multilang=False,
        sitemap=False,
    )
    def follow_link(self, code, **_kwargs):
        """PTS-03, PTS-04: a member's link. Unknown ones lead to the shop, silently."""
        link_sudo = self._links()._find(code)
        if not link_sudo:
            return request.redirect("/shop")
        product_sudo = link_sudo.product_tmpl_id
        is_visible = product_sudo and product_sudo.website_published
        target = product_sudo.website_url if is_visible else "/shop"
        if link_sudo.kind == "referral":
            is_public = request.env.user._is_public()
            target = "/o2o/member/register" if is_public else "/o2o/member"
        if request.env["ir.http"].is_a_bot():
            return request.redirect(target)
        request.session[REFERRAL_COOKIE] = link_sudo.code
        if link_sudo.kind == "share":
            request.session["o2o_share"] = {"code": link_sudo.code, "at": time.time()}
            target += "?o2o_share=1"
        response = request.redirect(target)
        # optional: with a cookie bar it lives on after this visit by consent only
        response.set_cookie(
            REFERRAL_COOKIE,
            link_sudo.code,
            max_age=REFERRAL_DAYS * 86400,
            expires=Datetime.now() + timedelta(days=REFERRAL_DAYS),
            httponly=True,
            samesite="Lax",
            secure=request.httprequest.scheme == "https",
            cookie_type="optional",
        )
        return response

    @route("/o2o/member/friends", type="http", auth="user", website=True, sitemap=False)
    def member_friends(self, **_kwargs):
        """PTS-03: the member's link with its QR code, and what became of friends."""
        partner = self._partner()
        if not partner._o2o_active_card():
            return request.redirect("/o2o/member/activate")
        link_sudo = self._links()._link_of(partner, "referral", address=self._address())
        url = self._url_of(link_sudo)
        return request.render(
            "o2o_member.member_friends",
            {
                "url": url,
                "qr_image": qr_image(url),
                **partner._o2o_friends(),
            },
        )

    # === helpers ===

    def _links(self):
        return request.env["o2o.member.link"].with_company(self._company())

    def _url_of(self, link):
        return request.website.get_base_url() + link._path()
