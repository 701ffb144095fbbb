{
    "name": "O2O Orders",
    "summary": "Finds the store for each online order and follows it to the member",
    "version": "19.0.1.0.0",
    "category": "Sales/Point of Sale",
    "author": "O2O Suite contributors",
    "website": "https://github.com/o2o-suite/o2o-suite",
    "license": "LGPL-3",
    "depends": [
        "sale_stock",
        "website_sale_stock",
        "website_sale_collect",
        "point_of_sale",
        "o2o_member",
    ],
    "data": [
        "security/o2o_order_groups.xml",
        "security/ir.model.access.csv",
        "security/o2o_fulfillment_rules.xml",
        "data/ir_config_parameter_data.xml",
        "data/ir_sequence_data.xml",
        "data/o2o_reject_reason_data.xml",
        "wizards/o2o_fulfillment_reject_views.xml",
        "views/o2o_region_views.xml",
        "views/o2o_store_views.xml",
        "views/o2o_reject_reason_views.xml",
        "views/o2o_routing_decision_views.xml",
        "views/o2o_fulfillment_views.xml",
        "views/sale_order_views.xml",
        "views/pos_config_views.xml",
        "views/portal_templates.xml",
        "views/website_sale_templates.xml",
        "views/o2o_order_menus.xml",
    ],
    "assets": {
        "point_of_sale._assets_pos": [
            "o2o_order/static/src/app/**/*",
        ],
        "web._assets_primary_variables": [
            (
                "after",
                "website/static/src/scss/primary_variables.scss",
                "o2o_order/static/src/fonts/system_fonts.scss",
            ),
        ],
        "web.assets_frontend": [
            "o2o_order/static/src/interactions/**/*",
            "o2o_order/static/src/scss/**/*",
        ],
        "web.assets_tests": [
            "o2o_order/static/tests/tours/**/*",
        ],
        "web.assets_unit_tests": [
            "o2o_order/static/tests/unit/**/*",
        ],
    },
    "post_init_hook": "post_init_hook",
    "application": True,
}
