from odoo import models
from odoo.tools import SQL

#: how far back the customer list of a till looks for its regulars
_RECENT_ORDERS = 500


class PosConfig(models.Model):
    _inherit = "pos.config"

    def _o2o_is_for_wallet(self, order_uuid):
        """Whether this order of the till tops a wallet up. Hook.

        :param str order_uuid: of an order that may not have come in yet
        """
        self.ensure_one()
        return False

    def get_limited_partners_loading(self, offset=0):
        """The latest customers of this till, then the newest contacts.

        Core counts all orders of all customers and sorts all names, each time a till
        opens: its start grows with the number of members. Nobody is loaded at the
        start; the customer list asks for its first page when it opens, and searches
        the rest.
        """
        if self.env.context.get("o2o_without_customers"):
            return []
        limit = self._get_limited_partner_count()
        return self.env.execute_query(
            SQL(
                """
                WITH regular AS (
                        SELECT partner_id AS id, MAX(id) AS last_order
                          FROM (
                                SELECT pos_order.id, pos_order.partner_id
                                  FROM pos_order
                                 WHERE pos_order.session_id IN (
                                        SELECT id FROM pos_session
                                         WHERE config_id = %(config)s
                                      ORDER BY id DESC LIMIT 30
                                       )
                              ORDER BY pos_order.id DESC
                                 LIMIT %(recent)s
                               ) AS recent
                         WHERE partner_id IS NOT NULL
                      GROUP BY partner_id
                     ),
                     newest AS (
                        SELECT partner.id
                          FROM res_partner AS partner
                         WHERE partner.active
                           AND (partner.company_id = %(company)s
                                OR partner.company_id IS NULL)
                      ORDER BY partner.id DESC
                         LIMIT %(reach)s
                     )
                SELECT partner.id
                  FROM (
                        SELECT id, last_order FROM regular
                     UNION ALL
                        SELECT id, NULL FROM newest
                         WHERE id NOT IN (SELECT id FROM regular)
                       ) AS customer
                  JOIN res_partner AS partner ON partner.id = customer.id
                 WHERE partner.active
                   AND (partner.company_id = %(company)s OR partner.company_id IS NULL)
              ORDER BY customer.last_order DESC NULLS LAST, partner.id DESC
                 LIMIT %(limit)s OFFSET %(offset)s
                """,
                config=self.id,
                recent=_RECENT_ORDERS,
                company=self.company_id.id,
                reach=limit + offset + _RECENT_ORDERS,
                limit=limit,
                offset=offset,
            )
        )
