from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.o2o_member.tools.append_only import guard_table
from odoo.addons.o2o_payment.money import from_fen

from ..const import WAYS


class O2oCollectionPayment(models.Model):
    """Money taken at a door: written once, by :meth:`o2o.collection._take_money`.

    Amounts are in fen. Only where the money is now, ``handover_id``, is written later,
    once. The database refuses other changes.
    """

    _name = "o2o.collection.payment"
    _description = "Money Taken at a Door"
    _order = "id desc"
    _rec_name = "collection_id"
    _check_company_auto = True

    collection_id = fields.Many2one(
        "o2o.collection",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    order_id = fields.Many2one(related="collection_id.order_id")
    store_id = fields.Many2one(
        "o2o.store", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Taken by",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    way = fields.Selection(WAYS, required=True, readonly=True)
    amount_fen = fields.Integer(string="Amount in fen", required=True, readonly=True)
    currency_id = fields.Many2one(related="collection_id.currency_id")
    amount = fields.Monetary(compute="_compute_amount", store=True, precompute=True)
    received_fen = fields.Integer(
        string="Received in fen",
        required=True,
        readonly=True,
        help="What the customer gave; the rest was given back as change",
    )
    taken_at = fields.Datetime(
        string="Time", required=True, readonly=True, default=fields.Datetime.now
    )
    key = fields.Char(
        string="Idempotency Key",
        required=True,
        readonly=True,
        help="The same press of a button, however often it arrives, is one payment",
    )
    reference = fields.Char(
        string="Reference number",
        readonly=True,
        help="Of the slip of the hand-held terminal, or of the gateway",
    )
    card_end = fields.Char(string="Last digits of the card", readonly=True)
    transaction_id = fields.Many2one(
        "payment.transaction", readonly=True, ondelete="restrict"
    )
    handover_id = fields.Many2one(
        "o2o.collection.handover",
        string="Handed over",
        readonly=True,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )

    _key_uniq = models.UniqueIndex(
        "(collection_id, key)", "This payment was written down already."
    )
    _slip_uniq = models.UniqueIndex(
        "(company_id, reference) WHERE way = 'card'",
        "This slip was used for another payment.",
    )
    _transaction_uniq = models.UniqueIndex(
        "(transaction_id) WHERE transaction_id IS NOT NULL",
        "This payment was counted already.",
    )
    _carried_idx = models.Index(
        "(store_id, user_id) WHERE handover_id IS NULL AND way <> 'qr'"
    )
    _amount_positive = models.Constraint(
        "CHECK (amount_fen > 0 AND received_fen >= amount_fen)",
        "A payment is of something, and no more is counted than was received.",
    )

    def init(self):
        guard_table(
            self.env.cr,
            self._table,
            [
                name
                for name, field in self._fields.items()
                if field.store
                and field.column_type
                and name not in {"handover_id", "write_uid", "write_date"}
            ],
        )

    @api.depends("amount_fen")
    def _compute_amount(self):
        for payment in self:
            payment.amount = from_fen(payment.amount_fen)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ledger(self):
        raise UserError(self.env._("What was taken at a door is never deleted."))
