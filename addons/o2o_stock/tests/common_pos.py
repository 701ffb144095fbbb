from uuid import uuid4

from odoo.fields import Command

from .common import StockCase


def prepare_sale(session_id, user_id, method_id, lines, **values):
    """What a till sends after a sale.

    :param lines: list of dict ``product_id``, ``name``, ``qty``, ``price_unit`` and
        what else a line of the till knows
    :param values: of the sale, where they differ
    """
    total = sum(line["qty"] * line["price_unit"] for line in lines)
    is_paid = values.get("state", "paid") != "draft"
    payment = {"amount": total, "payment_method_id": method_id}
    return {
        "amount_paid": total if is_paid else 0,
        "amount_return": 0,
        "amount_tax": 0,
        "amount_total": total,
        "date_order": "2026-03-01 10:00:00",
        "fiscal_position_id": False,
        "lines": [
            Command.create(
                {
                    "discount": 0,
                    "tax_ids": [Command.set([])],
                    "price_subtotal": line["qty"] * line["price_unit"],
                    "price_subtotal_incl": line["qty"] * line["price_unit"],
                    "pack_lot_ids": [],
                    "uuid": str(uuid4()),
                    **line,
                }
            )
            for line in lines
        ],
        "name": "Order 1",
        "partner_id": False,
        "session_id": session_id,
        "payment_ids": [Command.create(payment)] if is_paid else [],
        "uuid": str(uuid4()),
        "access_token": str(uuid4()),
        "state": "paid",
        "user_id": user_id,
        **values,
    }


class PosStockCase(StockCase):
    """A till with an open session; sales come as the till would send them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.method = cls.env["pos.payment.method"].create(
            {"name": "O2O Later", "split_transactions": False}
        )
        cls.till.payment_method_ids = [Command.set(cls.method.ids)]
        cls._open(cls.till)

    @classmethod
    def _open(cls, till):
        till.open_ui()
        till.current_session_id.set_opening_control(0, None)

    def _sale(self, quantity, *, uuid=None, product=None, till=None):
        """What a till sends after a sale."""
        till = till or self.till
        product = product or self.product
        line = {
            "product_id": product.id,
            "name": product.name,
            "qty": quantity,
            "price_unit": product.lst_price,
        }
        return prepare_sale(
            till.current_session_id.id,
            self.cashier.id,
            self.method.id,
            [line],
            uuid=uuid or str(uuid4()),
        )

    def _sync(self, *args, **kwargs):
        sale = self._sale(*args, **kwargs)
        uuid = sale["uuid"]
        result = self.env["pos.order"].with_user(self.cashier).sync_from_ui([sale])
        rows = [row for row in result["pos.order"] if row["uuid"] == uuid]
        return self.env["pos.order"].browse([row["id"] for row in rows])

    def _on_hand(self, product=None):
        quants = self.env["stock.quant"]._gather(
            product or self.product, self.warehouse.lot_stock_id
        )
        return sum(quants.mapped("quantity"))

    def _breaches(self, product=None):
        return self.env["o2o.stock.breach"].search(
            [("product_id", "=", (product or self.product).id)]
        )
