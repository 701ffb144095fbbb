"""Accept by line: the store has five of six, the customer says what then (idea 9)."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from odoo.addons.o2o_member.lib.text import clean_mobile, is_mobile

#: a customer does not wait longer than that for missing goods
MAX_WAIT_DAYS = 60
#: substitutes shown, and looked at before the nearest in price are chosen
SUBSTITUTE_LIMIT = 30
SUBSTITUTE_POOL = 200
#: a substitute costs half to twice as much as what it stands for
PRICE_BAND = 2


class O2oFulfillment(models.Model):
    _inherit = "o2o.fulfillment"

    choice_ids = fields.One2many(
        "o2o.order.choice", "fulfillment_id", string="Choices", readonly=True
    )

    # === THE TILL === #

    def _pos_act_accept_lines(self, values):
        """``lines``: ``{line id: available}``; ``substitutes``: ``{line id: product
        id}``; ``wait_until``: date the store expects the missing goods, or empty"""
        self.ensure_one()
        if self.state != "offered":
            return self._pos_answer_accepted_before()
        available = self._read_available(values.get("lines"))
        short = [line for line in self.line_ids if available[line] < line.quantity]
        if not short:
            self._mark_accepted()
            return None
        if not any(available.values()):
            raise UserError(
                self.env._("If nothing is there, reject the order and count the goods.")
            )
        substitutes = self._read_substitutes(values.get("substitutes"), short)
        wait_until = self._read_wait_until(values.get("wait_until"))
        self._mark_accepted()
        self._correct_stock_of_short_lines({line: available[line] for line in short})
        self._ask_customer(
            {line: available[line] for line in short}, substitutes, wait_until
        )
        return None

    def _read_available(self, lines):
        """:return: ``{line: quantity the store has}``, whole where nothing was said"""
        self.ensure_one()
        given = lines if isinstance(lines, dict) else {}
        known = {str(line.id) for line in self.line_ids}
        if set(map(str, given)) - known:
            raise UserError(
                self.env._("The order has changed meanwhile: please look again.")
            )
        given = {str(line_id): quantity for line_id, quantity in given.items()}
        return {
            line: self._read_quantity(
                given.get(str(line.id), line.quantity), line.quantity
            )
            for line in self.line_ids
        }

    def _read_substitutes(self, substitutes, short):
        """:return: ``{line: product}``, of goods this store can sell now"""
        given = substitutes if isinstance(substitutes, dict) else {}
        by_id = {str(line.id): line for line in short}
        wanted = [value for value in given.values() if isinstance(value, int)]
        products = self.env["product.product"].search(
            self._get_substitute_domain() & Domain("id", "in", wanted)
        )
        chosen = {}
        for line_id, product_id in given.items():
            line = by_id.get(str(line_id))
            product = products.filtered(lambda p, wanted=product_id: p.id == wanted)
            if not line or not product or product == line.product_id:
                raise UserError(
                    self.env._("Please choose another product as a substitute.")
                )
            chosen[line] = product
        self._check_substitutes(chosen)
        return chosen

    def _check_substitutes(self, chosen):
        """The store has them, and they are of a like price: no gift, no trap.

        :param dict chosen: ``{fulfillment line: product}``
        """
        products = self.env["product.product"].union(*chosen.values())
        free = self.store_id._get_free_quantities(products)[self.store_id]
        for line, product in chosen.items():
            if product.uom_id.compare(free.get(product, 0.0), 1.0) < 0:
                raise UserError(
                    self.env._("%s is not in stock here.", product.display_name)
                )
            old_price, price = line.price_unit, self._get_price_of(product)
            if not old_price / PRICE_BAND <= price <= old_price * PRICE_BAND:
                raise UserError(
                    self.env._(
                        "%s costs too much more or less to take its place.",
                        product.display_name,
                    )
                )

    def _get_price_of(self, product):
        """What one piece costs on this order."""
        order = self.order_id
        if not order.pricelist_id:
            return product.lst_price
        return order.pricelist_id._get_product_price(
            product, 1.0, currency=order.currency_id, date=order.date_order
        )

    def _read_wait_until(self, value):
        if not value:
            return False
        try:
            day = fields.Date.to_date(value)
        except (TypeError, ValueError):
            day = None
        today = fields.Date.context_today(self)
        if not day or not today <= day <= today + timedelta(days=MAX_WAIT_DAYS):
            raise UserError(
                self.env._(
                    "Please choose a day within the next %s days.", MAX_WAIT_DAYS
                )
            )
        return day

    def _get_substitute_domain(self):
        """What a store may send instead: for sale on the website, and goods."""
        self.ensure_one()
        return (
            Domain("sale_ok", "=", True)
            & Domain("type", "=", "consu")
            & Domain("is_published", "=", True)
            & Domain("company_id", "in", [False, self.company_id.id])
        )

    @api.model
    def pos_substitutes(self, config_id, line_id, query=""):
        """What could take the place of a line: in stock, nearest in price first.

        :return: dict ``status``, ``products``: list of dict ``id``, ``name``,
            ``price``, ``difference`` (per piece), ``free``
        """
        store_sudo = self._get_pos_store_sudo(config_id)
        line_sudo = (
            self.env["o2o.fulfillment.line"]
            .sudo()
            .search([("id", "=", line_id if isinstance(line_id, int) else 0)])
        )
        fulfillment_sudo = line_sudo.fulfillment_id
        if not store_sudo or fulfillment_sudo.store_id != store_sudo:
            return {"status": "gone", "products": []}
        order = line_sudo.sale_line_id.order_id
        price = line_sudo.sale_line_id.price_unit
        products = line_sudo._find_substitutes(str(query or "").strip()[:64], price)
        free = store_sudo._get_free_quantities(products)[store_sudo]
        products = products.filtered(lambda product: free.get(product, 0.0) > 0)
        prices = {
            product: fulfillment_sudo._get_price_of(product) for product in products
        }
        products = products.filtered(
            lambda p: price / PRICE_BAND <= prices[p] <= price * PRICE_BAND
        )
        products = products.sorted(lambda p: (abs(prices[p] - price), p.id))
        return {
            "status": "ok",
            "products": [
                {
                    "id": product.id,
                    "name": product.display_name,
                    "price": prices[product],
                    "difference": order.currency_id.round(prices[product] - price),
                    "free": free[product],
                }
                for product in products[:SUBSTITUTE_LIMIT]
            ],
        }

    # === WHAT FOLLOWS === #

    def _correct_stock_of_short_lines(self, available):
        """What the store has not got, the books must not promise to anybody else."""
        self.ensure_one()
        store = self.store_id
        wanted, found = {}, {}
        for line, quantity in available.items():
            product = line.product_id
            convert = line.uom_id._compute_quantity
            wanted[product] = wanted.get(product, 0.0) + convert(
                line.quantity, product.uom_id
            )
            found[product] = found.get(product, 0.0) + convert(quantity, product.uom_id)
        # this order lets go first, so that no other order loses its goods
        moves = self.picking_ids.move_ids.filtered(
            lambda move: move.state not in ("done", "cancel")
        )
        moves._do_unreserve()
        position = store._get_stock_position(self.env["product.product"].union(*found))
        counts = {
            product: quantity + position[product][1]
            for product, quantity in found.items()
            if product.uom_id.compare(
                quantity + position[product][1], position[product][0]
            )
            < 0
        }
        if counts:
            self._correct_stock(store, counts)
        moves._action_assign()

    def _ask_customer(self, available, substitutes, wait_until):
        """Open the choice, start the clock and tell the customer."""
        self.ensure_one()
        order = self.order_id
        due_at = fields.Datetime.add(
            fields.Datetime.now(), minutes=self.company_id.o2o_choice_minutes
        )
        choice = self.env["o2o.order.choice"].create(
            {
                "fulfillment_id": self.id,
                "store_id": self.store_id.id,
                "due_at": due_at,
                "wait_until": wait_until,
                "line_ids": [
                    Command.create(
                        {
                            "sale_line_id": line.sale_line_id.id,
                            "wanted": line.quantity,
                            "available": quantity,
                            "worth_missing": order._o2o_get_worth(
                                line.sale_line_id, line.quantity - quantity
                            ),
                            "substitute_id": substitutes.get(line, line.product_id).id
                            if line in substitutes
                            else False,
                        }
                    )
                    for line, quantity in available.items()
                ],
            }
        )
        for line in choice.line_ids.filtered("substitute_id"):
            line.substitute_amount = line._get_substitute_amount()
        self.env["o2o.timer"]._set("choice", self, due_at)
        self._log_event(
            "part_accepted",
            from_state=self.state,
            note="; ".join(
                self.env._(
                    "%(product)s: %(available)g of %(wanted)g",
                    product=line.product_id.display_name,
                    available=line.available,
                    wanted=line.wanted,
                )
                for line in choice.line_ids
            ),
        )
        self._notify_change("changed")
        self._send_choice(choice)

    def _send_choice(self, choice):
        """A text with the link; the page of the order shows it too."""
        self.ensure_one()
        phone = self.partner_shipping_id.phone or self.partner_id.phone
        if self.delivery_kind == "pickup":
            phone = self.partner_id.phone or phone
        target = clean_mobile(phone or "")
        if not is_mobile(target):
            return
        lang = self.partner_id.lang or self.company_id.partner_id.lang
        body = self.with_context(lang=lang).env._(
            "%(company)s: something of your order %(order)s is missing. Please choose"
            " within %(minutes)s minutes: %(url)s",
            company=self.company_id.name,
            order=self.order_id.name,
            minutes=self.company_id.o2o_choice_minutes,
            url=choice._get_url(),
        )
        self.env["o2o.message"].with_company(self.company_id)._send(
            "sms", target, body, secret=choice.sudo().token
        )

    def _on_timer_choice(self):
        """Silence is an answer; harmless when the customer has answered."""
        self.ensure_one()
        for choice in self._get_open_choice():
            choice._answer_by_silence()

    def _get_open_choice(self):
        return self.choice_ids.filtered(lambda choice: choice.state == "open")

    def _enter(self, state, vals=None, **event):
        """Goods do not leave while the customer is choosing."""
        if state in ("ready", "shipped", "delivered"):
            waiting = self.filtered(
                lambda record: record.state != state and record._get_open_choice()
            )
            if waiting:
                raise UserError(
                    self.env._(
                        "The customer of %s has not chosen yet. Please wait, or call.",
                        waiting[:1].order_id.name,
                    )
                )
        return super()._enter(state, vals, **event)

    def _after_transition(self, old_state):
        result = super()._after_transition(old_state)
        # sudo: the till and the member ask, nobody reads choices
        if self.state not in ("accepted", "picking") and self.sudo().choice_ids:
            # sudo: whoever moves the order on; nobody writes choices by hand
            self.sudo()._get_open_choice().write({"state": "void"})
            self.env["o2o.timer"]._clear(self, "choice")
        return result

    def _renew_transfers(self):
        """Reserve again what this fulfillment brings after its lines have changed."""
        self.ensure_one()
        if not self.line_ids:
            return
        self._cancel_transfers()
        self.order_id.warehouse_id = self.store_id.warehouse_id
        self.line_ids.sale_line_id._o2o_launch_transfers()

    def _prepare_pos_dict(self):
        values = super()._prepare_pos_dict()
        choice = self.choice_ids.filtered(lambda c: c.state != "void")[:1]
        return {**values, "choice": choice._prepare_pos_dict() if choice else False}


class O2oFulfillmentLine(models.Model):
    _inherit = "o2o.fulfillment.line"

    def _find_substitutes(self, query, price):
        """Articles that stand in the store now: by name, else of a like price."""
        self.ensure_one()
        fulfillment = self.fulfillment_id
        in_store = self.env["stock.quant"]._search(
            Domain(
                "location_id",
                "child_of",
                fulfillment.store_id.warehouse_id.lot_stock_id.id,
            )
            & Domain("quantity", ">", 0)
        )
        domain = (
            fulfillment._get_substitute_domain()
            & Domain("id", "!=", self.product_id.id)
            & Domain("stock_quant_ids", "in", in_store)
        )
        if query:
            domain &= Domain("display_name", "ilike", query)
        else:
            domain &= Domain("list_price", ">=", price / PRICE_BAND)
            domain &= Domain("list_price", "<=", price * PRICE_BAND)
        return self.env["product.product"].search(domain, limit=SUBSTITUTE_POOL)
