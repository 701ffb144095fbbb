from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

#: how long points wait for a payment, and how long for one that is under way
HOLD_MINUTES = 30
EXTEND_MINUTES = 60


class O2oPointsRedemption(models.Model):
    """Points that pay an order: held, then used, or given back (PTS-05).

    The ledger row is posted when the points are held, so that no two orders can spend
    the same points. Whoever holds points either uses them or gives them back; the cron
    sees to what was left lying. A document has one living redemption at most.
    """

    _name = "o2o.points.redemption"
    _description = "Points Redemption"
    _order = "id desc"
    _rec_name = "document"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner",
        string="Member",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    document = fields.Char(
        required=True, readonly=True, index=True, help="The order that is paid."
    )
    points = fields.Integer(required=True, readonly=True)
    amount = fields.Monetary(
        string="Worth", readonly=True, help="Money the points stand for."
    )
    state = fields.Selection(
        [("held", "Held"), ("used", "Used"), ("returned", "Given Back")],
        required=True,
        readonly=True,
        default="held",
    )
    due_at = fields.Datetime(
        string="Held Until",
        required=True,
        readonly=True,
        help="Points of an order that is not confirmed by then are given back.",
    )
    entry_id = fields.Many2one(
        "o2o.points.entry",
        string="Points Entry",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )

    _live_uniq = models.UniqueIndex(
        "(document) WHERE state <> 'returned'", "This order already holds points."
    )
    _due_idx = models.Index("(due_at) WHERE state = 'held'")

    # === holding ===

    @api.model
    def _of(self, document):
        """The living redemption of a document, in sudo; empty when there is none."""
        # sudo: whoever handles the order may know its points
        return self.sudo().search(
            [("document", "=", document), ("state", "!=", "returned")], limit=1
        )

    @api.model
    def _hold(
        self,
        partner,
        points,
        document,
        amount=0.0,
        source=None,
        minutes=HOLD_MINUTES,
        pos_session=None,
    ):
        """Take the points of a member for an order, at once, in the current company.

        Holding the same again only lengthens the time; another number of points
        replaces the first.

        :param str document: text that names the order for good
        :param float amount: money the points stand for, company currency
        :return: the redemption, in sudo
        :raises UserError: not a member, not enough points, or already used
        """
        partner = partner.with_company(self.env.company)
        partner._o2o_ensure_member()
        partner.sudo()._o2o_points_account()._o2o_lock()
        due_at = fields.Datetime.now() + timedelta(minutes=minutes)
        live_sudo = self._of(document)
        same = (
            live_sudo.partner_id == partner
            and live_sudo.points == points
            and not self.env.company.currency_id.compare_amounts(
                live_sudo.amount, amount
            )
        )
        if live_sudo and same:
            if live_sudo.state == "held":
                live_sudo.due_at = max(live_sudo.due_at, due_at)
            return live_sudo
        if live_sudo.state == "used":
            raise UserError(self.env._("This order was already paid with points."))
        live_sudo._release(self.env._("Order changed"))
        # sudo: redemptions are made here only, after the checks above
        number = self.sudo().search_count([("document", "=", document)]) + 1
        entry = partner._o2o_post_points(
            -points,
            "redeem",
            f"{document}/redeem/{number}",
            source=source,
            facts={
                "document": source.display_name if source else "",
                "amount": amount,
            },
            pos_session=pos_session,
        )
        return self.sudo().create(
            {
                "partner_id": partner.id,
                "company_id": self.env.company.id,
                "document": document,
                "points": points,
                "amount": amount,
                "due_at": due_at,
                "entry_id": entry.id,
            }
        )

    def _lock(self):
        """Wait for the accounts, then forget what was read before."""
        for account in self.entry_id.loyalty_card_id.sorted("id"):
            account._o2o_lock()
        self.invalidate_recordset(["state", "due_at"])

    # === using ===

    def _use(self, lines):
        """The order is final: note what each line took. Silent when used before.

        :param list lines: dicts ``record``, ``quantity``, ``points``, ``amount`` (money
            the points stand for); points and amounts add up to the redemption's
        """
        self.ensure_one()
        self._lock()
        if self.state == "used":
            return
        if self.state != "held":
            raise UserError(
                self.env._("The points of this order were given back already.")
            )
        now = fields.Datetime.now()
        self.env["o2o.points.share"].sudo().create(
            [
                {
                    "partner_id": self.partner_id.id,
                    "company_id": self.company_id.id,
                    "kind": "redeem",
                    "document": self.entry_id.key,
                    "res_model": line["record"]._name,
                    "res_id": line["record"].id,
                    "entry_id": self.entry_id.id,
                    "purchased_at": now,
                    "quantity": line["quantity"],
                    "kept_quantity": line["quantity"],
                    "amount": line["amount"],
                    "kept_amount": line["amount"],
                    "points": line["points"],
                }
                for line in lines
            ]
        )
        self.state = "used"

    # === giving back ===

    def _release(self, reason=""):
        """Give held points back; used ones stay used. Safe to repeat."""
        self._lock()
        for redemption in self.filtered(lambda held: held.state == "held"):
            redemption._give_back(reason)

    def _cancel(self, reason=""):
        """The order is cancelled as a whole: everything comes back, held or used."""
        self._release(reason)
        for redemption in self.filtered(lambda used: used.state == "used"):
            shares_sudo = (
                self.env["o2o.points.share"]
                .sudo()
                .search([("entry_id", "=", redemption.entry_id.id)])
            )
            for model, part_sudo in shares_sudo.grouped("res_model").items():
                self.env["o2o.points.share"]._set_returned(
                    {
                        self.env[model].browse(share.res_id): share.quantity
                        for share in part_sudo
                    },
                    reason=reason,
                )
            if redemption.state == "used":
                redemption._give_back(reason)

    def _give_back(self, reason):
        self.ensure_one()
        if self.entry_id._reversible_points():
            self.entry_id._reverse(f"{self.entry_id.key}/back", reason=reason)
        self.state = "returned"
        # the next redemption of the same order must find the index free
        self.flush_recordset(["state"])

    # === what was left lying ===

    @api.model
    def _cron_release(self):
        """Give back the points of orders that were never confirmed."""
        due = self.search(self._due_domain(), limit=500)
        self.env["ir.cron"]._commit_progress(remaining=len(due))
        for redemption in due:
            redemption._release_due()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    @api.model
    def _due_domain(self):
        return [("state", "=", "held"), ("due_at", "<=", fields.Datetime.now())]

    def _release_due(self):
        """Release unless the order became final, or a payment is under way."""
        self.ensure_one()
        self._lock()
        if not self.filtered_domain(self._due_domain()):
            return
        if self._is_awaited():
            self.due_at = fields.Datetime.now() + timedelta(minutes=EXTEND_MINUTES)
            return
        # the member reads it; a job has no language
        lang = self.partner_id.lang or self.env.lang
        self._release(self.with_context(lang=lang).env._("Order not completed"))

    def _is_awaited(self):
        """Whether the order may still become final without its buyer doing more."""
        self.ensure_one()
        source = self.entry_id._source()
        return (
            bool(source)
            and source._name == "sale.order"
            and (source._o2o_points_awaited())
        )

    def action_view_source(self):
        return self.entry_id.action_view_source()
