import logging

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..const import LEDGER_CONTEXT, is_ledger

_logger = logging.getLogger(__name__)


class O2oPointsEntry(models.Model):
    """A row of the points ledger: written once, never changed, never deleted.

    Rows are made by :meth:`_post` (through ``partner._o2o_post_points``) and by
    :meth:`_reverse` only. The database refuses changes too, with one exception: when
    two contacts are merged, core moves ``partner_id`` with plain SQL.
    """

    _name = "o2o.points.entry"
    _description = "Points Entry"
    _order = "id desc"
    _rec_name = "key"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner",
        string="Member",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    loyalty_card_id = fields.Many2one(
        "loyalty.card",
        string="Account",
        required=True,
        readonly=True,
        check_company=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="restrict"
    )
    kind = fields.Selection(
        [
            ("earn_purchase", "Purchase"),
            ("redeem", "Redemption"),
            ("refund", "Refund"),
            ("manual", "Adjustment"),
            ("reversal", "Reversal"),
        ],
        required=True,
        readonly=True,
    )
    points = fields.Integer(required=True, readonly=True)
    balance_before = fields.Integer(required=True, readonly=True, aggregator=None)
    balance_after = fields.Integer(required=True, readonly=True, aggregator=None)
    key = fields.Char(
        string="Idempotency Key",
        required=True,
        readonly=True,
        help="Posting the same key again returns this entry and changes nothing.",
    )
    res_model = fields.Char(string="Source Model", readonly=True)
    res_id = fields.Many2oneReference(
        string="Source", model_field="res_model", readonly=True
    )
    actor_id = fields.Many2one(
        "res.users", string="By", required=True, readonly=True, ondelete="restrict"
    )
    reason = fields.Char(readonly=True)
    reversal_of_id = fields.Many2one(
        "o2o.points.entry", readonly=True, ondelete="restrict"
    )

    _key_uniq = models.UniqueIndex("(key)", "This points posting was already made.")
    _reversal_uniq = models.UniqueIndex(
        "(reversal_of_id) WHERE reversal_of_id IS NOT NULL",
        "This points entry was already reversed.",
    )
    _account_idx = models.Index("(loyalty_card_id, id)")
    _partner_idx = models.Index("(partner_id, id)")
    _points_not_zero = models.Constraint(
        "CHECK (points <> 0)", "A points entry moves at least one point."
    )
    _balance_adds_up = models.Constraint(
        "CHECK (balance_after = balance_before + points)",
        "Balance before plus points must give balance after.",
    )

    def init(self):
        """Keep the ledger append-only for SQL that does not pass through the ORM.

        ``partner_id`` and ``res_id`` are left out for the merge of contacts,
        ``create_uid`` and ``write_uid`` for the deletion of users.
        """
        self.env.cr.execute(
            SQL(
                """
                CREATE OR REPLACE FUNCTION o2o_points_entry_guard() RETURNS trigger AS
                $guard$
                BEGIN
                    RAISE EXCEPTION 'o2o_points_entry is append-only';
                END
                $guard$ LANGUAGE plpgsql;

                DROP TRIGGER IF EXISTS o2o_points_entry_guard ON o2o_points_entry;
                CREATE TRIGGER o2o_points_entry_guard
                BEFORE DELETE OR UPDATE OF
                    id, loyalty_card_id, company_id, kind, points, balance_before,
                    balance_after, key, res_model, actor_id, reason, reversal_of_id,
                    create_date
                ON o2o_points_entry
                FOR EACH ROW EXECUTE FUNCTION o2o_points_entry_guard();
                """
            )
        )

    # === CRUD: append only ===

    @api.model_create_multi
    def create(self, vals_list):
        if not is_ledger(self.env):
            raise UserError(self.env._("Points are posted through the member only."))
        return super().create(vals_list)

    def write(self, vals):
        if vals:
            raise UserError(
                self.env._("Points entries cannot be changed. Reverse the entry.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ledger(self):
        raise UserError(
            self.env._("Points entries cannot be deleted. Reverse the entry.")
        )

    # === posting ===

    @api.model
    def _post(
        self, partner, points, kind, key, source=None, reason="", reversal_of=None
    ):
        """Post points to the account of a partner in the current company.

        See ``res.partner._o2o_post_points`` for the contract.
        """
        if not key:
            raise ValueError("a points posting needs an idempotency key")
        if not points:
            return self.browse()
        # sudo: callers decide who may move points; nobody may write rows directly
        ledger_sudo = self.sudo().with_context(**LEDGER_CONTEXT)
        posted_sudo = ledger_sudo._find_posted(partner, points, kind, key)
        if posted_sudo:
            return self.browse(posted_sudo.id)
        if kind in self._kinds_for_members():
            partner._o2o_ensure_member()
        account_sudo = partner.sudo()._o2o_points_account()
        account_sudo._o2o_lock()
        # a parallel posting may have finished while we waited for the lock
        posted_sudo = ledger_sudo._find_posted(partner, points, kind, key)
        if not posted_sudo:
            posted_sudo = ledger_sudo._append(
                account_sudo,
                {
                    "partner_id": partner.id,
                    "company_id": self.env.company.id,
                    "kind": kind,
                    "points": points,
                    "key": key,
                    "res_model": source._name if source else False,
                    "res_id": source.id if source else False,
                    "actor_id": self.env.uid,
                    "reason": reason,
                    "reversal_of_id": reversal_of.id if reversal_of else False,
                },
            )
        return self.browse(posted_sudo.id)

    def _append(self, account, vals):
        """Write one row and the cached balance. The account row is locked by now."""
        last = self.search_fetch(
            [("loyalty_card_id", "=", account.id)],
            ["balance_after"],
            order="id desc",
            limit=1,
        )
        before = last.balance_after
        after = before + vals["points"]
        if (
            vals["points"] < 0
            and after < 0
            and vals["kind"] not in self._kinds_on_debt()
        ):
            raise UserError(
                self.env._(
                    "Not enough points: %(balance)s available, %(needed)s needed.",
                    balance=before,
                    needed=-vals["points"],
                )
            )
        entry = self.create(
            {
                **vals,
                "loyalty_card_id": account.id,
                "balance_before": before,
                "balance_after": after,
            }
        )
        # the ledger is the history, so the chatter of the account stays silent
        account.with_context(
            **LEDGER_CONTEXT, tracking_disable=True, loyalty_no_mail=True
        ).points = after
        return entry

    def _find_posted(self, partner, points, kind, key):
        """The entry already posted under a key, checked to be the same posting."""
        entry = self.search([("key", "=", key)])
        if entry and (
            entry.partner_id != partner
            or entry.company_id != self.env.company
            or (entry.points, entry.kind) != (points, kind)
        ):
            raise ValidationError(
                self.env._("The key %s already belongs to another points posting.", key)
            )
        return entry

    @api.model
    def _kinds_for_members(self):
        """Kinds that need an active card (CARD-04). Giving back is always possible."""
        return {"earn_purchase", "redeem", "manual"}

    @api.model
    def _kinds_on_debt(self):
        """Kinds that may leave a debt: points earned, spent, then taken back."""
        return {"reversal", "refund"}

    def _reverse(self, key, reason=""):
        """Post the opposite of this entry; the entry itself stays as it is.

        Idempotent by ``key``; an entry is reversed at most once.

        :return: the reversal
        """
        self.ensure_one()
        # sudo: the state of the ledger decides, not what the caller may see
        entry_sudo = self.sudo()
        if entry_sudo.reversal_of_id:
            raise UserError(self.env._("A reversal cannot be reversed."))
        other_sudo = entry_sudo.search(
            [("reversal_of_id", "=", self.id), ("key", "!=", key)]
        )
        if other_sudo:
            raise UserError(self.env._("These points were already reversed."))
        return self.with_company(entry_sudo.company_id)._post(
            entry_sudo.partner_id,
            -entry_sudo.points,
            "reversal",
            key,
            source=entry_sudo._source(),
            reason=reason,
            reversal_of=entry_sudo,
        )

    def _source(self):
        """The document behind an entry, or None when it is gone."""
        self.ensure_one()
        if not self.res_model or self.res_model not in self.env:
            return None
        return self.env[self.res_model].browse(self.res_id).exists() or None

    def action_view_source(self):
        self.ensure_one()
        source = self._source()
        if not source:
            raise UserError(self.env._("The source document no longer exists."))
        return {
            "type": "ir.actions.act_window",
            "res_model": source._name,
            "res_id": source.id,
            "views": [(False, "form")],
        }

    # === nightly check ===

    @api.model
    def _cron_check_balances(self):
        """Compare the sum of the rows, the last balance and the cached balance.

        :return: ids of the accounts that do not add up, for tests and for the log
        """
        self.flush_model()
        self.env["loyalty.card"].flush_model(["points"])
        rows = self.env.execute_query(
            SQL(
                """
                WITH chain AS (
                    SELECT loyalty_card_id, points, balance_before, balance_after,
                           COALESCE(LAG(balance_after) OVER account, 0) AS expected
                      FROM o2o_points_entry
                    WINDOW account AS (PARTITION BY loyalty_card_id ORDER BY id)
                ), ledger AS (
                    SELECT loyalty_card_id, SUM(points) AS total,
                           BOOL_OR(balance_before <> expected) AS is_broken
                      FROM chain
                  GROUP BY loyalty_card_id
                )
                SELECT card.id, card.points, COALESCE(ledger.total, 0)
                  FROM loyalty_card card
             LEFT JOIN ledger ON ledger.loyalty_card_id = card.id
                  JOIN loyalty_program program ON program.id = card.program_id
                 WHERE (program.o2o_is_member_points OR ledger.total IS NOT NULL)
                   AND (COALESCE(card.points, 0) <> COALESCE(ledger.total, 0)
                        OR ledger.is_broken)
              ORDER BY card.id
                """
            )
        )
        for account_id, cached, total in rows:
            _logger.error(
                "points account %s does not add up: balance %s, sum of entries %s",
                account_id,
                cached,
                total,
            )
        return [account_id for account_id, _cached, _total in rows]
