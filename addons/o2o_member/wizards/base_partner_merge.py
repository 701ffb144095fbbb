from odoo import models
from odoo.exceptions import UserError

from ..const import LEDGER_CONTEXT


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
        result = super()._update_foreign_keys(src_partners, dst_partner)
        # core moved the rows with plain SQL
        self.env.invalidate_all()
        self.env.add_to_compute(dst_partner._fields["o2o_is_member"], dst_partner)
        return result

    def _merge_loyalty_cards(self, src_partners, dst_partner):
        # at most one account is involved, so its points stay what the ledger says
        ledger_self = self.with_context(**LEDGER_CONTEXT)
        return super(BasePartnerMergeAutomaticWizard, ledger_self)._merge_loyalty_cards(
            src_partners, dst_partner
        )
