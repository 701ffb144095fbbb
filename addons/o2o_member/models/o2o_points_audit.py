import logging

from odoo import api, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)


class O2oPointsEntry(models.Model):
    """Proof that every balance is the sum of its rows."""

    _inherit = "o2o.points.entry"

    @api.model
    def _cron_check_balances(self):
        """Every night: prove the balances, and tell the managers when one is wrong.

        :return: ids of the accounts that do not add up
        """
        wrong_ids = self._check_balances()
        if wrong_ids:
            self._notify_wrong_accounts(wrong_ids)
        return wrong_ids

    @api.model
    def _check_balances(self):
        """Compare rows, running balances, buckets and the balance core shows.

        :return: ids of the accounts that do not add up, for callers and for the log
        """
        wrong = self._find_wrong_accounts()
        for account_id, shown, total, left in wrong:
            _logger.error(
                "points account %s does not add up: balance %s, sum of entries %s, "
                "left in buckets %s",
                account_id,
                shown,
                total,
                left,
            )
        return [row[0] for row in wrong]

    @api.model
    def _notify_wrong_accounts(self, account_ids):
        """One message per company to its managers; names stay in the back office."""
        accounts = self.env["loyalty.card"].browse(account_ids)
        managers = self.env.ref("o2o_member.o2o_member_group_manager").all_user_ids
        for company, wrong in accounts.grouped("company_id").items():
            users = managers.filtered(
                lambda user, c=company: (
                    user.active
                    and not user._is_superuser()
                    and (not c or c in user.company_ids)
                )
            )
            for lang, readers in users.partner_id.grouped("lang").items():
                self.with_context(lang=lang)._notify_readers(readers, company, wrong)

    @api.model
    def _notify_readers(self, readers, company, accounts):
        self.env["mail.thread"].message_notify(
            partner_ids=readers.ids,
            subject=self.env._("Points balances that do not add up"),
            body=self.env._(
                "%(company)s: %(number)s members have a balance that is not the sum of "
                'its rows. Open the points log and press "Check All Balances" to see '
                "them.",
                company=company.name or "",
                number=len(accounts),
            ),
        )

    @api.model
    def _find_wrong_accounts(self):
        """What is left in the buckets is the balance, or nothing when it is a debt.
        An account that was merged into another has nothing left."""
        self.flush_model()
        self.env["o2o.points.bucket"].flush_model()
        self.env["loyalty.card"].flush_model(["points"])
        return self.env.execute_query(
            SQL(
                """
                WITH chain AS (
                    SELECT loyalty_card_id, points, balance_before,
                           COALESCE(LAG(balance_after) OVER account, 0) AS expected
                      FROM o2o_points_entry
                    WINDOW account AS (PARTITION BY loyalty_card_id ORDER BY id)
                ), ledger AS (
                    SELECT loyalty_card_id, SUM(points) AS total,
                           BOOL_OR(balance_before <> expected) AS is_broken
                      FROM chain
                  GROUP BY loyalty_card_id
                ), bucket AS (
                    SELECT loyalty_card_id, SUM(remaining) AS total
                      FROM o2o_points_bucket
                  GROUP BY loyalty_card_id
                )
                SELECT card.id, card.points, COALESCE(ledger.total, 0),
                       COALESCE(bucket.total, 0)
                  FROM loyalty_card card
             LEFT JOIN ledger ON ledger.loyalty_card_id = card.id
             LEFT JOIN bucket ON bucket.loyalty_card_id = card.id
                  JOIN loyalty_program program ON program.id = card.program_id
                 WHERE (program.o2o_is_member_points OR ledger.total IS NOT NULL)
                   AND (COALESCE(card.points, 0) <> COALESCE(ledger.total, 0)
                        OR COALESCE(bucket.total, 0)
                           <> GREATEST(COALESCE(ledger.total, 0), 0)
                        OR ledger.is_broken
                        OR (card.o2o_merged_into_id IS NOT NULL
                            AND COALESCE(ledger.total, 0) <> 0))
              ORDER BY card.id
                """
            )
        )

    @api.model
    def action_check_balances(self):
        """The button: prove now that all balances are right, or list those that are
        not."""
        self.check_access("read")
        # sudo: accounts are plumbing; the user sees only which members are concerned
        wrong_ids = self.sudo()._check_balances()
        if not wrong_ids:
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {
                    "type": "success",
                    "message": self.env._("All points balances add up."),
                },
            }
        accounts_sudo = self.env["loyalty.card"].sudo().browse(wrong_ids)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_member.o2o_points_entry_action"
        )
        action["name"] = self.env._("Balances That Do Not Add Up")
        action["domain"] = [("partner_id", "in", accounts_sudo.partner_id.ids)]
        return action
