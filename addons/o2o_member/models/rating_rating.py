from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

_READERS = "o2o_member.o2o_member_group_user,o2o_member.o2o_member_group_auditor"
_MANAGER = "o2o_member.o2o_member_group_manager"


class RatingRating(models.Model):
    """Reviews of products: points come with the approval of a manager, not before.

    Core publishes what visitors write at once (a member earns nothing by that).
    """

    _inherit = "rating.rating"

    o2o_review_ids = fields.One2many(
        "o2o.review",
        "rating_id",
        string="Decision",
        readonly=True,
        groups=_READERS,
    )
    o2o_review_state = fields.Selection(
        [("approved", "Approved"), ("withdrawn", "Withdrawn")],
        string="Points Decision",
        compute="_compute_o2o_review",
        groups=_READERS,
    )
    o2o_review_points = fields.Integer(
        string="Points",
        compute="_compute_o2o_review",
        groups=_READERS,
    )

    @api.depends("o2o_review_ids.state")
    @api.depends_context("company")
    def _compute_o2o_review(self):
        for rating in self:
            review = rating.o2o_review_ids.filtered(
                lambda review: review.company_id == self.env.company
            )[:1]
            rating.o2o_review_state = review.state
            rating.o2o_review_points = (
                review.entry_id.points if review.state == "approved" else 0
            )

    def action_o2o_approve_review(self):
        """Approve these reviews: members who bought the product get their points."""
        self._o2o_ensure_can_decide()
        for rating in self:
            self.env["o2o.review"]._approve(rating)

    def action_o2o_withdraw_review(self):
        """Take the approval, and the points, back."""
        self._o2o_ensure_can_decide()
        for rating in self:
            self.env["o2o.review"]._withdraw(rating)

    def _o2o_ensure_can_decide(self):
        if not self.env.user.has_group(_MANAGER):
            raise AccessError(
                self.env._("Only managers of members decide about reviews.")
            )
        self.check_access("read")
        if any(rating.res_model != "product.template" for rating in self):
            raise UserError(self.env._("This is not a review of a product."))
