from datetime import date, timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..lib.levels import birthday_in

# Somebody whose birthday is corrected by some days gets no second gift.
_MIN_DAYS_BETWEEN = 300


class O2oBirthdayGift(models.Model):
    """One coupon per member and year of life (MEM-13)."""

    _name = "o2o.birthday.gift"
    _description = "Birthday Gift"
    _order = "id desc"
    _rec_name = "coupon_id"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner",
        string="Member",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    year = fields.Integer(required=True, readonly=True, aggregator=None)
    birthday = fields.Date(
        required=True, readonly=True, help="The day the birthday is kept."
    )
    level_id = fields.Many2one("o2o.level", readonly=True, ondelete="restrict")
    coupon_id = fields.Many2one(
        "loyalty.card",
        readonly=True,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )

    _once_a_year = models.UniqueIndex(
        "(partner_id, company_id, year)", "This member has had the gift of this year."
    )

    @api.model
    def _cron_give(self, batch_size=200):
        """Give the gifts of the birthdays to come; safe to run twice."""
        cron = self.env["ir.cron"]
        for company in self.env["res.company"]._o2o_all_companies():
            gifts = self.with_company(company)
            while due := gifts._get_due(batch_size):
                gifts._give(due)
                if not cron._commit_progress(len(due)):
                    return

    @api.model
    def _get_due(self, limit):
        """[(member, the day the birthday is kept)] without a gift yet."""
        company = self.env.company
        if not company._o2o_levels().birthday_program_id:
            return []
        days = self._get_days(company)
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner.id, due.birthday
                  FROM UNNEST(%(days)s::int[], %(kept)s::date[])
                    AS due(month_day, birthday)
                  JOIN res_partner partner
                    ON (EXTRACT(MONTH FROM partner.o2o_birthday) * 100
                        + EXTRACT(DAY FROM partner.o2o_birthday))::int
                       = due.month_day
                  JOIN o2o_level_membership membership
                    ON membership.partner_id = partner.id
                   AND membership.company_id = %(company)s
                   AND membership.until_at IS NULL
                  JOIN o2o_level level
                    ON level.id = membership.level_id
                   AND level.birthday_program_id IS NOT NULL
                 WHERE partner.active
                   AND NOT EXISTS (
                        SELECT FROM o2o_birthday_gift gift
                         WHERE gift.partner_id = partner.id
                           AND gift.company_id = %(company)s
                           AND (gift.birthday > due.birthday - %(between)s
                                OR gift.year = EXTRACT(YEAR FROM due.birthday)))
              ORDER BY partner.id
                 LIMIT %(limit)s
                """,
                company=company.id,
                days=list(days),
                kept=list(days.values()),
                between=_MIN_DAYS_BETWEEN,
                limit=limit,
            )
        )
        return [
            (self.env["res.partner"].browse(partner_id), birthday)
            for partner_id, birthday in rows
        ]

    @api.model
    def _get_days(self, company):
        """{month * 100 + day of birth: the day it is kept} of the days to come."""
        today = company._o2o_today()
        days = {}
        for offset in range(company.o2o_birthday_days_before + 1):
            day = today + timedelta(days=offset)
            days[day.month * 100 + day.day] = day
            leap_day = birthday_in(date(2000, 2, 29), day.year)
            if leap_day == day:
                days[229] = day
        return days

    @api.model
    def _give(self, due):
        company = self.env.company
        days = dict(due)
        partners = self.env["res.partner"].concat(*days)
        levels = {
            partner: row.level_id
            for partner, row in partners._o2o_current_memberships().items()
        }
        valid = timedelta(days=company.o2o_birthday_days_valid)
        # sudo: called by the cron; coupons and gifts are written by nobody else
        coupons_sudo = (
            self.env["loyalty.card"]
            .sudo()
            .create(
                [
                    {
                        "program_id": levels[partner].birthday_program_id.id,
                        "partner_id": partner.id,
                        "points": levels[
                            partner
                        ].birthday_program_id._o2o_gift_points(),
                        "expiration_date": day + valid,
                    }
                    for partner, day in due
                ]
            )
        )
        return self.sudo().create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": company.id,
                    "year": day.year,
                    "birthday": day,
                    "level_id": levels[partner].id,
                    "coupon_id": coupon_sudo.id,
                }
                for (partner, day), coupon_sudo in zip(due, coupons_sudo, strict=True)
            ]
        )
