from odoo import api, fields, models
from odoo.tools import SQL


class O2oPickupBooking(models.Model):
    """A member's place in a time to collect (SHOP-11).

    Each place of a time has a number, and the database lets a number be taken once:
    however many members ask for the last place at once, one gets it. Rows are written
    by :meth:`_take` and given back by :meth:`_release`; nobody edits them.
    """

    _name = "o2o.pickup.booking"
    _description = "Place in a pick-up time"
    _order = "start_at, place, id"
    _rec_name = "order_id"

    order_id = fields.Many2one(
        "sale.order", required=True, readonly=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(related="order_id.partner_id", string="Member")
    store_id = fields.Many2one(
        "o2o.store", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    start_at = fields.Datetime(string="From", required=True, readonly=True)
    end_at = fields.Datetime(string="Until", required=True, readonly=True)
    place = fields.Integer(required=True, readonly=True)
    state = fields.Selection(
        [("taken", "Taken"), ("released", "Given back")],
        required=True,
        readonly=True,
        default="taken",
    )
    released_at = fields.Datetime(readonly=True)

    _place_uniq = models.UniqueIndex(
        "(store_id, start_at, place) WHERE state = 'taken'",
        "Somebody else has just taken this place.",
    )
    _order_uniq = models.UniqueIndex(
        "(order_id) WHERE state = 'taken'", "An order is collected once."
    )
    _is_span = models.Constraint(
        "CHECK (end_at > start_at AND place > 0)", "A time ends after it begins."
    )

    @api.model
    def _get_taken(self, store, start, end, order=None):
        """:return: list of ``(start, end)``, one for each place taken in a span"""
        self.flush_model()
        return self.env.execute_query(
            SQL(
                """
                SELECT start_at, end_at
                  FROM o2o_pickup_booking
                 WHERE store_id = %(store)s AND state = 'taken'
                   AND start_at < %(end)s AND end_at > %(start)s
                   AND order_id != %(order)s
                """,
                store=store.id,
                start=start,
                end=end,
                order=order.id if order else 0,
            )
        )

    @api.model
    def _take(self, order, store, start):
        """Take a place, if the server still offers that time; called elevated.

        Somebody who takes the same place in the same moment makes this transaction fail
        to serialize: the request runs again and sees the truth.

        :param datetime start: naive UTC, as offered by ``store._get_pickup_slots``
        :return: the place, empty when there is none
        """
        slot = next(
            (it for it in store._get_pickup_slots(order) if it["start"] == start), None
        )
        if slot is None:
            return self.browse()
        self._of(order)._release()
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO o2o_pickup_booking
                       (order_id, store_id, company_id, start_at, end_at, place, state,
                        create_uid, write_uid, create_date, write_date)
                SELECT %(order)s, %(store)s, %(company)s, %(start)s, %(end)s, place.no,
                       'taken', %(uid)s, %(uid)s, %(now)s, %(now)s
                  FROM generate_series(1, %(capacity)s) AS place(no)
                 WHERE NOT EXISTS (
                       SELECT 1
                         FROM o2o_pickup_booking other
                        WHERE other.store_id = %(store)s AND other.state = 'taken'
                          AND other.start_at < %(end)s AND other.end_at > %(start)s
                          AND other.place = place.no)
              ORDER BY place.no
                 LIMIT 1
           ON CONFLICT (store_id, start_at, place) WHERE state = 'taken' DO NOTHING
             RETURNING id
                """,
                order=order.id,
                store=store.id,
                company=store.company_id.id,
                start=slot["start"],
                end=slot["end"],
                capacity=store.pickup_slot_capacity,
                uid=self.env.uid,
                now=fields.Datetime.now(),
            )
        )
        return self.browse([row_id for (row_id,) in rows])

    @api.model
    def _of(self, orders):
        """The places these orders have now."""
        return self.search([("order_id", "in", orders.ids), ("state", "=", "taken")])

    def _release(self):
        """Give the places back: others may choose these times."""
        if self:
            self.write({"state": "released", "released_at": fields.Datetime.now()})
