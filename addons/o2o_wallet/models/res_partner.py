from odoo import fields, models

from ..const import SILENT_KINDS

_WALLET_GROUPS = "o2o_wallet.o2o_wallet_group_user"


class ResPartner(models.Model):
    """What a wallet means to its member's other data."""

    _inherit = "res.partner"

    o2o_wallet_balance = fields.Monetary(
        string="Wallet",
        compute="_compute_o2o_wallet_balance",
        compute_sudo=True,
        groups=_WALLET_GROUPS,
        help="Money and bonus in the member's wallet of this company.",
    )

    def _compute_o2o_wallet_balance(self):
        wallets = self.env["o2o.wallet"].search(
            [
                ("partner_id", "in", self.ids),
                ("company_id", "=", self.env.company.id),
                ("merged_into_id", "=", False),
            ]
        )
        balances = {wallet.partner_id: wallet.balance for wallet in wallets}
        for partner in self:
            partner.o2o_wallet_balance = balances.get(partner._origin, 0.0)

    def action_view_o2o_wallet(self):
        """The wallet of this member; members who have none get an empty list."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_wallet.o2o_wallet_action"
        )
        action["domain"] = [("partner_id", "=", self.id)]
        wallet = self.env["o2o.wallet"].search(
            [
                ("partner_id", "=", self.id),
                ("company_id", "=", self.env.company.id),
                ("merged_into_id", "=", False),
            ]
        )
        if wallet:
            action.update(res_id=wallet.id, views=[(False, "form")])
        return action

    # === MERGE (MEM-12) === #

    def _o2o_wallets(self):
        """The wallets of these contacts in all companies that were not merged, in sudo
        and for writing."""
        wallets = self.env["o2o.wallet"].sudo()
        return wallets.search(
            [("partner_id", "in", self.ids), ("merged_into_id", "=", False)]
        )

    def _o2o_merge_into(self, survivor):
        """Wallets move: alone they change hands, else they end in the survivor's."""
        result = super()._o2o_merge_into(survivor)
        kept = survivor._o2o_wallets().grouped("company_id")
        for wallet in self._o2o_wallets():
            live = wallet._lock()
            if wallet.company_id in kept:
                live._end_in(kept[wallet.company_id]._live())
            else:
                live.partner_id = survivor
        return result

    def _o2o_merge_companies(self):
        return super()._o2o_merge_companies() | self._o2o_wallets().company_id

    def _o2o_merge_facts(self):
        return {
            **super()._o2o_merge_facts(),
            "wallet": sum(self._o2o_wallets().mapped("balance")),
        }

    def _o2o_merge_labels(self):
        return {**super()._o2o_merge_labels(), "wallet": self.env._("Wallet")}

    # === PERSONAL DATA (MEM-05, PIPL) === #

    def _o2o_export_tables(self):
        tables = super()._o2o_export_tables()
        # sudo: members take their own data; the caller has checked who it is
        entries_sudo = (
            self.env["o2o.wallet.entry"]
            .sudo()
            .search(
                [("partner_id", "=", self.id), ("kind", "not in", SILENT_KINDS)],
                order="id",
            )
        )
        names = (
            "posted_at",
            "kind",
            "document",
            "principal",
            "bonus",
            "balance_after",
            "reason",
        )
        return {
            **tables,
            "wallet": [
                {name: self._o2o_plain(row[name]) for name in names}
                for row in entries_sudo.read(names)
            ],
        }

    def _o2o_deletion_obstacles(self):
        """Money of a member is not deleted: it is spent or paid out first."""
        obstacles = super()._o2o_deletion_obstacles()
        for wallet in self._o2o_wallets():
            if wallet._minor(wallet.principal) or wallet._minor(wallet.held_bonus):
                obstacles.append(
                    self.env._(
                        "There is %s in the wallet. Spend it, or ask us to pay it out.",
                        wallet._format(wallet.principal),
                    )
                )
        if self._o2o_has_topups_underway():
            obstacles.append(
                self.env._(
                    "Money of a top-up is on its way back, or waits for a decision."
                )
            )
        return obstacles

    def _o2o_has_topups_underway(self):
        """A refund that fails in the end comes back to the wallet: until then it is
        needed, and so is its owner."""
        # sudo: whoever asks for a deletion need not read top-ups
        topups_sudo = (
            self.env["o2o.wallet.topup"].sudo().search([("partner_id", "in", self.ids)])
        )
        refunds_sudo = topups_sudo.transaction_id.child_transaction_ids
        return "problem" in topups_sudo.mapped("state") or any(
            refund.operation == "refund"
            and refund.o2o_wallet_refund_key
            and refund.state in ("draft", "pending", "authorized")
            for refund in refunds_sudo
        )

    def _o2o_anonymise(self):
        """What is left then is bonus, which ends with the membership."""
        result = super()._o2o_anonymise()
        for wallet in self._o2o_wallets():
            live = wallet._lock()
            if live.state == "closed":
                continue
            if bonus := live._minor(live.bonus):
                self.env["o2o.wallet.entry"]._append(
                    live, "expire", f"o2o.wallet/{live.id}/left", {"bonus": -bonus}
                )
            live._close()
        return result
