from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, mute_logger

#: free numbers of an offer without a quota that are looked at together
_NUMBERS_AHEAD = 200
_MAX_QUOTA = 100_000


class O2oCouponOffer(models.Model):
    """A coupon that members can have for points (PTS-07).

    The coupon is core's: a ``loyalty.card`` of a program of the type *Coupons*. Each
    one that is exchanged takes a number of its own (``o2o.coupon.exchange.piece``),
    which is what keeps the quota: a number is taken once, whoever asks at the same
    moment.
    """

    _name = "o2o.coupon.offer"
    _description = "Coupon for Points"
    _order = "sequence, id"
    _rec_name = "program_id"
    _check_company_auto = True

    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    program_id = fields.Many2one(
        "loyalty.program",
        string="Coupon",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        domain="[('program_type', '=', 'coupons'),"
        " ('company_id', 'in', [False, company_id])]",
        help="What the coupon gives, and where it can be used, is said by its program.",
    )
    points_price = fields.Integer(string="Price in Points", required=True)
    note = fields.Char(
        string="Worth",
        translate=True,
        help="What members read about the worth of the coupon. When empty, the rewards "
        "of the program are listed.",
    )
    quota = fields.Integer(
        help="How many coupons there are altogether; 0 means as many as are wanted. "
        "Coupons given back can be exchanged again."
    )
    member_limit = fields.Integer(
        string="Limit per Member", default=1, help="0 means no limit."
    )
    date_from = fields.Date(string="Offered From")
    date_to = fields.Date(string="Offered Until", help="The last day included.")
    valid_days = fields.Integer(
        string="Days the Coupon Is Valid",
        default=30,
        help="Counted from the exchange. 0 means as long as its program.",
    )
    return_days = fields.Integer(
        string="Days to Give It Back",
        default=7,
        help="So long a member can give an unused coupon back for its points. 0 means "
        "it cannot be given back.",
    )
    exchange_ids = fields.One2many(
        "o2o.coupon.exchange", "offer_id", string="Exchanges", readonly=True
    )
    exchanged_count = fields.Integer(
        string="Exchanged", compute="_compute_exchanged_count"
    )
    left_count = fields.Integer(
        string="Left", compute="_compute_exchanged_count", help="0 without a quota."
    )

    _price_positive = models.Constraint(
        "CHECK (points_price > 0)", "A coupon for points costs at least one point."
    )
    _numbers_positive = models.Constraint(
        "CHECK (quota >= 0 AND member_limit >= 0 AND valid_days >= 0"
        " AND return_days >= 0)",
        "Quota, limit and days cannot be negative.",
    )
    _dates_in_order = models.Constraint(
        "CHECK (date_to >= date_from)", "An offer cannot end before it begins."
    )
    _quota_limit = models.Constraint(
        f"CHECK (quota <= {_MAX_QUOTA})", f"A quota is at most {_MAX_QUOTA} coupons."
    )

    @api.depends("exchange_ids.state", "quota")
    def _compute_exchanged_count(self):
        rows = self.env["o2o.coupon.exchange"]._read_group(
            Domain("offer_id", "in", self.ids) & Domain("state", "=", "issued"),
            ["offer_id"],
            ["__count"],
        )
        counts = {offer.id: count for offer, count in rows}
        for offer in self:
            count = counts.get(offer._origin.id, 0)
            offer.exchanged_count = count
            offer.left_count = max(0, offer.quota - count)

    @api.constrains("program_id")
    def _check_program_id(self):
        for offer in self:
            # sudo: whoever may offer coupons is told whatever is wrong with one
            program_sudo = offer.program_id.sudo()
            if program_sudo.program_type != "coupons":
                raise ValidationError(
                    self.env._("%s is not a program of coupons.", program_sudo.name)
                )

    # === what members are shown ===

    @api.model
    def _on_offer(self):
        """Offers of today in the current company, in sudo; also those used up."""
        # sudo: callers show them to members, who read neither programs nor the company
        offers_sudo = self.sudo()
        today = offers_sudo.env.company._o2o_today()
        return offers_sudo.search(
            Domain("company_id", "=", self.env.company.id)
            & Domain("program_id.active", "=", True)
            & self._days_domain("date_from", "date_to", today)
            & self._days_domain("program_id.date_from", "program_id.date_to", today)
        )

    @api.model
    def _days_domain(self, start, end, day):
        return (Domain(start, "=", False) | Domain(start, "<=", day)) & (
            Domain(end, "=", False) | Domain(end, ">=", day)
        )

    def _worth_text(self):
        """What the coupon gives, in the language read; for callers in sudo."""
        self.ensure_one()
        rewards = self.program_id.reward_ids.mapped("description")
        return self.note or ", ".join(filter(None, rewards))

    def _last_day(self):
        """The last day of a coupon exchanged today, or False."""
        self.ensure_one()
        # sudo: the end of a program is no secret
        end = self.program_id.sudo().date_to
        if not self.valid_days:
            return end
        own = self.company_id._o2o_today() + timedelta(days=self.valid_days)
        return min(own, end) if end else own

    def _rows_for(self, partner):
        """The offers as pages and tills show them to a member.

        Runs elevated; the caller has checked who it is.

        :return: list of dicts ``id``, ``name``, ``worth``, ``points``, ``left`` (None
            without a quota), ``last_day`` (date or False), ``problem`` (why not now),
            ``terms`` (what a member agrees to, for the server)
        """
        available = partner.sudo().o2o_points
        has_card = bool(partner._o2o_active_card())
        own = self._counts_of(partner)
        return [
            {
                "id": offer.id,
                "name": offer.program_id.name,
                "worth": offer._worth_text(),
                "points": offer.points_price,
                "left": offer.left_count if offer.quota else None,
                "last_day": offer._last_day(),
                "terms": offer._get_terms(),
                "problem": offer._problem_of(
                    partner, has_card, own.get(offer.id, 0), available
                ),
            }
            for offer in self
        ]

    def _get_terms(self):
        return f"{self.points_price}/{self.return_days}"

    def _counts_of(self, partner):
        """:return: {offer id: coupons this member has of it}"""
        rows = (
            self.env["o2o.coupon.exchange"]
            .sudo()
            ._read_group(
                Domain("partner_id", "=", partner.id)
                & Domain("offer_id", "in", self.ids)
                & Domain("state", "=", "issued"),
                ["offer_id"],
                ["__count"],
            )
        )
        return {offer.id: count for offer, count in rows}

    # === whether ===

    def _problem(self, partner):
        """Why a member cannot have this coupon now, or an empty text."""
        self.ensure_one()
        offer_sudo = self.sudo()
        if offer_sudo not in offer_sudo._on_offer():
            return self.env._("This coupon is not offered any more.")
        return offer_sudo._problem_of(
            partner,
            bool(partner._o2o_active_card()),
            offer_sudo._counts_of(partner).get(self.id, 0),
            partner.sudo().o2o_points,
        )

    def _problem_of(self, partner, has_card, own, available):
        if not has_card:
            return self.env._("The member card is not active.")
        if not self.program_id._o2o_is_for(partner):
            return self.program_id._o2o_refusal()
        if self.quota and not self.left_count:
            return self._sold_out()
        if self.member_limit and own >= self.member_limit:
            return self.env._("At most %s per member.", self.member_limit)
        if available < self.points_price:
            return self.env._(
                "Not enough points: %s more are needed.", self.points_price - available
            )
        return ""

    def _sold_out(self):
        return self.env._("All coupons of this kind are gone.")

    # === the exchange ===

    def _exchange(self, partner, key, session=None, terms=None):
        """Give a member one coupon for the points, once per key.

        Not reachable by RPC. The caller has checked who the member is.

        :param str key: idempotency key of the member's confirmation
        :param session: ``pos.session`` of the till, when one did it
        :param str terms: those that were shown, as in a row; None: nobody looked
        :return: ``o2o.coupon.exchange``, in sudo
        :raises UserError: saying why not
        """
        self.ensure_one()
        # sudo: the checks below say who gets what; nobody writes these records
        offer_sudo = self.sudo().with_company(self.sudo().company_id)
        partner = partner.with_company(offer_sudo.company_id)
        key = self._key_of(partner, key)
        made_sudo = offer_sudo._find_exchange(key)
        if made_sudo:
            return made_sudo
        # one after the other for each member: balance and limit see what came before.
        # Who waited is replayed by Odoo with a fresh view (serialization failure)
        if partner._o2o_active_card():
            partner.sudo()._o2o_points_account()._o2o_lock()
        problem = offer_sudo._problem(partner)
        if problem:
            raise UserError(problem)
        if terms is not None and terms != offer_sudo._get_terms():
            raise UserError(
                self.env._("Price or terms have changed. Please look again.")
            )
        piece = offer_sudo._claim_piece()
        coupon_sudo = offer_sudo._create_coupon(partner)
        # as whoever asks: the ledger names who did it
        entry = partner._o2o_post_points(
            -offer_sudo.points_price,
            "redeem",
            f"o2o.coupon.exchange/{key}",
            source=coupon_sudo,
            facts={"coupon": offer_sudo.program_id.name},
            pos_session=session,
        )
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                return offer_sudo.env["o2o.coupon.exchange"].create(
                    {
                        "key": key,
                        "offer_id": self.id,
                        "company_id": offer_sudo.company_id.id,
                        "partner_id": partner.id,
                        "piece": piece,
                        "coupon_id": coupon_sudo.id,
                        "coupon_points": coupon_sudo.points,
                        "points": offer_sudo.points_price,
                        "entry_id": entry.id,
                        "returnable_until": offer_sudo._returnable_until(),
                    }
                )
        except UniqueViolation as error:
            # the number went to somebody we cannot see yet: replay the request
            raise ConcurrencyError("coupon exchanged in parallel") from error

    @api.model
    def _key_of(self, partner, key):
        """Keys are a member's own: nobody meets somebody else's."""
        return f"{partner.id}/{key}"

    def _is_made(self, partner, key):
        """Whether a key of a member was used, for callers in sudo."""
        return bool(self._find_exchange(self._key_of(partner, key)))

    def _find_exchange(self, key):
        """The exchange a key stands for, checked to be of this offer."""
        exchange = self.env["o2o.coupon.exchange"].search([("key", "=", key)])
        if exchange and exchange.offer_id != self:
            raise UserError(self.env._("This page was used already. Open it again."))
        return exchange

    def _claim_piece(self):
        """A number that nobody has, and that nobody else is taking right now.

        No row of the offer is written: members do not wait for one another, and the
        last number goes to one of them. Who sees an older state of the table than
        there is meets the unique index.

        :raises UserError: when there is none
        """
        self.ensure_one()
        if self.quota:
            numbers = SQL("generate_series(1, %s)", self.quota)
        else:
            numbers = SQL(
                """
                (SELECT COALESCE(MAX(piece), 0) AS top FROM o2o_coupon_exchange
                  WHERE offer_id = %s AND state = 'issued') AS highest,
                generate_series(highest.top + 1, highest.top + %s)
                """,
                self.id,
                _NUMBERS_AHEAD,
            )
        self.env["o2o.coupon.exchange"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                WITH free AS MATERIALIZED (
                    SELECT number
                      FROM %(numbers)s AS number
                     WHERE NOT EXISTS (
                            SELECT FROM o2o_coupon_exchange taken
                             WHERE taken.offer_id = %(offer)s
                               AND taken.piece = number
                               AND taken.state = 'issued')
                  ORDER BY random()
                     LIMIT %(ahead)s
                )
                SELECT number FROM free
                 WHERE pg_try_advisory_xact_lock(
                        hashtextextended(%(lock)s || number, 0))
                 LIMIT 1
                """,
                numbers=numbers,
                offer=self.id,
                ahead=_NUMBERS_AHEAD,
                lock=f"o2o.coupon.offer/{self.id}/",
            )
        )
        if not rows:
            raise UserError(self._sold_out())
        return rows[0][0]

    def _create_coupon(self, partner):
        coupons_sudo = self.env["loyalty.card"].sudo()
        # sudo: a cashier does not read all of the member
        if not partner.sudo().email:
            # core would leave a mail that failed
            coupons_sudo = coupons_sudo.with_context(loyalty_no_mail=True)
        return coupons_sudo.create(
            {
                "program_id": self.program_id.id,
                "partner_id": partner.id,
                "points": self.program_id._o2o_gift_points(),
                "expiration_date": self._last_day(),
            }
        )

    def _returnable_until(self):
        """Until when a coupon exchanged now can be given back, or False."""
        if not self.return_days:
            return False
        return self.company_id._o2o_end_of_day(
            fields.Datetime.now(), days=self.return_days
        )

    def action_view_exchanges(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_member.o2o_coupon_exchange_action"
        )
        action["domain"] = [("offer_id", "=", self.id)]
        return action
