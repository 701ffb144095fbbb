from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from ..money import to_fen


class PosOrder(models.Model):
    _inherit = "pos.order"

    def _process_saved_order(self, draft):
        """A refund that is sold names all that went back for it."""
        result = super()._process_saved_order(draft)
        if self.state in ("paid", "done"):
            self._o2o_get_promises(Domain("order_uuid", "=", self.uuid))._report_loose()
            # sudo: what was given back counts, whoever may see the sale
            for origin_sudo in self.sudo().lines.refunded_orderline_id.order_id:
                origin_sudo._o2o_report_over_refunded()
        return result

    def _o2o_get_promises(self, domain):
        """Refunds at gateways that give something back, elevated."""
        # sudo: cashiers read no refunds
        return (
            self.env["o2o.payment.refund"]
            .sudo()
            .search(Domain(domain) & Domain("state", "!=", "failed"))
        )

    def _o2o_get_money_left(self):
        """What of this sale can still be given back, whichever the ways were.

        What gateways were told to give back counts, sold or not.
        """
        self.ensure_one()
        left = self.amount_paid - self._o2o_get_given_back()
        return max(0.0, self.currency_id.round(left))

    def _o2o_get_given_back(self):
        """What went back for this sale in all ways, promised or sold."""
        self.ensure_one()
        promised = self._o2o_get_promises(
            Domain("intent_id.pos_payment_id", "in", self.payment_ids.ids)
            & Domain("pos_payment_id", "=", False)
        )
        given = sum(self._o2o_get_worth(it) for it in self._o2o_get_refunds())
        return given + sum(promised.mapped("amount"))

    def _o2o_get_worth(self, refund):
        """What a refund gave for goods of this sale: money and other goods. Points that
        come back are neither."""
        bought = (refund.lines - refund._o2o_points_lines()).filtered(
            lambda line: not line.refunded_orderline_id and line.price_subtotal_incl > 0
        )
        goods = refund.lines.filtered(
            lambda line: line.refunded_orderline_id.order_id == self
        )
        money = max(0.0, -refund.amount_paid)
        given = money + sum(bought.mapped("price_subtotal_incl"))
        # a dearer bottle was paid for beside
        worth = min(given, -sum(goods.mapped("price_subtotal_incl")))
        return max(money, self.currency_id.round(worth))

    def _o2o_report_over_refunded(self):
        """Put a sale on the list that was given back by a code and in another way, from
        two tabs or a till without a line: it happened, so nothing is refused.

        :param self: elevated
        """
        self.ensure_one()
        intents_sudo = self.payment_ids._o2o_get_intents()
        if not intents_sudo:
            return
        # two refunds in one moment: the second one sees the first, or is run again
        self.env.execute_query(
            SQL("UPDATE pos_order SET id = id WHERE id = %s RETURNING id", self.id)
        )
        # goods that came back in exchange are a way to pay as well
        returned = self.lines.filtered("refunded_orderline_id")
        paid = self.amount_paid - sum(returned.mapped("price_subtotal_incl"))
        given = self._o2o_get_given_back()
        config = self.config_id
        rounding = config.cash_rounding and config.rounding_method.rounding or 0.0
        if self.currency_id.compare_amounts(given, paid + rounding) <= 0:
            return
        given_fen = to_fen(given, self.currency_id)
        self.env["o2o.payment.quarantine"]._report(
            "over_refunded",
            f"pos.order/{self.id}/over/{given_fen}",
            intents_sudo[0].provider_id,
            intent=intents_sudo[0],
            expected_fen=to_fen(paid, self.currency_id),
            found_fen=given_fen,
            note=f"{self.name} {config.name}",
        )
