"""What the member is told, outside the request (ORD-08, idea 5)."""

from odoo import models
from odoo.tools import format_amount

from odoo.addons.o2o_member.lib.text import clean_mobile, is_mobile


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _o2o_tell_member(self, kind, **values):
        """Send a message once this commits: text message, or e-mail without a phone.

        :param str kind: of :meth:`_o2o_get_notice`
        """
        self.ensure_one()
        order = self.sudo().with_company(self.company_id)
        order = order.with_context(lang=order._get_lang())
        if not order._o2o_wants_notice(kind):
            return
        text = order._o2o_get_notice(kind, **values)
        partner = order.partner_id
        messages = order.env["o2o.message"]
        mobile = clean_mobile(partner.phone or "")
        if is_mobile(mobile):
            messages._send("sms", mobile, text)
        elif partner.email:
            messages._send("email", partner.email, text, subject=order.name)

    def _o2o_wants_notice(self, kind):
        """Money is always told; the rest is the choice of the company."""
        name = f"o2o_notice_{kind}"
        company = self.company_id
        return company[name] if name in company._fields else True

    def _o2o_get_notice(self, kind, amount=0.0, store=None, tracking=""):
        """The text, in the language of the member."""
        self.ensure_one()
        values = {
            "order": self.name,
            "shop": self.company_id.name,
            "amount": format_amount(self.env, amount, self.currency_id),
            "store": store.name if store else "",
            "tracking": tracking,
        }
        return getattr(self, f"_o2o_get_notice_{kind}")(values)

    def _o2o_get_notice_revived(self, values):
        return self.env._(
            "%(shop)s: your payment for order %(order)s came late, but it came: we are"
            " preparing your order.",
            **values,
        )

    def _o2o_get_notice_late_payment(self, values):
        return self.env._(
            "%(shop)s: your payment of %(amount)s came after order %(order)s was"
            " cancelled. We give it back to you.",
            **values,
        )

    def _o2o_get_notice_refunded(self, values):
        return self.env._(
            "%(shop)s: %(amount)s for order %(order)s was given back to you.", **values
        )

    def _o2o_get_notice_accepted(self, values):
        return self.env._(
            "%(shop)s: %(store)s has accepted your order %(order)s.", **values
        )

    def _o2o_get_notice_shipped(self, values):
        if values["tracking"]:
            return self.env._(
                "%(shop)s: your order %(order)s is on its way: %(tracking)s.", **values
            )
        return self.env._("%(shop)s: your order %(order)s is on its way.", **values)

    def _o2o_get_notice_ready(self, values):
        return self.env._(
            "%(shop)s: your order %(order)s is ready for pick-up at %(store)s.",
            **values,
        )

    def _o2o_get_notice_late(self, values):
        return self.env._(
            "%(shop)s: your order %(order)s takes a little longer at %(store)s. We are"
            " sorry; we have reminded the store.",
            **values,
        )

    def _o2o_get_notice_unfillable(self, values):
        base = (self.website_id or self).get_base_url()
        return self.env._(
            "%(shop)s: no store has all goods of your order %(order)s right now. Please"
            " choose what we shall do: %(url)s",
            url=f"{base}/my/orders/{self.id}",
            **values,
        )

    def _o2o_get_notice_changed(self, values):
        return self.env._(
            "%(shop)s: your order %(order)s was changed as agreed. You see it under My"
            " orders.",
            **values,
        )
