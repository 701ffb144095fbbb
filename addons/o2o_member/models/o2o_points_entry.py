from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..const import LEDGER_CONTEXT, POINTS_KINDS, is_ledger
from ..tools.append_only import guard_table


class O2oPointsEntry(models.Model):
    """A row of the points ledger: written once, never changed, never deleted.

    Rows are made by :meth:`_post` (through ``partner._o2o_post_points``) and by
    :meth:`_reverse` only. The database refuses changes too, with one exception: when
    two contacts are merged, core moves ``partner_id`` with plain SQL.

    A row that adds points opens a bucket (``o2o.points.bucket``), which knows how many
    of them are left; a row that takes points draws on the buckets. What is still
    pending, what has expired and what is owed can always be computed again from the
    rows: see ``lib/points_fifo.py``.
    """

    _name = "o2o.points.entry"
    _description = "Points Entry"
    _inherit = ["o2o.ledger.mixin"]

    partner_id = fields.Many2one(
        "res.partner",
        string="Member",
        required=True,
        readonly=True,
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
    company_id = fields.Many2one(index=True)
    kind = fields.Selection(POINTS_KINDS, required=True, readonly=True, index=True)
    points = fields.Integer(required=True, readonly=True)
    balance_before = fields.Integer(required=True, readonly=True, aggregator=None)
    balance_after = fields.Integer(required=True, readonly=True, aggregator=None)
    available_at = fields.Datetime(
        string="Usable From", readonly=True, help="Until then the points are pending."
    )
    expires_at = fields.Datetime(string="Expires", readonly=True)
    rule_id = fields.Many2one(
        "o2o.points.rule",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    facts = fields.Json(readonly=True, help="What the points were computed from.")
    explanation = fields.Char(compute="_compute_explanation")
    pos_session_id = fields.Many2one(
        "pos.session",
        string="Till Session",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    # written, not related: the till of a session never changes, and working the field
    # out costs more than all others together
    pos_config_id = fields.Many2one("pos.config", string="Till", readonly=True)
    reversal_of_id = fields.Many2one(
        "o2o.points.entry",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    bucket_ids = fields.One2many("o2o.points.bucket", "entry_id", readonly=True)

    _key_uniq = models.UniqueIndex("(key)", "This points posting was already made.")
    _account_idx = models.Index("(loyalty_card_id, id)")
    # with the company, so that a member's log is counted from the index alone
    _partner_idx = models.Index("(partner_id, company_id, id)")
    _kind_idx = models.Index("(company_id, kind, posted_at)")
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
        guard_table(
            self.env.cr,
            self._table,
            (
                "id",
                "loyalty_card_id",
                "company_id",
                "kind",
                "points",
                "balance_before",
                "balance_after",
                "key",
                "res_model",
                "actor_id",
                "reason",
                "reversal_of_id",
                "available_at",
                "expires_at",
                "rule_id",
                "facts",
                "pos_session_id",
                "posted_at",
                "create_date",
            ),
        )

    def _is_posting(self):
        return is_ledger(self.env)

    # === explanation ===

    @api.depends("kind", "points")
    @api.depends_context("lang")
    def _compute_display_name(self):
        """What a person calls it; the key is for programs, and for who searches it."""
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for entry in self:
            entry.display_name = f"{kinds.get(entry.kind, '')} {entry.points:+d}"

    @api.depends("kind", "facts", "reason")
    @api.depends_context("lang")
    def _compute_explanation(self):
        """Each kind tells its facts in ``_explain_<kind>``, in the language read."""
        for entry in self:
            explain = getattr(entry, f"_explain_{entry.kind}", None)
            text = explain(entry.facts or {}) if explain else ""
            entry.explanation = text or entry.reason or ""

    def _explain_earn_purchase(self, facts):
        parts = [
            self.env._(
                "%(amount)s × %(rate)s",
                amount=f"{part['amount']:.2f}",
                rate=f"{part['rate']:g}",
            )
            for part in facts.get("parts", [])
        ]
        text = " + ".join(parts)
        if facts.get("limit") is not None:
            text = self.env._("%(sum)s, limited to %(limit)s", sum=text, **facts)
        return f"{facts['document']}: {text}" if facts.get("document") else text

    def _explain_transfer(self, facts):
        if facts.get("side") == "out":
            return self.env._("Accounts joined: points moved to the other account")
        return self.env._("Accounts joined: points of the other account")

    # === posting ===

    @api.model
    def _post(
        self,
        partner,
        points,
        kind,
        key,
        source=None,
        reason="",
        reversal_of=None,
        **details,
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
        return self._post_locked(
            account_sudo,
            points,
            kind,
            key,
            source=source,
            reason=reason,
            reversal_of=reversal_of,
            **details,
        )

    @api.model
    def _post_locked(
        self,
        account_sudo,
        points,
        kind,
        key,
        source=None,
        reason="",
        reversal_of=None,
        is_new=False,
        **details,
    ):
        """Like :meth:`_post`, for callers who have checked the member and hold the lock
        of the account.

        :param bool is_new: the caller found the key unused after taking the lock
        """
        if not points:
            return self.browse()
        # sudo: see _post
        ledger_sudo = self.sudo().with_context(**LEDGER_CONTEXT)
        partner = account_sudo.partner_id
        # a parallel posting may have finished while the caller waited for the lock
        posted_sudo = not is_new and ledger_sudo._find_posted(
            partner, points, kind, key
        )
        if not posted_sudo:
            vals = {
                "partner_id": partner.id,
                "company_id": self.env.company.id,
                "kind": kind,
                "points": points,
                "key": key,
                **self._prepare_source_vals(source),
                "actor_id": self.env.uid,
                "reason": reason,
                "reversal_of_id": reversal_of.id if reversal_of else False,
                **self._prepare_details_vals(details),
            }
            if points > 0 and not reversal_of:
                vals |= self._prepare_lifetime_vals(kind, vals)
            posted_sudo = ledger_sudo._append(account_sudo, vals)
        return self.browse(posted_sudo.id)

    @api.model
    def _prepare_details_vals(self, details):
        """The optional arguments of a posting, as field values."""
        vals = dict(details)
        for name, field in (("rule", "rule_id"), ("pos_session", "pos_session_id")):
            if name in vals:
                record = vals.pop(name)
                vals[field] = record.id if record else False
                if record and name == "pos_session":
                    vals["pos_config_id"] = record.config_id.id
        return vals

    @api.model
    def _prepare_lifetime_vals(self, kind, vals):
        """From when to when new points can be spent, unless the caller said."""
        available_at, expires_at = self.env.company._o2o_points_lifetime(
            kind, fields.Datetime.now()
        )
        return {
            "available_at": vals.get("available_at") or available_at,
            "expires_at": vals.get("expires_at", expires_at),
        }

    def _append(self, account, vals):
        """Write one row, the buckets and the cached balance; the account is locked."""
        before, points = self._last_balance(account), vals["points"]
        buckets = self.env["o2o.points.bucket"]
        is_spending = points < 0 and vals["kind"] not in self._kinds_on_debt()
        if is_spending:
            buckets._ensure_spendable(account, -points)
        entry = self.create(
            {
                **vals,
                "loyalty_card_id": account.id,
                "balance_before": before,
                "balance_after": before + points,
            }
        )
        # the ledger is the history, so the chatter of the account stays silent
        account.with_context(
            **LEDGER_CONTEXT, tracking_disable=True, loyalty_no_mail=True
        ).points = before + points
        if entry.reversal_of_id:
            buckets._on_reversal(entry)
        elif entry.kind in {"expire", "transfer"}:
            pass  # whoever posts these has seen to the buckets
        elif points > 0:
            buckets._open(entry, debt=max(0, -before))
        elif is_spending:
            buckets._draw(account, -points)
        return entry

    def _last_balance(self, account):
        """What the last row of an account says; rows are never pending, see create."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT balance_after FROM o2o_points_entry
                 WHERE loyalty_card_id = %s ORDER BY id DESC LIMIT 1
                """,
                account.id,
            )
        )
        return rows[0][0] if rows else 0

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
        return {
            "earn_purchase",
            "sign_in",
            "referral",
            "share",
            "review",
            "redeem",
            "manual",
        }

    @api.model
    def _kinds_on_debt(self):
        """Kinds that do not ask whether the points are there: points earned, spent and
        taken back, points whose bucket the caller has emptied, and a whole account
        that moves on, its debt included."""
        return {"reversal", "expire", "transfer"}

    # === reversal ===

    @api.model
    def _is_grace_given(self, reversal):
        """Whether points that come back after their end live on for some days."""
        return reversal.kind == "redeem_return"

    def _reverse(self, key, reason="", points=None, source=None, pos_session=None):
        """Post the opposite of this entry; the entry itself stays as it is.

        Idempotent by ``key``. May be called for a part, as often as points are left.

        :param int points: how many to undo, positive; all that are left when omitted
        :param source: record that caused it; the source of the entry when omitted
        :return: the reversal
        """
        self.ensure_one()
        # sudo: the state of the ledger decides, not what the caller may see
        entry_sudo = self.sudo()
        if entry_sudo.reversal_of_id or entry_sudo.kind == "expire":
            raise UserError(self.env._("This points entry cannot be reversed."))
        company_self = self.with_company(entry_sudo.company_id)
        posted_sudo = entry_sudo.search([("key", "=", key)])
        if not posted_sudo:
            entry_sudo.loyalty_card_id._o2o_lock()
            left = entry_sudo._reversible_points()
            points = left if points is None else points
            if not 0 < points <= left:
                raise UserError(
                    self.env._("Only %s of these points can be taken back.", left)
                    if left
                    else self.env._("These points were already reversed.")
                )
        elif points is None:
            points = abs(posted_sudo.points)
        is_redemption = entry_sudo.kind == "redeem"
        return company_self._post(
            entry_sudo.partner_id,
            -points if entry_sudo.points > 0 else points,
            "redeem_return" if is_redemption else "reversal",
            key,
            source=source or entry_sudo._source(),
            reason=reason,
            reversal_of=entry_sudo,
            pos_session=pos_session,
        )

    def _reversible_points(self):
        """How many points of this entry were not reversed yet, positive."""
        self.ensure_one()
        [[undone]] = self._read_group(
            [("reversal_of_id", "=", self.id)], aggregates=["points:sum"]
        )
        return abs(self.points + (undone or 0))
