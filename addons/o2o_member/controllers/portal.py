from odoo.addons.loyalty.controllers.portal import CustomerPortalLoyalty


class MemberPortal(CustomerPortalLoyalty):
    def _prepare_home_portal_values(self, counters):
        """The member centre shows the points; core's card would show them again, with
        an empty history, because the history is our ledger."""
        values = super()._prepare_home_portal_values(counters)
        if programs := values.get("cards_per_programs"):
            values["cards_per_programs"] = {
                program: cards
                for program, cards in programs.items()
                if not program.o2o_is_member_points
            }
        return values
