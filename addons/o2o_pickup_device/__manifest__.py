{
    "name": "O2O Pick-up Slips",
    "summary": "Prints the slip for the bag that waits at the counter",
    "version": "19.0.1.0.0",
    "category": "Sales/Point of Sale",
    "author": "O2O Suite contributors",
    "website": "https://github.com/o2o-suite/o2o-suite",
    "license": "LGPL-3",
    "depends": ["o2o_pickup", "o2o_pos_device"],
    "auto_install": True,
}
