from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

_KEEP_DAYS = 90


class O2oMemberLookup(models.Model):
    """Who looked for members at which till: how often, never for what.

    What was typed is not kept: it may be a phone number, or the number of somebody's
    bank card.
    """

    _name = "o2o.member.lookup"
    _description = "Till Look-up"
    _order = "id desc"
    _rec_name = "kind"

    user_id = fields.Many2one(
        "res.users", string="By", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    config_id = fields.Many2one(
        "pos.config", string="Till", readonly=True, ondelete="set null"
    )
    kind = fields.Selection(
        [
            ("code", "Card, phone or order number"),
            ("swipe", "Card swipe"),
            ("token", "Electronic card"),
            ("pinyin", "Pinyin"),
            ("name", "Name"),
            ("card", "Member card opened"),
            ("activation", "Card activation"),
        ],
        required=True,
        readonly=True,
    )
    found = fields.Integer(readonly=True, help="How many members were shown.")
    partner_id = fields.Many2one(
        "res.partner",
        string="Member",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )

    _user_idx = models.Index("(user_id, create_date)")
    _date_idx = models.Index("(create_date)")

    @api.model
    def _log(self, config, kind, found=0, partner=None):
        # sudo: the log is written by the till's own methods only
        self.sudo().create(
            {
                "user_id": self.env.uid,
                "company_id": self.env.company.id,
                "config_id": config.id,
                "kind": kind,
                "found": found,
                "partner_id": partner.id if partner else False,
            }
        )

    @api.model
    def _count_recent(self, kinds, found=None, **interval):
        """Rows of the current user in the last minutes, hours or days.

        :param int found: count only rows that found so many
        """
        since = fields.Datetime.now() - timedelta(**interval)
        domain = Domain(
            [
                ("user_id", "=", self.env.uid),
                ("create_date", ">", since),
                ("kind", "in", kinds),
            ]
        )
        if found is not None:
            domain &= Domain("found", "=", found)
        # sudo: a cashier is counted without seeing the log
        return self.sudo().search_count(domain)

    @api.autovacuum
    def _gc_lookups(self):
        limit = fields.Datetime.now() - timedelta(days=_KEEP_DAYS)
        self.search([("create_date", "<", limit)]).unlink()
