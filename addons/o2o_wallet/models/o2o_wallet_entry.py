from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from odoo.addons.o2o_member.tools.append_only import guard_table

from ..const import ENTRY_KINDS, is_writer
from .o2o_wallet import BALANCES


class O2oWalletEntry(models.Model):
    """A row of the wallet ledger: written once, never changed, never deleted.

    Each row tells what changes of four sums: principal, bonus, and what of both is set
    aside. It holds the first two before and after, and the others after; the database
    checks that they add up and that no wallet spends what it has not. Amounts are in
    the currency of the company.

    Rows are made by :meth:`_append` only, which is reached through the methods of
    ``o2o.wallet``, ``o2o.wallet.hold`` and of this model. The database refuses changes
    too, except of ``partner_id``: core's merge of contacts moves it.
    """

    _name = "o2o.wallet.entry"
    _description = "Wallet Entry"
    _inherit = ["o2o.ledger.mixin"]

    wallet_id = fields.Many2one(
        "o2o.wallet",
        required=True,
        readonly=True,
        check_company=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Member",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(ENTRY_KINDS, required=True, readonly=True)
    principal = fields.Monetary(readonly=True, default=0.0)
    bonus = fields.Monetary(readonly=True, default=0.0)
    amount = fields.Monetary(
        compute="_compute_amount", store=True, precompute=True, readonly=True
    )
    held_principal = fields.Monetary(
        string="Principal Set Aside", readonly=True, default=0.0
    )
    held_bonus = fields.Monetary(string="Bonus Set Aside", readonly=True, default=0.0)
    principal_before = fields.Monetary(readonly=True, default=0.0, aggregator=None)
    principal_after = fields.Monetary(readonly=True, default=0.0, aggregator=None)
    bonus_before = fields.Monetary(readonly=True, default=0.0, aggregator=None)
    bonus_after = fields.Monetary(readonly=True, default=0.0, aggregator=None)
    held_principal_after = fields.Monetary(readonly=True, default=0.0, aggregator=None)
    held_bonus_after = fields.Monetary(readonly=True, default=0.0, aggregator=None)
    balance_after = fields.Monetary(compute="_compute_balance_after")
    document = fields.Char(
        readonly=True, help="The order or top-up, as people call it."
    )
    expires_at = fields.Datetime(
        string="Bonus Until",
        readonly=True,
        help="Empty: the bonus has no end. Own money never ends.",
    )
    reversal_of_id = fields.Many2one(
        "o2o.wallet.entry",
        string="Takes Back",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The payment that is refunded, or the entry that is reversed.",
    )
    pos_session_id = fields.Many2one(
        "pos.session",
        string="Till Session",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )

    _key_uniq = models.UniqueIndex("(key)", "This wallet posting was already made.")
    _wallet_idx = models.Index("(wallet_id, id)")
    _partner_idx = models.Index("(partner_id, company_id, id)")
    _day_idx = models.Index("(company_id, posted_at, kind)")
    _ending_idx = models.Index("(wallet_id, expires_at) WHERE expires_at IS NOT NULL")
    _moves_something = models.Constraint(
        "CHECK (principal <> 0 OR bonus <> 0"
        " OR held_principal <> 0 OR held_bonus <> 0)",
        "A wallet entry moves something.",
    )
    _adds_up = models.Constraint(
        "CHECK (principal_after = principal_before + principal"
        " AND bonus_after = bonus_before + bonus AND amount = principal + bonus)",
        "Balance before plus change must give balance after.",
    )
    _covered = models.Constraint(
        "CHECK (held_principal_after >= 0 AND principal_after >= held_principal_after"
        " AND held_bonus_after >= 0 AND bonus_after >= held_bonus_after)",
        "A wallet cannot spend more than it holds.",
    )

    def init(self):
        guard_table(
            self.env.cr,
            self._table,
            [
                name
                for name, field in self._fields.items()
                if field.store
                and field.column_type
                and name
                not in {
                    # moved by the merge of contacts, and by the deletion of users
                    "partner_id",
                    "res_id",
                    "create_uid",
                    "write_uid",
                    "write_date",
                }
            ],
        )

    @api.depends("kind", "document")
    @api.depends_context("lang")
    def _compute_display_name(self):
        """What a person calls it; the key is for programs, and for who searches it."""
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for entry in self:
            names = (kinds.get(entry.kind), entry.document)
            entry.display_name = " ".join(filter(None, names))

    @api.depends("principal", "bonus")
    def _compute_amount(self):
        for entry in self:
            entry.amount = entry.principal + entry.bonus

    @api.depends("principal_after", "bonus_after")
    def _compute_balance_after(self):
        for entry in self:
            entry.balance_after = entry.principal_after + entry.bonus_after

    def _is_posting(self):
        return is_writer(self.env)

    # === POSTING === #

    @api.model
    def _append(self, wallet, kind, key, changes, source=None, **details):
        """Write one row, and the balances of its wallet, which the caller has locked.

        :param dict changes: minor units by name of :data:`BALANCES`
        :param source: record that caused it
        :param details: more values of the row
        :raises ValidationError: the key belongs to another posting
        """
        if posted := self._find_posted(wallet, kind, key, changes):
            return posted
        before = self._last_balances(wallet)
        after = {name: before[name] + changes.get(name, 0) for name in BALANCES}
        major = wallet._major
        entry = self.with_env(wallet.env).create(
            {
                "document": source.display_name if source else False,
                **details,
                "wallet_id": wallet.id,
                "partner_id": wallet.partner_id.id,
                "company_id": wallet.company_id.id,
                "kind": kind,
                "key": key,
                **self._prepare_source_vals(source),
                "actor_id": self.env.uid,
                **{name: major(changes.get(name, 0)) for name in BALANCES},
                **{f"{name}_after": major(after[name]) for name in BALANCES},
                "principal_before": major(before["principal"]),
                "bonus_before": major(before["bonus"]),
            }
        )
        wallet.write({name: major(after[name]) for name in BALANCES})
        return entry

    @api.model
    def _find_posted(self, wallet, kind, key, changes):
        """The row already posted under a key, checked to be the same posting."""
        # sudo: the ledger decides, not what the caller may see
        entry_sudo = self.sudo().search([("key", "=", key)])
        if entry_sudo and (
            (entry_sudo.kind, entry_sudo.wallet_id._live()) != (kind, wallet)
            or any(
                wallet._minor(entry_sudo[name]) != changes.get(name, 0)
                for name in BALANCES
            )
        ):
            raise ValidationError(
                self.env._("The key %s already belongs to another wallet posting.", key)
            )
        return entry_sudo

    @api.model
    def _last_balances(self, wallet):
        """The sums after the last row, in minor units."""
        self.flush_model()
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT principal_after AS principal, bonus_after AS bonus,
                       held_principal_after AS held_principal,
                       held_bonus_after AS held_bonus
                  FROM o2o_wallet_entry
                 WHERE wallet_id = %s ORDER BY id DESC LIMIT 1
                """,
                wallet.id,
            )
        )
        last = rows[0] if rows else dict.fromkeys(BALANCES, 0)
        return {name: wallet._minor(last[name]) for name in BALANCES}
