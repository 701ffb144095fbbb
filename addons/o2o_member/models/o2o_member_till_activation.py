"""Activate a card for the customer standing at the till (CARD-03, CARD-04)."""

from odoo import api, models
from odoo.tools import SQL

from ..const import MAX_NAME_LENGTH
from ..lib.text import clean_code, clean_mobile, is_code, is_mobile
from .o2o_member_till import _PHONE_END

_FIELDS = ("name", "phone", "number", "code")
_MAX_INPUT = 128
#: wrong codes of one cashier in an hour; the card itself locks much earlier
MAX_ACTIVATION_FAILURES = 15


class O2oMemberTill(models.AbstractModel):
    _inherit = "o2o.member.till"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def activate(self, config_id, values):
        """Bind a card to a contact, known or new.

        :param dict values: ``name``, ``phone``, ``number``, ``code`` as typed;
            ``partner_id``: the contact to use, 0: a new one in spite of others with
            this phone, missing: ask when there are any
        :return: dict ``status``: ok (with ``card``), invalid (with ``errors`` by
            field), exists (with ``rows`` to choose from), refused; ``message``
        """
        till, config = self._enter_till(config_id)
        values = values if isinstance(values, dict) else {}
        typed = {name: str(values.get(name) or "")[:_MAX_INPUT] for name in _FIELDS}
        partner_sudo = till._get_partner_sudo(values.get("partner_id"))
        errors = till._check_activation(typed, is_new=not partner_sudo)
        if errors:
            return till._answer("invalid", errors=errors)
        if not partner_sudo and values.get("partner_id") != 0:
            rows = till._prepare_rows(till._find_by_phone(typed["phone"]))
            if rows:
                return till._answer("exists", rows=rows)
        return till._activate(config, typed, partner_sudo)

    @api.model
    def _check_activation(self, typed, is_new):
        """:return: errors by field; a known contact needs no name and phone"""
        errors = {}
        name = typed["name"].strip()
        if is_new and (
            not name or not name.isprintable() or len(name) > MAX_NAME_LENGTH
        ):
            errors["name"] = self.env._("Please enter the name.")
        if is_new and not is_mobile(clean_mobile(typed["phone"])):
            errors["phone"] = self.env._("Please enter an 11-digit mobile number.")
        if not typed["number"].strip():
            errors["number"] = self.env._("Please swipe the card, or enter its number.")
        if not is_code(clean_code(typed["code"])):
            errors["code"] = self.env._(
                "Please enter the 6 digits on the back of the card."
            )
        return errors

    @api.model
    def _find_by_phone(self, phone):
        end = f"{clean_mobile(phone)[::-1]}%"
        return self._run(self._sql_partners(SQL("%s LIKE %s", _PHONE_END, end), 1))

    @api.model
    def _activate(self, config, typed, partner):
        lookups = self.env["o2o.member.lookup"]
        cards = self.env["o2o.card"]
        if self._is_activation_limited():
            return self._answer_activation_error("too_many")
        if partner:
            card_sudo, error = cards._try_activate(
                typed["number"], typed["code"], partner, False
            )
        else:
            # the contact is made once the code is right: a wrong one leaves no trace
            card_sudo, error = cards._check_code(typed["number"], typed["code"], False)
            if not error:
                partner = self._create_contact(typed)
                card_sudo._activate(partner)
        lookups._log(config, "activation", 0 if error else 1, partner)
        if error:
            return self._answer_activation_error(error)
        return self._answer(card=partner._o2o_till_card_values(config))

    @api.model
    def _is_activation_limited(self):
        """A cashier trying codes of many cards, each within the tries of the card."""
        cards = self.env["o2o.card"]
        self.env["o2o.card.throttle"].sudo()._enter(
            [cards._hash("till activation", str(self.env.uid))]
        )
        failures = self.env["o2o.member.lookup"]._count_recent(
            ["activation"], found=0, hours=1
        )
        return failures >= MAX_ACTIVATION_FAILURES

    @api.model
    def _create_contact(self, typed):
        # sudo: the caller works at this till, every value was checked
        till_sudo = self.sudo()
        company = till_sudo.env.company
        return till_sudo.env["res.partner"].create(
            {
                "name": typed["name"].strip(),
                "phone": clean_mobile(typed["phone"]),
                "lang": company.partner_id.lang or self.env.lang,
                "country_id": company.country_id.id,
            }
        )

    @api.model
    def _answer_activation_error(self, error):
        message = {
            "already_member": self.env._("This customer has an active card already."),
            "blocked": self.env._("This card is blocked."),
        }.get(error) or self.env["o2o.card"]._activation_message(error)
        field = {"mismatch": "code", "used": "number", "blocked": "number"}.get(error)
        return self._answer("invalid", errors={field or "form": message})
