from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.o2o_payment.money import from_fen

from ..const import ALLOWED_FROM, STATES


class O2oCollection(models.Model):
    """What one delivery has to bring in, and what it did (PAY-03, POS-15).

    A row is made when a store ships a part of an order that is paid on receipt. What is
    due is what was collected, what was refused and what is open, to the fen: a
    constraint of the database says so. Money is never written here, only as rows of
    ``o2o.collection.payment``.

    Nobody may create or write collections through the interface.
    """

    _name = "o2o.collection"
    _description = "Collection at the Door"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True, copy=False)
    fulfillment_id = fields.Many2one(
        "o2o.fulfillment",
        required=True,
        readonly=True,
        check_company=True,
        ondelete="restrict",
    )
    order_id = fields.Many2one(
        "sale.order",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(related="order_id.partner_id", string="Member")
    store_id = fields.Many2one(
        "o2o.store",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one(related="order_id.currency_id")
    courier_id = fields.Many2one(
        "res.users",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        help="Empty: anybody of the store may take it",
    )
    state = fields.Selection(
        STATES,
        required=True,
        readonly=True,
        copy=False,
        default="to_collect",
        index=True,
        tracking=True,
    )
    due_fen = fields.Integer(string="Due in fen", required=True, readonly=True)
    collected_fen = fields.Integer(
        string="Collected in fen", compute="_compute_collected_fen", store=True
    )
    refused_fen = fields.Integer(
        string="Refused in fen", required=True, readonly=True, default=0
    )
    set_off_fen = fields.Integer(
        string="Set off in fen",
        required=True,
        readonly=True,
        default=0,
        help="Of what was refused: goods that came back for it, without money",
    )
    open_fen = fields.Integer(
        string="Open in fen", compute="_compute_open_fen", store=True
    )
    # stored, so that lists have them for each courier
    due_amount = fields.Monetary(string="Due", compute="_compute_amounts", store=True)
    collected_amount = fields.Monetary(
        string="Collected", compute="_compute_amounts", store=True
    )
    refused_amount = fields.Monetary(
        string="Refused", compute="_compute_amounts", store=True
    )
    open_amount = fields.Monetary(string="Open", compute="_compute_amounts", store=True)
    payment_ids = fields.One2many(
        "o2o.collection.payment", "collection_id", string="Money", readonly=True
    )
    reason = fields.Char(
        readonly=True, copy=False, help="Why less was paid than was due"
    )
    told_at = fields.Datetime(
        string="Told Head Office",
        readonly=True,
        copy=False,
        help="Empty again with each step: what is late next is told, too",
    )
    closed_at = fields.Datetime(string="Finished", readonly=True, copy=False)
    closed_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, ondelete="restrict"
    )
    signature = fields.Image(readonly=True, copy=False, max_width=1024, max_height=1024)
    photo = fields.Image(readonly=True, copy=False, max_width=1600, max_height=1600)
    is_overdue = fields.Boolean(
        compute="_compute_is_overdue",
        search="_search_is_overdue",
        help="Sent out, and not finished for longer than the settings allow",
    )

    _name_uniq = models.Constraint(
        "UNIQUE (company_id, name)", "This number is already in use."
    )
    _one_alive = models.UniqueIndex(
        "(fulfillment_id) WHERE state <> 'cancelled'",
        "The money of this delivery is collected already.",
    )
    _store_state_idx = models.Index("(store_id, state, courier_id)")
    _due_positive = models.Constraint(
        "CHECK (due_fen > 0)", "There is something to collect."
    )
    _adds_up = models.Constraint(
        "CHECK (refused_fen >= 0 AND collected_fen >= 0 AND open_fen >= 0"
        " AND due_fen = collected_fen + refused_fen + open_fen)",
        "What is due is what was collected, what was refused and what is open.",
    )
    _set_off_within = models.Constraint(
        "CHECK (set_off_fen >= 0 AND set_off_fen <= refused_fen)",
        "No more is set off than was refused.",
    )
    _finished_is_even = models.Constraint(
        "CHECK (open_fen = 0 OR state IN ('to_collect', 'cancelled'))",
        "What is finished leaves nothing open.",
    )

    # === COMPUTES === #

    @api.depends("payment_ids.amount_fen")
    def _compute_collected_fen(self):
        for collection in self:
            collection.collected_fen = sum(collection.payment_ids.mapped("amount_fen"))

    @api.depends("due_fen", "collected_fen", "refused_fen")
    def _compute_open_fen(self):
        for collection in self:
            collection.open_fen = (
                collection.due_fen - collection.collected_fen - collection.refused_fen
            )

    @api.depends("due_fen", "collected_fen", "refused_fen", "open_fen")
    def _compute_amounts(self):
        for collection in self:
            for kind in ("due", "collected", "refused", "open"):
                collection[f"{kind}_amount"] = from_fen(collection[f"{kind}_fen"])

    @api.depends("state", "create_date", "company_id.o2o_door_hours")
    def _compute_is_overdue(self):
        now = fields.Datetime.now()
        for collection in self:
            hours = collection.company_id.o2o_door_hours
            collection.is_overdue = bool(
                hours
                and collection.state == "to_collect"
                and collection.create_date
                and collection.create_date <= now - timedelta(hours=hours)
            )

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = fields.Datetime.now()
        # sudo: the limit of each company; the rules of this model still hold
        companies_sudo = (
            self.env["res.company"].sudo().search([("o2o_door_hours", ">", 0)])
        )
        late = Domain.OR(
            Domain("company_id", "in", companies.ids)
            & Domain("create_date", "<=", now - timedelta(hours=hours))
            for hours, companies in companies_sudo.grouped("o2o_door_hours").items()
        )
        domain = late & Domain("state", "=", "to_collect")
        return domain if True in value else ~domain

    # === CRUD === #

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        raise UserError(
            self.env._("A collection is part of the order's history: cancel it.")
        )

    @api.model
    def _make(self, fulfillment, due_fen, courier):
        """The collection of a part that has left the store; made once.

        :param res.users courier: of the store's staff, or empty
        """
        known = self.search(
            [
                ("fulfillment_id", "=", fulfillment.id),
                ("state", "!=", "cancelled"),
            ]
        )
        if known or due_fen <= 0:
            return known
        return self.create(
            {
                "name": self.env["ir.sequence"].next_by_code("o2o.collection"),
                "fulfillment_id": fulfillment.id,
                "order_id": fulfillment.order_id.id,
                "store_id": fulfillment.store_id.id,
                "company_id": fulfillment.company_id.id,
                "courier_id": courier.id,
                "due_fen": due_fen,
            }
        )

    # === STATES === #

    def _lock(self):
        """Wait for the rows, orders first as their timers and payments do, then forget
        what was read before."""
        self.order_id._o2o_lock_row()
        if self:
            self.env.cr.execute(
                SQL(
                    "SELECT id FROM o2o_collection WHERE id IN %s"
                    " ORDER BY id FOR UPDATE",
                    tuple(self.ids),
                )
            )
            self.invalidate_recordset()

    def _enter(self, state, **vals):
        """The single writer of ``state``; silent where it is reached already. The
        caller holds the lock.

        :return: the records that have moved
        :raise UserError: the present state does not allow it
        """
        moving = self.filtered(lambda collection: collection.state != state)
        for collection in moving:
            if collection.state not in ALLOWED_FROM[state]:
                labels = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "%(name)s is now “%(state)s”: this is not possible any more.",
                        name=collection.name,
                        state=labels[collection.state],
                    )
                )
        moving.write({"state": state, **vals})
        for collection in moving:
            collection.fulfillment_id._notify_change("changed")
        return moving

    def _cancel(self, why):
        """Nothing is collected here any more.

        :raise UserError: money was taken already
        """
        self._lock()
        for collection in self:
            if collection.collected_fen:
                raise UserError(
                    self.env._(
                        "Money was taken for %s: finish the collection, and give the"
                        " money back by a return.",
                        collection.name,
                    )
                )
            collection._end_codes()
            collection._enter(
                "cancelled",
                reason=why,
                closed_at=fields.Datetime.now(),
                closed_by_id=self.env.uid,
            )

    # === ACTIONS (head office) === #

    def action_view_order(self):
        self.ensure_one()
        return self.fulfillment_id.action_view_order()

    def action_decide(self):
        """Open the form in which head office cancels, settles or hands on."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Decide"),
            "res_model": "o2o.collection.decision",
            "view_mode": "form",
            "target": "new",
            "context": {"default_collection_id": self.id},
        }

    def action_stand_in(self):
        """Open the form in which a manager hands over for an absent courier."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Hand over for a courier"),
            "res_model": "o2o.collection.stand.in",
            "view_mode": "form",
            "target": "new",
            "context": {"default_collection_id": self.id},
        }

    def _as_head_office(self):
        """Elevate for head office, which handles what it can read.

        :raise AccessError: for everybody else
        """
        self.check_access("read")
        if not self.env.user.has_group("o2o_order.o2o_order_group_user"):
            raise AccessError(self.env._("Only head office may do this."))
        return self.sudo()
