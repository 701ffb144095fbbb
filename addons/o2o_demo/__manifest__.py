{
    "name": "O2O Demo Shop",
    "summary": "A sauce-aroma liquor chain in Chinese: stores, goods, members, orders",
    "version": "19.0.1.0.0",
    "category": "Sales/Point of Sale",
    "author": "O2O Suite contributors",
    "website": "https://github.com/o2o-suite/o2o-suite",
    "license": "LGPL-3",
    "depends": [
        "l10n_cn",
        "mail_bot",
        "o2o_catalog",
        "o2o_member",
        "o2o_order",
        "o2o_pos_device",
        "pos_sale",
        "sale_management",
    ],
    "data": ["views/website_templates.xml"],
    "assets": {
        "web.assets_frontend": ["o2o_demo/static/src/scss/o2o_demo.scss"],
    },
    "post_init_hook": "post_init_hook",
}
