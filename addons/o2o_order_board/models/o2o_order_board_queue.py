"""Orders that are in nobody's hands, and what head office may do with them."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.o2o_order.const import OPEN_STATES

#: rows of the queue that are sent; the rest is counted
QUEUE_LIMIT = 100
#: stores a person chooses from
STORE_LIMIT = 30
#: states in which head office may still name another store
FREE_STATES = ("pooled", "offered")


class O2oOrderBoard(models.AbstractModel):
    _inherit = "o2o.order.board"

    @api.model
    def _read_queue(self):
        """Orders without a store, and those that wait for the member's choice.

        :return: ``(list of dict, number of all)``; a dict has ``id``, ``order_id``,
            ``order``, ``member``, ``region``, ``goods``, ``pieces``, ``store``,
            ``delivery_kind``, ``since_at``, ``until_at`` (when something happens by
            itself) and ``kind``: ``nobody`` (no store can serve it), ``pool`` (may be
            grabbed), ``choice`` (the member chooses what is to happen with missing
            goods)
        """
        rows = self.env.execute_query_dict(self._get_queue_query())
        count = rows[0]["total"] if rows else 0
        for row in rows:
            del row["total"]
        return [self._to_json(row) for row in rows], count

    @api.model
    def _get_queue_query(self):
        for model in (
            "o2o.fulfillment",
            "o2o.fulfillment.line",
            "o2o.fulfillment.event",
            "o2o.order.choice",
            "o2o.region",
            "o2o.store",
            "product.product",
            "product.template",
            "res.partner",
            "sale.order",
            "sale.order.line",
        ):
            self.env[model].flush_model()
        return SQL(
            """
            SELECT part.id,
                   part.order_id,
                   sale.name AS "order",
                   member.name AS member,
                   region.complete_name AS region,
                   goods.text AS goods,
                   goods.pieces,
                   %(store)s AS store,
                   part.delivery_kind,
                   CASE WHEN choice.id IS NOT NULL THEN 'choice'
                        WHEN part.needs_region OR part.pool_until IS NULL THEN 'nobody'
                        ELSE 'pool' END AS kind,
                   coalesce(entered.since_at, part.create_date) AS since_at,
                   CASE WHEN choice.id IS NOT NULL THEN choice.due_at
                        WHEN part.needs_region THEN NULL
                        ELSE part.pool_until END AS until_at,
                   count(*) OVER () AS total
              FROM o2o_fulfillment part
              JOIN sale_order sale ON sale.id = part.order_id
              LEFT JOIN res_partner member ON member.id = part.partner_id
              LEFT JOIN o2o_region region ON region.id = sale.o2o_region_id
              LEFT JOIN o2o_store store ON store.id = part.store_id
              LEFT JOIN o2o_order_choice choice
                     ON choice.fulfillment_id = part.id AND choice.state = 'open'
              LEFT JOIN LATERAL (
                  SELECT max(event.create_date) AS since_at
                    FROM o2o_fulfillment_event event
                   WHERE event.fulfillment_id = part.id
                     AND event.kind IN ('pooled', 'unfillable', 'part_accepted')
              ) entered ON true
              LEFT JOIN LATERAL (
                  SELECT string_agg(
                             concat(%(product)s, ' × ', trim_scale(line.quantity)),
                             ', ' ORDER BY line.id) AS text,
                         sum(line.quantity)::float8 AS pieces
                    FROM o2o_fulfillment_line line
                    JOIN sale_order_line sold ON sold.id = line.sale_line_id
                    JOIN product_product variant ON variant.id = sold.product_id
                    JOIN product_template template
                      ON template.id = variant.product_tmpl_id
                   WHERE line.fulfillment_id = part.id
              ) goods ON true
             WHERE part.id IN %(parts)s
               AND (part.state = 'pooled' OR choice.id IS NOT NULL)
             ORDER BY since_at, part.id
             LIMIT %(limit)s
            """,
            store=self.env["o2o.store"]._field_to_sql("store", "name"),
            product=self.env["product.template"]._field_to_sql("template", "name"),
            parts=self.env["o2o.fulfillment"]
            ._search(Domain("state", "in", OPEN_STATES))
            .subselect(),
            limit=QUEUE_LIMIT,
        )

    # === ACTIONS (head office) === #

    @api.model
    def _get_free_part_sudo(self, fulfillment_id):
        """A fulfillment that still looks for a store, elevated.

        :raise AccessError: for everybody but head office
        :raise UserError: when a store has it by now
        """
        self._ensure_can_see()
        part = self.env["o2o.fulfillment"].search(
            [("id", "=", fulfillment_id if isinstance(fulfillment_id, int) else 0)]
        )
        if not part:
            raise UserError(self.env._("This order is not on your board."))
        # sudo: head office, and it can read the fulfillment
        part.order_id._o2o_as_head_office()
        part_sudo = part.sudo()
        if part_sudo.state not in FREE_STATES:
            raise UserError(
                self.env._(
                    "Order %(order)s is with %(store)s by now.",
                    order=part_sudo.order_id.name,
                    store=part_sudo.store_id.name or "-",
                )
            )
        return part_sudo

    @api.model
    def get_stores_for(self, fulfillment_id):
        """Stores that could serve an order now; by RPC, for head office.

        :return: list of dict ``id``, ``name``, ``distance_km`` (to the member, or
            false), best first
        """
        part_sudo = self._get_free_part_sudo(fulfillment_id)
        stores = part_sudo._get_able_stores()[:STORE_LIMIT]
        # what the user sees of them, not what the rules know
        return [
            {
                "id": store.id,
                "name": store.name,
                "distance_km": part_sudo._round_km(part_sudo._get_km_from(store)),
            }
            for store in stores
        ]

    @api.model
    def assign(self, fulfillment_id, store_id, reason):
        """Give an order to a store that a person has chosen; by RPC, head office.

        :param str reason: kept in the log of changes
        :raise UserError: when the store lacks goods, or a store has the order already
        """
        part_sudo = self._get_free_part_sudo(fulfillment_id)
        store = self.env["o2o.store"].search(
            Domain("id", "=", store_id if isinstance(store_id, int) else 0)
            & Domain("company_id", "=", part_sudo.company_id.id)
        )
        if not store:
            raise UserError(self.env._("Choose a store."))
        part_sudo.order_id._o2o_change_store(part_sudo, store.sudo(), str(reason or ""))
        return self._describe(part_sudo)

    @api.model
    def route_again(self, fulfillment_id):
        """Let the rules choose now, without waiting for somebody to grab it; by RPC.

        :return: dict ``is_found``, ``message``
        """
        part_sudo = self._get_free_part_sudo(fulfillment_id)
        part = part_sudo.sudo(False).with_context(o2o_skip_steps=("pool",))
        part.action_route_again()
        return self._describe(part_sudo)

    @api.model
    def _describe(self, part_sudo):
        """What has become of an order, for the person who pressed the button."""
        store = part_sudo.store_id
        if store:
            message = self.env._(
                "%(order)s: %(store)s was asked.",
                order=part_sudo.order_id.name,
                store=store.name,
            )
        else:
            message = self.env._(
                "%s: no store can serve it at the moment.", part_sudo.order_id.name
            )
        return {"is_found": bool(store), "message": message}
