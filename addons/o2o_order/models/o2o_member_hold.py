from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

#: how long a store keeps a piece for a member
HOLD_HOURS = 2
#: pieces a member may have kept at the same time
HOLD_LIMIT = 3
#: a cart asks for its member's pieces with every look at the stock
LIVE = "o2o_member_hold.live"


class O2oMemberHold(models.Model):
    """A piece that a store keeps for a member for two hours (idea 22).

    The promise itself is kept by the stock service; this row says whose it is. Without
    that service nothing can be promised, and nothing is offered.
    """

    _name = "o2o.member.hold"
    _description = "Piece kept for a member"
    _order = "id desc"
    _rec_name = "product_id"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner", string="Member", required=True, index=True, ondelete="cascade"
    )
    product_id = fields.Many2one(
        "product.product", required=True, index=True, ondelete="cascade"
    )
    store_id = fields.Many2one(
        "o2o.store", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", related="store_id.company_id", store=True, index=True
    )
    quantity = fields.Float(digits="Product Unit", required=True, default=1.0)
    until = fields.Datetime(required=True)
    state = fields.Selection(
        [
            ("active", "Kept"),
            ("used", "Bought"),
            ("released", "Given back"),
            ("expired", "Over"),
        ],
        required=True,
        default="active",
    )
    order_id = fields.Many2one(
        "sale.order", index="btree_not_null", ondelete="set null"
    )

    _one_active = models.UniqueIndex(
        "(partner_id, product_id) WHERE state = 'active'",
        "One piece of a product is kept for you already.",
    )

    @api.model
    def _stock(self):
        """The service that promises stock; ``None`` where it is not installed."""
        return self.env["o2o.stock"].sudo() if "o2o.stock" in self.env else None

    def _get_key(self):
        self.ensure_one()
        return f"member.hold/{self.partner_id.id}/{self.product_id.id}"

    def _get_text(self):
        """For the member, in the time of the member."""
        self.ensure_one()
        until = fields.Datetime.context_timestamp(self, self.until)
        return self.env._(
            "Kept for you at %(store)s until %(time)s",
            store=self.sudo().store_id.name,  # sudo: names of stores are public
            time=until.strftime("%H:%M"),
        )

    @api.model
    def _get_live(self, partner):
        """What is kept for a member right now; elevated."""
        # sudo: callers ask for the member who is logged in
        holds_sudo = self.sudo()
        known = self.env.cr.cache.setdefault(LIVE, {})
        if partner.id not in known:
            known[partner.id] = holds_sudo.search(
                Domain("partner_id", "=", partner.id) & Domain("state", "=", "active")
            ).ids
        now = fields.Datetime.now()
        return holds_sudo.browse(known[partner.id]).filtered(
            lambda hold: hold.state == "active" and hold.until > now
        )

    @api.model
    def _get_of(self, order):
        """What an order took over, and what is kept for the member of a cart; elevated,
        in one statement."""
        known = self.env.cr.cache.setdefault(LIVE, {})
        is_cart = bool(order.website_id) and order.state in ("draft", "sent")
        key = order.id, is_cart
        if key not in known:
            domain = Domain("order_id", "=", order.id)
            if is_cart:
                domain |= Domain("partner_id", "=", order.partner_id.id) & Domain(
                    "state", "=", "active"
                )
            # sudo: an order's own pieces, and those of its own member
            known[key] = self.sudo().search(domain).ids
        now = fields.Datetime.now()
        return (
            self.sudo()
            .browse(known[key])
            .filtered(
                lambda hold: (
                    hold.order_id == order
                    or (hold.state == "active" and hold.until > now)
                )
            )
        )

    @api.model_create_multi
    def create(self, vals_list):
        self.env.cr.cache.pop(LIVE, None)
        return super().create(vals_list)

    def write(self, vals):
        self.env.cr.cache.pop(LIVE, None)
        return super().write(vals)

    @api.model
    def _take(self, partner, product, store):
        """Keep one piece at a store for a member; the same again keeps it as it is.

        :raise UserError: not possible here, too many, or the piece is gone
        """
        stock = self._stock()
        if stock is None or store.is_paused or not product._is_add_to_cart_allowed():
            raise UserError(self.env._("Nothing can be kept for you at this store."))
        partner_sudo = partner.sudo()  # the member who is logged in
        partner_sudo.lock_for_update(allow_referencing=True)
        self._close_over(partner)
        live = self._get_live(partner)
        same = live.filtered(lambda hold: hold.product_id == product)
        if same and same.store_id == store:
            return same
        if len(live - same) >= HOLD_LIMIT:
            raise UserError(
                self.env._(
                    "%s pieces are kept for you already. Please buy or give back one.",
                    HOLD_LIMIT,
                )
            )
        same._release(self.env._("Kept at another store instead"))
        hold = self.sudo().create(
            {
                "partner_id": partner.id,
                "product_id": product.id,
                "store_id": store.id,
                "until": fields.Datetime.now() + timedelta(hours=HOLD_HOURS),
            }
        )
        shortages = stock._claim(
            hold._get_key(),
            [(product, store.warehouse_id, hold.quantity)],
            hold.until,
            channel="web",
        )
        if shortages:
            raise UserError(self.env._("The last piece has just gone there."))
        return hold

    def _release(self, reason, state="released"):
        """Give the piece back to the shop."""
        stock = self._stock()
        for hold in self.filtered(lambda hold: hold.state == "active"):
            if stock is not None:
                stock._release(hold._get_key(), reason)
            hold.state = state
        self.flush_recordset(["state"])

    @api.model
    def _close_over(self, partner):
        """Rows whose time is over make room; the service forgot them by itself."""
        # sudo: see _get_live
        self.sudo().search(
            Domain("partner_id", "=", partner.id)
            & Domain("state", "=", "active")
            & Domain("until", "<=", fields.Datetime.now())
        ).state = "expired"
        self.flush_model(["state"])

    @api.model
    def _use_for(self, order, demands):
        """An order that is served where a piece is kept takes that piece over.

        Called when the order holds its goods, so the piece is never free in between.

        :param list demands: ``(product, warehouse, quantity)`` the order holds
        """
        if self._stock() is None:
            return
        places = {(product, warehouse) for product, warehouse, _quantity in demands}
        holds = self._get_live(order.partner_id).filtered(
            lambda hold: (hold.product_id, hold.store_id.warehouse_id) in places
        )
        holds._release(order.name, state="used")
        holds.order_id = order

    @api.autovacuum
    def _gc_holds(self):
        self.search(
            [("state", "=", "active"), ("until", "<=", fields.Datetime.now())],
            limit=10000,
        ).state = "expired"
        limit = fields.Datetime.now() - timedelta(days=90)
        self.search(
            [("state", "!=", "active"), ("until", "<", limit)], limit=10000
        ).unlink()
