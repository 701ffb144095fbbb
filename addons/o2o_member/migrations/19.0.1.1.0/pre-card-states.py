"""``blocked`` said one thing about two different cards; it became two states."""

from odoo.tools import SQL


def migrate(cr, version):
    cr.execute(
        SQL(
            """
            UPDATE o2o_card
               SET state = CASE WHEN partner_id IS NULL
                                THEN 'recalled' ELSE 'frozen' END
             WHERE state = 'blocked'
            """
        )
    )
