from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.fields import Domain
from odoo.tools import mute_logger


class O2oReview(models.Model):
    """The decision about a product review: only an approved one gives points.

    Kept apart from ``rating.rating``, which every employee may write. One row for each
    member and product: the second review of the same product gives nothing more.
    """

    _name = "o2o.review"
    _description = "Approved Review"
    _order = "id desc"
    _rec_name = "product_tmpl_id"

    rating_id = fields.Many2one(
        "rating.rating",
        string="Review",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Member",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    product_tmpl_id = fields.Many2one(
        "product.template",
        string="Product",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    state = fields.Selection(
        [("approved", "Approved"), ("withdrawn", "Withdrawn")],
        required=True,
        readonly=True,
    )
    round = fields.Integer(readonly=True, default=0, help="How often it was approved.")
    decided_by_id = fields.Many2one(
        "res.users", string="Decided by", readonly=True, ondelete="restrict"
    )
    entry_id = fields.Many2one(
        "o2o.points.entry",
        string="Points Entry",
        readonly=True,
        ondelete="restrict",
    )

    _product_uniq = models.UniqueIndex(
        "(partner_id, company_id, product_tmpl_id)",
        "A member reviews a product once.",
    )

    @api.model
    def _approve(self, rating):
        """Give the points of a review, once; the caller checked the manager.

        :raises UserError: the review cannot give points, with the reason
        """
        reviews_sudo = self.sudo()  # nobody writes these rows but this model
        company = self.env.company
        member = rating.partner_id.with_company(company)
        product = reviews_sudo.env["product.template"].browse(rating.res_id).exists()
        if rating.res_model != "product.template" or not product:
            raise UserError(self.env._("This is not a review of a product."))
        if not member._o2o_active_card():
            raise UserError(
                self.env._("%s is not a member.", member.display_name or "?")
            )
        if not reviews_sudo._has_bought(member, product):
            raise UserError(
                self.env._(
                    "%(member)s has not bought %(product)s, or gave it back.",
                    member=member.display_name,
                    product=product.name,
                )
            )
        member.sudo()._o2o_points_account()._o2o_lock()
        review_sudo = reviews_sudo.search(
            Domain("partner_id", "=", member.id)
            & Domain("company_id", "=", company.id)
            & Domain("product_tmpl_id", "=", product.id)
        )
        if review_sudo.state == "approved":
            if review_sudo.rating_id == rating:
                return review_sudo
            raise UserError(
                self.env._(
                    "%(member)s already got points for a review of %(product)s.",
                    member=member.display_name,
                    product=product.name,
                )
            )
        if not review_sudo:
            try:
                with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                    review_sudo = reviews_sudo.create(
                        {
                            "partner_id": member.id,
                            "company_id": company.id,
                            "product_tmpl_id": product.id,
                            "state": "withdrawn",
                        }
                    )
            except UniqueViolation as error:
                raise ConcurrencyError("review approved in parallel") from error
        number = review_sudo.round + 1
        entry = member._o2o_reward(
            "review",
            f"o2o.review/{review_sudo.id}/{number}",
            source=product,
            facts={"product": product.name},
        )
        review_sudo.write(
            {
                "rating_id": rating.id,
                "state": "approved",
                "round": number,
                "decided_by_id": self.env.uid,
                "entry_id": entry.id,
            }
        )
        return review_sudo

    @api.model
    def _withdraw(self, rating):
        """Take the points of an approved review back; silent when there are none."""
        review_sudo = self.sudo().search(  # see _approve
            Domain("rating_id", "=", rating.id) & Domain("state", "=", "approved")
        )
        for row_sudo in review_sudo:
            if row_sudo.entry_id and row_sudo.entry_id._reversible_points():
                row_sudo.entry_id._reverse(f"{row_sudo.entry_id.key}/back")
            row_sudo.write({"state": "withdrawn", "decided_by_id": self.env.uid})

    @api.model
    def _has_bought(self, member, product):
        shares = self.env["o2o.points.share"]._read_group(
            Domain("partner_id", "=", member.id)
            & Domain("company_id", "=", self.env.company.id)
            & Domain("kind", "=", "earn")
            & Domain("kept_quantity", ">", 0),
            groupby=["res_model"],
            aggregates=["res_id:array_agg"],
        )
        return any(
            self.env[model].search_count(
                Domain("id", "in", ids)
                & Domain("product_id.product_tmpl_id", "=", product.id),
                limit=1,
            )
            for model, ids in shares
            if model in self.env
        )
