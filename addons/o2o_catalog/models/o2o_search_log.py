from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..lib.search_text import normalize

#: what customers look for in vain is of interest for a season
KEEP_DAYS = 180
_MAX_TERM = 60
#: a robot that searches nonsense fills no table
MAX_PER_DAY = 2000


class O2oSearchLog(models.Model):
    """What was searched in the shop without a result: what to buy, tag or explain.

    Rows say nothing about who searched.
    """

    _name = "o2o.search.log"
    _description = "Search without result"
    _order = "id desc"
    _rec_name = "term"

    term = fields.Char(required=True, readonly=True, index=True)
    website_id = fields.Many2one(
        "website", required=True, readonly=True, index=True, ondelete="cascade"
    )
    searched_at = fields.Datetime(
        required=True, readonly=True, default=fields.Datetime.now, index=True
    )

    @api.model
    def _note(self, website, search):
        """Keep a search that found nothing; text without a word in it is not kept."""
        term = " ".join(normalize(search).split())[:_MAX_TERM]
        if not any(char.isalnum() for char in term):
            return
        # sudo: visitors search, only managers read the log
        log_sudo = self.sudo()
        yesterday = fields.Datetime.now() - timedelta(days=1)
        recent = Domain("searched_at", ">", yesterday)
        if log_sudo.search_count(recent, limit=MAX_PER_DAY) >= MAX_PER_DAY:
            return
        log_sudo.create({"term": term, "website_id": website.id})

    @api.autovacuum
    def _gc_search_log(self):
        limit = fields.Datetime.now() - timedelta(days=KEEP_DAYS)
        self.search([("searched_at", "<", limit)], limit=10000).unlink()
