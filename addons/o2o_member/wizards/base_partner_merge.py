from odoo import models

from ..const import LEDGER_CONTEXT, LEVEL_CONTEXT


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Members are merged by core's own steps, whoever starts them (MEM-12).

    Core would add balances up outside the ledger and fail on accounts, favourites and
    logins both have; see ``o2o.member.merge`` for what happens to those.
    """

    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        partners = src_partners | dst_partner
        # sudo: whoever may merge contacts may not be allowed to see their accounts
        partners_sudo = partners.sudo().with_context(active_test=False)
        if not partners_sudo.o2o_card_ids and not partners._o2o_points_accounts():
            return super()._update_foreign_keys(src_partners, dst_partner)
        merges = self.env["o2o.member.merge"]
        merges._ensure_can_merge(partners)
        for source in src_partners:
            # sudo: the right was checked above
            merges.sudo()._open_merge(dst_partner.sudo(), source.sudo())
            super()._update_foreign_keys(source, dst_partner)
            # core moved the rows with plain SQL
            self.env.invalidate_all()
        merges.sudo()._close_merge(dst_partner.sudo())
        return None

    def _update_values(self, src_partners, dst_partner):
        """A member of all companies is not locked into that of an absorbed one."""
        company = dst_partner.company_id
        result = super()._update_values(
            src_partners, dst_partner.with_context(**LEVEL_CONTEXT)
        )
        if dst_partner.o2o_is_member and dst_partner.company_id != company:
            dst_partner.company_id = company
        # what both bought counts together, in each company
        # sudo: who merges contacts need not work in all of them
        for company in self.env["res.company"]._o2o_all_companies():
            dst_partner.sudo().with_company(company)._o2o_evaluate_levels()
        return result

    def _merge_loyalty_cards(self, src_partners, dst_partner):
        # the points of at most one account are left, and stay what the ledger says
        ledger_self = self.with_context(**LEDGER_CONTEXT)
        return super(BasePartnerMergeAutomaticWizard, ledger_self)._merge_loyalty_cards(
            src_partners, dst_partner
        )
