{
    "name": "O2O Store Devices",
    "summary": "Prints the slips of online orders in the store, once and for sure",
    "version": "19.0.1.1.0",
    "category": "Sales/Point of Sale",
    "author": "O2O Suite contributors",
    "website": "https://github.com/o2o-suite/o2o-suite",
    "license": "LGPL-3",
    "depends": [
        "point_of_sale",
        "bus",
        "o2o_order",
    ],
    # pictures of slips; the box has its own list in box/requirements-box.txt
    "external_dependencies": {"python": ["qrcode", "python-barcode"]},
    "data": [
        "security/o2o_pos_device_groups.xml",
        "security/ir.model.access.csv",
        "security/o2o_box_rules.xml",
        "data/ir_sequence_data.xml",
        "data/ir_cron_data.xml",
        "data/mail_activity_type_data.xml",
        "views/o2o_print_job_views.xml",
        "views/o2o_printer_views.xml",
        "views/o2o_box_views.xml",
        "views/o2o_fulfillment_views.xml",
        "views/o2o_store_views.xml",
        "views/o2o_pos_device_menus.xml",
    ],
    "assets": {
        "point_of_sale._assets_pos": ["o2o_pos_device/static/src/app/**/*"],
        "web.assets_unit_tests": ["o2o_pos_device/static/tests/unit/**/*"],
    },
}
