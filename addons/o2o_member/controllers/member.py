from odoo.http import Controller, request, route

from ..const import REFERRAL_COOKIE

_REGISTER_FIELDS = (
    "name",
    "phone",
    "sms_code",
    "has_card",
    "number",
    "code",
    "password",
    "email",
    "consent",
    "marketing",
)
_ACTIVATE_FIELDS = ("number", "code")
_HOME_ENTRIES = 5
# Longer than anything valid; what a form cannot hold is not worth looking at.
_MAX_INPUT = 128


class MemberController(Controller):
    @route("/o2o/member", type="http", auth="public", website=True, sitemap=True)
    def member_home(self, **_kwargs):
        """Member centre (CARD-03, SHOP-01); visitors may log in or register."""
        if request.env.user._is_public():
            return request.render("o2o_member.member_landing")
        partner = self._partner()
        card = partner._o2o_active_card()
        sign_ins = request.env["o2o.sign.in"].with_company(self._company())
        return request.render(
            "o2o_member.member_home",
            {
                "partner": partner,
                "card": card,
                "summary": partner._o2o_points_summary(),
                "coupon_count": len(partner._o2o_usable_coupons()),
                "entries": partner._o2o_log_rows(
                    partner._o2o_points_log(limit=_HOME_ENTRIES)[0]
                ),
                "sign_in": sign_ins._get_today(partner) if card else {},
            },
        )

    @route(
        "/o2o/member/register",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        website=True,
        sitemap=True,
    )
    def member_register(self, **post):
        """CARD-03: one form makes a visitor a member, logged in."""
        if not request.env.user._is_public():
            return request.redirect("/o2o/member/activate")
        values = self._read_form(post, _REGISTER_FIELDS)
        errors = {}
        if request.httprequest.method == "POST":
            user_sudo, errors = self._service()._register_member(
                values, self._address()
            )
            if not errors:
                self._remember_referrer(user_sudo.partner_id)
                request.session.authenticate(
                    request.env,
                    {
                        "type": "password",
                        "login": user_sudo.login,
                        "password": values["password"],
                    },
                )
                return request.redirect("/o2o/member")
        values.pop("password")  # never sent back
        values.pop("sms_code")  # used up, or wrong
        return self._render_form("o2o_member.member_register", values, errors)

    @route(
        "/o2o/member/activate",
        type="http",
        auth="user",
        methods=["GET", "POST"],
        website=True,
        sitemap=False,
    )
    def member_activate(self, **post):
        """CARD-04: somebody with a login but without a card."""
        partner = self._partner()
        if partner._o2o_active_card():
            return request.redirect("/o2o/member")
        values = self._read_form(post, _ACTIVATE_FIELDS)
        errors = {}
        if request.httprequest.method == "POST":
            errors = self._service()._activate_card(partner, values, self._address())
            if not errors:
                self._remember_referrer(partner)
                return request.redirect("/o2o/member")
        return self._render_form("o2o_member.member_activate", values, errors)

    # === helpers ===

    def _company(self):
        return request.website.company_id

    def _partner(self):
        user = request.env.user
        # alone: a page of the member centre asks for nothing else of the user
        user.fetch(["partner_id"])
        return user.partner_id.with_company(self._company())

    def _service(self):
        return request.env["o2o.member.service"].with_company(self._company())

    def _address(self):
        # the real client behind nginx when Odoo runs with proxy_mode
        return request.httprequest.remote_addr

    def _read_form(self, post, names):
        return {name: str(post.get(name) or "")[:_MAX_INPUT] for name in names}

    def _render_form(self, template, values, errors):
        response = request.render(
            template,
            {
                "values": values,
                "errors": errors,
                "min_password_length": self._service()._min_password_length(),
                "verifies_phones": self._service()._verifies_phones(),
            },
        )
        response.headers["Cache-Control"] = "no-store"
        return response

    def _remember_referrer(self, partner):
        """PTS-03: whose link brought this new member, when the visitor followed one."""
        code = request.session.get(REFERRAL_COOKIE) or request.cookies.get(
            REFERRAL_COOKIE
        )
        if code:
            # used up: the next one to register in this browser is somebody else
            request.session.pop(REFERRAL_COOKIE, None)
            request.future_response.set_cookie(REFERRAL_COOKIE, max_age=0)
            partner.with_company(self._company())._o2o_set_referrer(
                code, self._address()
            )
