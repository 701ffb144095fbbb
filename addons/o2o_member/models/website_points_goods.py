from odoo import models
from odoo.fields import Domain

_GOODS_LIMIT = 60


class Website(models.Model):
    """Goods that cost points only, as the member centre lists them (PTS-12)."""

    _inherit = "website"

    def _o2o_points_goods(self, partner):
        """:return: list of dicts ``name``, ``url``, ``image``, ``points``, ``lacking``
        (points the member lacks), ``stock`` (text or empty), ``is_out``
        """
        self.ensure_one()
        # as the visitor: what is not published, or not on sale yet, is not found
        goods = self.env["product.template"].search(
            Domain.AND(
                [self.sale_product_domain(), Domain("o2o_payment_kind", "=", "points")]
            ),
            order="o2o_points_price, id",
            limit=_GOODS_LIMIT,
        )
        available = partner.sudo().o2o_points
        stock = self._o2o_stock_of_goods(goods.product_variant_id)
        rows = []
        for template in goods:
            text, is_out = stock.get(template.product_variant_id, ("", False))
            rows.append(
                {
                    "name": template.name,
                    "url": template.website_url,
                    "image": self.image_url(template, "image_256"),
                    "points": template.o2o_points_price,
                    "lacking": max(0, template.o2o_points_price - available),
                    "stock": text,
                    "is_out": is_out,
                }
            )
        return rows

    def _o2o_stock_of_goods(self, products):
        """What is there of some products; addons that know stock say it.

        :return: {product: (text, whether it is sold out)}
        """
        return {}
