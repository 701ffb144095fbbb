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
            own = facts_sudo._hash("member", partner.id)
            # what both have submitted is one thing of the survivor
            self.env.cr.execute(
                SQL(
                    """
                    DELETE FROM o2o_risk_fact AS own
                          USING o2o_risk_fact AS twin
                          WHERE own.key_hash = %s
                            AND twin.key_hash = %s
                            AND twin.ref = own.ref
                            AND twin.kind = own.kind
                    """,
                    own,
                    into,
                )
            )
            self.env.cr.execute(
                SQL(
                    "UPDATE o2o_risk_fact SET key_hash = %s"
                    " WHERE key_hash = %s AND key_kind = 'member'",
                    into,
                    own,
                )
            )
        facts_sudo.invalidate_model()
        return result

    def _o2o_anonymise(self):
        """What head office wrote about a member goes with the name; what was decided
        stays."""
        result = super()._o2o_anonymise()
        # sudo: whoever decides that a member goes reads no risks
        of_member = [("partner_id", "=", self.id)]
        listings_sudo = self.env["o2o.risk.listing"].sudo()
        listings_sudo = listings_sudo.with_context(
            active_test=False, tracking_disable=True
        ).search(of_member)
        listings_sudo.write({"reason": self.env._("The member has left")})
        # the history repeats the reasons
        listings_sudo.message_ids.unlink()
        self.env["o2o.risk.hit"].sudo().search(of_member).write({"reason": False})
        return result
