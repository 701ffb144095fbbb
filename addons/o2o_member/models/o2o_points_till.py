from odoo import api, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .pos_order_redeem import TILL_HOLD_MINUTES

_MAX_LINES = 500


class O2oPointsTill(models.AbstractModel):
    """What a till asks about spending points. Every method checks cashier and till."""

    _name = "o2o.points.till"
    _description = "Points at the Till"

    @api.model
    def get_offer(self, config_id, uuid, partner_id, lines):
        """What this customer may choose for this order.

        :param list lines: dicts ``product_id``, ``qty``, ``price_unit``, ``discount``,
            ``tax_ids``: the order as it stands
        :return: the offer, with ``member`` (name) and ``held`` (points of this order)
        """
        config, partner = self._check_till(config_id, partner_id)
        redemption_sudo = self._redemption(config, uuid)
        offer = self._offer(config, partner, redemption_sudo, lines)
        return {
            **offer,
            "member": partner.name,
            "is_member": bool(partner._o2o_active_card()),
            "held": redemption_sudo.points,
        }

    @api.model
    def hold(self, config_id, uuid, partner_id, lines, points=None):
        """Hold points for an order, and say which lines the till must add.

        :param int points: as many as are held already when omitted
        :return: dict ``points``, ``amount``, ``product_id`` and ``lines`` (dicts
            ``qty``, ``price_unit``, ``tax_ids``, ``extra_tax_data``)
        """
        config, partner = self._check_till(config_id, partner_id)
        session = self._session(config)
        redemption_sudo = self._redemption(config, uuid)
        order = self.env["pos.order"].search([("uuid", "=", uuid)], limit=1)
        if order.state in ("paid", "done"):
            raise UserError(self.env._("This order is already paid."))
        if redemption_sudo and redemption_sudo.partner_id != partner:
            raise UserError(
                self.env._("The customer changed. Choose the points again.")
            )
        if points is None:
            points = redemption_sudo.points
        offer = self._offer(config, partner, redemption_sudo, lines)
        partner._o2o_check_points_choice(points, offer)
        if not points:
            raise UserError(self.env._("Please enter a whole number of points."))
        amount = config.company_id._o2o_points_worth(points)
        redemption_sudo = (
            self.env["o2o.points.redemption"]
            .with_company(config.company_id)
            ._hold(
                partner,
                points,
                f"pos.order/{uuid}",
                amount=amount,
                minutes=TILL_HOLD_MINUTES,
                pos_session=session,
            )
        )
        return {
            "points": points,
            "amount": amount,
            "product_id": config.company_id._o2o_points_product().id,
            "lines": self._counter_lines(config, lines, amount),
        }

    @api.model
    def release(self, config_id, uuid):
        """The points are not used after all; safe to repeat."""
        config, _partner = self._check_till(config_id)
        self._redemption(config, uuid)._release(self.env._("Removed at the till"))
        return True

    @api.model
    def get_refund(self, config_id, returns):
        """What a refund must take off, because points had paid it.

        :param list returns: dicts ``line_id`` (refunded ``pos.order.line``), ``qty``
            (positive, of the refund at hand)
        :return: dict ``amount``, ``product_id``, ``lines`` as in :meth:`hold`
        """
        config, _partner = self._check_till(config_id)
        by_id = {}
        for item in self._checked(returns, {"line_id": int, "qty": (int, float)}):
            by_id[item["line_id"]] = by_id.get(item["line_id"], 0.0) + item["qty"]
        refunded = self.env["pos.order.line"].search(
            [("id", "in", list(by_id)), ("company_id", "=", config.company_id.id)]
        )
        web, till = {}, {}
        for line in refunded:
            # sudo: cashiers refund what they may not read as sales people
            origin_sudo = line.sudo().sale_order_line_id
            if origin_sudo:
                web[origin_sudo] = web.get(
                    origin_sudo, origin_sudo._o2o_returned_quantity()
                ) + origin_sudo._convert_qty(origin_sudo, by_id[line.id], "p2s")
            else:
                till[line] = by_id[line.id] - sum(
                    refund.qty
                    for refund in line.refund_orderline_ids
                    if refund.order_id.state in ("paid", "done")
                )
        shares = self.env["o2o.points.share"]
        amount = config.currency_id.round(
            sum(shares._worth_coming_back(lines) for lines in (web, till) if lines)
        )
        lines = [
            {
                "product_id": line.product_id.id,
                "qty": by_id[line.id],
                "price_unit": line.price_unit,
                "discount": line.discount,
                "tax_ids": line.tax_ids.ids,
            }
            for line in refunded
            if shares._worth_by_line(line.sudo().sale_order_line_id or line)
        ]
        return {
            "amount": amount,
            "product_id": config.company_id._o2o_points_product().id,
            "lines": [
                self._opposite(line)
                for line in self._counter_lines(config, lines, amount)
            ]
            if amount
            else [],
        }

    # === helpers ===

    def _check_till(self, config_id, partner_id=None):
        """:raises AccessError: for anybody who is not a cashier of this till"""
        if not self.env.user.has_group("point_of_sale.group_pos_user"):
            raise AccessError(self.env._("Only cashiers can do this."))
        config = self.env["pos.config"].search([("id", "=", config_id)])
        partner = self.env["res.partner"]
        if partner_id is not None:
            partner = partner.search([("id", "=", partner_id)])
        if not config or (partner_id is not None and not partner):
            raise AccessError(self.env._("Only cashiers can do this."))
        return config, partner.with_company(config.company_id)

    def _session(self, config):
        session = config.current_session_id
        if session.state not in ("opened", "opening_control"):
            raise UserError(self.env._("Open the register first."))
        return session

    def _redemption(self, config, uuid):
        if not isinstance(uuid, str) or not 1 <= len(uuid) <= 64:
            raise ValidationError(self.env._("This is not an order of the till."))
        redemption_sudo = self.env["o2o.points.redemption"]._of(f"pos.order/{uuid}")
        if redemption_sudo.company_id not in (
            config.company_id,
            self.env["res.company"],
        ):
            raise AccessError(self.env._("Only cashiers can do this."))
        return redemption_sudo

    def _checked(self, items, types):
        """Refuse what is not a list of plain facts."""
        if not isinstance(items, list) or len(items) > _MAX_LINES:
            raise ValidationError(self.env._("This is not an order of the till."))
        for item in items:
            if not isinstance(item, dict) or any(
                not isinstance(item.get(name), kind) for name, kind in types.items()
            ):
                raise ValidationError(self.env._("This is not an order of the till."))
        return items

    def _lines(self, lines):
        return self._checked(
            lines,
            {
                "product_id": int,
                "qty": (int, float),
                "price_unit": (int, float),
                "discount": (int, float),
                "tax_ids": list,
            },
        )

    def _offer(self, config, partner, redemption, lines):
        available = partner.sudo().o2o_points  # of a customer at the till
        if redemption.state == "held" and redemption.partner_id == partner:
            available += redemption.points
        total = 0.0
        for base_line in self._base_lines(config, self._payable(lines)):
            details = base_line["tax_details"]
            total += details["total_included_currency"]
        if config.currency_id != config.company_id.currency_id:
            total = 0.0  # points are worth money of the company
        return partner._o2o_points_offer(total, available=available)

    def _payable(self, lines):
        """Goods that points may pay, and what is taken off them."""
        lines = self._lines(lines)
        products = self.env["product.product"].browse(
            {line["product_id"] for line in lines}
        )
        excluded = (
            products.exists().filtered(
                lambda product: (
                    product.o2o_no_points or product.o2o_payment_kind == "points"
                )
            )
            | self.env["pos.order"]._o2o_voucher_products()
        )
        return [
            line
            for line in lines
            if line["qty"] * line["price_unit"] < 0
            or line["product_id"] not in excluded.ids
        ]

    def _base_lines(self, config, lines):
        taxes = self.env["account.tax"].sudo()  # rates are no secret at a till
        base_lines = [
            taxes._prepare_base_line_for_taxes_computation(
                {},
                product_id=self.env["product.product"]
                .sudo()
                .browse(line["product_id"]),
                quantity=line["qty"],
                price_unit=line["price_unit"],
                discount=line["discount"],
                tax_ids=taxes.browse(line["tax_ids"]).exists(),
                currency_id=config.currency_id,
                rate=1.0,
            )
            for line in lines
        ]
        taxes._add_tax_details_in_base_lines(base_lines, config.company_id)
        taxes._round_base_lines_tax_details(base_lines, config.company_id)
        return base_lines

    def _counter_lines(self, config, lines, amount):
        """Lines that take an amount off these, with the right taxes, to the cent."""
        taxes = self.env["account.tax"].sudo()
        product_sudo = config.company_id._o2o_points_product()
        payable = [
            line
            for line in self._payable(lines)
            if line["qty"] * line["price_unit"] > 0
        ]
        discounts = taxes._prepare_global_discount_lines(
            self._base_lines(config, payable),
            config.company_id,
            "fixed",
            amount,
            computation_key="global_discount,o2o_points",
            grouping_function=lambda base_line: {"product_id": product_sudo},
        )
        return [
            {
                "qty": 1,
                "price_unit": discount["price_unit"],
                "tax_ids": discount["tax_ids"].ids,
                "extra_tax_data": taxes._export_base_line_extra_tax_data(discount),
            }
            for discount in discounts
        ]

    def _opposite(self, line):
        """The same line on a refund, where quantities are negative."""
        data = dict(line["extra_tax_data"])
        for name in ("manual_total_excluded_currency", "manual_total_excluded"):
            if name in data:
                data[name] = -data[name]
        if data.get("manual_tax_amounts"):
            data["manual_tax_amounts"] = {
                tax: {name: -amount for name, amount in amounts.items()}
                for tax, amounts in data["manual_tax_amounts"].items()
            }
        if "quantity" in data:
            data["quantity"] = -data["quantity"]
        return {**line, "qty": -line["qty"], "extra_tax_data": data}
