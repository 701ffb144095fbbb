from odoo.addons.base.tests.common import BaseCommon


class CatalogCommon(BaseCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bottle = cls._create_bottle("O2O Aged Sauce")

    @classmethod
    def _create_bottle(cls, name, **values):
        return cls.env["product.template"].create(
            {
                "name": name,
                "list_price": 1499.0,
                "is_published": True,
                "o2o_origin": "Chishui Riverside",
                "o2o_production_date": "2021-03-18",
                "o2o_vintage": 2016,
                "o2o_degree": 53.0,
                "o2o_net_content_ml": 500,
                "o2o_aroma": "sauce",
                **values,
            }
        )
