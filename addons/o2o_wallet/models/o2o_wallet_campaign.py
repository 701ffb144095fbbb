from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import formatLang


class O2oWalletCampaign(models.Model):
    """Top up so much, get so much: which bonus a top-up gives (PAY-05)."""

    _name = "o2o.wallet.campaign"
    _description = "Top-up Campaign"
    _order = "minimum desc, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    minimum = fields.Monetary(
        string="Top-up From", required=True, help="Top-ups of this amount or more."
    )
    bonus = fields.Monetary(required=True, help="What the member gets on top.")
    date_from = fields.Date(string="From")
    date_to = fields.Date(string="To", help="The last day.")
    max_per_member = fields.Integer(
        string="Times per Member", help="0: as often as the member likes."
    )
    level_ids = fields.Many2many(
        "o2o.level", string="Levels", help="Empty: members of all levels."
    )
    bonus_days = fields.Integer(
        string="Days of the Bonus", help="The bonus ends after so many days. 0: never."
    )
    topup_ids = fields.One2many("o2o.wallet.topup", "campaign_id", readonly=True)

    _amounts = models.Constraint(
        "CHECK (minimum > 0 AND bonus > 0 AND max_per_member >= 0 AND bonus_days >= 0)",
        "Amounts are above zero, and numbers are not negative.",
    )
    _dates = models.Constraint(
        "CHECK (date_to IS NULL OR date_from IS NULL OR date_to >= date_from)",
        "The last day is not before the first one.",
    )

    @api.model
    def _offers(self, partner):
        """The campaigns of today that this member can use, the biggest first, in sudo.

        :param partner: in the company asked for
        """
        # sudo: the zone of the shop, and campaigns, which are told to everybody
        company = self.env.company.sudo()
        today = company._o2o_today()
        campaigns_sudo = self.sudo().search(
            Domain("company_id", "=", company.id)
            & (Domain("date_from", "=", False) | Domain("date_from", "<=", today))
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", today))
        )
        level_sudo = partner.with_company(company).sudo().o2o_level_id
        return campaigns_sudo.filtered(
            lambda campaign: (
                (not campaign.level_ids or level_sudo in campaign.level_ids)
                and campaign._times_left(partner) != 0
            )
        )

    def _times_left(self, partner):
        """How often this member can still use it; -1 without a limit."""
        self.ensure_one()
        if not self.max_per_member:
            return -1
        used = (
            self.env["o2o.wallet.topup"]
            .sudo()
            .search_count(
                [
                    ("campaign_id", "=", self.id),
                    ("partner_id", "=", partner.id),
                    ("state", "in", ("done", "refunded")),
                ]
            )
        )
        return max(0, self.max_per_member - used)

    def _offer_text(self):
        """What the member reads."""
        self.ensure_one()
        return self.env._(
            "Top up %(minimum)s or more and get %(bonus)s on top",
            minimum=formatLang(self.env, self.minimum, currency_obj=self.currency_id),
            bonus=formatLang(self.env, self.bonus, currency_obj=self.currency_id),
        )

    @api.model
    def _for_amount(self, partner, amount):
        """The campaign that gives most for a top-up, in sudo; may be empty."""
        currency = self.env.company.currency_id
        fitting = self._offers(partner).filtered(
            lambda campaign: currency.compare_amounts(campaign.minimum, amount) <= 0
        )
        return max(fitting, key=lambda campaign: campaign.bonus, default=fitting)
