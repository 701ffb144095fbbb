from odoo import api, fields, models


# one class per topic, one topic per file
# pylint: disable=consider-merging-classes-inherited
class O2oPointsEntry(models.Model):
    """What a member reads about rows that are not purchases.

    Facts hold no names of people: rows stay for good, people may ask to be forgotten.
    """

    _inherit = "o2o.points.entry"

    can_reverse = fields.Boolean(compute="_compute_can_reverse")

    @api.depends("points", "reversal_of_id", "kind")
    def _compute_can_reverse(self):
        """Whether a manager may undo the row by hand.

        Redemptions come back with their order, transfers with the card: those know
        more than the points.
        """
        for entry in self:
            entry.can_reverse = (
                not entry.reversal_of_id
                and entry.kind not in ("expire", "redeem", "redeem_return", "transfer")
                and entry._reversible_points() > 0
            )

    def _explain_sign_in(self, facts):
        streak = facts.get("streak") or 1
        if streak == 1:
            text = self.env._("First day")
        else:
            text = self.env._("%s days in a row", streak)
        return self._explain_limit(text, facts)

    def _explain_referral(self, facts):
        if facts.get("role") == "friend":
            text = self.env._("Welcome gift for your first order")
        else:
            text = self.env._("A friend you invited completed the first order")
        return self._explain_limit(text, facts)

    def _explain_share(self, facts):
        if facts.get("product"):
            text = self.env._("Someone opened %s, shared by you", facts["product"])
        else:
            text = self.env._("Someone opened the shop, shared by you")
        return self._explain_limit(text, facts)

    def _explain_review(self, facts):
        text = self.env._("Your review of %s was approved", facts.get("product", ""))
        return self._explain_limit(text, facts)

    def _explain_expire(self, facts):
        if facts.get("corrects"):
            return self.env._("Correction after a return")
        return self.env._("Not used in time")

    def _explain_reversal(self, _facts):
        undone = self.reversal_of_id
        if not undone:
            return ""
        kind = dict(self._fields["kind"]._description_selection(self.env))[undone.kind]
        text = self.env._(
            "%(kind)s of %(day)s undone",
            kind=kind,
            day=self._local_day(undone.posted_at),
        )
        return f"{text}: {self.reason}" if self.reason else text

    def _explain_manual(self, _facts):
        """The reason a manager typed is the explanation."""
        return self.reason or ""

    def _explain_limit(self, text, facts):
        if facts.get("limit") is None:
            return text
        return self.env._(
            "%(sum)s, limited to %(limit)s", sum=text, **{"limit": facts["limit"]}
        )

    def _local_day(self, moment):
        company = self.company_id or self.env.company
        return str(company._o2o_local(moment).date())
