from odoo.http import request, route

from .member import MemberController


class SignInController(MemberController):
    @route(
        "/o2o/member/sign-in",
        type="http",
        auth="user",
        methods=["GET", "POST"],
        website=True,
        sitemap=False,
    )
    def member_sign_in(self, month="", **_kwargs):
        """PTS-02: the calendar, and the button for browsers without scripts."""
        partner = self._partner()
        if not partner._o2o_active_card():
            return request.redirect("/o2o/member/activate")
        if request.httprequest.method == "POST":
            # switched off meanwhile: the page says so
            if self._sign_ins()._get_today(partner):
                self._sign_ins()._sign_in(partner)
            return request.redirect("/o2o/member/sign-in")
        first_day = partner._o2o_parse_month(month)
        return request.render(
            "o2o_member.member_sign_in",
            {"state": self._sign_ins()._get_state(partner, first_day), "is_new": False},
        )

    @route("/o2o/member/sign-in/now", type="jsonrpc", auth="user", website=True)
    def member_sign_in_now(self):
        """PTS-02: sign in for today, whatever the request says, and show it."""
        partner = self._partner()
        _sign_sudo, is_new = self._sign_ins()._sign_in(partner)
        state = self._sign_ins()._get_state(partner)
        return {
            "points": state["points"] if is_new else 0,
            "html": request.env["ir.qweb"]._render(
                "o2o_member.member_sign_in_panel", {"state": state, "is_new": is_new}
            ),
        }

    def _sign_ins(self):
        return request.env["o2o.sign.in"].with_company(self._company())
