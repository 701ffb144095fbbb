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

    @api.model
    def _worth_by_line(self, lines):
        """:return: {line id: money that points paid of it when it was bought}"""
        worth = {}
        # sudo: see above
        for share in self.sudo()._of_lines(dict.fromkeys(lines)):
            if share.kind == "redeem":
                worth[share.res_id] = worth.get(share.res_id, 0.0) + share.amount
        return worth

    @api.model
    def _worth_coming_back(self, lines):
        """Money that points paid of goods that are about to come back: so much less
        money is given back.

        :param dict lines: {bought line: quantity returned in all}, of one model
        """
        total = 0.0
        # sudo: see above
        for share in self.sudo()._of_lines(lines):
            if share.kind != "redeem" or not share.amount:
                continue
            returned = lines[self.env[share.res_model].browse(share.res_id)]
            kept = min(share.kept_quantity, max(0.0, share.quantity - returned))
            total += share.kept_amount - share.currency_id.round(
                share.amount * kept / share.quantity
            )
        return total
