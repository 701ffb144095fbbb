from odoo.http import request, route

from odoo.addons.loyalty.controllers.portal import CustomerPortalLoyalty


class MemberPortal(CustomerPortalLoyalty):
    def _prepare_home_portal_values(self, counters):
        """The member centre shows the points; core's card would show them again, with
        an empty history, because the history is our ledger."""
        values = super()._prepare_home_portal_values(counters)
        if programs := values.get("cards_per_programs"):
            values["cards_per_programs"] = {
                program: cards
                for program, cards in programs.items()
                if not program.o2o_is_member_points
            }
        return values

    # === password (MEM-03) ===

    def _update_password(self, old, new1, new2):
        """On Odoo's page, too, tries are counted and a change is told and logged."""
        user = request.env.user
        if not user._is_portal() or not (old and new1 and new2) or new1 != new2:
            return super()._update_password(old, new1, new2)
        account = request.env["o2o.account.service"].with_company(
            request.website.company_id
        )
        errors = account._change_password(
            {"password": old, "new_password": new1}, request.httprequest.remote_addr
        )
        if errors:
            names = {"password": "old", "new_password": "new1"}
            return {
                "errors": {
                    "password": {names[name]: text for name, text in errors.items()}
                }
            }
        request.env.flush_all()
        session = request.session
        session.session_token = user._compute_session_token(session.sid)
        return {"success": {"password": True}}

    # === phone and e-mail, proved by a code (MEM-02, MEM-03) ===

    def _prepare_address_form_values(self, partner_sudo, *args, **kwargs):
        values = super()._prepare_address_form_values(partner_sudo, *args, **kwargs)
        values["o2o_proved_fields"] = partner_sudo._o2o_proved_fields()
        return values

    def _validate_address_values(self, address_values, partner_sudo, *args, **kwargs):
        """Forms of Odoo keep the phone and e-mail of a member as they are; other
        addresses have any. The contact itself refuses what gets around this."""
        changed = partner_sudo._o2o_unproved_changes(address_values)
        proved = partner_sudo._o2o_proved_fields()
        address_values.update({name: partner_sudo[name] for name in proved - changed})
        invalid, missing, messages = super()._validate_address_values(
            address_values, partner_sudo, *args, **kwargs
        )
        if changed or proved & missing:
            messages.append(partner_sudo._o2o_proof_message())
        for name in proved:
            address_values.pop(name, None)
        return invalid | changed, missing, messages

    def _get_mandatory_billing_address_fields(self, country_sudo):
        fields = super()._get_mandatory_billing_address_fields(country_sudo)
        return self._o2o_drop_email(fields)

    def _get_mandatory_delivery_address_fields(self, country_sudo):
        fields = super()._get_mandatory_delivery_address_fields(country_sudo)
        return self._o2o_drop_email(fields)

    def _o2o_drop_email(self, fields):
        """Members have a phone, and buy without proving an e-mail address first."""
        partner = request.env.user.partner_id
        return fields - {"email"} if partner._o2o_proved_fields() else fields

    # === deletion (MEM-05) ===

    @route()
    def deactivate_account(self, *_args, **_kwargs):
        """The way out leads over our page, which asks, waits, and can be called off."""
        return request.redirect("/o2o/member/privacy", code=303)
