"""What a till asks about stock, and says (idea 4, POS-03)."""

from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

#: goods on the payment screen; a sale that takes longer claims again at its sync
MINUTES = 10
#: a basket has less, and nobody else needs to ask for more
MOST_LINES = 500


class O2oStockTill(models.AbstractModel):
    _name = "o2o.stock.till"
    _description = "Stock promises at the till"

    @api.model
    def look(self, config_id, product_ids):
        """What of these products is promised to online orders, and until when.

        :return: list of dict ``product_id``, ``free``, ``on_shelf``, ``promises``; only
            products somebody was promised
        """
        warehouse_sudo = self._get_warehouse_sudo(config_id)
        products_sudo = self._browse_products(product_ids)
        if not warehouse_sudo:
            return []
        return [
            it
            for product in products_sudo
            if (it := self._describe(product, warehouse_sudo))["promises"]
        ]

    @api.model
    def claim(self, config_id, uuid, lines):
        """Hold the goods of a sale while it is being paid; safe to repeat.

        :param str uuid: of the till's order
        :param list lines: ``[product id, quantity]``, and the id of the sale order's
            line when the till settles one
        :return: dict ``status``: ``ok``, or ``held`` when somebody else was promised
            the goods; ``lines`` then says what; ``can_override``
        """
        warehouse_sudo = self._get_warehouse_sudo(config_id)
        key = self._get_key(uuid)
        settled_sudo = self._get_settled_sudo(lines)
        demands = self._get_demands(warehouse_sudo, lines, settled_sudo)
        stock_sudo = self.env["o2o.stock"].sudo()
        if not demands:
            stock_sudo._release(key, "changed")
            return {"status": "ok", "lines": [], "can_override": False}
        until = fields.Datetime.now() + timedelta(minutes=MINUTES)
        values = self._prepare_owner(config_id)
        shortages = stock_sudo._claim(key, demands, until, "till", values)
        blocking = [it for it in shortages if self._is_promised(it)]
        if blocking:
            return {
                "status": "held",
                "lines": [
                    self._describe_shortage(it, key, settled_sudo) for it in blocking
                ],
                "can_override": self._can_override(),
            }
        if shortages:
            # the record is wrong, not the bottle on the counter
            stock_sudo._claim_part(key, demands, until, "till", values)
        return {"status": "ok", "lines": [], "can_override": False}

    @api.model
    def override(self, config_id, uuid, lines, reason):
        """Sell what is held for an online order, and say why.

        The newest promises are broken and their orders look for another store.

        :return: the answer of :meth:`claim`
        """
        if not self._can_override():
            raise AccessError(
                self.env._("Ask a manager: these goods are held for an online order.")
            )
        reason = str(reason or "").strip()[:200]
        if not reason:
            raise UserError(self.env._("Please say why the goods are sold here."))
        warehouse_sudo = self._get_warehouse_sudo(config_id)
        settled_sudo = self._get_settled_sudo(lines)
        demands = self._get_demands(warehouse_sudo, lines, settled_sudo)
        until = fields.Datetime.now() + timedelta(minutes=MINUTES)
        shortages = (
            self.env["o2o.stock"]
            .sudo()
            ._claim_by_force(
                self._get_key(uuid),
                demands,
                until,
                "till",
                self._prepare_owner(config_id),
            )
        )
        for shortage in shortages:
            self.env["o2o.stock.breach"]._report(
                shortage["product"],
                warehouse_sudo,
                shortage["wanted"] - shortage["available"],
                "override",
                reason=reason,
                pos_config_id=config_id,
                document=self._prepare_owner(config_id)["owner_name"],
            )
        return {"status": "ok", "lines": [], "can_override": True}

    @api.model
    def release(self, config_id, uuid):
        """The sale was given up, or goes back to the basket."""
        self._get_warehouse_sudo(config_id)
        self.env["o2o.stock"].sudo()._release(self._get_key(uuid), "given up")
        return True

    # === WHO MAY, WHAT IT IS ABOUT === #

    @api.model
    def _get_warehouse_sudo(self, config_id):
        """The stock a till sells from; for people who work with tills only.

        :raise AccessError: for everybody else
        """
        if not self.env.user.has_group("point_of_sale.group_pos_user"):
            raise AccessError(self.env._("Only cashiers may ask this."))
        config = self.env["pos.config"].search(
            [("id", "=", config_id if isinstance(config_id, int) else 0)]
        )
        if not config:
            raise AccessError(self.env._("This till does not exist."))
        # sudo: cashiers may not read warehouses; the till is one they can read
        return config.sudo().picking_type_id.warehouse_id

    @api.model
    def _get_key(self, uuid):
        if not isinstance(uuid, str) or not 8 <= len(uuid) <= 64:
            raise UserError(self.env._("The till sent a sale without a number."))
        return f"pos.order/{uuid}"

    @api.model
    def _browse_products(self, product_ids):
        ids = [it for it in product_ids if isinstance(it, int)][:MOST_LINES]
        # sudo: stock is read for products of the till's own list
        return (
            self.env["product.product"]
            .search([("id", "in", ids), ("is_storable", "=", True)])
            .sudo()
        )

    @api.model
    def _get_settled_sudo(self, lines):
        """Lines of the sale orders that a sale settles, where the user may see them."""
        sale_lines = self.env["sale.order.line"]
        ids = [it for line in lines[:MOST_LINES] for it in line[2:] if type(it) is int]
        if ids and sale_lines.has_access("read"):
            sale_lines = sale_lines.search(Domain("id", "in", ids))
        # sudo: what is reserved for them is read and no more
        return sale_lines.sudo()

    @api.model
    def _get_demands(self, warehouse_sudo, lines, settled_sudo):
        """What has to be held; a sale order that is settled has its goods already.

        What is kept for it stays kept for it until the sale comes in, so it must not be
        held a second time.
        """
        wanted, settled = {}, defaultdict(lambda: defaultdict(float))
        settled_by_id = {line.id: line for line in settled_sudo}
        for product_id, quantity, *origin in lines[:MOST_LINES]:
            if isinstance(quantity, int | float) and 0 < quantity < 1e6:
                wanted[product_id] = wanted.get(product_id, 0.0) + quantity
                # what a client sends may be of any type
                line_id = origin[0] if origin and type(origin[0]) is int else False
                sale_line_sudo = settled_by_id.get(line_id)
                if sale_line_sudo and sale_line_sudo.product_id.id == product_id:
                    settled[product_id][sale_line_sudo] += quantity
        products = self._browse_products(list(wanted))
        if not warehouse_sudo:
            return []
        for product in products.filtered(lambda it: it.id in settled):
            wanted[product.id] -= self.env["o2o.stock"]._get_kept_for(
                settled[product.id], product, warehouse_sudo
            )
        return [
            (it, warehouse_sudo, wanted[it.id])
            for it in products
            if it.uom_id.compare(wanted[it.id], 0.0) > 0
        ]

    @api.model
    def _prepare_owner(self, config_id):
        config = self.env["pos.config"].browse(config_id)
        return {
            "res_model": "pos.config",
            "res_id": config.id,
            "owner_name": config.sudo().name,
        }

    @api.model
    def _can_override(self):
        user = self.env.user
        return bool(
            user.has_group("point_of_sale.group_pos_manager")
            or self.env.company.o2o_till_override == "cashier"
        )

    @api.model
    def _is_promised(self, shortage):
        """Whether a sale would take goods from somebody, or from the reserve."""
        stock_sudo = self.env["o2o.stock"].sudo()
        product, warehouse = shortage["product"], shortage["warehouse"]
        if stock_sudo._has_promises(product, warehouse):
            return True
        safety = stock_sudo._get_safety(product, warehouse, "till")
        on_shelf = self._get_on_shelf(product, warehouse)
        return bool(safety) and product.uom_id.compare(on_shelf, 0.0) > 0

    @api.model
    def _get_on_shelf(self, product, warehouse):
        return sum(
            self.env["stock.quant"]
            .sudo()
            .search(
                [
                    ("product_id", "=", product.id),
                    ("location_id.usage", "=", "internal"),
                    ("location_id.warehouse_id", "=", warehouse.id),
                ]
            )
            .mapped("quantity")
        )

    @api.model
    def _describe_shortage(self, shortage, key, settled_sudo):
        described = self._describe(
            shortage["product"], shortage["warehouse"], key, settled_sudo.order_id
        )
        described.update(wanted=shortage["wanted"], free=shortage["available"])
        return described

    @api.model
    def _describe(self, product, warehouse, key=None, settled_orders=()):
        """One product as the till shows it; times are UTC, as Odoo sends them.

        :param settled_orders: sale orders that are no obstacle to themselves
        """
        own_keys = {key, *(order._o2o_get_hold_key() for order in settled_orders)}
        stock_sudo = self.env["o2o.stock"].sudo()
        available = stock_sudo._get_available(
            product, warehouse, "till", [key] if key else []
        )
        promises = [
            {
                "owner": it["owner"],
                "quantity": it["quantity"],
                "until": fields.Datetime.to_string(it["until"]),
            }
            for it in stock_sudo._get_promises(product, warehouse)
            if it["key"] not in own_keys and it["channel"] == "web"
        ]
        promises += [
            {
                "owner": line.move_id.sale_line_id.order_id.name,
                "quantity": line.quantity_product_uom,
                "until": False,
            }
            for line in stock_sudo._get_breakable_lines(product, warehouse)
            if line.move_id.sale_line_id.order_id not in settled_orders
        ]
        safety = stock_sudo._get_safety(product, warehouse, "till")
        return {
            "product_id": product.id,
            "name": product.display_name,
            "free": max(available[warehouse][product], 0.0),
            "on_shelf": self._get_on_shelf(product, warehouse),
            "safety": safety.get((product.id, warehouse.id), 0.0),
            "promises": promises,
        }
