{
    "name": "O2O Order Board",
    "summary": "What head office sees of all stores at this moment",
    "version": "19.0.1.0.0",
    "category": "Sales/Point of Sale",
    "author": "O2O Suite contributors",
    "website": "https://github.com/o2o-suite/o2o-suite",
    "license": "LGPL-3",
    "depends": [
        "bus",
        "o2o_order",
    ],
    "data": [
        "security/ir.model.access.csv",
        "security/o2o_store_league_rules.xml",
        "views/o2o_fulfillment_views.xml",
        "views/o2o_order_board_views.xml",
        "views/o2o_store_league_views.xml",
        "views/o2o_order_board_menus.xml",
    ],
    "assets": {
        "web.assets_backend": ["o2o_order_board/static/src/board/**/*"],
        "web.assets_tests": ["o2o_order_board/static/tests/tours/**/*"],
        "web.assets_unit_tests": ["o2o_order_board/static/tests/unit/**/*"],
    },
}
