from odoo import models
from odoo.exceptions import UserError

from ..const import LEDGER_CONTEXT, LEVEL_CONTEXT


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """One member may absorb other contacts, cards and points move along.

        Two members cannot be merged: core would add their balances up without an
        entry in the ledger.
        """
        partners = src_partners | dst_partner
        # sudo: whoever may merge contacts may not be allowed to see their accounts
        accounts_sudo = (
            self.env["loyalty.card"]
            .sudo()
            .with_context(active_test=False)
            .search(
                [
                    ("partner_id", "in", partners.ids),
                    ("o2o_is_points_account", "=", True),
                ]
            )
        )
        if len(accounts_sudo.partner_id) > 1:
            raise UserError(
                self.env._(
                    "More than one of these contacts is a member with points. "
                    "Keep one member and merge the other contacts into it."
                )
            )
        if dst_partner.sudo().o2o_level_membership_ids:
            # one history goes on; the others end here and are kept
            src_partners._o2o_close_levels()
        result = super()._update_foreign_keys(src_partners, dst_partner)
        # core moved the rows with plain SQL
        self.env.invalidate_all()
        self.env.add_to_compute(dst_partner._fields["o2o_is_member"], dst_partner)
        return result

    def _update_values(self, src_partners, dst_partner):
        result = super()._update_values(
            src_partners, dst_partner.with_context(**LEVEL_CONTEXT)
        )
        # what both bought counts together, in each company
        for company in self.env["res.company"]._o2o_all_companies():
            dst_partner.with_company(company)._o2o_evaluate_levels()
        return result

    def _merge_loyalty_cards(self, src_partners, dst_partner):
        # at most one account is involved, so its points stay what the ledger says
        ledger_self = self.with_context(**LEDGER_CONTEXT)
        return super(BasePartnerMergeAutomaticWizard, ledger_self)._merge_loyalty_cards(
            src_partners, dst_partner
        )
