{
    "name": "O2O Catalog",
    "summary": "What a bottle tells: origin, vintage, degree, content, aroma, date",
    "version": "19.0.1.0.0",
    "category": "Sales/Sales",
    "author": "O2O Suite contributors",
    "website": "https://github.com/o2o-suite/o2o-suite",
    "license": "LGPL-3",
    "depends": ["website_sale", "stock"],
    "data": [
        "views/product_template_views.xml",
        "views/o2o_catalog_templates.xml",
    ],
}
