"""Finding orders at the till, also past ones (POS-03, POS-08)."""

import re

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import OPEN_STATES

SEARCH_DAYS = 30
SEARCH_LIMIT = 40
MIN_LENGTH = 2
MIN_DIGITS = 3
MAX_PLACE = 32


class O2oFulfillment(models.Model):
    _inherit = "o2o.fulfillment"

    @api.model
    def pos_search(self, config_id, query):
        """Orders of the till's store by number, phone tail, pick-up code or name.

        Open orders of any age, others of the last 30 days.

        :return: dict ``status`` (``ok``, ``short``: more letters are needed),
            ``orders`` as on the board, newest first, ``more``
        :raise AccessError: when the caller is not staff of the till's store
        """
        store_sudo = self._get_pos_store_sudo(config_id)
        query = " ".join(str(query or "").split())[:64]
        if not store_sudo or len(query) < MIN_LENGTH:
            return {"status": "short", "orders": [], "more": False}
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT f.id
                  FROM o2o_fulfillment f
                  JOIN sale_order o ON o.id = f.order_id
                  JOIN res_partner buyer ON buyer.id = o.partner_id
             LEFT JOIN res_partner receiver ON receiver.id = o.partner_shipping_id
                 WHERE f.store_id = %(store)s
                   AND (f.state IN %(open)s OR f.create_date >= %(since)s)
                   AND (%(match)s)
              ORDER BY f.id DESC
                 LIMIT %(limit)s
                """,
                store=store_sudo.id,
                open=(*OPEN_STATES, "shipped"),
                since=fields.Datetime.subtract(fields.Datetime.now(), days=SEARCH_DAYS),
                match=SQL(" OR ").join(self._get_pos_search_conditions(query)),
                limit=SEARCH_LIMIT + 1,
            )
        )
        ids = [row_id for (row_id,) in rows]
        orders_sudo = self.sudo().browse(ids[:SEARCH_LIMIT])
        return {
            "status": "ok",
            "orders": orders_sudo._prepare_pos_dicts(),
            "more": len(ids) > SEARCH_LIMIT,
        }

    @api.model
    def _get_pos_search_conditions(self, query):
        """:return: list of SQL on ``f``, ``o``, ``buyer``, ``receiver``; others add
        theirs (pick-up code)"""
        pattern = query.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
        pattern = f"%{pattern}%"
        conditions = [
            SQL("o.name ILIKE %s", pattern),
            SQL("f.name ILIKE %s", pattern),
            SQL("f.carrier_tracking_ref ILIKE %s", pattern),
            SQL("buyer.name ILIKE %s", pattern),
            SQL("receiver.name ILIKE %s", pattern),
        ]
        digits = re.sub(r"\D", "", query)
        if len(digits) >= MIN_DIGITS and re.fullmatch(r"[\d\s+()./-]+", query):
            conditions += [
                SQL(
                    "regexp_replace(buyer.phone, '\\D', '', 'g') LIKE %s", f"%{digits}"
                ),
                SQL(
                    "regexp_replace(receiver.phone, '\\D', '', 'g') LIKE %s",
                    f"%{digits}",
                ),
            ]
        return conditions

    @api.model
    def pos_set_shelf(self, config_id, product_id, place):
        """Note where an article stands in the till's store.

        :return: dict ``status`` (``ok``, ``refused``), ``message``, ``place``
        :raise AccessError: when the caller is not staff of the till's store
        """
        store_sudo = self._get_pos_store_sudo(config_id)
        # sudo: the staff of the store writes its own shelf, as was just checked
        product_sudo = (
            self.env["product.product"]
            .sudo()
            .search([("id", "=", product_id if isinstance(product_id, int) else 0)])
        )
        if not store_sudo or not product_sudo:
            return {
                "status": "refused",
                "message": self.env._("This article is not known."),
                "place": "",
            }
        place = " ".join(str(place or "").split())[:MAX_PLACE]
        self.env["o2o.store.shelf"].sudo()._set_place(store_sudo, product_sudo, place)
        return {"status": "ok", "message": "", "place": place}
