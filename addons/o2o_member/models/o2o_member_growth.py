from odoo import fields, models
from odoo.tools import SQL


class O2oMemberGrowth(models.Model):
    """When each member joined: the first activated card of a contact in a company."""

    _name = "o2o.member.growth"
    _description = "Member Growth"
    _auto = False
    _order = "joined_at desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one("res.partner", string="Member", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    joined_at = fields.Datetime(string="Joined", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT MIN(id) AS id, partner_id, company_id, MIN(activated_at) AS joined_at
              FROM o2o_card
             WHERE partner_id IS NOT NULL
               AND activated_at IS NOT NULL
          GROUP BY partner_id, company_id
            """
        )
