from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from ..lib.levels import Grant, best_level

# A promise counts only purchases that are still in the window when the order is done.
_PROMISE_DAYS = 14


class ResPartner(models.Model):
    """Where a member stands, and what is missing to the next level (idea 21)."""

    _inherit = "res.partner"

    def _o2o_level_progress(self, extra=0.0):
        """The level of this member in the current company, in plain values (JSON).

        What is said to be missing is true: who buys exactly that has the next level
        when the purchase is completed, at the latest in two weeks.

        :param float extra: amount of a purchase under way, discounts taken off, in
            company currency; it counts as if it were completed
        :return: dict, empty for who is no member: ``level``, ``since``, ``until``,
            ``grace_until``, ``spend``, ``count`` (so far); ``reached``, the level the
            purchase under way leads to, or False; ``next``, the next level or False,
            with ``missing_amount``, ``missing_count``, ``percent``, ``text``; ``fee``,
            a product that gives a higher level at once, or False. The keys that end
            in ``text`` are sentences to show.
        """
        self.ensure_one()
        company = self.env.company
        levels = company._o2o_levels()
        row = self._o2o_current_memberships().get(self)
        if not row or not levels:
            return {}
        purchases = self._o2o_standing(levels, extra, promise=True)
        grants = self._o2o_running_grants().get(self, ())
        level_id, _cause, _grant = best_level(
            levels._o2o_rules(),
            purchases,
            [Grant(grant.id, grant.level_id.id, grant.cause) for grant in grants],
        )
        reached = max(
            levels.browse(level_id) | row.level_id, key=lambda level: level.sequence
        )
        following = levels.filtered(
            lambda level: (
                level.sequence > reached.sequence
                and (level.spend_min or level.count_min)
            )
        )[:1]
        so_far = self._o2o_standing(levels)
        spend, count = so_far[(following or row.level_id).window_months]
        until = self._o2o_level_until(row)
        return {
            "level": self._o2o_level_values(row.level_id),
            "benefits": row.level_id._benefit_lines(),
            "why": row.explanation,
            "since": fields.Date.to_string(company._o2o_local(row.from_at).date()),
            "until": fields.Date.to_string(until) or False,
            "until_text": until
            and self.env._("Valid to %s", format_date(self.env, until)),
            "grace_until": fields.Date.to_string(row.grace_until) or False,
            "grace_text": row.grace_until
            and self.env._(
                "You keep this level until %s, and longer when your purchases reach "
                "it again.",
                format_date(self.env, row.grace_until),
            ),
            "spend": spend,
            "count": count,
            "reached": reached != row.level_id and self._o2o_level_values(reached),
            "reached_text": reached != row.level_id
            and self.env._("This order takes you to %s", reached.name),
            "next": following._o2o_missing(purchases, bool(extra)),
            "fee": self._o2o_fee_offer(levels, reached),
        }

    def _o2o_level_values(self, level):
        return {"id": level.id, "name": level.name, "color": level.color}

    def _o2o_standing(self, levels, extra=0.0, promise=False):
        """{window in months: (spend, count)} of this member."""
        company = self.env.company
        result = {}
        for months in sorted(set(levels.mapped("window_months"))):
            since = company._o2o_window_since(months)
            if promise:
                since = fields.Datetime.add(since, days=_PROMISE_DAYS)
            spend, count = self._o2o_purchases(since).get(self, (0.0, 0))
            if extra > 0:
                spend, count = company.currency_id.round(spend + extra), count + 1
            result[months] = (spend, count)
        return result

    def _o2o_level_until(self, row):
        """The last day of a level with an end, renewals included."""
        if not row.grant_id:
            return False
        # sudo: the own terms of the member
        last_sudo = (
            self.env["o2o.level.grant"]
            .sudo()
            .search(
                Domain("partner_id", "=", self.id)
                & Domain("level_id", "=", row.level_id.id)
                & Domain("revoked_at", "=", False),
                order="date_to desc",
                limit=1,
            )
        )
        return last_sudo.date_to

    def _o2o_fee_offer(self, levels, reached):
        """The first published fee product that lifts this member, or False."""
        for level in levels.filtered(lambda level: level.sequence > reached.sequence):
            for product in level.fee_product_ids.sorted("list_price"):
                if product.is_published and product.sale_ok:
                    return {
                        "product_id": product.id,
                        "name": product.name,
                        "level": level.name,
                        "price": product.list_price,
                        "months": product.o2o_level_months,
                        "url": product.website_url,
                        "text": self.env._(
                            "%(level)s for %(months)s months: %(price)s",
                            level=level.name,
                            months=product.o2o_level_months,
                            price=product.currency_id.format(product.list_price),
                        ),
                    }
        return False
