"""A refund after which the price stays was a gift as a whole; now it says how much."""


def migrate(cr, version):
    if not version:
        return
    cr.execute("UPDATE o2o_refund SET gift_amount = amount WHERE keeps_price")
    cr.execute(
        # the amounts of refund transactions are negative
        "UPDATE payment_transaction SET o2o_gift_amount = -amount WHERE o2o_keeps_price"
    )
