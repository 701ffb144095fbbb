from uuid import UUID, uuid4

from odoo.exceptions import UserError
from odoo.http import request, route

from .member import MemberController


class ExchangeController(MemberController):
    """Coupons and goods for points (PTS-07, PTS-12)."""

    @route(
        "/o2o/member/exchange",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        readonly=True,
    )
    def member_exchange(self, **_kwargs):
        partner = self._partner()
        return request.render(
            "o2o_member.member_exchange",
            {
                "has_card": bool(partner._o2o_active_card()),
                "available": partner.sudo().o2o_points,
                "offers": self._offers()._on_offer()._rows_for(partner),
                "goods": request.website._o2o_points_goods(partner),
                "partner": partner,
            },
        )

    @route(
        "/o2o/member/exchange/<int:offer_id>",
        type="http",
        auth="user",
        methods=["GET", "POST"],
        website=True,
        sitemap=False,
    )
    def member_exchange_one(self, offer_id, key="", terms="", **_post):
        """Look at one coupon, and confirm; the key makes a second tap harmless."""
        partner = self._partner()
        offer_sudo = self._offers()._on_offer().filtered(lambda it: it.id == offer_id)
        if not offer_sudo:
            return self._render_gone()
        error = notice = ""
        if request.httprequest.method == "POST":
            try:
                with request.env.cr.savepoint():
                    exchange_sudo = offer_sudo._exchange(
                        partner, self._read_key(key), terms=terms
                    )
                return request.redirect(f"/o2o/member/exchange/done/{exchange_sudo.id}")
            except UserError as refusal:
                if terms == offer_sudo._get_terms():
                    error = str(refusal)
                else:
                    # it can still be had, as the page says now
                    notice = str(refusal)
        [row] = offer_sudo._rows_for(partner)
        return self._render_private(
            "o2o_member.member_exchange_confirm",
            {
                "row": row,
                "error": error or row["problem"],
                "notice": notice,
                "available": partner.sudo().o2o_points,
                "return_days": offer_sudo.return_days,
                "key": uuid4(),
                "partner": partner,
            },
        )

    @route(
        "/o2o/member/exchange/done/<int:exchange_id>",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        readonly=True,
    )
    def member_exchange_done(self, exchange_id, **_kwargs):
        partner = self._partner()
        exchange_sudo = partner._o2o_own_exchange(exchange_id)
        if exchange_sudo.state != "issued":
            return request.redirect("/o2o/member/coupons")
        return self._render_private(
            "o2o_member.member_exchange_done",
            {
                "exchange": exchange_sudo,
                "available": partner.sudo().o2o_points,
                "partner": partner,
            },
        )

    @route(
        "/o2o/member/exchange/return/<int:exchange_id>",
        type="http",
        auth="user",
        methods=["GET", "POST"],
        website=True,
        sitemap=False,
    )
    def member_exchange_return(self, exchange_id, **_post):
        """Give an unused coupon back."""
        partner = self._partner()
        exchange_sudo = partner._o2o_own_exchange(exchange_id)
        if exchange_sudo.state != "issued":
            return request.redirect("/o2o/member/coupons")
        error = ""
        if request.httprequest.method == "POST":
            try:
                with request.env.cr.savepoint():
                    exchange_sudo._return(request.env._("Coupon given back"))
                return request.redirect("/o2o/member/points")
            except UserError as refusal:
                error = str(refusal)
        return self._render_private(
            "o2o_member.member_exchange_return",
            {
                "exchange": exchange_sudo,
                "error": error or exchange_sudo._problem_with_return(),
                "partner": partner,
            },
        )

    # === helpers ===

    def _offers(self):
        return request.env["o2o.coupon.offer"].with_company(self._company())

    def _read_key(self, key):
        try:
            return str(UUID(key))
        except ValueError as error:
            raise UserError(
                request.env._("This page is too old. Please try again.")
            ) from error

    def _render_gone(self):
        response = self._render_private("o2o_member.member_exchange_gone", {})
        response.status_code = 404
        return response

    def _render_private(self, template, values):
        """A page with a code or a key on it stays out of every cache."""
        response = request.render(template, values)
        response.headers["Cache-Control"] = "no-store"
        return response
