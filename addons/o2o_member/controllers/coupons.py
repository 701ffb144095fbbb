from odoo.http import Controller, request, route


class CouponController(Controller):
    @route(
        "/o2o/member/coupons",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        readonly=True,
    )
    def member_coupons(self, **_kwargs):
        """MEM-14: the coupons a member can still use, one tap from the cart."""
        partner = request.env.user.partner_id.with_company(request.website.company_id)
        coupons_sudo = partner._o2o_usable_coupons()
        return request.render(
            "o2o_member.member_coupons",
            {
                "coupons": coupons_sudo,
                "exchanges": partner._o2o_exchanges_of(coupons_sudo),
            },
        )
