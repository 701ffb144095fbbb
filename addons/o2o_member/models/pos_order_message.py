from odoo import models
from odoo.tools import format_datetime

from ..lib.text import clean_mobile, is_mobile


class PosOrder(models.Model):
    _inherit = "pos.order"

    def _process_saved_order(self, draft):
        """CARD-06: a paid order reaches this once; core drops what comes again."""
        result = super()._process_saved_order(draft)
        if not draft and self.state in ("paid", "done"):
            self._o2o_send_purchase_message()
        return result

    def _o2o_send_purchase_message(self):
        """Tell the member what was paid in the name of the card, once this commits."""
        for order in self:
            company, partner = order.company_id, order.partner_id
            # sudo: cashiers do not read the settings, nor all of the member
            partner_sudo = partner.sudo().with_company(company)
            phone = clean_mobile(partner_sudo.phone)
            if (
                not company.sudo().o2o_purchase_message
                or not is_mobile(phone)
                or order.currency_id.compare_amounts(order.amount_total, 0.0) < 0
                or not partner_sudo._o2o_active_card()
            ):
                continue
            texts = order.with_company(company).with_context(
                lang=partner_sudo.lang or self.env.lang
            )
            self.env["o2o.message"].with_company(company)._send(
                "sms", phone, texts._o2o_purchase_text()
            )

    def _o2o_purchase_text(self):
        """The text, in the language of the member."""
        self.ensure_one()
        company = self.company_id
        partner_sudo = self.partner_id.sudo().with_company(company)
        values = {
            "shop": company.name,
            "card": partner_sudo._o2o_active_card().number[-4:],
            "time": format_datetime(
                self.env,
                self.date_order,
                tz=str(company._o2o_timezone()),
                dt_format="MM-dd HH:mm",
            ),
            "till": self.config_id.name,
            "amount": self.currency_id.format(self.amount_total),
            "points": partner_sudo.o2o_points,
        }
        if self.lines and self.lines.product_id <= self._o2o_voucher_products():
            return self.env._(
                "%(shop)s: card ending in %(card)s topped up with %(amount)s at "
                "%(till)s, %(time)s. If this was not you, please call us at once.",
                **values,
            )
        return self.env._(
            "%(shop)s: card ending in %(card)s, %(amount)s at %(till)s, %(time)s. You "
            "have %(points)s points. If this was not you, please call us at once.",
            **values,
        )
