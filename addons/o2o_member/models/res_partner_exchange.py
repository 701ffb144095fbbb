from odoo import models


class ResPartner(models.Model):
    """What a member reads about the coupons that were had for points (PTS-07)."""

    _inherit = "res.partner"

    def _o2o_exchanges_of(self, coupons):
        """What this member can give back.

        :param coupons: ``loyalty.card`` of this member
        :return: {coupon id: ``o2o.coupon.exchange`` in sudo}, those that can be given
            back now
        """
        self.ensure_one()
        # sudo: the domain limits everybody to their own
        exchanges_sudo = (
            self.env["o2o.coupon.exchange"]
            .sudo()
            .search(
                [
                    ("partner_id", "=", self.id),
                    ("coupon_id", "in", coupons.ids),
                    ("state", "=", "issued"),
                ]
            )
        )
        return {
            exchange.coupon_id.id: exchange
            for exchange in exchanges_sudo
            if not exchange._problem_with_return()
        }

    def _o2o_own_exchange(self, exchange_id):
        """An exchange of this member in the current company, in sudo, or empty."""
        self.ensure_one()
        # sudo: see _o2o_exchanges_of
        return (
            self.env["o2o.coupon.exchange"]
            .sudo()
            .search(
                [
                    ("id", "=", exchange_id),
                    ("partner_id", "=", self.id),
                    ("company_id", "=", self.env.company.id),
                ]
            )
        )
