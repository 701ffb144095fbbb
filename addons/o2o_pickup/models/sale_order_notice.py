"""What a member who collects is told (idea 24)."""

from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _o2o_wants_notice(self, kind):
        """One switch for "ready", whatever the kind of delivery."""
        return super()._o2o_wants_notice("ready" if kind == "pickup_ready" else kind)

    def _o2o_get_notice(self, kind, pickup=None, **values):
        """:param o2o.fulfillment pickup: what is collected"""
        if pickup is None:
            return super()._o2o_get_notice(kind, **values)
        until = pickup.collect_until and pickup.store_id._get_local_time(
            pickup.collect_until
        )
        return getattr(self, f"_o2o_get_notice_{kind}")(
            {
                "order": self.name,
                "shop": self.company_id.name,
                "store": pickup.store_id.name,
                "code": pickup._get_pickup_code_text(),
                "until": until.strftime("%m-%d %H:%M") if until else "",
            }
        )

    def _o2o_get_notice_secret(self, kind, pickup=None, **values):
        """The code is in the message, never in what is kept of it."""
        if pickup is None or kind == "pickup_no_show":
            return super()._o2o_get_notice_secret(kind, **values)
        return pickup._get_pickup_code_text()

    def _o2o_get_notice_pickup_ready(self, values):
        if not values["until"]:
            return self.env._(
                "%(shop)s: your order %(order)s is ready for pick-up at %(store)s. Your"
                " code: %(code)s.",
                **values,
            )
        return self.env._(
            "%(shop)s: your order %(order)s is ready for pick-up at %(store)s. Your"
            " code: %(code)s. We keep it until %(until)s.",
            **values,
        )

    def _o2o_get_notice_pickup_remind(self, values):
        return self.env._(
            "%(shop)s: your order %(order)s still waits at %(store)s, until %(until)s."
            " Your code: %(code)s. After that it is cancelled.",
            **values,
        )

    def _o2o_get_notice_pickup_no_show(self, values):
        return self.env._(
            "%(shop)s: your order %(order)s was not collected at %(store)s and has"
            " ended. What you have paid comes back.",
            **values,
        )
