from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date, format_datetime

from ..const import LEVEL_CONTEXT


class O2oLevelGrant(models.Model):
    """What is paid back of a fee is a credit note, which accounting pays (MEM-08)."""

    _inherit = "o2o.level.grant"

    refund_move_id = fields.Many2one(
        "account.move",
        string="Credit Note",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
        ondelete="set null",
    )

    def _take_back(self, reason):
        """End this term for a manager, with a draft credit note for the days left.

        :return: the credit note, in sudo; empty when nothing is paid back
        """
        self.ensure_one()
        self._ensure_can_manage()
        # sudo: the right was checked above; managers of members do no accounting
        grant_sudo = self.sudo()
        grant_sudo.lock_for_update(allow_referencing=True)
        grant_sudo.invalidate_recordset(["revoked_at", "refund_move_id"])
        if grant_sudo.revoked_at and not grant_sudo.refund_move_id:
            raise UserError(
                self.env._(
                    "This level was already taken back on %s. If money is still to be "
                    "paid back, make a credit note in Accounting.",
                    format_datetime(self.env, grant_sudo.revoked_at),
                )
            )
        if not grant_sudo.revoked_at:
            grant_sudo._revoke(reason)
            if grant_sudo.refund_amount:
                grant_sudo.with_context(
                    **LEVEL_CONTEXT
                ).refund_move_id = grant_sudo._create_credit_note()
        return grant_sudo.refund_move_id

    def _create_credit_note(self):
        """A draft of the refund amount, against the invoice of the fee if there is one.

        Runs as superuser.
        """
        company = self.company_id
        line = self.env[self.res_model].with_company(company).browse(self.res_id)
        if not line.exists().product_id:
            raise UserError(
                self.env._(
                    "The order line that sold this level is gone, so there is nothing "
                    "to make a credit note from."
                )
            )
        order = line.order_id
        line_vals = self._prepare_refund_line(line)
        move_vals = {
            "ref": f"{order.name}: {self.revoke_reason}",
            "invoice_origin": order.name,
            "invoice_date": company._o2o_today(),
            "date": company._o2o_today(),
        }
        if invoice := self._get_fee_invoice(line):
            move = invoice._reverse_moves([move_vals])
            fee = move.invoice_line_ids.filtered(
                lambda reversed_line: reversed_line.product_id == line.product_id
            )[:1]
            (move.invoice_line_ids - fee).unlink()
            # not the order's quantity: the fee was delivered, and stays invoiced
            fee.write({**line_vals, "sale_line_ids": [Command.clear()]})
            return move
        partner = self.partner_id
        return (
            self.env["account.move"]
            .with_company(company)
            .create(
                {
                    **move_vals,
                    "move_type": "out_refund",
                    "partner_id": partner.address_get(["invoice"])["invoice"],
                    "currency_id": line.currency_id.id,
                    "invoice_line_ids": [Command.create(line_vals)],
                }
            )
        )

    def _get_fee_invoice(self, line):
        """The posted invoice with this order line, if any.

        :param line: ``sale.order.line`` or ``pos.order.line``
        """
        if line._name == "sale.order.line":
            moves = line.invoice_lines.move_id
        else:
            moves = line.order_id.account_move
        return moves.filtered(
            lambda move: move.move_type == "out_invoice" and move.state == "posted"
        )[:1]

    def _prepare_refund_line(self, line):
        """The refund amount with the taxes of the sale, to the cent as Odoo splits a
        down payment."""
        taxes, company = self.env["account.tax"], self.company_id
        base_lines = [line._prepare_base_line_for_taxes_computation()]
        taxes._add_tax_details_in_base_lines(base_lines, company)
        taxes._round_base_lines_tax_details(base_lines, company)
        currency, amount = line.currency_id, self.refund_amount
        if currency != company.currency_id:
            details = base_lines[0]["tax_details"]
            amount *= details["total_included_currency"] / self.amount
        # the day of the refund is used up
        tomorrow = fields.Date.add(company._o2o_today(), days=1)
        [refund] = taxes._prepare_down_payment_lines(
            base_lines, company, "fixed", currency.round(amount)
        )
        return {
            "product_id": line.product_id.id,
            "name": self.env._(
                "%(product)s: days not used, %(date_from)s to %(date_to)s",
                product=line.product_id.display_name,
                date_from=format_date(self.env, max(self.date_from, tomorrow)),
                date_to=format_date(self.env, self.date_to),
            ),
            "quantity": 1.0,
            "discount": 0.0,
            "price_unit": refund["price_unit"],
            "tax_ids": [Command.set(refund["tax_ids"].ids)],
            "extra_tax_data": taxes._export_base_line_extra_tax_data(refund),
        }
