from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools.misc import formatLang, get_lang

from odoo.addons.o2o_member.lib.contact import mask_target
from odoo.addons.o2o_member.lib.dates import short_datetime
from odoo.addons.o2o_member.lib.text import clean_mobile, is_mobile

from ..const import SILENT_KINDS

LOG_GROUPS = {
    "topups": ("topup", "bonus", "reversal", "payout"),
    "payments": ("pay",),
    "refunds": ("refund",),
    "others": ("transfer", "adjust", "expire"),
}
_PAGE = 20
#: rows of one file: more than anybody has
_EXPORT_LIMIT = 20_000


class O2oWallet(models.Model):
    """What members see of their wallet, and do with it (website)."""

    _inherit = "o2o.wallet"

    # === STATEMENT === #

    @api.model
    def _statement(self, partner, group="", month="", before=0, limit=_PAGE):
        """Rows of the member in the current company, the latest first.

        :param str group: a key of :data:`LOG_GROUPS`; all when empty
        :param str month: ``2026-05``; all when empty
        :param int before: only rows with a lower id
        :return: (entries in sudo, id to go on before, or 0)
        """
        domain = (
            Domain("partner_id", "=", partner.id)
            & Domain("company_id", "=", self.env.company.id)
            & Domain("kind", "not in", SILENT_KINDS)
        )
        if group in LOG_GROUPS:
            domain &= Domain("kind", "in", LOG_GROUPS[group])
        if first_day := partner._o2o_parse_month(month):
            # sudo: the zone of the shop
            company = self.env.company.sudo()
            after = first_day + relativedelta(months=1)
            domain &= Domain("posted_at", ">=", company._o2o_midnight(first_day))
            domain &= Domain("posted_at", "<", company._o2o_midnight(after))
        if before:
            domain &= Domain("id", "<", before)
        # sudo: one's own rows, by the domain
        entries_sudo = (
            self.env["o2o.wallet.entry"]
            .sudo()
            .search(domain, order="id desc", limit=limit + 1)
        )
        page = entries_sudo[:limit]
        return page, page[-1:].id if len(entries_sudo) > limit else 0

    @api.model
    def _statement_rows(self, entries):
        """Entries as the page shows them: list of dicts of texts, and ``is_plus``."""
        kinds = dict(entries._fields["kind"]._description_selection(self.env))
        lang_code = get_lang(self.env).code
        return [
            {
                "kind": kinds[entry.kind],
                "text": entry.document or "",
                "reason": entry.reason or "",
                "time": short_datetime(
                    entry.company_id._o2o_local(entry.posted_at), lang_code
                ),
                "amount": self._signed(entry, entry.amount),
                "bonus": self._signed(entry, entry.bonus) if entry.bonus else "",
                "is_plus": entry.amount > 0,
                "balance": formatLang(
                    self.env, entry.balance_after, currency_obj=entry.currency_id
                ),
            }
            for entry in entries
        ]

    @api.model
    def _statement_table(self, partner, group="", month=""):
        """The statement as a table, for a spreadsheet: list of flat dicts."""
        entries, _next = self._statement(partner, group, month, limit=_EXPORT_LIMIT)
        kinds = dict(entries._fields["kind"]._description_selection(self.env))
        lang_code = get_lang(self.env).code
        return [
            {
                self.env._("Time"): short_datetime(
                    entry.company_id._o2o_local(entry.posted_at), lang_code
                ),
                self.env._("Kind"): kinds[entry.kind],
                self.env._("Document"): entry.document or "",
                self.env._("Principal"): entry.principal,
                self.env._("Bonus"): entry.bonus,
                self.env._("Balance"): entry.balance_after,
                self.env._("Reason"): entry.reason or "",
            }
            for entry in entries
        ]

    def _signed(self, entry, amount):
        text = formatLang(self.env, abs(amount), currency_obj=entry.currency_id)
        return f"{'+' if amount > 0 else '−'}{text}"

    # === CODE BY TEXT MESSAGE === #

    @api.model
    def _own_mobile(self):
        """The number a code goes to: that of who is logged in, never of a form."""
        # sudo: one's own contact
        target = clean_mobile(self.env.user.partner_id.sudo().phone)
        return target if is_mobile(target) else ""

    @api.model
    def _own_mobile_masked(self):
        target = self._own_mobile()
        return mask_target("sms", target) if target else ""

    @api.model
    def _request_code(self, address):
        """Send a code to the own number.

        :return: dict for the browser: sent, message, wait (seconds)
        """
        answer_with = self.env["o2o.member.service"]._code_answer
        target = self._own_mobile()
        if not target:
            return answer_with(
                self.env._("Please add your mobile number under Security first.")
            )
        verifications = self.env["o2o.verification"]
        answer = verifications._request(
            "wallet", "sms", target, address, user=self.env.user
        )
        if answer["error"]:
            message = verifications._message(answer["error"], answer["wait"])
            return answer_with(message, wait=answer["wait"])
        message = self.env._("A code is on its way to %s.", mask_target("sms", target))
        return {**answer, **answer_with(message, answer["wait"], sent=True)}

    @api.model
    def _check_code(self, code):
        """:return: False when the code is right, else a message"""
        verifications = self.env["o2o.verification"]
        target = self._own_mobile()
        if not target:
            return self.env._("Please add your mobile number under Security first.")
        error = verifications._check("wallet", "sms", target, code, user=self.env.user)
        return verifications._message(error) if error else False

    # === WHAT MEMBERS DO === #

    def _member_set_pin(self, values, address):
        """Set or change the payment PIN, after a code by text message.

        :param dict values: ``pin``, ``pin_again``, ``code``
        :return: dict of errors by field; empty when done
        """
        self.ensure_one()
        users = self.env["res.users"]
        if not users._o2o_is_good_pin(values["pin"]):
            return {
                "pin": self.env._(
                    "Please choose 6 digits, neither all the same nor in a row."
                )
            }
        if values["pin"] != values["pin_again"]:
            return {"pin_again": self.env._("The two PINs are not the same.")}
        if error := self._check_code(values["code"]):
            return {"code": error}
        self._set_pin(values["pin"])
        self.partner_id._o2o_log_security("wallet_pin", address=address)
        return {}

    def _member_freeze(self, address):
        """Stop payments at once; nothing needs to be proved for that."""
        self.ensure_one()
        if self.state == "active":
            self._freeze(by_member=True)
            self.partner_id._o2o_log_security("wallet_frozen", address=address)

    def _member_unfreeze(self, code, address):
        """:return: dict of errors by field; empty when done"""
        self.ensure_one()
        if not self.is_frozen_by_member:
            return {
                "code": self.env._("The shop froze this wallet. Please contact us.")
            }
        if error := self._check_code(code):
            return {"code": error}
        self._unfreeze(by_member=True)
        self.partner_id._o2o_log_security("wallet_unfrozen", address=address)
        return {}
