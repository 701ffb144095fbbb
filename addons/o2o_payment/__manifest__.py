{
    "name": "O2O Payments",
    "summary": "Speaks with payment gateways so that no answer is guessed",
    "version": "19.0.0.1.0",
    "category": "Accounting/Payment Providers",
    "author": "O2O Suite contributors",
    "website": "https://github.com/o2o-suite/o2o-suite",
    "license": "LGPL-3",
    "depends": [
        "payment",
        "account_payment",
        "point_of_sale",
        "website_sale",
    ],
}
