from odoo import models
from odoo.tools import SQL


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _o2o_merge_into(self, survivor):
        """What was counted of a member, and decided about them, is the survivor's."""
        result = super()._o2o_merge_into(survivor)
        # sudo: whoever merges members reads no risks
        facts_sudo = self.env["o2o.risk.fact"].sudo()
        into = facts_sudo._hash("member", survivor.id)
        for partner in self:
            listings = facts_sudo.env["o2o.risk.listing"].with_context(
                active_test=False
            )
            listings.search([("partner_id", "=", partner.id)])._follow(survivor, into)
            self.env.cr.execute(
                SQL(
                    "UPDATE o2o_risk_fact SET key_hash = %s"
                    " WHERE key_hash = %s AND key_kind = 'member'",
                    into,
                    facts_sudo._hash("member", partner.id),
                )
            )
        facts_sudo.invalidate_model(["key_hash"])
        return result
