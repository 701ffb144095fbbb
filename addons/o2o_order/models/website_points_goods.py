from odoo import models


class Website(models.Model):
    _inherit = "website"

    def _o2o_stock_of_goods(self, products):
        """Goods for points tell the stock of the visitor's place (PTS-12, ROUT-04)."""
        stock = {}
        for product, row in self._o2o_get_availability(products).items():
            is_out = row["level"] == "out"
            # the product's page names the stores; here is room for a few words
            elsewhere = is_out and row["others"]
            text = self.env._("Not near you now") if elsewhere else row["text"]
            stock[product] = (text, is_out)
        return stock
