"""Goods that come back after the courier was at the door (FAULT-64)."""

from odoo import models

from odoo.addons.o2o_payment.money import from_fen, to_fen


class O2oFulfillment(models.Model):
    _inherit = "o2o.fulfillment"

    def _get_return_route(self):
        """Cash that was taken at the door goes back as cash, all else as it came: also
        what was paid online of goods that were refused at the door."""
        route = super()._get_return_route()
        collection = self._get_collection()
        if not collection or collection.state == "to_collect":
            return route
        if not collection.payment_ids:
            return route if route == "original" else "none"
        paid = self.order_id._o2o_get_payments().filtered(
            lambda tx: tx.state in ("authorized", "done")
        )
        is_cash = paid and all(tx.o2o_door_way == "cash" for tx in paid)
        return "cash" if is_cash else route

    def _preview_return(self, quantities):
        """What was never paid is not given back, as far as it is still owed: the order
        may have been paid online after the courier had left."""
        preview = super()._preview_return(quantities)
        collection = self._get_collection()
        unpaid = from_fen(collection.refused_fen - collection.set_off_fen)
        if unpaid and preview["amount"]:
            # sudo: whoever takes the goods back need not read payments
            owed = max(0.0, -self.order_id.sudo()._o2o_get_surplus())
            unpaid = min(unpaid, owed)
            preview["amount"] = self.currency_id.round(
                max(0.0, preview["amount"] - unpaid)
            )
        return preview

    def _after_return(self, refund):
        result = super()._after_return(refund)
        if collection := self._get_collection():
            collection._note_return(refund)
        return result


class O2oCollection(models.Model):
    _inherit = "o2o.collection"

    def _note_return(self, refund):
        """Goods are back in the store: what is open gets less, or what was refused is
        set off. Called by the return, in its transaction.

        :param o2o.order.return refund: of this part
        """
        self._lock()
        if refund.route != "none":
            worth = sum(refund.line_ids.mapped("amount"))
            self.set_off_fen = min(
                self.refused_fen,
                self.set_off_fen
                + to_fen(max(0.0, worth - refund.amount), self.currency_id),
            )
        else:
            self._set_off_unpaid()
        if self.state == "refused" and not any(
            self.fulfillment_id._get_returnable().values()
        ):
            self._enter("settled")

    def _set_off_unpaid(self):
        """Goods for which no money goes back: so much less is open, or was refused."""
        worth = to_fen(self._get_returned_worth(), self.currency_id)
        if self.state == "to_collect":
            back = min(worth, self.due_fen - self.collected_fen)
            self.write({"refused_fen": back, "set_off_fen": back})
            if not self.open_fen and not self.collected_fen:
                self._end_codes()
                self._close("refused", reason=self.env._("The goods came back."))
        elif self.state == "refused":
            self.set_off_fen = min(worth, self.refused_fen)

    def _get_returned_worth(self):
        """What the goods cost that came back without money for them."""
        self.ensure_one()
        lines = self.fulfillment_id.line_ids
        amounts = self.fulfillment_id._get_return_amounts(dict.fromkeys(lines, 0.0))
        return sum(amounts.values())
