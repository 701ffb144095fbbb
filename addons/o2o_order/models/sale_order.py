from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from odoo.addons.o2o_member.lib.share import share_out

from ..const import DEAD_STATES, STATES

#: an order is as far as its slowest part
PROGRESS = {state: rank for rank, (state, _label) in enumerate(STATES)}


class SaleOrder(models.Model):
    _inherit = "sale.order"

    o2o_region_id = fields.Many2one(
        "o2o.region",
        string="Service region",
        compute="_compute_o2o_region_id",
        store=True,
        readonly=False,
        precompute=True,
        help="Stores of this city are asked first",
    )
    o2o_note = fields.Char(string="Remark for the store")
    o2o_fulfillment_ids = fields.One2many(
        "o2o.fulfillment",
        "order_id",
        string="Fulfillments",
        groups="o2o_order.o2o_order_group_user,point_of_sale.group_pos_user",
    )
    o2o_state = fields.Selection(
        STATES, string="O2O status", compute="_compute_o2o_state", store=True
    )

    @api.depends("partner_shipping_id")
    def _compute_o2o_region_id(self):
        for order in self:
            partner = order.partner_shipping_id
            order.o2o_region_id = (
                partner.o2o_region_id
                or (partner and partner._o2o_guess_region())
                or order.o2o_region_id
            )

    @api.depends("o2o_fulfillment_ids.state")
    def _compute_o2o_state(self):
        for order in self:
            states = set(order.o2o_fulfillment_ids.mapped("state"))
            live = states - set(DEAD_STATES) or states
            order.o2o_state = min(live, key=PROGRESS.get) if live else False

    def _compute_warehouse_id(self):
        """A routed order keeps the warehouse routing gave it."""
        # sudo: who sells need not see which stores serve
        routed = self.filtered(lambda order: order.sudo().o2o_fulfillment_ids)
        result = super(SaleOrder, self - routed)._compute_warehouse_id()
        for order in routed:
            order.warehouse_id = order.warehouse_id
        return result

    # === CHECKOUT === #

    def _check_cart_is_ready_to_be_paid(self):
        """Tell before the payment when the chosen region cannot serve (ROUT-04)."""
        if message := self._o2o_get_shortage_message():
            raise ValidationError(message)
        return super()._check_cart_is_ready_to_be_paid()

    def _o2o_get_shortage_message(self):
        """:return: what to tell a member whose region lacks the goods, or ``""``"""
        self.ensure_one()
        if not self._has_deliverable_products() or self._o2o_is_pickup():
            return ""
        can_serve, cities = (
            self.env["o2o.sourcing"].sudo()._get_regions_that_can_serve(self.sudo())
        )
        if can_serve:
            return ""
        if not cities:
            return self.env._(
                "No store has all these goods right now. Please reduce the quantity"
                " or remove an item."
            )
        return self.env._(
            "%(region)s does not have all these goods right now. You can choose"
            " another region: %(cities)s.",
            region=self.o2o_region_id.complete_name or self.env._("Your region"),
            cities=", ".join(cities.mapped("name")),
        )

    # === MONEY === #

    def _o2o_paid_amounts(self):
        """What each line of goods costs the member in the end.

        Discounts that are lines of their own (coupons) are shared out over the goods by
        amount, to the cent; what points paid is known for each line. Delivery is
        nobody's discount and left out.

        :return: {sale.order.line: tax-included amount in company currency}
        """
        self.ensure_one()
        goods = self.order_line.filtered(
            lambda line: line._o2o_is_goods() and line.price_total > 0
        )
        discounts = self.order_line.filtered(
            lambda line: line.price_total < 0 and not line.o2o_is_points
        )
        cent = self.currency_id.rounding
        total = round(-sum(discounts.mapped("price_total")) / cent)
        parts = share_out(total, goods.mapped("price_total"))
        today = self.date_order
        paid = dict.fromkeys(self.order_line, 0.0)
        by_points = self.env["o2o.points.share"]._worth_by_line(goods)
        for line, part in zip(goods, parts, strict=True):
            worth = by_points.get(line.id, 0.0)
            paid[line] = self.currency_id._convert(
                max(0.0, line.price_total - part * cent - worth),
                self.company_id.currency_id,
                self.company_id,
                today,
            )
        return paid

    # === LIFE === #

    def _action_confirm(self):
        """Find the stores first, so that the goods are reserved where they are."""
        decisions = self._o2o_open_fulfillments()
        result = super()._action_confirm()
        self._o2o_present_fulfillments(decisions)
        return result

    def _o2o_open_fulfillments(self):
        """Decide which stores serve these orders; nobody is told yet.

        :return: ``{o2o.routing.decision: o2o.fulfillment}``, elevated
        """
        decisions = {}
        for order in self.filtered(lambda order: order._o2o_needs_fulfillment()):
            decision = self.env["o2o.sourcing"].sudo()._decide(order.sudo())
            if decision.parts:
                decisions[decision] = self.env["o2o.fulfillment"].sudo()
                for part in decision.parts:
                    decisions[decision] |= order._o2o_create_fulfillment(part)
                order.warehouse_id = decisions[decision].store_id[:1].warehouse_id or (
                    order.warehouse_id
                )
        return decisions

    def _o2o_present_fulfillments(self, decisions):
        """Put them before the stores, once the goods are reserved."""
        for decision, fulfillments_sudo in decisions.items():
            for fulfillment, part in zip(
                fulfillments_sudo, decision.parts, strict=True
            ):
                fulfillment._present(decision, part["via"])

    def _action_cancel(self):
        fulfillments_sudo = self.sudo().o2o_fulfillment_ids  # members cancel too
        gone = fulfillments_sudo.filtered(
            lambda f: f.state in ("shipped", "delivered", "completed")
        )
        if gone:
            raise UserError(
                self.env._(
                    "The goods of %s have left the store: use a return instead.",
                    ", ".join(gone.order_id.mapped("name")),
                )
            )
        fulfillments_sudo._mark_cancelled()
        return super()._action_cancel()

    def _o2o_needs_fulfillment(self):
        """Orders of the website, with goods to deliver, not routed yet.

        One that was settled at a till is that till's: what is left of it waits there.
        """
        self.ensure_one()
        return bool(
            self.website_id
            # sudo: who sells need not see which stores serve
            and not self.sudo().o2o_fulfillment_ids
            and not self._o2o_is_of_till()
            and self._o2o_get_wanted_quantities()
        )

    def _o2o_create_fulfillment(self, part):
        """One store's share of this order, not put before the store yet.

        :param dict part: of ``o2o.routing.decision.parts``
        :return: ``o2o.fulfillment`` record, elevated
        """
        self.ensure_one()
        # sudo: confirmed by the member or a payment, by nobody of the staff
        return (
            self.env["o2o.fulfillment"]
            .sudo()
            .create(
                {
                    "company_id": self.company_id.id,
                    "order_id": self.id,
                    "store_id": part["store_id"],
                    "delivery_kind": "pickup" if self._o2o_is_pickup() else "delivery",
                    "line_ids": [
                        Command.create({"sale_line_id": line_id, "quantity": quantity})
                        for line_id, quantity in part["lines"]
                    ],
                }
            )
        )

    def _o2o_get_wanted(self):
        """:return: ``{sale.order.line: quantity}`` of goods, in the unit of the line"""
        self.ensure_one()
        goods = self.order_line.filtered(lambda line: line._o2o_is_goods())
        return {line: line.product_uom_qty for line in goods}

    # === FACTS === #

    def _o2o_is_pickup(self):
        self.ensure_one()
        return self.carrier_id.delivery_type == "in_store"

    def _o2o_get_pickup_store(self):
        """The store the member chose to collect at; empty for a delivery."""
        self.ensure_one()
        stores_sudo = self.env["o2o.store"].sudo()
        if not self._o2o_is_pickup():
            return stores_sudo
        return stores_sudo.search([("warehouse_id", "=", self.warehouse_id.id)])

    def _o2o_get_wanted_quantities(self, wanted=None):
        """What goods are needed, whatever line they are on.

        :param dict wanted: ``{sale.order.line: quantity}``, default all goods
        :return: ``{product: quantity}`` in the product's unit
        """
        self.ensure_one()
        quantities = {}
        for line, ordered in (wanted or self._o2o_get_wanted()).items():
            quantity = line.product_uom_id._compute_quantity(
                ordered, line.product_id.uom_id
            )
            product = line.product_id
            quantities[product] = quantities.get(product, 0.0) + quantity
        return quantities

    def _o2o_get_transaction(self):
        """The payment the member chose last; elevated, read only."""
        self.ensure_one()
        return self.sudo().transaction_ids.filtered(
            lambda tx: tx.state not in ("cancel", "error")
        )[-1:]

    def _o2o_is_to_collect(self):
        """Whether the store still has to take the money from the member."""
        self.ensure_one()
        transaction = self._o2o_get_transaction()
        return transaction.state in (False, "draft", "pending")

    def _o2o_get_payment_label(self):
        self.ensure_one()
        transaction = self._o2o_get_transaction()
        if not transaction:
            if self._o2o_is_pickup():
                return self.env._("To be paid at the store")
            return self.env._("To be paid on delivery")
        return (transaction.payment_method_id or transaction.provider_id).name

    # === THE MEMBER WATCHES === #

    def _o2o_get_progress(self):
        """The steps of each fulfillment, done or to come.

        :return: list of dict ``fulfillment``, ``steps`` (list of dict ``label``,
            ``detail``, ``at``, ``done``, ``current``), ``can_confirm``
        """
        self.ensure_one()
        return [
            {
                "fulfillment": fulfillment,
                "steps": self._o2o_mark_current(fulfillment._get_progress_steps()),
                "can_confirm": fulfillment.state == "shipped",
            }
            for fulfillment in self.o2o_fulfillment_ids.sorted("id")
        ]

    def _o2o_mark_current(self, steps):
        done = [step for step in steps if step["done"]]
        for step in steps:
            step["current"] = bool(done) and step is done[-1]
        return steps
