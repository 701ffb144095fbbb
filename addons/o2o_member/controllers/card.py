import time

from odoo.http import request, route

from ..lib.barcode_image import code128_image, qr_image
from ..lib.member_token import WINDOW_SECONDS
from .member import MemberController

# One open page asks once a minute; several pages and reloads fit, a flood does not.
_MAX_TOKENS_PER_MINUTE = 30


class MemberCardController(MemberController):
    @route("/o2o/member/card", type="http", auth="user", website=True, sitemap=False)
    def member_card(self, **_kwargs):
        """MEM-11: the card in the phone, its QR and its printable barcode."""
        partner = self._partner()
        card_sudo = partner._o2o_active_card()
        lost_sudo = partner._o2o_cards("lost")[:1]
        if not card_sudo and not lost_sudo:
            return request.redirect("/o2o/member")
        response = request.render(
            "o2o_member.member_card",
            {
                "partner": partner,
                "card": card_sudo,
                "lost_card": lost_sudo,
                "plastic_card": partner._o2o_cards("active", "plastic")[:1],
                "barcode": card_sudo and code128_image(card_sudo.number),
            },
        )
        response.headers["Cache-Control"] = "no-store"
        return response

    @route(
        "/o2o/member/card/token",
        type="jsonrpc",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def member_card_token(self):
        """MEM-11: the QR of this minute, as a picture.

        :return: ``image`` (data URL) and ``seconds`` it is current, or ``error``:
            too_many, no_card
        """
        partner = self._partner()
        cards = request.env["o2o.card"].with_company(self._company())
        key_hash = cards._hash("token", str(request.env.uid))
        # sudo: visitors have no access to the counter
        if (
            request.env["o2o.card.throttle"]
            .sudo()
            ._is_over(key_hash, _MAX_TOKENS_PER_MINUTE, 60)
        ):
            return {"error": "too_many", "seconds": 60}
        if not partner._o2o_active_card():
            return {"error": "no_card"}
        return {
            "image": qr_image(partner._o2o_member_token()),
            "seconds": WINDOW_SECONDS - int(time.time()) % WINDOW_SECONDS,
        }

    @route(
        "/o2o/member/card/lost",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
        sitemap=False,
    )
    def member_card_lost(self, **_kwargs):
        """CARD-04: a member reports the plastic card lost, and it stops at once."""
        for card_sudo in self._partner()._o2o_cards("active", "plastic"):
            card_sudo._report_lost(request.env._("Reported by the member"))
        return request.redirect("/o2o/member/card")

    @route(
        "/o2o/member/card/electronic",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
        sitemap=False,
    )
    def member_card_electronic(self, **_kwargs):
        """MEM-11: an electronic card takes over from the lost one.

        Only for who was a member with a card: nobody becomes a member here.
        """
        partner = self._partner()
        if lost_sudo := partner._o2o_cards("lost"):
            reason = request.env._("Reported by the member")
            cards = request.env["o2o.card"].with_company(self._company())
            new_sudo = cards._issue_electronic(partner, reason)
            for card_sudo in lost_sudo:
                card_sudo._replace_with(new_sudo, reason)
        return request.redirect("/o2o/member/card")
