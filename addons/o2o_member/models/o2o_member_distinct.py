from odoo import api, fields, models
from odoo.tools import SQL


class O2oMemberDistinct(models.Model):
    """Two members that look alike and are not the same person: said once, kept."""

    _name = "o2o.member.distinct"
    _description = "Members That Are Not the Same Person"
    _order = "id desc"
    _rec_name = "first_id"

    first_id = fields.Many2one(
        "res.partner", required=True, readonly=True, ondelete="cascade"
    )
    second_id = fields.Many2one(
        "res.partner", required=True, readonly=True, index=True, ondelete="cascade"
    )
    user_id = fields.Many2one(
        "res.users", string="By", required=True, readonly=True, ondelete="restrict"
    )

    _pair_uniq = models.UniqueIndex("(first_id, second_id)")
    _in_order = models.Constraint(
        "CHECK (first_id < second_id)", "The older contact comes first."
    )

    @api.model
    def _remember(self, partners):
        """Every pair of these members is two persons. Saying it again is fine."""
        self._insert(
            [
                (first, second)
                for first in partners.ids
                for second in partners.ids
                if first < second
            ]
        )

    @api.model
    def _insert(self, pairs):
        for first, second in pairs:
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO o2o_member_distinct
                        (first_id, second_id, user_id,
                         create_uid, create_date, write_uid, write_date)
                    VALUES (%(first)s, %(second)s, %(uid)s,
                            %(uid)s, %(now)s, %(uid)s, %(now)s)
                    ON CONFLICT DO NOTHING
                    """,
                    first=first,
                    second=second,
                    uid=self.env.uid,
                    now=fields.Datetime.now(),
                )
            )
        self.invalidate_model()

    @api.model
    def _follow_merge(self, survivor, source):
        """Who is not the source is not the survivor either."""
        pairs = self.search(
            ["|", ("first_id", "=", source.id), ("second_id", "=", source.id)]
        )
        others = (pairs.first_id | pairs.second_id) - source - survivor
        pairs.unlink()
        self._insert(
            [
                (min(other.id, survivor.id), max(other.id, survivor.id))
                for other in others
            ]
        )
