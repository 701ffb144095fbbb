from odoo.http import request, route

from .member import MemberController


class MemberConsentController(MemberController):
    @route(
        "/o2o/consent/<string:purpose>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        readonly=True,
    )
    def consent_text(self, purpose, **_kwargs):
        """MEM-05: the text in force, for everybody to read before agreeing."""
        # sudo: the published text of a purpose is public
        text_sudo = request.env["o2o.consent.text"].sudo()._current(purpose)
        if not text_sudo:
            raise request.not_found()
        return request.render("o2o_member.member_consent_text", {"text": text_sudo})

    @route(
        "/o2o/member/consent",
        type="http",
        auth="user",
        methods=["GET", "POST"],
        website=True,
        sitemap=False,
    )
    def member_consent(self, purpose="", granted="", text_id="", **_kwargs):
        """MEM-05: what the member agreed to; offers can be switched at any time."""
        partner = self._partner()
        if request.httprequest.method == "POST":
            self._change_consent(partner, purpose, granted == "1", text_id)
            return request.redirect("/o2o/member/consent")
        return request.render(
            "o2o_member.member_consent", {"consents": partner._o2o_consents()}
        )

    def _change_consent(self, partner, purpose, granted, text_id):
        for row in partner._o2o_consents():
            if row["purpose"] != purpose:
                continue
            if not granted and purpose != "marketing":
                return  # without the others there is no membership: see privacy page
            if granted and text_id != str(row["text"].id):
                return  # replaced while the page was open: read the new one first
            partner._o2o_record_consent(purpose, granted, row["text"])
