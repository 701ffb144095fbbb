"""The heartbeat of the tills, and the question whether there is news."""

from odoo import api, models
from odoo.tools import SQL

#: what the answer of the till's light call looks like when it has no store
NO_NEWS = {"version": False}


class O2oFulfillment(models.Model):
    _inherit = "o2o.fulfillment"

    @api.model
    def pos_board(self, config_id):
        """The till that asks for its board hears the bell (ROUT-07).

        What it says of itself comes in the context key ``o2o_presence``.
        """
        board = super().pos_board(config_id)
        if board["store"]:
            # sudo: the till was checked for the board
            self.env["o2o.till.presence"].sudo()._touch(
                config_id, self.env.context.get("o2o_presence")
            )
        board["version"] = self.pos_board_version(config_id)["version"]
        return board

    @api.model
    def pos_board_version(self, config_id):
        """What changes whenever the board has news: one statement, no records.

        For a till that does not trust its line: it asks every few seconds, so that a
        message that got lost or late costs no more than that (performance F12).

        :return: dict ``version``, false for a till without a store and for people
            who do not work there
        """
        self.check_access("read")
        user = self.env.user
        rows = self.env.execute_query(
            SQL(
                """
                SELECT (SELECT max(event.id)
                          FROM o2o_fulfillment_event event
                         WHERE event.store_id = config.o2o_store_id),
                       (SELECT concat(max(row.id), '-', count(*))
                          FROM o2o_pool_announcement row
                         WHERE row.store_id = config.o2o_store_id
                           AND row.state = 'open')
                  FROM pos_config config
                 WHERE config.id = %s
                   AND config.o2o_store_id IS NOT NULL
                   AND config.company_id IN %s
                   AND (%s OR EXISTS (
                       SELECT 1
                         FROM o2o_store_user_rel staff
                        WHERE staff.store_id = config.o2o_store_id
                          AND staff.user_id = %s))
                """,
                config_id if isinstance(config_id, int) else 0,
                tuple(self.env.companies.ids),
                user.has_group("o2o_order.o2o_order_group_manager"),
                user.id,
            )
        )
        if not rows:
            return dict(NO_NEWS)
        return {"version": "/".join(str(part or 0) for part in rows[0])}
