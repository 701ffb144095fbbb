from odoo.http import content_disposition, request, route

from ..lib.data_export import write_zip
from .member import MemberController

_SECURITY_FIELDS = {
    "password": ("password", "new_password"),
    "phone": ("target", "code", "password"),
    "email": ("target", "code", "password"),
    "sessions": ("password",),
}
_SHOWN_EVENTS = 10
_MAX_TARGET = 128
_MAX_EXPORTS_PER_DAY = 3


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


class MemberAccountController(MemberController):
    @route(
        "/o2o/member/profile",
        type="http",
        auth="user",
        methods=["GET", "POST"],
        website=True,
        sitemap=False,
    )
    def member_profile(self, **post):
        """MEM-02: name and birthday; the ways to change the rest."""
        partner_sudo = self._partner().sudo()  # one's own contact
        birthday = partner_sudo.o2o_birthday
        values = {
            "name": partner_sudo.name,
            "birthday": birthday.isoformat() if birthday else "",
        }
        errors = {}
        if request.httprequest.method == "POST":
            values = self._read_form(post, ("name", "birthday"))
            errors = self._partner()._o2o_update_profile(values)
            if not errors:
                return request.redirect("/o2o/member/profile?saved=1")
        return self._render_account(
            "o2o_member.member_profile",
            values,
            errors,
            partner=partner_sudo,
            is_saved="saved" in post,
        )

    @route(
        "/o2o/member/security",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        readonly=True,
    )
    def member_security(self, done="", **_kwargs):
        """MEM-03: what protects the account, and what happened to it."""
        partner = self._partner()
        return self._render_account(
            "o2o_member.member_security",
            {},
            {},
            partner=partner.sudo(),  # one's own contact
            events=partner._o2o_security_events(limit=_SHOWN_EVENTS),
            done=done in _SECURITY_FIELDS,
        )

    @route(
        "/o2o/member/security/<string:topic>",
        type="http",
        auth="user",
        methods=["GET", "POST"],
        website=True,
        sitemap=False,
    )
    def member_security_change(self, topic, **post):
        """MEM-03: change password, mobile number or e-mail; end other sessions."""
        if topic not in _SECURITY_FIELDS:
            raise request.not_found()
        values = self._read_form(post, _SECURITY_FIELDS[topic])
        errors = {}
        if request.httprequest.method == "POST":
            errors = self._change(topic, values)
            if not errors:
                return request.redirect(f"/o2o/member/security?done={topic}")
        for name in ("password", "new_password"):
            values.pop(name, None)  # never sent back
        return self._render_account(
            "o2o_member.member_security_change",
            values,
            errors,
            topic=topic,
            partner=self._partner().sudo(),  # one's own contact
            min_password_length=self._service()._min_password_length(),
        )

    @route(
        "/o2o/member/security/code",
        type="jsonrpc",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def member_security_code(self, channel, target):
        """MEM-03: send a code to the new number or address.

        :return: what the button needs: sent, message, wait (seconds)
        """
        if channel not in ("sms", "email") or not isinstance(target, str):
            raise request.not_found()
        return self._account()._request_code(
            channel, target[:_MAX_TARGET], self._address()
        )

    def _change(self, topic, values):
        account, address = self._account(), self._address()
        match topic:
            case "password":
                errors = account._change_password(values, address)
            case "phone":
                errors = account._change_target("sms", values, address)
            case "email":
                errors = account._change_target("email", values, address)
            case _:
                errors = account._sign_out_everywhere(values, address)
        if not errors:
            self._keep_session()
        return errors

    def _keep_session(self):
        """This session goes on; the others end with the old login and password."""
        request.env.flush_all()
        session, user = request.session, request.env.user
        session.login = user.login
        session.session_token = user._compute_session_token(session.sid)

    def _account(self):
        return request.env["o2o.account.service"].with_company(self._company())

    def _render_account(self, template, values, errors, **context):
        response = request.render(
            template, {"values": values, "errors": errors, **context}
        )
        response.headers["Cache-Control"] = "no-store"
        return response


class MemberPrivacyController(MemberAccountController):
    @route("/o2o/member/privacy", type="http", auth="user", website=True, sitemap=False)
    def member_privacy(self, **_kwargs):
        """MEM-05: take a copy of one's data, or have it deleted."""
        return self._render_privacy({})

    @route(
        "/o2o/member/privacy/export",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    def member_privacy_export(self, password="", **_kwargs):
        """MEM-05: all of one's own data as a zip, after the password."""
        if error := self._account()._check_password(password[:_MAX_TARGET]):
            return self._render_privacy({"export": error})
        key_hash = request.env["o2o.card"]._hash("data-export", str(request.env.uid))
        # sudo: members have no access to the counter
        throttle_sudo = request.env["o2o.card.throttle"].sudo()
        if throttle_sudo._is_over(key_hash, _MAX_EXPORTS_PER_DAY, 86400):
            error = request.env._("Enough copies for today. Please come back tomorrow.")
            return self._render_privacy({"export": error})
        partner = self._partner()
        partner._o2o_log_security("export", address=self._address())
        return request.make_response(
            write_zip(partner._o2o_export_tables()),
            headers=[
                ("Content-Type", "application/zip"),
                ("Content-Disposition", content_disposition("my-data.zip")),
                ("Cache-Control", "no-store"),
            ],
        )

    @route(
        "/o2o/member/privacy/delete",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    def member_privacy_delete(self, password="", **_kwargs):
        """MEM-05: ask for the deletion; it can be called off for seven days."""
        partner = self._partner()
        if error := self._account()._check_password(password[:_MAX_TARGET]):
            return self._render_privacy({"delete": error})
        if not request.env.user.share:
            error = request.env._("Staff accounts are ended by the administrator.")
            return self._render_privacy({"delete": error})
        if obstacles := partner._o2o_deletion_obstacles():
            return self._render_privacy({"delete": " ".join(obstacles)})
        self._requests()._ask(partner, self._address())
        return request.redirect("/o2o/member/privacy")

    @route(
        "/o2o/member/privacy/withdraw",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    def member_privacy_withdraw(self, **_kwargs):
        """MEM-05: call the deletion off."""
        self._requests()._open_of(self._partner())._mark_withdrawn(self._address())
        return request.redirect("/o2o/member/privacy")

    def _requests(self):
        return request.env["o2o.privacy.request"].with_company(self._company())

    def _render_privacy(self, errors):
        partner = self._partner()
        requests_sudo = self._requests().sudo()  # one's own, by the domain
        return self._render_account(
            "o2o_member.member_privacy",
            {},
            errors,
            deletion=requests_sudo.search([("partner_id", "=", partner.id)], limit=1),
        )
