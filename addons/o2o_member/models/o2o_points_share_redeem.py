from odoo import api, models


class O2oPointsShare(models.Model):
    _inherit = "o2o.points.share"

    @api.model
    def _set_returned(self, lines, reason="", source=None, pos_session=None):
        """A redemption whose points all came back is over."""
        entries = super()._set_returned(
            lines, reason=reason, source=source, pos_session=pos_session
        )
        # sudo: the state follows from the ledger, whoever takes the goods back
        redemptions_sudo = (
            self.env["o2o.points.redemption"]
            .sudo()
            .search(
                [
                    ("entry_id", "in", entries.sudo().reversal_of_id.ids),
                    ("state", "=", "used"),
                ]
            )
        )
        for redemption_sudo in redemptions_sudo:
            if not redemption_sudo.entry_id._reversible_points():
                redemption_sudo.state = "returned"
        return entries

    @api.model
    def _worth_kept(self, lines):
        """Money that points still pay on some lines, company currency."""
        # sudo: a sum for documents the caller handles
        shares_sudo = self.sudo()._of_lines(dict.fromkeys(lines))
        return sum(
            shares_sudo.filtered(lambda share: share.kind == "redeem").mapped(
                "kept_amount"
            )
        )
