import logging

from odoo import api, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)


class O2oWalletEntry(models.Model):
    """Proof that every balance is the sum of its rows."""

    _inherit = "o2o.wallet.entry"

    @api.model
    def _cron_check_balances(self):
        """Every night: prove the balances, and tell the managers when one is wrong.

        :return: ids of the wallets that do not add up
        """
        wrong_ids = self._check_balances()
        if wrong_ids:
            self._notify_wrong_wallets(wrong_ids)
        return wrong_ids

    @api.model
    def _check_balances(self):
        """Compare the rows, the running balances, what the wallets show, and what is
        set aside for payments.

        :return: ids of the wallets that do not add up, for callers and for the log
        """
        wrong = self._find_wrong_wallets()
        for wallet_id, shown, total in wrong:
            _logger.error(
                "wallet %s does not add up: balance %s, sum of entries %s",
                wallet_id,
                shown,
                total,
            )
        return [row[0] for row in wrong]

    @api.model
    def _find_wrong_wallets(self):
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                WITH chain AS (
                    SELECT wallet_id, principal, bonus, held_principal, held_bonus,
                           principal_before <> COALESCE(
                                LAG(principal_after) OVER wallet, 0)
                        OR bonus_before <> COALESCE(LAG(bonus_after) OVER wallet, 0)
                        OR held_principal_after <> held_principal + COALESCE(
                                LAG(held_principal_after) OVER wallet, 0)
                        OR held_bonus_after <> held_bonus + COALESCE(
                                LAG(held_bonus_after) OVER wallet, 0) AS is_broken
                      FROM o2o_wallet_entry
                    WINDOW wallet AS (PARTITION BY wallet_id ORDER BY id)
                ), ledger AS (
                    SELECT wallet_id, SUM(principal) AS principal, SUM(bonus) AS bonus,
                           SUM(held_principal) AS held_principal,
                           SUM(held_bonus) AS held_bonus,
                           BOOL_OR(is_broken) AS is_broken
                      FROM chain
                  GROUP BY wallet_id
                ), hold AS (
                    SELECT wallet_id, SUM(principal) AS principal, SUM(bonus) AS bonus
                      FROM o2o_wallet_hold
                     WHERE state = 'held'
                  GROUP BY wallet_id
                )
                SELECT wallet.id, wallet.principal + wallet.bonus,
                       COALESCE(ledger.principal + ledger.bonus, 0)
                  FROM o2o_wallet wallet
             LEFT JOIN ledger ON ledger.wallet_id = wallet.id
             LEFT JOIN hold ON hold.wallet_id = wallet.id
                 WHERE wallet.principal <> COALESCE(ledger.principal, 0)
                    OR wallet.bonus <> COALESCE(ledger.bonus, 0)
                    OR wallet.held_principal <> COALESCE(ledger.held_principal, 0)
                    OR wallet.held_bonus <> COALESCE(ledger.held_bonus, 0)
                    OR wallet.held_principal <> COALESCE(hold.principal, 0)
                    OR wallet.held_bonus <> COALESCE(hold.bonus, 0)
                    OR ledger.is_broken
                    OR (wallet.merged_into_id IS NOT NULL
                        AND wallet.principal + wallet.bonus <> 0)
              ORDER BY wallet.id
                """
            )
        )

    @api.model
    def _notify_wrong_wallets(self, wallet_ids):
        """One message per company to its wallet managers, in their language."""
        wallets = self.env["o2o.wallet"].browse(wallet_ids)
        managers = self.env.ref("o2o_wallet.o2o_wallet_group_manager").all_user_ids
        for company, wrong in wallets.grouped("company_id").items():
            readers = managers.filtered(
                lambda user, company=company: (
                    user.active and company in user.company_ids
                )
            ).partner_id
            for lang, partners in readers.grouped("lang").items():
                env = self.with_context(lang=lang).env
                env["mail.thread"].message_notify(
                    partner_ids=partners.ids,
                    subject=env._("Wallet balances that do not add up"),
                    body=env._(
                        "%(company)s: %(number)s wallets have a balance that is not "
                        'the sum of their rows. Open the wallet log and press "Check '
                        'All Balances" to see them.',
                        company=company.name,
                        number=len(wrong),
                    ),
                )

    @api.model
    def action_check_balances(self):
        """The button: prove now that all balances are right, or list those that are
        not."""
        self.check_access("read")
        # sudo: all rows count; the user sees only which wallets are concerned
        wrong_ids = self.sudo()._check_balances()
        if not wrong_ids:
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {
                    "type": "success",
                    "message": self.env._("All wallet balances add up."),
                },
            }
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_wallet.o2o_wallet_action"
        )
        action["name"] = self.env._("Balances That Do Not Add Up")
        action["domain"] = [("id", "in", wrong_ids)]
        return action
