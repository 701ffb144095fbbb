from odoo import api, models

from .o2o_wallet import BALANCES


class O2oWallet(models.Model):
    """What becomes of wallets when members are merged (MEM-12)."""

    _inherit = "o2o.wallet"

    def _end_in(self, survivor):
        """Move everything into a wallet of the kept member, and end.

        What is set aside goes over with its payments, and each bonus keeps its end. The
        rows stay where they are. A freeze of either wallet goes on.
        """
        wallet, into = self, survivor
        for one in (self | survivor).sorted("id"):  # one order for all
            one._lock()
        entries = self.env["o2o.wallet.entry"]
        key = f"o2o.wallet/{wallet.id}/into/{into.id}"
        moved = {name: wallet._minor(wallet[name]) for name in BALANCES}
        lots, _taken = wallet._replay_bonus()
        if any(moved.values()):
            entries._append(
                wallet,
                "transfer",
                f"{key}/out",
                {name: -units for name, units in moved.items()},
            )
            for lot in lots:
                entries._append(
                    into,
                    "transfer",
                    f"{key}/in/{lot.row_id}",
                    {"bonus": lot.left},
                    expires_at=lot.end,
                )
            rest = moved | {"bonus": 0}
            if any(rest.values()):
                entries._append(into, "transfer", f"{key}/in", rest)
        wallet.hold_ids.filtered(lambda hold: hold.state == "held").wallet_id = into
        if wallet.state == "frozen" and into.state == "active":
            into._freeze(by_member=wallet.is_frozen_by_member)
        into.write(
            {
                "is_registered": into.is_registered or wallet.is_registered,
                "bonus_checked_at": False,
            }
        )
        wallet.write({"state": "closed", "merged_into_id": into.id})


class O2oMemberMerge(models.Model):
    _inherit = "o2o.member.merge"

    @api.model
    def _lock_for_merge(self, survivor, source):
        """Wallets come before contacts, as in a posting."""
        for wallet in (survivor | source)._o2o_wallets().sorted("id"):
            wallet._lock()
        return super()._lock_for_merge(survivor, source)
