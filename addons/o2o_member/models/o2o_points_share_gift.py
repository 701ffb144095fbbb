from odoo import api, fields, models

from ..lib.share import points_for


class O2oPointsShare(models.Model):
    """Money of a line that was given back though the goods stay: what was not paid in
    the end gives no points (REFUNDS)."""

    _inherit = "o2o.points.share"

    given_back_part = fields.Float(
        readonly=True,
        help="Part of what is kept of this line that went back in money, 0 to 1.",
    )

    def _get_amount_of(self, quantity, given_back_part=None):
        """What some of the line costs in the end.

        :param float given_back_part: 0 to 1; None: as it is now
        """
        self.ensure_one()
        if given_back_part is None:
            given_back_part = self.given_back_part
        kept = self.amount * quantity / self.quantity
        return self.currency_id.round(kept * (1.0 - given_back_part))

    @api.model
    def _set_given_back(self, lines, reason="", source=None):
        """Say what part of the money for what is kept of some lines went back, and take
        the points that it had earned. Saying the same again changes nothing; the part
        only grows.

        Points that were spent stay where they are: they follow the goods.

        :param dict lines: {bought line: part, 0 to 1}, of one model
        :return: the new ledger rows
        """
        entries = self.env["o2o.points.entry"]
        # sudo: the caller decided that the money goes back
        shares_sudo = self.sudo()._earned_by(lines)
        for account_sudo in shares_sudo.entry_id.loyalty_card_id.sorted("id"):
            account_sudo._o2o_lock()
        shares_sudo.invalidate_recordset(
            ["given_back_part", "kept_quantity", "kept_amount"]
        )
        touched_sudo = shares_sudo.browse()
        for share_sudo in shares_sudo:
            part = share_sudo._get_given_back_by(lines)
            if part > share_sudo.given_back_part:
                share_sudo.given_back_part = part
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
            part = max(share.given_back_part, share._get_given_back_by(lines))
            kept = share._get_amount_of(share.kept_quantity, part)
            taken += share._kept_points() - points_for(kept, share.rate)
        return taken

    @api.model
    def _earned_by(self, lines):
        return self._of_lines(lines).filtered(lambda share: share.kind == "earn")

    def _get_given_back_by(self, lines):
        part = lines.get(self.env[self.res_model].browse(self.res_id), 0.0)
        return min(1.0, max(0.0, part))
