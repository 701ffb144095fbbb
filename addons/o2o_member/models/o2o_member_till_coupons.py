"""Coupons for points at the till (PTS-07)."""

import re

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib.text import clean_mobile, is_mobile

_KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class O2oMemberTill(models.AbstractModel):
    _inherit = "o2o.member.till"

    # === RPC === #

    @api.model
    def coupon_offers(self, config_id, partner_id):
        """What a member can have for points.

        :return: dict ``status`` (ok, refused), ``message``, ``offers``: list of dicts
            ``id``, ``name``, ``worth``, ``points``, ``left``, ``last_day``,
            ``problem``, ``terms``
        """
        till, _config = self._enter_till(config_id)
        partner_sudo = till._get_partner_sudo(partner_id)
        if not partner_sudo:
            return till._answer_unknown()
        rows = till.env["o2o.coupon.offer"]._on_offer()._rows_for(partner_sudo)
        return till._answer(
            offers=[
                {**row, "last_day": fields.Date.to_string(row["last_day"]) or ""}
                for row in rows
            ]
        )

    @api.model
    def exchange_coupon(self, config_id, partner_id, values):
        """Give the member at the till a coupon for points, once per key.

        The member is told by a text message: the points are not the cashier's.

        :param dict values: ``key`` (uuid), ``offer_id``, ``terms`` (of the row that was
            shown)
        :return: dict ``status`` (ok, refused), ``message``, and when ok ``coupon``
            (``name``, ``code``, ``expires_on``) and ``card``, the member card anew
        """
        till, config = self._enter_till(config_id)
        values = values if isinstance(values, dict) else {}
        partner_sudo = till._get_partner_sudo(partner_id)
        if not partner_sudo:
            return till._answer_unknown()
        key, offer_id = str(values.get("key") or ""), values.get("offer_id")
        if not _KEY.fullmatch(key) or type(offer_id) is not int:
            return till._answer(
                "refused", self.env._("The till sent no valid request.")
            )
        # sudo: _exchange checks whether this offer stands
        offer_sudo = till.env["o2o.coupon.offer"].sudo().search([("id", "=", offer_id)])
        if not offer_sudo or offer_sudo.company_id != till.env.company:
            return till._answer(
                "refused", self.env._("This coupon is not offered any more.")
            )
        try:
            is_new = not offer_sudo._is_made(partner_sudo, key)
            with self.env.cr.savepoint():
                exchange_sudo = offer_sudo._exchange(
                    # as the cashier: the ledger names who did it
                    partner_sudo.with_env(till.env),
                    key,
                    session=till._get_session_sudo(config),
                    terms=values.get("terms"),
                )
        except UserError as error:
            return till._answer("refused", str(error))
        if is_new:
            till._tell_of_exchange(config, partner_sudo, exchange_sudo)
        coupon_sudo = exchange_sudo.coupon_id
        return till._answer(
            coupon={
                "name": coupon_sudo.program_id.name,
                "code": coupon_sudo.code,
                "expires_on": fields.Date.to_string(coupon_sudo.expiration_date) or "",
            },
            card=partner_sudo._o2o_till_card_values(config),
        )

    # === INTERNAL === #

    @api.model
    def _tell_of_exchange(self, config, partner, exchange):
        """Tell the member whose points a till took; for callers in sudo."""
        phone = clean_mobile(partner.phone)
        if not self.env.company.sudo().o2o_purchase_message or not is_mobile(phone):
            return
        texts = self.with_context(lang=partner.lang or self.env.lang)
        self.env["o2o.message"]._send(
            "sms",
            phone,
            texts.env._(
                "%(shop)s: %(points)s points were exchanged for a coupon at %(till)s. "
                "If this was not you, please call us at once.",
                shop=self.env.company.name,
                points=exchange.points,
                till=config.name,
            ),
        )
