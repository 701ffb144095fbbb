from odoo.http import request

from odoo.addons.website_sale.controllers.main import WebsiteSale


class O2oCatalogShop(WebsiteSale):
    """Brands filter the shop; searches in vain are kept (PROD-04, SRCH-01)."""

    def _get_search_options(self, **kwargs):
        options = super()._get_search_options(**kwargs)
        options["o2o_brand"] = self._o2o_brand_id(kwargs.get("brand"))
        return options

    def _shop_get_query_url_kwargs(self, *args, brand=None, **kwargs):
        values = super()._shop_get_query_url_kwargs(*args, **kwargs)
        values["brand"] = self._o2o_brand_id(brand) or None
        return values

    def _shop_lookup_products(self, options, post, search, website):
        result = super()._shop_lookup_products(options, post, search, website)
        _fuzzy_term, count, _products = result
        is_filtered = options.get("o2o_brand") or options.get("category")
        if search and not count and not is_filtered:
            self._o2o_note_search(website, search)
        return result

    def _get_additional_shop_values(self, values, **kwargs):
        result = super()._get_additional_shop_values(values, **kwargs)
        brand_id = self._o2o_brand_id(kwargs.get("brand"))
        brands = request.website._o2o_get_brands()
        result["o2o_brands"] = brands
        result["o2o_brand"] = brands.filtered(lambda brand: brand.id == brand_id)
        return result

    def _o2o_brand_id(self, value):
        """The brand of the address bar as an id; 0 for anything that is none."""
        text = str(value or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

    def _o2o_note_search(self, website, search):
        """Once for a visitor: leafing and going back is no new wish."""
        search = search[:100]
        noted = request.session.get("o2o_searched_in_vain", [])
        if search in noted:
            return
        request.session["o2o_searched_in_vain"] = [*noted, search][-20:]
        request.env["o2o.search.log"]._note(website, search)
