from odoo import api, fields, models
from odoo.tools import SQL, float_compare

from ..lib.share import points_for


class O2oPointsShare(models.Model):
    """What one bought line gave, or cost, in points.

    A price remembers why (invariant 4): the share holds the facts that count when a
    part of the line comes back. Points are dropped to whole ones per line, so an order
    less one line ends exactly as if that line had never been bought.
    """

    _name = "o2o.points.share"
    _description = "Points of a Line"
    _order = "id"
    _rec_name = "document"

    partner_id = fields.Many2one(
        "res.partner", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    # recursive: computed for one record at a time, so that creating many does not read
    # back those whose turn has not come
    currency_id = fields.Many2one(related="company_id.currency_id", recursive=True)
    kind = fields.Selection(
        [("earn", "Earned"), ("redeem", "Spent")], required=True, readonly=True
    )
    document = fields.Char(
        required=True, readonly=True, help="The order, one text for all its lines."
    )
    res_model = fields.Char(string="Line Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Line", model_field="res_model", required=True, readonly=True
    )
    entry_id = fields.Many2one(
        "o2o.points.entry",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Empty when the line was worth no point.",
    )
    purchased_at = fields.Datetime(required=True, readonly=True)
    quantity = fields.Float(required=True, readonly=True)
    kept_quantity = fields.Float(required=True, readonly=True)
    amount = fields.Monetary(
        required=True, readonly=True, help="Paid for the line, tax included."
    )
    kept_amount = fields.Monetary(required=True, readonly=True)
    rate = fields.Float(
        readonly=True, help="Points per currency unit, with all multipliers."
    )
    points = fields.Integer(required=True, readonly=True)

    # a line is delivered in parts by several fulfillments: one share for each
    _line_uniq = models.UniqueIndex("(res_model, res_id, kind, document)")
    # each award asks first whether its document was awarded
    _document_idx = models.Index("(document)")
    # for all kinds: deleting or merging a contact looks for its shares too
    _purchases_idx = models.Index("(partner_id, company_id, purchased_at)")

    # === earning ===

    @api.model
    def _award(self, partner, lines, document, source, pos_session=None):
        """Give a member the points of bought lines, once per document (PTS-01).

        :param partner: the member; a buyer without an active card earns nothing
        :param list lines: dicts ``record`` (the bought line), ``product``, ``quantity``
            and ``amount`` (company currency, tax included, after all discounts)
        :param str document: text that names the order for good, the idempotency key
        :param source: record shown in the log
        :return: the ledger row, empty when there is nothing to give
        """
        ledger = self.env["o2o.points.entry"]
        partner = partner.with_company(self.env.company)
        # sudo: shares are the ledger's own; the caller decided that the lines count
        shares_sudo = self.sudo()
        card_sudo, account_sudo, is_first = partner._o2o_lock_points()
        if not card_sudo:
            return ledger
        was_awarded, is_new = shares_sudo._find_award(document)
        if was_awarded:
            return shares_sudo.search(
                [("document", "=", document), ("kind", "=", "earn")]
            ).entry_id
        now = fields.Datetime.now()
        rules_sudo = self.env["o2o.points.rule"].sudo()._current("earn_purchase")
        rates = rules_sudo._purchase_rates(partner, lines)
        vals_list = [
            {
                "partner_id": partner.id,
                "company_id": self.env.company.id,
                "kind": "earn",
                "document": document,
                "res_model": line["record"]._name,
                "res_id": line["record"].id,
                "purchased_at": now,
                "quantity": line["quantity"],
                "kept_quantity": line["quantity"],
                "amount": line["amount"],
                "kept_amount": line["amount"],
                "rate": rate,
                "points": points_for(line["amount"], rate),
            }
            for line, rate in zip(lines, rates, strict=True)
            if line["quantity"] > 0
        ]
        total = sum(vals["points"] for vals in vals_list)
        limit = rules_sudo._allowance_of(partner, "earn_purchase")
        # the card was checked and the account is locked: see above
        entry = ledger._post_locked(
            account_sudo,
            total if limit is None else min(total, limit),
            "earn_purchase",
            document,
            source=source,
            facts=self._prepare_facts(source, vals_list, total, limit),
            pos_session=pos_session,
            is_new=is_new,
        )
        shares_sudo.create([{**vals, "entry_id": entry.id} for vals in vals_list])
        if is_first:
            card_sudo._note_purchase()
        partner._o2o_after_purchases_changed()
        return entry

    @api.model
    def _find_award(self, document):
        """Whether a document was awarded, and whether its key is still unused.

        One query for both: an award of no points has shares only, a row posted in
        another way has none.
        """
        self.flush_model(["document", "kind"])
        self.env["o2o.points.entry"].flush_model(["key"])
        [(was_awarded, is_new)] = self.env.execute_query(
            SQL(
                """
                SELECT EXISTS (SELECT FROM o2o_points_share
                                WHERE document = %s AND kind = 'earn'),
                       NOT EXISTS (SELECT FROM o2o_points_entry WHERE key = %s)
                """,
                document,
                document,
            )
        )
        return was_awarded, is_new

    @api.model
    def _prepare_facts(self, source, vals_list, total, limit):
        """What the row needs to explain itself, and to be reversed in part."""
        amounts = {}
        for vals in vals_list:
            amounts[vals["rate"]] = amounts.get(vals["rate"], 0.0) + vals["amount"]
        return {
            "document": source.display_name if source else "",
            "parts": [
                {"amount": round(amount, 2), "rate": rate}
                for rate, amount in amounts.items()
            ],
            "limit": limit if limit is not None and total > limit else None,
        }

    # === taking back ===

    @api.model
    def _set_returned(self, lines, reason="", source=None, pos_session=None):
        """Say how much of some lines came back in all, and move the points.

        Earned points are taken back, spent points are given back, each by the share of
        the line. Saying the same again changes nothing.

        :param dict lines: {bought line: quantity returned in all}, of one model
        :return: the new ledger rows
        """
        entries = self.env["o2o.points.entry"]
        # sudo: the caller decided that the goods came back
        shares_sudo = self.sudo()._of_lines(lines)
        for account_sudo in shares_sudo.entry_id.loyalty_card_id.sorted("id"):
            account_sudo._o2o_lock()
        shares_sudo.invalidate_recordset(["kept_quantity", "kept_amount"])
        touched_sudo = shares_sudo.browse()
        for (_kind, res_id), line_shares_sudo in shares_sudo.grouped(
            lambda share: (share.kind, share.res_id)
        ).items():
            left = lines[self.env[line_shares_sudo[0].res_model].browse(res_id)]
            # delivered in parts: the last part comes back first
            for share_sudo in line_shares_sudo.sorted("id", reverse=True):
                part = min(left, share_sudo.quantity)
                left -= part
                touched_sudo |= share_sudo._keep(share_sudo.quantity - part)
        for entry_sudo in touched_sudo.entry_id.sorted("id"):
            entries |= touched_sudo._adjust(entry_sudo, reason, source, pos_session)
        for partner in touched_sudo.partner_id:
            partner._o2o_after_purchases_changed()
        return entries

    @api.model
    def _of_lines(self, lines):
        records = next(iter(lines), None)
        if not records:
            return self.browse()
        ids = [line.id for line in lines]
        return self.search([("res_model", "=", records._name), ("res_id", "in", ids)])

    def _keep(self, quantity):
        """Keep less of a line than before; what came back stays back.

        :return: self when something changed, else an empty record set
        """
        self.ensure_one()
        if float_compare(quantity, self.kept_quantity, precision_digits=6) >= 0:
            return self.browse()
        self.write(
            {
                "kept_quantity": quantity,
                "kept_amount": self._get_amount_of(quantity),
            }
        )
        return self

    def _adjust(self, entry, reason, source, pos_session):
        """Bring a ledger row, with its reversals, to what the kept lines are worth."""
        lines = self.search([("entry_id", "=", entry.id)])
        target = sum(line._kept_points() for line in lines)
        limit = (entry.facts or {}).get("limit")
        if limit is not None:
            target = min(target, limit)
        surplus = entry._reversible_points() - target
        if surplus <= 0:
            return entry.browse()
        number = entry.search_count([("reversal_of_id", "=", entry.id)]) + 1
        return entry._reverse(
            f"o2o.points.entry/{entry.id}/back/{number}",
            reason=reason,
            points=surplus,
            source=source,
            pos_session=pos_session,
        )

    def _kept_points(self):
        self.ensure_one()
        if self.kind == "earn":
            return points_for(self.kept_amount, self.rate)
        return int(self.points * self.kept_quantity / self.quantity + 1e-9)
