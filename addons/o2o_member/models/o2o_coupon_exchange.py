from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL


class O2oCouponExchange(models.Model):
    """A coupon a member got for points, until it is given back (PTS-07).

    Made by ``o2o.coupon.offer._exchange`` only. The coupon is used like any other one;
    its row here says what it cost, and whether it can still be given back.
    """

    _name = "o2o.coupon.exchange"
    _description = "Coupon Exchanged for Points"
    _order = "id desc"
    _rec_name = "offer_id"
    _check_company_auto = True

    key = fields.Char(string="Idempotency Key", required=True, readonly=True)
    offer_id = fields.Many2one(
        "o2o.coupon.offer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Member",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    piece = fields.Integer(
        string="Number",
        required=True,
        readonly=True,
        aggregator=None,
        help="Its number among the coupons of the offer.",
    )
    coupon_id = fields.Many2one(
        "loyalty.card",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    coupon_points = fields.Float(
        readonly=True, help="What the coupon held when it was new."
    )
    points = fields.Integer(required=True, readonly=True)
    entry_id = fields.Many2one(
        "o2o.points.entry",
        string="Points Entry",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    pos_config_id = fields.Many2one(related="entry_id.pos_config_id")
    state = fields.Selection(
        [("issued", "Exchanged"), ("returned", "Given Back")],
        required=True,
        readonly=True,
        default="issued",
    )
    returnable_until = fields.Datetime(readonly=True)
    returned_at = fields.Datetime(readonly=True)

    _key_uniq = models.UniqueIndex("(key)", "This coupon was already exchanged.")
    _piece_uniq = models.UniqueIndex(
        "(offer_id, piece) WHERE state = 'issued'",
        "This coupon was already exchanged by somebody else.",
    )
    _partner_idx = models.Index("(partner_id, offer_id)")

    # === giving back ===

    def _is_unused(self):
        """Whether the coupon is as it was when it was new.

        Points alone do not tell: whoever may write coupons at a till could fill a used
        one up again. Lines of carts and orders count, too.
        """
        self.ensure_one()
        coupon_sudo = self.coupon_id.sudo()
        return (
            coupon_sudo.active
            and coupon_sudo.points >= self.coupon_points
            and not coupon_sudo.use_count
        )

    def _problem_with_return(self, is_office=False):
        """Why this coupon cannot be given back, or an empty text.

        :param bool is_office: staff decides, so that the days do not count
        """
        self.ensure_one()
        today = self.company_id._o2o_today()
        end = self.coupon_id.sudo().expiration_date
        if self.state == "returned":
            return self.env._("This coupon was given back already.")
        if not self._is_unused():
            return self.env._(
                "This coupon was used, or is in a cart. A used coupon cannot be given "
                "back; take it out of the cart first."
            )
        if is_office:
            return ""
        if not self.returnable_until:
            return self.env._("This coupon cannot be given back.")
        if self.returnable_until <= fields.Datetime.now() or (end and end < today):
            return self.env._("The time to give this coupon back is over.")
        return ""

    def _return(self, reason="", is_office=False):
        """Void the coupon and give its points back, once.

        The points come back as if they had never been spent: with their old end.

        :raises UserError: saying why not
        """
        self.ensure_one()
        # sudo: callers checked who it is; nobody writes these records
        exchange_sudo = self.sudo().with_company(self.sudo().company_id)
        if exchange_sudo.state == "returned":
            return
        # the account comes ahead of the coupon, as in an exchange. A sale that takes
        # the coupon at the same time writes its row: one of the two is replayed
        exchange_sudo.entry_id.loyalty_card_id._o2o_lock()
        self.env.cr.execute(
            SQL(
                "SELECT id FROM loyalty_card WHERE id = %s FOR UPDATE",
                exchange_sudo.coupon_id.id,
            )
        )
        exchange_sudo.invalidate_recordset(["state"])
        exchange_sudo.coupon_id.invalidate_recordset(["points", "active", "use_count"])
        problem = exchange_sudo._problem_with_return(is_office)
        if problem:
            raise UserError(problem)
        exchange_sudo.coupon_id.with_context(loyalty_no_mail=True).write(
            {"points": 0, "active": False}
        )
        exchange_sudo.entry_id._reverse(
            f"{exchange_sudo.entry_id.key}/back", reason=reason
        )
        exchange_sudo.write({"state": "returned", "returned_at": fields.Datetime.now()})

    def action_return(self):
        """Staff takes an unused coupon back, also when the days are over."""
        if not self.env.user.has_group("o2o_member.o2o_member_group_manager"):
            raise AccessError(
                self.env._("Only managers of members take coupons back here.")
            )
        # through the record rules: exchanges of the user's companies only
        self.check_access("read")
        for exchange in self:
            exchange._return(self.env._("Taken back by staff"), is_office=True)
