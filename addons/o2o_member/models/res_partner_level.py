from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, mute_logger

from ..const import LEVEL_CONTEXT, is_level_writer
from ..lib.levels import Grant, best_level


class ResPartner(models.Model):
    """The level of a member: what it is, why, and how it is worked out again."""

    _inherit = "res.partner"

    o2o_level_id = fields.Many2one(
        "o2o.level",
        string="Member Level",
        company_dependent=True,
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="Follows from purchases and fees in the current company.",
    )
    o2o_level_membership_ids = fields.One2many(
        "o2o.level.membership",
        "partner_id",
        string="Level History",
        readonly=True,
        groups="o2o_member.o2o_member_group_user",
    )
    o2o_level_grant_ids = fields.One2many(
        "o2o.level.grant",
        "partner_id",
        string="Fees and Grants",
        readonly=True,
        groups="o2o_member.o2o_member_group_user",
    )

    # === CRUD ===

    @api.model
    def _o2o_get_closed_fields(self):
        return super()._o2o_get_closed_fields() | {"o2o_level_id"}

    @api.model_create_multi
    def create(self, vals_list):
        if not is_level_writer(self.env) and any(
            vals.get("o2o_level_id") for vals in vals_list
        ):
            self._o2o_refuse_level()
        return super().create(vals_list)

    def write(self, vals):
        if "o2o_level_id" in vals and not is_level_writer(self.env):
            # sudo: compared, not shown
            if any(p.o2o_level_id.id != vals["o2o_level_id"] for p in self.sudo()):
                self._o2o_refuse_level()
            vals = {name: vals[name] for name in vals if name != "o2o_level_id"}
        return super().write(vals)

    def _o2o_refuse_level(self):
        raise UserError(
            self.env._(
                "The level of a member follows from purchases and fees. "
                "Use Grant a Level on the member to give one by hand."
            )
        )

    # === facts ===

    def _o2o_purchases(self, since):
        """What these members kept of their purchases in the current company.

        :param since: naive UTC datetime, or {partner id: datetime}
        :return: {partner: (spend in company currency, number of purchases)}, members
            without a purchase left out
        """
        starts = since if isinstance(since, dict) else dict.fromkeys(self.ids, since)
        if not starts:
            return {}
        self.env["o2o.points.share"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT share.partner_id, SUM(share.kept_amount),
                       COUNT(DISTINCT share.document)
                  FROM UNNEST(%s, %s::timestamp[]) AS start(partner_id, since)
                  JOIN o2o_points_share share
                    ON share.partner_id = start.partner_id
                   AND share.purchased_at >= start.since
                 WHERE share.company_id = %s
                   AND share.kind = 'earn'
                   AND share.kept_amount > 0
              GROUP BY share.partner_id
                """,
                list(starts),
                list(starts.values()),
                self.env.company.id,
            )
        )
        round_amount = self.env.company.currency_id.round
        return {
            self.browse(partner_id): (round_amount(float(spend)), count)
            for partner_id, spend, count in rows
        }

    def _o2o_purchases_by_window(self, rules):
        """{window in months: {partner: (spend, count)}}"""
        return {
            months: self._o2o_purchases(self.env.company._o2o_window_since(months))
            for months in sorted({rule.window_months for rule in rules})
        }

    def _o2o_running_grants(self):
        """{partner: grants that run today}, in sudo."""
        today = self.env.company._o2o_today()
        # sudo: the member's own level is worked out, whoever asks
        grants_sudo = self.env["o2o.level.grant"].sudo()
        return grants_sudo.search(
            Domain("partner_id", "in", self.ids)
            & Domain("company_id", "=", self.env.company.id)
            & Domain("revoked_at", "=", False)
            & Domain("date_from", "<=", today)
            & Domain("date_to", ">=", today)
        ).grouped("partner_id")

    def _o2o_current_memberships(self):
        """{partner: the row of today}, in sudo."""
        # sudo: see _o2o_running_grants
        return (
            self.env["o2o.level.membership"]
            .sudo()
            .search(
                Domain("partner_id", "in", self.ids)
                & Domain("company_id", "=", self.env.company.id)
                & Domain("until_at", "=", False)
            )
            .grouped("partner_id")
        )

    def _o2o_with_level(self):
        """Those of these partners who have a level at all: who holds a card of the
        current company, whatever its state, or had a level before."""
        # sudo: whether, not which
        cards_sudo = self.env["o2o.card"].sudo()
        holders = cards_sudo._read_group(
            [
                ("partner_id", "in", self.ids),
                ("company_id", "=", self.env.company.id),
            ],
            groupby=["partner_id"],
        )
        return self.browse([partner.id for (partner,) in holders])

    # === evaluation ===

    def _o2o_evaluate_levels(self):
        """Work out the level of these members in the current company (MEM-07).

        Called when a purchase completes or is taken back, when a fee is paid or
        refunded, when a card is activated, and every night. Set-based: a handful of
        queries for any number of partners. Only the facts of this moment decide, so
        calling it twice, or in any order, gives the same levels.

        :return: the history rows that were added, in sudo
        """
        rules = self.env.company._o2o_level_rules()
        # sudo: facts decide, not what the user may see
        partners_sudo = self.sudo()
        if rules:
            partners_sudo -= partners_sudo._o2o_with_right_level(rules)
        if not rules or not partners_sudo:
            return self.env["o2o.level.membership"].sudo()
        current = partners_sudo._o2o_current_memberships()
        grants = partners_sudo._o2o_running_grants()
        members_sudo = partners_sudo.filtered(lambda p: p in current or p in grants)
        members_sudo |= (partners_sudo - members_sudo)._o2o_with_level()
        purchases = members_sudo._o2o_purchases_by_window(rules)
        targets = {
            partner: partner._o2o_target(rules, purchases, grants.get(partner, ()))
            for partner in members_sudo
        }
        rank = {rule.id: rule.rank for rule in rules}
        falling = {
            partner: current[partner]
            for partner, target in targets.items()
            if partner in current
            and current[partner].cause in ("spend", "count")
            and rank[target["level_id"]] < current[partner].level_id.sequence
        }
        still_kept = members_sudo._o2o_still_kept(falling)
        changes = []
        for partner, target in targets.items():
            row = current.get(partner)
            if partner in still_kept and row._hold_for_grace(
                self.env.company._o2o_today()
            ):
                continue
            if not row or (row.level_id.id, row.cause, row.grant_id.id) != (
                target["level_id"],
                target["cause"],
                target["grant_id"],
            ):
                changes.append((partner, row, target))
            elif row.grace_until:
                row.with_context(**LEVEL_CONTEXT).write(
                    {"grace_until": False, "notice": False}
                )
        return members_sudo._o2o_change_levels(changes)

    def _o2o_with_right_level(self, rules):
        """Those whose history row says what the facts give, and waits for nothing.

        That is nearly everybody nearly always, and no record is needed to see it.
        """
        today = self.env.company._o2o_today()
        self.env["o2o.level.membership"].flush_model()
        self.env["o2o.level.grant"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT membership.partner_id, membership.level_id, membership.cause,
                       membership.grant_id,
                       ARRAY(SELECT jsonb_build_array(running.id, running.level_id,
                                                      running.cause)
                               FROM o2o_level_grant running
                              WHERE running.partner_id = membership.partner_id
                                AND running.company_id = membership.company_id
                                AND running.revoked_at IS NULL
                                AND %(today)s BETWEEN running.date_from
                                                  AND running.date_to)
                  FROM o2o_level_membership membership
                 WHERE membership.partner_id = ANY(%(partners)s)
                   AND membership.company_id = %(company)s
                   AND membership.until_at IS NULL
                   AND membership.grace_until IS NULL
                """,
                today=today,
                partners=self.ids,
                company=self.env.company.id,
            )
        )
        partners = self.browse([partner_id for partner_id, *_row in rows])
        purchases = partners._o2o_purchases_by_window(rules)
        right_ids = []
        for partner, (_id, level_id, cause, grant_id, grants) in zip(
            partners, rows, strict=True
        ):
            wanted = best_level(
                rules,
                {
                    months: by_partner.get(partner, (0.0, 0))
                    for months, by_partner in purchases.items()
                },
                [Grant(*grant) for grant in grants],
            )
            if wanted == (level_id, cause, grant_id or False):
                right_ids.append(partner.id)
        return self.browse(right_ids)

    def _o2o_target(self, rules, purchases, grants):
        """The values of the history row these facts give."""
        self.ensure_one()
        level_id, cause, grant_id = best_level(
            rules,
            {
                months: by_partner.get(self, (0.0, 0))
                for months, by_partner in purchases.items()
            },
            [Grant(grant.id, grant.level_id.id, grant.cause) for grant in grants],
        )
        # sudo: see _o2o_evaluate_levels
        level = self.env["o2o.level"].sudo().browse(level_id)
        spend, count = purchases[level.window_months].get(self, (0.0, 0))
        facts = {"spend": spend, "count": count, "window_months": level.window_months}
        window_since = False
        if cause in ("spend", "count"):
            window_since = level.company_id._o2o_window_since(level.window_months)
            facts.update(
                spend_min=level.spend_min,
                count_min=level.count_min,
                needs_both=level.needs_both,
            )
        elif grant_id:
            grant = self.env["o2o.level.grant"].browse(grant_id)
            facts.update(
                amount=grant.amount,
                reason=grant.reason or "",
                date_from=fields.Date.to_string(grant.date_from),
                date_to=fields.Date.to_string(grant.date_to),
            )
        return {
            "partner_id": self.id,
            "company_id": level.company_id.id,
            "level_id": level_id,
            "cause": cause,
            "grant_id": grant_id,
            "window_since": window_since,
            "facts": facts,
        }

    def _o2o_still_kept(self, falling):
        """Who falls because the window moved on, and not because goods went back.

        Grace is for the former. Somebody who buys a level and returns the goods falls
        at once: what was kept since the window that gave the level no longer gives it.

        :param dict falling: {partner: current history row}
        """
        kept = self._o2o_purchases(
            {partner.id: row.window_since for partner, row in falling.items()}
        )
        result = self.browse()
        for partner, row in falling.items():
            facts = row.facts or {}
            spend, count = kept.get(partner, (0.0, 0))
            spend_ok = 0 < facts.get("spend_min", 0.0) <= spend
            count_ok = 0 < facts.get("count_min", 0) <= count
            if (spend_ok and count_ok) or (
                not facts.get("needs_both") and (spend_ok or count_ok)
            ):
                result |= partner
        return result

    def _o2o_change_levels(self, changes):
        """Close and open history rows, and set the level on the member."""
        now = fields.Datetime.now()
        rows_sudo = self.env["o2o.level.membership"].sudo()
        rows_sudo = rows_sudo.with_context(**LEVEL_CONTEXT)
        if not changes:
            return rows_sudo
        rows_sudo.concat(*(row for _partner, row, _target in changes if row)).write(
            {"until_at": now, "notice": False}
        )
        self.env.flush_all()
        rank = {rule.id: rule.rank for rule in self.env.company._o2o_level_rules()}
        vals_list = []
        for _partner, row, target in changes:
            notice = False
            if row and row.level_id.id != target["level_id"]:
                is_up = rank[target["level_id"]] > row.level_id.sequence
                notice = "up" if is_up else "down"
            vals_list.append({**target, "from_at": now, "notice": notice})
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                added_sudo = rows_sudo.create(vals_list)
        except UniqueViolation as error:
            # opened by a parallel transaction we cannot see yet: replay the request
            raise ConcurrencyError("level changed in parallel") from error
        for level, level_rows_sudo in added_sudo.grouped("level_id").items():
            partners_sudo = level_rows_sudo.partner_id.with_company(self.env.company)
            partners_sudo.sudo().with_context(**LEVEL_CONTEXT).o2o_level_id = level
        if any(vals["notice"] for vals in vals_list):
            self.env.ref("o2o_member.o2o_level_cron_notify").sudo()._trigger()
        return added_sudo

    def _o2o_close_levels(self):
        """End the level of these members in every company, for a merge."""
        # sudo: whoever may merge contacts may not see their levels
        rows_sudo = self.env["o2o.level.membership"].sudo()
        rows_sudo.search(
            Domain("partner_id", "in", self.ids) & Domain("until_at", "=", False)
        ).with_context(**LEVEL_CONTEXT).write(
            {"until_at": fields.Datetime.now(), "notice": False}
        )

    # === benefits ===

    def _o2o_level(self):
        """The level in the current company, in sudo; empty for who is no member."""
        # sudo: asked for prices and access, on behalf of visitors and cashiers
        return self.sudo().o2o_level_id

    def _o2o_points_multiplier(self):
        factor = super()._o2o_points_multiplier()
        # of all that differs by company only this is needed
        self.sudo().fetch(["o2o_level_id"])
        level_sudo = self._o2o_level()
        if not level_sudo:
            return factor
        for rule in self.env.company._o2o_level_rules():
            if rule.id == level_sudo.id:
                return factor * rule.points_multiplier
        return factor * level_sudo.points_multiplier

    def _o2o_after_purchases_changed(self):
        result = super()._o2o_after_purchases_changed()
        self._o2o_evaluate_levels()
        return result

    @api.depends("o2o_level_id.pricelist_id")
    @api.depends_context("company", "country_code")
    def _compute_product_pricelist(self):
        return super()._compute_product_pricelist()

    def _inverse_product_pricelist(self):
        """What is chosen by hand is kept as chosen by hand, the default included, when
        the level would give something else."""
        chosen = {partner: partner.property_product_pricelist for partner in self}
        result = super()._inverse_product_pricelist()
        for partner, pricelist in chosen.items():
            # sudo: whoever edits prices of a contact may not see levels
            level_pricelist_sudo = partner._o2o_level().pricelist_id
            if level_pricelist_sudo:
                by_hand = pricelist.id not in (False, level_pricelist_sudo.id)
                partner.specific_property_product_pricelist = by_hand and pricelist
        return result

    def _o2o_usable_coupons(self):
        """MEM-14: without the coupons of offers for other levels."""
        coupons = super()._o2o_usable_coupons()
        return coupons.filtered(lambda coupon: coupon.program_id._o2o_is_for(self))

    @api.model
    def _load_pos_data_fields(self, config):
        return [*super()._load_pos_data_fields(config), "o2o_level_id"]
