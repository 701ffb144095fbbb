from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

HEAD_OFFICE_GROUP = "o2o_order.o2o_order_group_user"
STORE_GROUP = "point_of_sale.group_pos_user"


class O2oOrderBoard(models.AbstractModel):
    """What happens in the stores at this moment (ROUT-11).

    A question, not a record: the board is read in a fixed number of statements,
    whatever the number of stores. Who sees what is said by the record rules of the
    fulfillments, whose queries are part of these statements.
    """

    _name = "o2o.order.board"
    _description = "Live board of online orders"

    # === WHO SEES WHAT === #

    @api.model
    def _is_head_office(self):
        return self.env.user.has_group(HEAD_OFFICE_GROUP)

    @api.model
    def _ensure_can_see(self):
        """:raise AccessError: for everybody but head office and people of a store"""
        if not self._is_head_office() and not self.env.user.has_group(STORE_GROUP):
            raise AccessError(
                self.env._("Only head office and the stores see this board.")
            )
        self.env["o2o.fulfillment"].check_access("read")

    @api.model
    def _get_stores_domain(self):
        """All stores for head office, the own ones for anybody else.

        The same rule as that of the fulfillments, so that a card and the list behind
        it never contradict each other.
        """
        domain = Domain("company_id", "in", self.env.companies.ids)
        if not self._is_head_office():
            domain &= Domain("user_ids", "in", self.env.user.ids)
        return domain

    # === THE BOARD === #

    @api.model
    def get_board(self):
        """All that the board shows; by RPC, for head office and people of a store.

        :return: dict ``now`` (server time), ``is_head_office``, ``stores`` (list of
            dict, see :meth:`_read_stores`), ``queue`` (list of dict, see
            ``_read_queue``) and ``queue_count``; times are naive UTC as text
        :raise AccessError: for everybody else
        """
        self._ensure_can_see()
        now = fields.Datetime.now()
        queue, queue_count = self._read_queue()
        return {
            "now": fields.Datetime.to_string(now),
            "is_head_office": self._is_head_office(),
            "stores": self._read_stores(now),
            "queue": queue,
            "queue_count": queue_count,
        }

    @api.model
    def _read_stores(self, now):
        """Each store with its tills and the orders in its hands.

        :return: list of dict:
            ``id``, ``name``, ``code``, ``city``, ``latitude``, ``longitude``;
            ``tills`` (there are), ``tills_open`` (asked within the last minute),
            ``tills_ringing`` (and may sound), ``seen_at``;
            ``waiting``, ``unanswered`` (of these, too long), ``accepted``, ``overdue``
            (of these, too long), ``ready``;
            ``oldest_at``: since when the oldest one waits for an answer;
            ``hurry_at``, ``late_at``: when half of the time to answer of the next one
            is over, and all of it;
            ``is_paused``, ``paused_until``, ``is_closed``, ``opens_at``
        """
        rows = self.env.execute_query_dict(self._get_stores_query(now))
        opening = {}
        for company_id in {row["company_id"] for row in rows}:
            company = self.env["res.company"].browse(company_id)
            opening.update(self.env["o2o.store"]._get_opening_times(company, now))
        for row in rows:
            del row["company_id"]
            calendar_id = row.pop("calendar_id")
            opens_at = opening.get(calendar_id, now)
            row["is_closed"] = opens_at != now
            row["opens_at"] = opens_at if row["is_closed"] else None
            if row["paused_until"] and row["paused_until"] <= now:
                row["paused_until"] = None
            row["is_paused"] = bool(row["is_paused"] or row["paused_until"])
        return [self._to_json(row) for row in rows]

    @api.model
    def _to_json(self, row):
        """A row as the browser gets it: times as text, nothing as ``False``."""
        return {
            key: fields.Datetime.to_string(value)
            if key.endswith(("_at", "_until"))
            else (False if value is None else value)
            for key, value in row.items()
        }

    @api.model
    def _get_stores_query(self, now):
        """One statement, for two stores as for two thousand."""
        stores = self.env["o2o.store"]
        fulfillments = self.env["o2o.fulfillment"]
        for model in ("o2o.store", "o2o.fulfillment", "o2o.offer", "pos.config"):
            self.env[model].flush_model()
        self.env["res.company"].flush_model(["o2o_ready_minutes"])
        self.env["o2o.region"].flush_model(["complete_name"])
        # sudo: the tills that listen are counted, for stores that the user sees
        heard_since = self.env["o2o.till.presence"].sudo()._get_limit()
        return SQL(
            """
            WITH live AS (
                SELECT part.store_id,
                       part.state,
                       part.offered_at,
                       part.state = 'offered'
                           AND (part.alerted_at IS NOT NULL OR offer.due_at <= %(now)s)
                           AS is_unanswered,
                       offer.offered_at + (offer.due_at - offer.offered_at) / 2
                           AS hurry_at,
                       offer.due_at,
                       part.state IN ('accepted', 'picking')
                           AND company.o2o_ready_minutes > 0
                           AND part.accepted_at
                               + company.o2o_ready_minutes * interval '1 minute'
                               <= %(now)s
                           AS is_overdue
                  FROM o2o_fulfillment part
                  JOIN res_company company ON company.id = part.company_id
                  LEFT JOIN o2o_offer offer
                         ON offer.fulfillment_id = part.id AND offer.state = 'open'
                 WHERE part.id IN %(parts)s
            ), counted AS (
                SELECT store_id,
                       count(*) FILTER (WHERE state = 'offered') AS waiting,
                       count(*) FILTER (WHERE is_unanswered) AS unanswered,
                       count(*) FILTER (WHERE state IN ('accepted', 'picking'))
                           AS accepted,
                       count(*) FILTER (WHERE is_overdue) AS overdue,
                       count(*) FILTER (WHERE state = 'ready') AS ready,
                       min(offered_at) FILTER (WHERE state = 'offered') AS oldest_at,
                       min(hurry_at) FILTER (WHERE state = 'offered') AS hurry_at,
                       min(due_at) FILTER (WHERE state = 'offered') AS late_at
                  FROM live
                 GROUP BY store_id
            ), tills AS (
                SELECT config.o2o_store_id AS store_id,
                       count(DISTINCT config.id) AS tills,
                       count(DISTINCT config.id)
                           FILTER (WHERE presence.seen_at >= %(heard_since)s)
                           AS tills_open,
                       count(DISTINCT config.id)
                           FILTER (WHERE presence.seen_at >= %(heard_since)s
                                     AND presence.sound <> 'blocked')
                           AS tills_ringing,
                       max(presence.seen_at) AS seen_at
                  FROM pos_config config
                  LEFT JOIN o2o_till_presence presence
                         ON presence.config_id = config.id
                 WHERE config.active AND config.o2o_store_id IS NOT NULL
                 GROUP BY config.o2o_store_id
            )
            SELECT store.id,
                   %(name)s AS name,
                   store.code,
                   store.company_id,
                   store.calendar_id,
                   split_part(region.complete_name, ' / ', 1) AS city,
                   store.latitude::float8 AS latitude,
                   store.longitude::float8 AS longitude,
                   coalesce(store.is_head_office, false) AS is_head_office,
                   coalesce(store.is_paused, false) AS is_paused,
                   store.paused_until,
                   coalesce(tills.tills, 0) AS tills,
                   coalesce(tills.tills_open, 0) AS tills_open,
                   coalesce(tills.tills_ringing, 0) AS tills_ringing,
                   tills.seen_at,
                   coalesce(counted.waiting, 0) AS waiting,
                   coalesce(counted.unanswered, 0) AS unanswered,
                   coalesce(counted.accepted, 0) AS accepted,
                   coalesce(counted.overdue, 0) AS overdue,
                   coalesce(counted.ready, 0) AS ready,
                   counted.oldest_at,
                   counted.hurry_at,
                   counted.late_at
              FROM o2o_store store
              LEFT JOIN o2o_region region ON region.id = store.region_id
              LEFT JOIN counted ON counted.store_id = store.id
              LEFT JOIN tills ON tills.store_id = store.id
             WHERE store.id IN %(stores)s
             ORDER BY store.is_head_office DESC NULLS LAST, store.sequence, store.id
            """,
            now=now,
            heard_since=heard_since,
            name=stores._field_to_sql("store", "name"),
            parts=fulfillments._search(
                Domain("state", "in", ["offered", "accepted", "picking", "ready"])
            ).subselect(),
            stores=stores._search(self._get_stores_domain()).subselect(),
        )
