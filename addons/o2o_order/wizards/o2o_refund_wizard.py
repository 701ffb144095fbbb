"""The preview of a refund: how much, by which ways."""

import json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.o2o_member.lib.share import share_out
from odoo.addons.payment import utils as payment_utils


class O2oRefundWizard(models.TransientModel):
    """Give money of an order back (REFUNDS): to each payment in proportion to what is
    left of it, or as it is typed. The points that this money earned go with it; goods,
    points that were spent and coupons stay where they are."""

    _name = "o2o.refund.wizard"
    _description = "Give Money Back"

    order_id = fields.Many2one(
        "sale.order", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="order_id.currency_id")
    left = fields.Monetary(related="order_id.o2o_refundable_amount")
    seen = fields.Char(help="What was left of each payment when this was opened")
    order_line_ids = fields.Many2many(
        "sale.order.line",
        string="For these lines",
        domain="[('order_id', '=', order_id), ('display_type', '=', False)]",
        help="Fills in what these lines cost",
    )
    amount = fields.Monetary(
        compute="_compute_amount", store=True, readonly=False, precompute=True
    )
    line_ids = fields.One2many(
        "o2o.refund.wizard.line",
        "wizard_id",
        string="Goes back to",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
        precompute=True,
    )
    note = fields.Char(string="Why", required=True)
    points_spent = fields.Integer(related="order_id.o2o_points_spent")
    takes_points = fields.Boolean(
        string="Take earned points back",
        default=True,
        help="The member has, or will have, points for what is paid in the end only",
    )
    points_taken = fields.Integer(
        string="Points that go with it", compute="_compute_points_taken"
    )

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        order = self.env["sale.order"].browse(values.get("order_id")).exists()
        if order:
            lefts = order._o2o_as_refunder()._o2o_get_lefts()
            values["seen"] = json.dumps({tx.id: left for tx, left in lefts.items()})
        return values

    @api.depends("order_id", "order_line_ids")
    def _compute_amount(self):
        for wizard in self:
            left = wizard.order_id.o2o_refundable_amount
            if wizard.order_line_ids:
                left = min(left, sum(wizard.order_line_ids.mapped("price_total")))
            wizard.amount = max(0.0, left)

    @api.depends("order_id", "amount", "takes_points")
    def _compute_points_taken(self):
        for wizard in self:
            wizard.points_taken = (
                wizard.takes_points
                and wizard.order_id._o2o_preview_points_of_gift(wizard.amount)
            )

    @api.depends("order_id", "amount")
    def _compute_line_ids(self):
        for wizard in self:
            # sudo: head office reads no transactions; the order was read
            payments = wizard.order_id.sudo()._o2o_get_received()
            currency = wizard.currency_id

            def minor(amount, currency=currency):
                return payment_utils.to_minor_currency_units(
                    currency.round(amount), currency
                )

            lefts = [minor(tx._o2o_get_refundable_amount()) for tx in payments]
            total = max(0, min(minor(wizard.amount), sum(lefts)))
            shares = share_out(total, lefts) if total else [0] * len(lefts)
            wizard.line_ids = [
                Command.clear(),
                *(
                    Command.create(
                        {
                            "transaction_id": tx.id,
                            "name": tx.provider_id.name,
                            "paid": tx.amount,
                            "left": payment_utils.to_major_currency_units(
                                left, currency
                            ),
                            "is_sent": tx.provider_id.support_refund
                            in ("partial", "full_only"),
                            "amount": payment_utils.to_major_currency_units(
                                share, currency
                            ),
                        }
                    )
                    for tx, left, share in zip(payments, lefts, shares, strict=True)
                ),
            ]

    def _get_seen(self):
        seen = json.loads(self.seen or "null")
        return seen and {int(tx_id): left for tx_id, left in seen.items()}

    def action_confirm(self):
        """Write the refunds down; pressed twice, they are written once."""
        self.ensure_one()
        order_sudo = self.order_id._o2o_as_refunder()
        if not (self.note or "").strip():
            raise UserError(self.env._("Say why the money goes back."))
        parts = {}
        # sudo: see above
        for line in self.line_ids.sudo().filtered("amount"):
            tx = line.transaction_id
            parts[tx] = parts.get(tx, 0.0) + line.amount
        total = sum(parts.values())
        if not parts or self.currency_id.compare_amounts(total, self.amount):
            raise UserError(
                self.env._(
                    "The parts add up to %(total)s, not to %(amount)s.",
                    total=self.currency_id.format(total),
                    amount=self.currency_id.format(self.amount),
                )
            )
        self.order_id._o2o_give_back(
            parts,
            f"sale.order/{order_sudo.id}/agreed/{self.id}",
            self.note.strip(),
            takes_points=self.takes_points,
            seen=self._get_seen(),
        )
        return {"type": "ir.actions.act_window_close"}


class O2oRefundWizardLine(models.TransientModel):
    _name = "o2o.refund.wizard.line"
    _description = "Give Money Back to a Payment"
    _order = "id"

    wizard_id = fields.Many2one(
        "o2o.refund.wizard", required=True, ondelete="cascade", index=True
    )
    transaction_id = fields.Many2one(
        "payment.transaction", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="wizard_id.currency_id")
    name = fields.Char(string="Paid by", readonly=True)
    paid = fields.Monetary(readonly=True)
    left = fields.Monetary(readonly=True)
    is_sent = fields.Boolean(
        string="By itself",
        readonly=True,
        help="The provider gives it back; else a person pays it",
    )
    amount = fields.Monetary(string="Goes back now")
