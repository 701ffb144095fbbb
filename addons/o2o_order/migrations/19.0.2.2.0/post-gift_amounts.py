"""What of a refund is a gift is an amount now.

For two days it was a yes or no (``keeps_price``); before that each refund that was
agreed or brought goods back, and each by Odoo's own button, kept the price.
"""

from odoo.tools import SQL
from odoo.tools.sql import column_exists


def migrate(cr, version):
    if not version:
        return
    was_gift = SQL("TRUE")
    if column_exists(cr, "o2o_refund", "keeps_price"):
        was_gift = SQL("(refund.keeps_price OR refund.reason = 'returned')")
    cr.execute(
        SQL(
            """
            UPDATE o2o_refund AS refund
               SET gift_amount = refund.amount
              FROM sale_order
             WHERE sale_order.id = refund.order_id
               AND sale_order.state = 'sale'
               AND refund.reason IN ('agreed', 'returned')
               AND %s
            """,
            was_gift,
        )
    )
    was_gift = SQL("TRUE")
    if column_exists(cr, "payment_transaction", "o2o_keeps_price"):
        was_gift = SQL("child.o2o_keeps_price")
    cr.execute(
        SQL(
            """
            UPDATE payment_transaction AS child
               -- the amounts of refund transactions are negative
               SET o2o_gift_amount = -child.amount
              FROM sale_order_transaction_rel AS paid
              JOIN sale_order ON sale_order.id = paid.sale_order_id
             WHERE paid.transaction_id = child.source_transaction_id
               AND sale_order.state = 'sale'
               AND child.operation = 'refund'
               AND NOT EXISTS (SELECT FROM o2o_refund
                                WHERE refund_transaction_id = child.id)
               AND %s
            """,
            was_gift,
        )
    )
