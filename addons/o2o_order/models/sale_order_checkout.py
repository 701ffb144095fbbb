"""What the one-page checkout asks of a cart (SHOP-03, SHOP-04, SHOP-05)."""

import hashlib
import json
import re

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

#: nobody follows a cart: no message, follower or activity is made while it is bought
LEAN = {
    "tracking_disable": True,
    "mail_notrack": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_auto_subscribe_no_notify": True,
    "o2o_lean": True,
}

#: ways to pay that need nothing from the member now: the store collects the money
COLLECTING_MODES = ("cash_on_delivery", "on_site")

#: what a page may send as its key
KEY_PATTERN = re.compile(r"[\w-]{16,64}", re.ASCII)


class SaleOrder(models.Model):
    _inherit = "sale.order"

    o2o_checkout_key = fields.Char(
        string="Submitted by page",
        readonly=True,
        copy=False,
        help="The page view this order was submitted from: the same page submits once",
    )

    _o2o_checkout_key_uniq = models.UniqueIndex(
        "(o2o_checkout_key) WHERE o2o_checkout_key IS NOT NULL",
        "This order was submitted already.",
    )

    # === ONE PAGE, ONE ORDER === #

    def _o2o_checkout_mark(self, partner, key):
        """:return: what a page's key is stored as; ``None`` for what is no key

        The member is part of it, so that nobody meets the key of somebody else.
        """
        if not isinstance(key, str) or not KEY_PATTERN.fullmatch(key):
            return None
        return f"{partner.id}/{key}"

    def _o2o_find_submitted(self, partner, key):
        """The order this page has submitted already, if it has (elevated)."""
        mark = self._o2o_checkout_mark(partner, key)
        if not mark:
            return self.sudo().browse()
        # sudo: the key is the member's own
        return self.sudo().search([("o2o_checkout_key", "=", mark)])

    def _o2o_lock_cart(self):
        """Wait for whoever is buying this cart right now (a double tap).

        When the other one succeeds, this transaction fails to serialize, and the
        request runs again and finds the order that was made.
        """
        self.ensure_one()
        self.env.cr.execute(
            SQL("SELECT 1 FROM sale_order WHERE id = %s FOR NO KEY UPDATE", self.id)
        )

    def _o2o_get_fingerprint(self):
        """What the member agrees to by pressing the button, as one short text.

        The page carries it back. It is compared, never believed: another price,
        address, store or quantity than the member has seen is asked about again.
        """
        self.ensure_one()
        facts = [
            self.id,
            self.partner_shipping_id.id,
            self.carrier_id.id,
            self.warehouse_id.id if self._o2o_is_pickup() else 0,
            self.o2o_region_id.id,
            self.o2o_points_total,
            round(self.amount_total, 4),
            [
                [line.product_id.id, line.product_uom_qty, round(line.price_total, 4)]
                for line in self.order_line.sorted("id")
            ],
        ]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]

    # === PREFILLED === #

    def _o2o_get_last_order(self):
        """The member's last order on this website, elevated."""
        self.ensure_one()
        # sudo: the order of the same member
        return self.sudo().search_fetch(
            Domain("partner_id", "=", self.partner_id.id)
            & Domain("website_id", "=", self.website_id.id)
            & Domain("state", "=", "sale"),
            ["partner_shipping_id", "carrier_id"],
            order="id desc",
            limit=1,
        )

    def _o2o_get_delivery_addresses(self):
        """The member's own addresses, the main one last, elevated."""
        self.ensure_one()
        # sudo: only the contacts below the member's own
        partner_sudo = self.partner_id.sudo()
        commercial_sudo = partner_sudo.commercial_partner_id
        return (
            partner_sudo.search(
                commercial_sudo._get_delivery_address_domain(), order="id desc"
            )
            | partner_sudo
        )

    def _o2o_prefill_checkout(self, last, methods, place):
        """A fresh cart goes where, how and from where the last one did (SHOP-05).

        What the member chose on this cart stays.

        :param sale.order last: see :meth:`_o2o_get_last_order`
        :param delivery.carrier methods: those that fit this cart
        :param dict place: see ``website._o2o_get_place``
        """
        self.ensure_one()
        if self.carrier_id in methods and self.carrier_id:
            return
        address = last.partner_shipping_id
        if (
            self.partner_shipping_id == self.partner_id
            and address != self.partner_id
            and address in self._o2o_get_delivery_addresses()
        ):
            self._update_address(address.id, {"partner_shipping_id"})
        if place["region"] and not self.o2o_region_id:
            self.o2o_region_id = place["region"]
        pickup = methods.filtered(lambda m: m.delivery_type == "in_store")[:1]
        store = place["store"]
        if not store and last and last._o2o_is_pickup():
            store = last._o2o_get_pickup_store()
        if pickup and store in self._o2o_get_pickup_stores(pickup):
            self._o2o_set_pickup(pickup, store)
            return
        deliveries = methods - methods.filtered(lambda m: m.delivery_type == "in_store")
        method = (
            last.carrier_id
            if last.carrier_id in deliveries
            else self._get_preferred_delivery_method(deliveries or methods)
        )
        if method:
            self._o2o_set_delivery(method)

    # === DELIVERY AND PICK-UP === #

    def _o2o_set_delivery(self, method):
        """Programs look at delivery only where one of them pays for it."""
        self.ensure_one()
        # sudo: whether there is such a program is no secret
        pays = (
            self.env["loyalty.reward"]
            .sudo()
            .search_count([("reward_type", "=", "shipping")], limit=1)
        )
        self.with_context(o2o_keep_programs=not pays)._set_delivery_method(method)

    def _o2o_page_delivery(self, methods, method_id, store_id=None):
        """Deliver, or collect in a store, as the member chose on the page.

        :raise UserError: for what is not offered for this cart
        """
        self.ensure_one()
        method = methods.filtered(lambda m: m.id == method_id)
        if not method:
            raise UserError(self.env._("This way of delivery is not possible here."))
        if method.delivery_type != "in_store":
            if method != self.carrier_id:
                self._o2o_set_delivery(method)
            return
        stores = self._o2o_get_pickup_stores(method)
        store = stores.filtered(lambda s: s.id == store_id)
        if store_id and not store:
            raise UserError(self.env._("This store takes no orders right now."))
        if store:
            self._o2o_set_pickup(method, store)
        elif method != self.carrier_id:
            if len(stores) == 1:
                self._o2o_set_pickup(method, stores)
            else:
                self._o2o_set_delivery(method)

    def _o2o_page_address(self, address_id):
        """:raise UserError: for an address that is not the member's"""
        self.ensure_one()
        address = self._o2o_get_delivery_addresses().filtered(
            lambda a: a.id == address_id
        )
        if not address:
            raise UserError(self.env._("This address is not in your address book."))
        if address != self.partner_shipping_id:
            self._update_address(address.id, {"partner_shipping_id"})

    def _o2o_page_region(self, region_id):
        self.ensure_one()
        region = self.env["o2o.region"].search([("id", "=", region_id)])
        if region and region != self.o2o_region_id:
            self.o2o_region_id = region
            self.partner_shipping_id.o2o_region_id = region

    def _o2o_add_address(self, name, phone, street, region):
        """The first address completes the member, each further one is a contact.

        :param o2o.region region: the district; its city is the city of the address
        """
        self.ensure_one()
        # sudo: the member's own contact, or a new one below it
        partner_sudo = self.partner_id.sudo()
        country = self.company_id.country_id
        city = region._get_city()
        values = {
            "name": name,
            "phone": phone,
            "street": street,
            "city": city.name if city == region else f"{city.name}{region.name}",
            "country_id": country.id,
            "o2o_region_id": region.id,
        }
        if not partner_sudo.street:
            # the account keeps the name and phone the member registered with
            known = {
                field: values.pop(field)
                for field in ("name", "phone")
                if partner_sudo[field]
            }
            differs = any(partner_sudo[field] != known[field] for field in known)
            if not differs:
                partner_sudo.write(values)
                self._update_address(partner_sudo.id, {"partner_id"})
                return
            values |= known
        address_sudo = partner_sudo.create(
            {
                **values,
                "parent_id": partner_sudo.commercial_partner_id.id,
                "type": "delivery",
            }
        )
        self._update_address(address_sudo.id, {"partner_shipping_id"})

    # === PAYMENT === #

    def _o2o_get_payment_options(self):
        """The ways to pay that providers allow for this order as it is now.

        :return: list of dict ``code``, ``provider``, ``method`` (elevated), ``name``,
            ``is_collecting`` (nothing is paid now)
        """
        self.ensure_one()
        providers_sudo = self._o2o_get_providers()
        methods_sudo = (
            self.env["payment.method"]
            .sudo()
            ._get_compatible_payment_methods(
                providers_sudo.ids,
                self.partner_id.id,
                currency_id=self.currency_id.id,
                sale_order_id=self.id,
            )
        )
        return [
            self._o2o_prepare_payment_option(provider, method)
            # in the order of the methods, as on Odoo's own page
            for method in methods_sudo
            for provider in providers_sudo & method.provider_ids
        ]

    def _o2o_get_providers(self):
        """The providers that allow this order as it is now, elevated."""
        self.ensure_one()
        # sudo: visitors cannot read providers; only names and rules are used
        return (
            self.env["payment.provider"]
            .sudo()
            ._get_compatible_providers(
                self.company_id.id,
                self.partner_id.id,
                self.amount_total,
                currency_id=self.currency_id.id,
                sale_order_id=self.id,
                website_id=self.website_id.id,
            )
        )

    def _o2o_prepare_payment_option(self, provider, method):
        return {
            "code": f"{provider.id}-{method.id}",
            "provider": provider,
            "method": method,
            "name": method.name,
            "is_collecting": (
                provider.code == "custom" and provider.custom_mode in COLLECTING_MODES
            ),
        }

    def _o2o_get_default_payment(self, options, last):
        """The code of the way the member paid last, else the first one."""
        transaction = last._o2o_get_transaction() if last else None
        for option in options:
            if (
                transaction
                and option["provider"] == transaction.provider_id
                and option["method"] == transaction.payment_method_id
            ):
                return option["code"]
        return options[0]["code"] if options else ""

    def _o2o_get_payment_option(self, code):
        """One way to pay, asked by the page; the provider's rules are asked again.

        :return: as in :meth:`_o2o_get_payment_options`, or ``None``
        """
        self.ensure_one()
        provider_id, _dash, method_id = str(code).partition("-")
        provider = self._o2o_get_providers().filtered(
            lambda provider: str(provider.id) == provider_id
        )
        method = provider.payment_method_ids.filtered(
            lambda method: str(method.id) == method_id and method.active
        )
        if not method or method.primary_payment_method_id:
            return None
        return self._o2o_prepare_payment_option(provider, method)

    # === STOCK === #

    def _o2o_promise_goods(self):
        """Promise the goods to this order before money moves: the one place.

        What Odoo and others check of a cart is checked here. Stock is not looked up
        once more: reserving answers for it, see :meth:`_o2o_ensure_goods`.

        :raise UserError: when the cart cannot be bought
        """
        self.ensure_one()
        self.with_context(o2o_stock_checked=True)._check_cart_is_ready_to_be_paid()

    def _o2o_ensure_goods(self):
        """Undo a confirmation whose goods are not there: nobody is sold what is gone.

        Called in the transaction that confirmed, which the error rolls back.

        :raise UserError: when a store could not reserve its part, or none was found
        """
        self.ensure_one()
        for fulfillment in self.sudo().o2o_fulfillment_ids:
            lacks = fulfillment.needs_region or (
                not fulfillment.is_arriving
                and any(
                    move.state not in ("assigned", "done", "cancel")
                    for move in fulfillment.picking_ids.move_ids
                    if self.website_id._o2o_is_tracked(move.product_id)
                )
            )
            if lacks:
                raise UserError(
                    self.env._(
                        "Somebody was faster: not all goods are there any more. Please"
                        " check your order."
                    )
                )

    def _o2o_get_shortage_message(self):
        if self.env.context.get("o2o_stock_checked"):
            return ""
        return super()._o2o_get_shortage_message()

    def _get_free_qty(self, product):
        """What one place can give: an order is not put together from all warehouses."""
        self.ensure_one()
        if self.env.context.get("o2o_stock_checked"):
            return float("inf")
        if (
            not self.website_id
            or self.carrier_id.delivery_type == "in_store"
            # a service that promises stock knows better what an order can have
            or "o2o.stock" in self.env
        ):
            return super()._get_free_qty(product)
        quantity = self.website_id._o2o_get_best_quantity(product)
        return super()._get_free_qty(product) if quantity is None else quantity

    # === NOTHING TWICE === #

    def _update_programs_and_rewards(self):
        """Inside a lean checkout once for what the cart holds, not once for each asker.

        The answer could differ only where the cart does: a transaction sees one
        picture of the programs.
        """
        if not self.env.context.get("o2o_lean"):
            return super()._update_programs_and_rewards()
        if self.env.context.get("o2o_keep_programs"):
            return None
        self.ensure_one()
        known = self.env.cr.cache.setdefault("o2o_programs", {})
        if known.get(self.id) == self._o2o_get_fingerprint():
            return None
        result = super()._update_programs_and_rewards()
        known[self.id] = self._o2o_get_fingerprint()
        return result

    def _o2o_get_missing_points(self):
        """Who uses no points misses none."""
        return super()._o2o_get_missing_points() if self.o2o_points_total else 0

    def _o2o_hold_points(self):
        """A lean checkout has just brought points and cart in line."""
        orders = self
        if self.env.context.get("o2o_lean"):
            orders = self.filtered("o2o_points_total")
        return super(SaleOrder, orders)._o2o_hold_points()

    def _o2o_use_points(self):
        orders = self
        if self.env.context.get("o2o_lean"):
            orders = self.filtered("o2o_points_total")
        return super(SaleOrder, orders)._o2o_use_points()

    def _compute_user_id(self):
        """No salesperson to assign: nothing that depends on one has changed.

        A salesperson gets no mail of each order that is placed on the website: the
        bell calls the store, and a mail would cost the member's transaction.
        """
        orders = self
        if self.env.context.get("force_user_recomputation"):
            orders = self.with_context(mail_auto_subscribe_no_notify=True)
        if self.env.context.get("o2o_lean") and self.env.context.get(
            "force_user_recomputation"
        ):
            orders = orders.filtered(
                lambda order: (
                    order.user_id
                    or order.website_id.salesperson_id
                    or order.partner_id.user_id
                    or order.partner_id.parent_id.user_id
                )
            )
        return super(SaleOrder, orders)._compute_user_id()

    def _send_payment_succeeded_for_order_mail(self):
        if not self:
            return None
        return super()._send_payment_succeeded_for_order_mail()

    # === AFTERWARDS === #

    def _send_order_notification_mail(self, mail_template, *args, **kwargs):
        """Inside a lean checkout a mail always waits for its job; without an address
        there is none to send."""
        if not self.env.context.get("o2o_lean"):
            return super()._send_order_notification_mail(mail_template, *args, **kwargs)
        self.ensure_one()
        # sudo: the job is nobody's of the website
        crons_sudo = self.env["ir.cron"].sudo()
        cron_id = self.env["ir.model.data"]._xmlid_to_res_id(
            "sale.send_pending_emails_cron"
        )
        if mail_template and cron_id and self.partner_id.email:
            self.sudo().pending_email_template_id = mail_template
            crons_sudo.browse(cron_id)._trigger()
        return None

    # === PARCELS === #

    def _o2o_get_parcel_label(self, number):
        self.ensure_one()
        return self.env._(
            "Parcel %(number)s of %(count)s",
            number=number,
            count=len(self.o2o_fulfillment_ids),
        )

    def _o2o_get_parcel_count_label(self):
        self.ensure_one()
        return self.env._("%s parcels", len(self.o2o_fulfillment_ids))

    # === AGAIN === #

    def _o2o_can_buy_again(self):
        """Whether at least something of this order is still sold."""
        self.ensure_one()
        return self.state == "sale" and any(
            line._o2o_is_again() for line in self.order_line
        )

    def _o2o_get_short_content(self):
        """What was ordered, in a few words."""
        self.ensure_one()
        names = [
            line.product_id.name for line in self.order_line if line._o2o_is_goods()
        ]
        if len(names) < 2:
            return "".join(names)
        return self.env._(
            "%(product)s and %(count)s more", product=names[0], count=len(names) - 1
        )

    def _o2o_refill(self, source):
        """Put the goods of an earlier order into this cart (SHOP-10).

        :param sale.order source: an order of the same member
        :return: list of texts, what is not sold any more or not in this number
        """
        self.ensure_one()
        cart = self.with_context(skip_cart_verification=True)
        left_out = []
        for line in source.order_line:
            if not line._o2o_is_again():
                if line._o2o_is_goods():
                    left_out.append(
                        self.env._("%s is not sold any more.", line.name_short)
                    )
                continue
            wanted = int(line.product_uom_qty)
            added = cart._cart_add(
                product_id=line.product_id.id,
                quantity=wanted,
                uom_id=line.product_uom_id.id,
                no_variant_attribute_value_ids=(
                    line.product_no_variant_attribute_value_ids.ids
                ),
            )
            if added["added_qty"] < wanted:
                left_out.append(
                    self.env._(
                        "%(product)s: only %(added)g of %(wanted)g can be had now.",
                        product=line.name_short,
                        added=max(0, added["added_qty"]),
                        wanted=wanted,
                    )
                )
        self._verify_cart_after_update()
        # the cart says it once; the page says it better
        self.shop_warning = ""
        self.order_line.filtered("shop_warning").shop_warning = ""
        return left_out

    def _o2o_page_quantity(self, line_id, quantity):
        """From the page: one more, one less, none; the stock decides.

        :return: a text when it could not be that many
        """
        self.ensure_one()
        line = self.order_line.filtered(lambda line: line.id == line_id)
        if not line or not line._show_in_cart():
            raise UserError(self.env._("This item is not in your cart any more."))
        answer = self._cart_update_line_quantity(line_id, min(max(quantity, 0), 9999))
        if line.exists():
            line.shop_warning = ""
        self.shop_warning = ""
        return answer.get("warning") or ""
