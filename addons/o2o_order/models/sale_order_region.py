from odoo import models
from odoo.exceptions import UserError


class SaleOrder(models.Model):
    """An order no store of its region can serve (ROUT-04)."""

    _inherit = "sale.order"

    def _o2o_get_region_choice(self):
        """What to tell a member whose order waits for another region.

        :return: dict ``message`` and ``cities`` (``o2o.region`` records), or None
        """
        self.ensure_one()
        # sudo: the member sees no fulfillments; the order is the member's own
        waiting_sudo = self.sudo().o2o_fulfillment_ids.filtered("needs_region")
        if not waiting_sudo:
            return None
        _here, cities = (
            self.env["o2o.sourcing"].sudo()._get_regions_that_can_serve(self.sudo())
        )
        region = self.o2o_region_id.complete_name or self.env._("Your region")
        if cities:
            message = self.env._(
                "%(region)s does not have all these goods right now. Choose another"
                " region, or wait: we keep looking.",
                region=region,
            )
        else:
            message = self.env._(
                "No store has all these goods right now. We keep looking; you may"
                " cancel the order at any time."
            )
        return {"message": message, "cities": cities}

    def _o2o_choose_region(self, region):
        """Look for a store in another region; for the member, or head office.

        :param o2o.region region: one of ``_o2o_get_region_choice()["cities"]``
        """
        self.ensure_one()
        waiting_sudo = self.sudo().o2o_fulfillment_ids.filtered("needs_region")
        if not waiting_sudo:
            raise UserError(
                self.env._("A store has been found meanwhile: reload the page.")
            )
        self.sudo().o2o_region_id = region
        for fulfillment in waiting_sudo:
            fulfillment._offer_to_next_store()
