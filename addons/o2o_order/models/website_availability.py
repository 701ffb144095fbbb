"""Live stock as a visitor may know it: of a store or a region (ROUT-04)."""

from odoo import fields, models
from odoo.fields import Domain

from ..utils import has_coordinates

#: how many other stores a page names
STORE_LIMIT = 5


class Website(models.Model):
    _inherit = "website"

    def _o2o_get_selling_stores(self):
        """Stores that take orders now, elevated; head office is one of them."""
        self.ensure_one()
        # sudo: which store has what is public, as far as this service tells it
        return (
            self.env["o2o.store"]
            .sudo()
            .search(
                Domain("company_id", "=", self.company_id.id)
                & Domain("is_paused", "=", False)
            )
        )

    def _o2o_is_tracked(self, product):
        return product.is_storable and not product.allow_out_of_stock_order

    def _o2o_get_availability(self, products):
        """What a page says about stock, for the visitor's region or store.

        :return: ``{product: dict}``; ``level`` (``in``, ``few``, ``out``), ``text``,
            ``quantity`` (the most one place can give), ``others`` (list of dict about
            stores elsewhere, or nearby ones when no place is chosen). Products that
            are always sold are left out.
        """
        self.ensure_one()
        # sudo: quantities of products the visitor sees
        products = products.sudo().filtered(self._o2o_is_tracked)
        if not products:
            return {}
        place = self._o2o_get_place()
        stores = self._o2o_get_selling_stores()
        free = stores._get_free_quantities(products)
        return {
            product: self._o2o_assess(
                product,
                {store: max(0.0, free[store].get(product, 0.0)) for store in stores},
                place,
            )
            for product in products
        }

    def _o2o_assess(self, product, quantities, place):
        """One product: what the chosen place has, and who else has it."""
        store, region = place["store"], place["region"]
        having = [s for s, quantity in quantities.items() if quantity > 0]
        shops = [s for s in having if not s.is_head_office]
        if store:
            here = [s for s in shops if s == store]
        elif region:
            city = region._get_city()
            here = [s for s in shops if s.region_id and s.region_id._get_city() == city]
        else:
            here = shops
        head_office = [s for s in having if s.is_head_office and not store]
        sources = here or head_office
        quantity = max((quantities[s] for s in sources), default=0.0)
        level = "out"
        if quantity:
            level = "few" if quantity <= product.available_threshold else "in"
        return {
            "level": level,
            "quantity": quantity,
            "text": self._o2o_say_stock(level, quantity, here, place, having),
            "others": []
            if sources
            else self._o2o_list_stores(product, {s: quantities[s] for s in shops}),
        }

    def _o2o_say_stock(self, level, quantity, here, place, having):
        store = place["store"]
        if level == "out":
            if not having:
                return self.env._("Sold out")
            if store:
                return self.env._("Not at %s now; these stores have it:", store.name)
            return self.env._("Not in your region now; these stores have it:")
        if level == "few":
            if store:
                return self.env._(
                    "Only %(count)g left at %(store)s", count=quantity, store=store.name
                )
            return self.env._("Only %g left", quantity)
        if store:
            return self.env._("In stock at %s", store.name)
        if not here:
            return self.env._("In stock, sent from head office")
        if place["region"]:
            if len(here) == 1:
                return self.env._("In stock at 1 store near you")
            return self.env._("In stock at %s stores near you", len(here))
        if len(here) == 1:
            return self.env._("In stock at 1 store")
        return self.env._("In stock at %s stores", len(here))

    def _o2o_list_stores(self, product, quantities, limit=STORE_LIMIT):
        """The stores a visitor can go to instead, the fullest first."""
        stores = sorted(quantities, key=lambda s: (-quantities[s], s.sequence, s.id))
        return [
            self._o2o_describe_store(store, product, quantities[store])
            for store in stores[:limit]
        ]

    def _o2o_describe_store(self, store, product=None, quantity=None):
        """A store as pages and pickers show it; nothing internal."""
        has_place = has_coordinates(store.latitude, store.longitude)
        row = {
            "id": store.id,
            "name": store.name,
            "region": store.region_id.complete_name or "",
            "address": store.partner_id._o2o_get_address_line(),
            "phone": store.phone or "",
            "latitude": store.latitude if has_place else False,
            "longitude": store.longitude if has_place else False,
            "is_open": store._is_open_at(fields.Datetime.now()),
        }
        if product:
            # only a small rest is a number: the shop's stock is nobody else's business
            row["stock"] = (
                self.env._("only %g left", quantity)
                if quantity <= product.available_threshold
                else self.env._("in stock")
            )
        return row

    def _o2o_list_elsewhere(self, product, limit=20):
        """Stores that have a product now, with the age of their count (idea 22).

        :return: list of dict, see :meth:`_o2o_describe_store`; plus ``counted`` (text)
        """
        self.ensure_one()
        product = product.sudo()  # see _o2o_get_availability
        if not self._o2o_is_tracked(product):
            return []
        stores = self._o2o_get_selling_stores().filtered(lambda s: not s.is_head_office)
        free = stores._get_free_quantities(product)
        quantities = {
            store: free[store].get(product, 0.0)
            for store in stores
            if free[store].get(product, 0.0) > 0
        }
        rows = self._o2o_list_stores(product, quantities, limit)
        counted = self._o2o_get_counted_at(stores, product) if rows else {}
        by_id = {store.id: moment for store, moment in counted.items()}
        for row in rows:
            row["counted"] = self._o2o_say_age(by_id.get(row["id"]))
        return rows

    def _o2o_say_most(self, quantity):
        return self.env._("One place has at most %g", quantity)

    def _o2o_say_age(self, moment):
        """How long ago, in the words of the page; empty for never."""
        if not moment:
            return ""
        minutes = int((fields.Datetime.now() - moment).total_seconds() // 60)
        if minutes < 60:
            return self.env._("counted %s min ago", max(1, minutes))
        if minutes < 48 * 60:
            return self.env._("counted %s h ago", minutes // 60)
        return self.env._("counted %s days ago", minutes // (24 * 60))

    def _o2o_get_counted_at(self, stores, product):
        """When each store last counted a product: ``{store: datetime}``, known ones."""
        # sudo: only the moment is told
        rows = (
            self.env["stock.move.line"]
            .sudo()
            ._read_group(
                Domain("product_id", "=", product.id)
                & Domain("state", "=", "done")
                & Domain("is_inventory", "=", True)
                & (
                    Domain("location_id.warehouse_id", "in", stores.warehouse_id.ids)
                    | Domain(
                        "location_dest_id.warehouse_id", "in", stores.warehouse_id.ids
                    )
                ),
                groupby=["location_id", "location_dest_id"],
                aggregates=["date:max"],
            )
        )
        counted = {}
        for source, target, moment in rows:
            for warehouse in (source.warehouse_id, target.warehouse_id):
                if warehouse and moment > counted.get(warehouse, moment.min):
                    counted[warehouse] = moment
        return {
            store: counted[store.warehouse_id]
            for store in stores
            if store.warehouse_id in counted
        }

    def _o2o_get_best_quantity(self, product):
        """The most one place can give of a product, for carts and Odoo's own texts.

        :return: ``None`` where there are no stores: Odoo's own sum holds then
        """
        self.ensure_one()
        stores = self._o2o_get_selling_stores()
        if not stores:
            return None
        free = stores._get_free_quantities(product)
        quantities = {s: max(0.0, free[s].get(product, 0.0)) for s in stores}
        return max(quantities.values(), default=0.0)

    def _get_product_available_qty(self, product, **kwargs):
        """On the product page: what the visitor's place has, not the sum of all."""
        if not product.env.context.get("website_sale_stock_get_quantity"):
            return super()._get_product_available_qty(product, **kwargs)
        availability = self._o2o_get_availability(product).get(product)
        if availability is None or not self._o2o_get_selling_stores():
            return super()._get_product_available_qty(product, **kwargs)
        return availability["quantity"]
