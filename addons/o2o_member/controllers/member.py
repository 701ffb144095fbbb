from odoo.http import Controller, request, route

from odoo.addons.portal.controllers.portal import pager as portal_pager

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
_PAGE_SIZE = 20
# Longer than anything valid; what a form cannot hold is not worth looking at.
_MAX_INPUT = 128


class MemberController(Controller):
    @route("/o2o/member", type="http", auth="public", website=True, sitemap=True)
    def member_home(self, **_kwargs):
        """Member centre (CARD-03, SHOP-01); visitors may log in or register."""
        if request.env.user._is_public():
            return request.render("o2o_member.member_landing")
        partner = self._partner()
        return request.render(
            "o2o_member.member_home",
            {
                "partner": partner,
                "card": partner._o2o_active_card(),
                "summary": partner._o2o_points_summary(),
                "coupon_count": len(partner._o2o_usable_coupons()),
                "entries": self._entries(partner, limit=_HOME_ENTRIES),
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
                return request.redirect("/o2o/member")
        return self._render_form("o2o_member.member_activate", values, errors)

    @route(
        ["/o2o/member/points", "/o2o/member/points/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        sitemap=False,
    )
    def member_points(self, page=1, **_kwargs):
        """PTS-09: total and log of the member's points."""
        partner = self._partner()
        pager = portal_pager(
            url="/o2o/member/points",
            total=self._entries_model().search_count(self._entries_domain(partner)),
            page=page,
            step=_PAGE_SIZE,
        )
        return request.render(
            "o2o_member.member_points",
            {
                "partner": partner,
                "entries": self._entries(partner, _PAGE_SIZE, pager["offset"]),
                "pager": pager,
            },
        )

    # === helpers ===

    def _company(self):
        return request.website.company_id

    def _partner(self):
        return request.env.user.partner_id.with_company(self._company())

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

    def _entries_model(self):
        # sudo: staff without access to the ledger have a member centre too; the domain
        # below limits everybody to their own rows
        return request.env["o2o.points.entry"].sudo()

    def _entries_domain(self, partner):
        return [
            ("partner_id", "=", partner.id),
            ("company_id", "=", self._company().id),
        ]

    def _entries(self, partner, limit, offset=0):
        return self._entries_model().search(
            self._entries_domain(partner), limit=limit, offset=offset
        )
