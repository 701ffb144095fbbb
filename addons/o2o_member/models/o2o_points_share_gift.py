from odoo import api, fields, models

from ..lib.share import points_for


class O2oPointsShare(models.Model):
    """Money of a line that was given back though the goods stay: what was not paid in
    the end gives no points (REFUNDS)."""

    _inherit = "o2o.points.share"

    given_back_amount = fields.Monetary(
        readonly=True, help="Money of this line that went back without the goods."
    )

    def _get_amount_of(self, quantity, given_back=None):
        """What some of the line costs in the end.

        :param float given_back: money of the whole line; None: as it is now
        """
        self.ensure_one()
        if given_back is None:
            given_back = self.given_back_amount
        kept = (self.amount - given_back) * quantity / self.quantity
        return self.currency_id.round(kept)

    @api.model
    def _set_given_back(self, lines, reason="", source=None):
        """Say what part of the price of some lines went back in all, and take the
        points that it had earned. Saying the same again changes nothing.

        Points that were spent stay where they are: they follow the goods.

        :param dict lines: {bought line: part of its price, 0 to 1}, of one model
        :return: the new ledger rows
        """
        entries = self.env["o2o.points.entry"]
        # sudo: the caller decided that the money goes back
        shares_sudo = self.sudo()._earned_by(lines)
        for account_sudo in shares_sudo.entry_id.loyalty_card_id.sorted("id"):
            account_sudo._o2o_lock()
        shares_sudo.invalidate_recordset(
            ["given_back_amount", "kept_quantity", "kept_amount"]
        )
        touched_sudo = shares_sudo.browse()
        for share_sudo in shares_sudo:
            amount = share_sudo._get_given_back_by(lines)
            if amount > share_sudo.given_back_amount:
                share_sudo.given_back_amount = amount
                share_sudo.kept_amount = share_sudo._get_amount_of(
                    share_sudo.kept_quantity
                )
                touched_sudo |= share_sudo
        for entry_sudo in touched_sudo.entry_id.sorted("id"):
            entries |= touched_sudo._adjust(entry_sudo, reason, source, False)
        for partner in touched_sudo.partner_id:
            partner._o2o_after_purchases_changed()
        return entries

    @api.model
    def _preview_given_back(self, lines):
        """:return: the points that :meth:`_set_given_back` would take"""
        taken = 0
        # sudo: see there
        for share in self.sudo()._earned_by(lines):
            amount = share._get_given_back_by(lines)
            if amount > share.given_back_amount:
                kept = share._get_amount_of(share.kept_quantity, amount)
                taken += share._kept_points() - points_for(kept, share.rate)
        return taken

    @api.model
    def _earned_by(self, lines):
        return self._of_lines(lines).filtered(lambda share: share.kind == "earn")

    def _get_given_back_by(self, lines):
        part = lines[self.env[self.res_model].browse(self.res_id)]
        return self.currency_id.round(self.amount * min(1.0, max(0.0, part)))
