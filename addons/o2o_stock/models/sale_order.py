from datetime import timedelta
from math import ceil

from odoo import fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import LEAST_MINUTES, HoldKeys

#: orders that ran out unpaid are remembered so long
MEMORY_DAYS = 30
#: an order looks for its goods this often when others are faster
TRIES = 5


class SaleOrder(models.Model):
    _inherit = "sale.order"

    o2o_hold_until = fields.Datetime(
        string="Goods held until", compute="_compute_o2o_hold_until"
    )

    def _compute_o2o_hold_until(self):
        holds = dict(
            self.env["o2o.stock.hold"]
            .sudo()
            ._read_group(
                self.env["o2o.stock"]._domain_live()
                & Domain("res_model", "=", self._name)
                & Domain("res_id", "in", self.ids),
                groupby=["res_id"],
                aggregates=["until:min"],
            )
        )
        for order in self:
            order.o2o_hold_until = holds.get(order.id)

    # === THE PROMISE === #

    def _o2o_get_hold_key(self):
        self.ensure_one()
        return f"sale.order/{self.id}"

    def _o2o_get_own_keys(self):
        """Hook: whose holds do not stand in the way of this order."""
        self.ensure_one()
        return (self._o2o_get_hold_key(),)

    def _o2o_get_hold_minutes(self):
        """Hook: how long an order may wait for its payment."""
        self.ensure_one()
        return self.company_id.o2o_hold_minutes

    def _o2o_get_stock_wanted(self):
        """What this order needs from a shelf.

        :return: ``{product: quantity in the product's unit}``; goods that may be sold
            without being there are nobody's promise
        """
        self.ensure_one()
        wanted = {}
        for line in self.order_line:
            product = line.product_id
            if (
                line.display_type
                or not product.is_storable
                or product.allow_out_of_stock_order
                or line.product_uom_qty <= 0
            ):
                continue
            quantity = line.product_uom_id._compute_quantity(
                line.product_uom_qty - line.qty_delivered, product.uom_id
            )
            if quantity > 0:
                wanted[product] = wanted.get(product, 0.0) + quantity
        return wanted

    def _o2o_get_stock_demands(self):
        """Hook: where this order would get its goods now.

        :return: list of ``(product, warehouse, quantity in the product's unit)``
        """
        self.ensure_one()
        warehouse = self.warehouse_id
        return [
            (product, warehouse, quantity)
            for product, quantity in self._o2o_get_stock_wanted().items()
            if warehouse
        ]

    def _o2o_claim_stock(self, until=None):
        """Hold the goods of this order where it would be served.

        When somebody was faster, it looks again at what is there now: the next store
        may have the goods.

        :param datetime until: naive UTC; default by the company's minutes
        :return: list of shortages as ``o2o.stock._claim`` gives; empty when held
        """
        self.ensure_one()
        key = self._o2o_get_hold_key()
        # sudo: members and cashiers write no holds
        stock_sudo = self.env["o2o.stock"].sudo()
        until = until or fields.Datetime.now() + timedelta(
            minutes=self._o2o_get_hold_minutes()
        )
        own_keys = self._o2o_get_own_keys()
        order = self.sudo().with_context(o2o_stock_ignore=HoldKeys(own_keys))
        shortages = []
        for attempt in range(TRIES):
            if attempt:
                order = order.with_context(o2o_stock_fresh=True)
            demands = order._o2o_get_stock_demands()
            if not demands:
                return []
            demands = [*demands, *self._o2o_get_sold_demands()]
            shortages = stock_sudo._claim(
                key,
                demands,
                until,
                "web" if self._o2o_is_online() else "office",
                {
                    "res_model": self._name,
                    "res_id": self.id,
                    "owner_name": self.name,
                },
                ignore_keys=own_keys,
            )
            if not shortages:
                break
        return shortages

    def _o2o_get_sold_demands(self):
        """What a till sells of this order in this very transaction.

        The hold covers it until the commit, beside what is left.
        """
        spent = self.env["o2o.stock"]._get_spent(self._o2o_get_hold_key())
        return spent if spent and self._o2o_is_of_till() else []

    def _o2o_is_online(self):
        """Whether the website's safety stock is kept from this order."""
        self.ensure_one()
        return bool(self.website_id)

    def _o2o_hold_stock(self):
        """Hold the goods of a submitted order, or say politely what is missing."""
        for order in self:
            others = order._o2o_get_holds_of_same_people()
            order._o2o_check_hold_limit(others)
            if shortages := order._o2o_claim_stock(order._o2o_get_hold_end(others)):
                raise ValidationError(order._o2o_get_shortage_text(shortages))

    def _o2o_get_shortage_text(self, shortages):
        self.ensure_one()
        lines = [
            self.env._(
                "%(product)s: %(wanted)g wanted, %(available)g left",
                product=it["product"].display_name,
                wanted=it["wanted"],
                available=it["available"],
            )
            for it in shortages
        ]
        return "\n".join(
            [
                self.env._(
                    "Sorry, others were faster. Please reduce the quantity or remove"
                    " these items:"
                ),
                *lines,
            ]
        )

    def _o2o_on_hold_broken(self):
        """Hook: what this order held went away; it looks for the goods elsewhere."""
        self.ensure_one()
        if self.state not in ("draft", "sent"):
            return
        if self._o2o_claim_stock():
            self.message_post(
                body=self.env._(
                    "The goods held for this order were sold at a till, and no other"
                    " store has them."
                )
            )

    # === HOW LONG, HOW MANY (against hoarding) === #

    def _o2o_get_hold_end(self, others):
        """When an unpaid hold of this order runs out.

        Each order of the same people that ran out unpaid since the last one that was
        served halves the time: 15, 8, 4 minutes.

        :param others: their holds, see :meth:`_o2o_get_holds_of_same_people`
        """
        self.ensure_one()
        minutes = self._o2o_get_hold_minutes()
        served = others.filtered(lambda hold: hold.state == "used")[:1]
        run_out = others.filtered(
            lambda hold: (
                (hold.state == "expired" or hold.is_overdue)
                and (not served or hold.id > served.id)
            )
        )
        for _key in set(run_out.mapped("key")):
            minutes = max(ceil(minutes / 2), min(LEAST_MINUTES, minutes))
        return fields.Datetime.now() + timedelta(minutes=minutes)

    def _o2o_get_holds_of_same_people(self):
        """What orders of the same member, phone or address held lately.

        :return: holds of other orders, newest first; elevated
        """
        self.ensure_one()
        holds_sudo = self.env["o2o.stock.hold"].sudo()
        if not self._o2o_is_online():
            return holds_sudo
        recent = fields.Datetime.now() - timedelta(days=MEMORY_DAYS)
        return holds_sudo.search_fetch(
            Domain("res_model", "=", self._name)
            & Domain("create_date", ">=", recent)
            & Domain.custom(to_sql=self._o2o_get_same_people_sql()),
            ["key", "state", "until"],
        )

    def _o2o_get_same_people_sql(self):
        """One statement for who, what they ordered and what was held for it."""
        # sudo: members see neither each other nor holds
        people_sudo = (self.partner_id | self.partner_shipping_id).sudo()
        phones = [phone for phone in set(people_sudo.mapped("phone")) if phone]
        self.flush_model(["partner_id", "partner_shipping_id", "company_id"])
        people_sudo.flush_model(["phone"])

        def to_sql(_model, alias, _query):
            return SQL(
                """%(hold)s IN (
                    WITH people AS MATERIALIZED (
                        SELECT unnest(%(ids)s::int[]) AS id
                         UNION
                        (SELECT id FROM res_partner
                          WHERE phone = ANY(%(phones)s) LIMIT 100)
                    )
                    SELECT id FROM sale_order
                     WHERE partner_id IN (SELECT id FROM people)
                       AND company_id = %(company)s AND id <> %(own)s
                     UNION
                    SELECT id FROM sale_order
                     WHERE partner_shipping_id IN (SELECT id FROM people)
                       AND company_id = %(company)s AND id <> %(own)s
                )""",
                hold=SQL.identifier(alias, "res_id"),
                ids=people_sudo.ids,
                phones=phones,
                company=self.company_id.id,
                own=self.id,
            )

        return to_sql

    def _o2o_check_hold_limit(self, others):
        """Nobody keeps the shelf from others with orders that are never paid."""
        self.ensure_one()
        limit = self.company_id.o2o_hold_limit
        live = others.filtered(
            lambda hold: hold.state == "active" and not hold.is_overdue
        )
        if limit and len(set(live.mapped("key"))) >= limit:
            raise ValidationError(
                self.env._(
                    "You have %s orders waiting for payment. Please pay or cancel one"
                    " of them first.",
                    limit,
                )
            )

    # === LIFE === #

    def _action_confirm(self):
        """Nothing is confirmed that was not promised; what was paid is not refused."""
        for order in self:
            order._o2o_claim_or_refuse()
        result = super()._action_confirm()
        self.env["o2o.stock"].sudo()._keep_unspent(
            [order._o2o_get_hold_key() for order in self]
        )
        return result

    def _o2o_claim_or_refuse(self):
        """Hold the goods before the confirmation; only money that moved goes before.

        :raise ValidationError: what is missing, for people to read
        """
        self.ensure_one()
        shortages = self._o2o_claim_stock()
        if not shortages:
            return
        if self._o2o_may_wait():
            # what is there is reserved like any transfer's, the rest waits
            return
        if not self._o2o_has_money():
            raise ValidationError(self._o2o_get_shortage_text(shortages))
        # forgotten with a savepoint that is rolled back, as the rows are
        told = self.env.cr.cache.setdefault("o2o_stock.told", set())
        if self.id in told:
            return
        told.add(self.id)
        for shortage in shortages:
            self.env["o2o.stock.breach"]._report(
                shortage["product"],
                shortage["warehouse"],
                shortage["wanted"] - shortage["available"],
                "order",
                document=self.name,
            )

    def _o2o_may_wait(self):
        """Whether the order is confirmed although goods are missing.

        A till that settles it has handed goods out and taken money: its sale must come
        in, whatever is left to deliver.
        """
        self.ensure_one()
        return self._o2o_is_of_till() or (
            not self._o2o_is_online() and self.company_id.o2o_office_short == "wait"
        )

    def _o2o_is_of_till(self):
        """Whether a till has sold goods of this order; they are in the bag then.

        A deposit is money only: its goods still have to come from somewhere.
        """
        self.ensure_one()
        # sudo: whoever confirms an order may not see the sales of tills
        settled_sudo = self.sudo().pos_order_line_ids.filtered(
            lambda line: (
                line.sale_order_line_id
                and not line.sale_order_line_id.is_downpayment
                and line.qty > 0
            )
        )
        return any(
            order.state not in ("draft", "cancel") for order in settled_sudo.order_id
        )

    def _o2o_has_money(self):
        """Money has moved: refusing the order would lose it.

        Late payments are looked at before they confirm an order; this is the last
        line, for what slips through, and for deposits that a till has taken.
        """
        self.ensure_one()
        # sudo: whoever confirms an order may see neither payments nor tills
        order_sudo = self.sudo()
        return any(
            tx.state in ("authorized", "done") for tx in order_sudo.transaction_ids
        ) or any(
            sale.state in ("paid", "done")
            for sale in order_sudo.pos_order_line_ids.order_id
        )

    def _action_cancel(self):
        result = super()._action_cancel()
        stock_sudo = self.env["o2o.stock"].sudo()
        for order in self:
            stock_sudo._release(order._o2o_get_hold_key(), "cancelled")
        return result

    # === THE SHOP === #

    def _o2o_get_serving_warehouses(self):
        """Hook: the warehouses that may serve this cart."""
        self.ensure_one()
        chosen = self._get_shop_warehouse_id()
        if chosen:
            return self.env["stock.warehouse"].sudo().browse(chosen)
        return self.website_id._o2o_get_serving_warehouses()

    def _get_free_qty(self, product):
        """What this cart can get: where it is served, its own hold included."""
        if not self.website_id:
            return super()._get_free_qty(product)
        return self.website_id._o2o_get_offered_quantity(
            product, self._o2o_get_serving_warehouses(), self._o2o_get_own_keys()
        )
