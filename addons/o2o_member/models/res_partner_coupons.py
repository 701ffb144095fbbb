from odoo import fields, models
from odoo.fields import Domain


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _o2o_usable_coupons(self):
        """Coupons made out to this member that can be used today, in sudo."""
        self.ensure_one()
        today = self.env.company._o2o_today()
        # sudo: members have no access to loyalty cards; only their own are read
        coupons_sudo = (
            self.env["loyalty.card"]
            .sudo()
            .search(
                Domain("partner_id", "=", self.id)
                & Domain("points", ">", 0)
                & Domain("program_id.active", "=", True)
                & Domain("program_id.program_type", "in", self._o2o_coupon_types())
                & Domain("program_id.company_id", "in", [False, self.env.company.id])
                & (
                    Domain("expiration_date", "=", False)
                    | Domain("expiration_date", ">=", today)
                ),
                order="expiration_date, id",
            )
        )
        return coupons_sudo.filtered(
            lambda coupon: (
                not coupon.program_id.date_to
                or coupon.program_id.date_to >= fields.Date.to_date(today)
            )
        )

    def _o2o_coupon_types(self):
        return ["coupons", "next_order_coupons", "gift_card"]
