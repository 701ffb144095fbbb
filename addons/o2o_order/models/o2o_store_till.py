"""What the till may put right about its store (idea 2)."""

from datetime import datetime, time, timedelta

from pytz import timezone, utc

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

#: nobody counts more of one article on a shelf
MAX_COUNT = 100_000


class O2oStore(models.Model):
    _inherit = "o2o.store"

    def _get_next_opening_day(self, moment):
        """When the store opens on a later day; next midnight where it has no hours.

        :param datetime moment: naive UTC, as Odoo stores it
        :return: naive UTC
        """
        self.ensure_one()
        zone = timezone(self._get_tz())
        today = utc.localize(moment).astimezone(zone).date()
        midnight = zone.localize(datetime.combine(today + timedelta(days=1), time.min))
        if self.calendar_id:
            intervals = self.calendar_id._work_intervals_batch(
                midnight, midnight + timedelta(days=31)
            )[False]
            first = next(iter(intervals), None)
            midnight = first[0] if first else midnight
        return midnight.astimezone(utc).replace(tzinfo=None)

    def _get_tz(self):
        """The zone the store lives in."""
        self.ensure_one()
        return (
            self.calendar_id.tz
            or self.company_id.resource_calendar_id.tz
            or self.company_id.partner_id.tz
            or self.env.user.tz
            or "UTC"
        )

    def _prepare_pos_dict(self):
        """The store as its tills show it."""
        self.ensure_one()
        return {
            "id": self.id,
            "name": self.name,
            "paused_until": fields.Datetime.to_string(self.paused_until) or "",
            "is_paused": self.is_paused,
        }

    # === COUNTING === #

    def _get_quants(self, products):
        self.ensure_one()
        return self.env["stock.quant"].search(
            Domain("product_id", "in", products.ids)
            & Domain("location_id", "child_of", self.warehouse_id.lot_stock_id.id)
            & Domain("location_id.usage", "=", "internal")
        )

    def _get_stock_position(self, products):
        """:return: ``{product: (on hand, reserved)}`` in the product's unit"""
        self.ensure_one()
        position = dict.fromkeys(products, (0.0, 0.0))
        for quant in self._get_quants(products):
            on_hand, reserved = position[quant.product_id]
            position[quant.product_id] = (
                on_hand + quant.quantity,
                reserved + quant.reserved_quantity,
            )
        return position

    def _apply_count(self, counts, name):
        """Bring the stock in line with what a person counted on the shelf.

        Odoo's own inventory adjustment, so that it stands in the history of the goods
        and other orders lose a reservation the shelf cannot keep.

        :param dict counts: ``{product: pieces on the shelf}``
        :param str name: why, written to the adjustment
        :return: ``{product: (before, after)}`` of what differed; called elevated
        """
        self.ensure_one()
        changed = {}
        quants = self._get_quants(self.env["product.product"].union(*counts))
        for product, counted in counts.items():
            if not product.is_storable:
                continue
            mine = quants.filtered(lambda q, product=product: q.product_id == product)
            before = sum(mine.mapped("quantity"))
            difference = product.uom_id.compare(counted, before)
            if not difference:
                continue
            if difference < 0:
                self._take_from_shelf(mine, before - counted, name)
            else:
                self._put_on_shelf(product, mine, counted - before, name)
            changed[product] = (before, counted)
        return changed

    def _take_from_shelf(self, quants, missing, name):
        """Fullest place first: a count of the article does not say which place."""
        for quant in quants.sorted(lambda q: (-q.quantity, q.id)):
            part = min(missing, max(quant.quantity, 0.0))
            if part <= 0:
                continue
            self._set_quantity(quant, quant.quantity - part, name)
            missing -= part

    def _put_on_shelf(self, product, quants, found, name):
        location = self.warehouse_id.lot_stock_id
        quant = quants.filtered(
            lambda q: q.location_id == location and not (q.lot_id or q.package_id)
        )[:1]
        if quant:
            self._set_quantity(quant, quant.quantity + found, name)
            return
        if product.tracking != "none":
            raise UserError(
                self.env._(
                    "More of %s than the books say, and it has serial or lot numbers:"
                    " please ask for an inventory.",
                    product.display_name,
                )
            )
        quants = quants.with_context(inventory_mode=True, inventory_name=name)
        quants.create(
            {
                "product_id": product.id,
                "location_id": location.id,
                "inventory_quantity": found,
            }
        )._apply_inventory()

    def _set_quantity(self, quant, quantity, name):
        quant = quant.with_context(inventory_mode=True, inventory_name=name)
        quant.inventory_quantity = quantity
        quant._apply_inventory()
