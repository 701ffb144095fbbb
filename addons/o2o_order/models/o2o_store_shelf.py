from odoo import api, fields, models
from odoo.fields import Domain


class O2oStoreShelf(models.Model):
    """Where an article stands in a store, in the words of its staff: "B-12"."""

    _name = "o2o.store.shelf"
    _description = "Shelf place"
    _order = "store_id, place, product_id"
    _rec_name = "place"
    _check_company_auto = True

    store_id = fields.Many2one("o2o.store", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    product_id = fields.Many2one(
        "product.product", required=True, index=True, ondelete="cascade"
    )
    place = fields.Char(required=True, size=32)

    _product_uniq = models.UniqueIndex(
        "(store_id, product_id)", "This article has a place in this store already."
    )

    @api.model
    def _get_places(self, store, products):
        """:return: ``{product id: place}``"""
        rows = self.search_fetch(
            Domain("store_id", "=", store.id)
            & Domain("product_id", "in", products.ids),
            ["product_id", "place"],
        )
        return {row.product_id.id: row.place for row in rows}

    @api.model
    def _set_place(self, store, product, place):
        """An empty place is no place."""
        row = self.search(
            Domain("store_id", "=", store.id) & Domain("product_id", "=", product.id)
        )
        if not place:
            row.unlink()
        elif row:
            row.place = place
        else:
            self.create(
                {"store_id": store.id, "product_id": product.id, "place": place}
            )
