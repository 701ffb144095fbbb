"""UnionPay's codes (payments.md §2.3)."""

from __future__ import annotations

#: done; of a request: taken, what comes of it is told by a query or a notification
SUCCESS = ("00", "A6")
#: nobody knows yet: ask again. The last four are final at some products, not at others
PENDING = ("03", "04", "05", "01", "12", "34", "60")
#: a query: no such order – or not yet
ABSENT = "34"
#: this order number was sent before
DUPLICATE = "12"
#: the file is not there
NO_FILE = "98"

PURCHASE, REFUND, VOID, REVERSAL = "01", "04", "31", "99"
#: kinds of a purchase
BY_PAGE, BY_CODE, BY_QR = "01", "06", "07"
#: products: the gateway with its page, and QR codes in both directions
PAGE_PRODUCT, QR_PRODUCT = "000201", "000000"

CURRENCIES = {"156": "CNY"}
