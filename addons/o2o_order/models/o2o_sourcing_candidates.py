from odoo import api, models
from odoo.tools import SQL

from ..const import DEAD_STATES, EARTH_RADIUS_KM
from ..lib.geo import box_around
from ..lib.rules import REASONS, find_filter

#: stores that are named in a decision; the others are counted
FACT_LIMIT = 30
#: stores that can serve, or bring a part: the nearest so many are ranked
RANK_LIMIT = 1000
#: what fills a store's hands
LOAD_STATES = ("offered", "accepted", "picking", "ready")
#: below the smallest quantity Odoo keeps
TOLERANCE = 0.0001


class O2oSourcing(models.AbstractModel):
    """What is known about the stores, in one statement whatever their number."""

    _inherit = "o2o.sourcing"

    @api.model
    def _sourcing_promised_sql(self, order=None, channel="web"):
        """Hook: what must be kept back besides what Odoo has reserved.

        :param sale.order order: whose own promises do not stand in its way
        :return: ``SQL`` of a query with the columns ``product_id``, ``warehouse_id``
            and ``quantity`` (unit of the product), or None
        """
        return None

    @api.model
    def _look_for_candidates(self, request, rules, state, region_ids=None):
        """Fill ``state`` with the stores and why they are left out.

        :param list region_ids: instead of the regions of the member's city
        """
        rows = self._find_candidates(request, rules, region_ids=region_ids)
        state["counts"] = rows[0]["counts"] if rows else {}
        state["candidates"] = [row for row in rows if not row["is_head_office"]]
        state["head_office"] = next(
            (row for row in rows if row["is_head_office"]), None
        )

    @api.model
    def _find_candidates(self, request, rules, region_ids=None, store_ids=None):
        """Every store that could matter, with stock and the filter that removed it.

        Where the rules name a place, an index leads to the stores there; the others
        are only counted, and the nearest of them named.

        :param list region_ids: instead of the regions of the member's city
        :param list store_ids: these stores alone, whatever the place
        :return: list of dicts, see ``_complete_row``
        """
        self._flush_for_candidates()
        if region_ids is None and find_filter(rules, "region") and request["region"]:
            region_ids = request["region"]._get_served_region_ids()
        place, place_reason = self._get_place_sql(request, rules, region_ids)
        if store_ids is not None:
            place, place_reason = SQL("s.id = ANY(%s)", store_ids), None
        query = self._get_candidates_sql(request, rules, place, place_reason)
        rows = [
            self._complete_row(request, row)
            for row in self.env.execute_query_dict(query)
        ]
        # a rehearsal knows other loads, or other stock, than the tables say now
        adjust = request.get("adjust")
        return adjust(request, rules, rows) if adjust else rows

    @api.model
    def _flush_for_candidates(self):
        for model in (
            "o2o.store",
            "o2o.region",
            "o2o.fulfillment",
            "stock.location",
            "stock.quant",
        ):
            self.env[model].flush_model()

    @api.model
    def _complete_row(self, request, row):
        """Add what ranking and splitting want to know."""
        needs = request["needs"]
        # nobody looked at the shelves of a store elsewhere
        row["is_known"] = row["free"] is not None
        row["free"] = dict(zip(needs, row["free"] or [0.0] * len(needs), strict=True))
        row["depth"] = min(
            (row["free"][it] / need for it, need in needs.items() if need > 0),
            default=1.0,
        )
        row["share"] = 1.0
        return row

    # === THE STATEMENT === #

    @api.model
    def _get_candidates_sql(self, request, rules, place, place_reason):
        before, after = self._get_reason_sql(request, rules)
        columns, tests, some = self._get_stock_sql_parts(request)
        load = SQL(
            """(SELECT count(*) FROM o2o_fulfillment f
                 WHERE f.store_id = s.id AND f.state IN %s AND f.order_id != %s)""",
            LOAD_STATES,
            request["order"].id or 0,
        )
        store = SQL(
            """
            SELECT s.id, s.warehouse_id, s.region_id, s.calendar_id,
                   s.is_head_office IS TRUE AS is_head_office,
                   s.is_transit IS TRUE AS is_transit,
                   s.latitude::float8 AS latitude, s.longitude::float8 AS longitude,
                   s.has_area, s.area_radius_km, s.area_shape, s.serves_web,
                   s.serves_manual, s.is_paused, s.paused_until, s.capacity_orders,
                   s.capacity_minutes, COALESCE(s.max_open_orders, 0) AS max_open,
                   COALESCE(s.score, 0)::float8 AS score,
                   COALESCE(s.shipping_cost, 0)::float8 AS cost
              FROM o2o_store s
             WHERE s.company_id = %s AND s.active IS TRUE
            """,
            request["company"].id,
        )
        return SQL(
            """
            WITH here AS MATERIALIZED (
                %(store)s AND s.is_head_office IS NOT TRUE AND %(place)s
                UNION ALL
                %(store)s AND s.is_head_office IS TRUE
            ), busy AS MATERIALIZED (
                SELECT s.*, %(distance)s AS distance,
                       CASE WHEN %(by_load)s OR s.max_open > 0 THEN %(load)s
                            ELSE 0 END AS load
                  FROM here s
            ), place AS MATERIALIZED (
                SELECT s.id, s.warehouse_id, s.is_head_office, s.is_transit,
                       s.region_id, s.latitude, s.longitude, s.max_open, s.score,
                       s.cost, s.load, s.distance,
                       %(before)s AS reason_before, %(after)s AS reason_after
                  FROM busy s
            ), shelf AS (
                %(shelf)s
            ), stock AS (
                SELECT warehouse_id, %(columns)s FROM shelf GROUP BY warehouse_id
            ), judged AS (
                SELECT p.*, %(free)s AS free, %(some)s AS has_some,
                       COALESCE(p.reason_before,
                                CASE WHEN NOT (%(tests)s) THEN 'stock' END,
                                p.reason_after) AS reason
                  FROM place p LEFT JOIN stock ON stock.warehouse_id = p.warehouse_id
            ), sorted AS (
                SELECT *, row_number() OVER (
                           PARTITION BY is_head_office, reason IS NULL,
                                        reason = 'stock' AND has_some
                               ORDER BY distance NULLS LAST, id
                       ) AS place_no
                  FROM judged
            ), counted AS (
                SELECT COALESCE(reason, 'able') AS reason, count(*) AS number
                  FROM judged WHERE NOT is_head_office GROUP BY 1
            ), total AS (
                SELECT COALESCE(jsonb_object_agg(reason, number), '{}'::jsonb)
                       || %(outside_count)s AS counts
                  FROM counted
            )
            SELECT id, warehouse_id, is_head_office, is_transit, latitude, longitude,
                   region_id, max_open, score, cost, load, distance, free, has_some,
                   reason, (SELECT counts FROM total) AS counts
              FROM sorted
             WHERE is_head_office
                OR place_no <= CASE WHEN reason IS NULL THEN %(rank_limit)s
                                    WHEN reason = 'stock' AND has_some
                                    THEN %(part_limit)s ELSE %(fact_limit)s END
                OR %(with_hubs)s AND is_transit AND reason = 'stock'
            %(outside)s
            """,
            store=store,
            distance=self._get_distance_sql(request),
            by_load=bool(rules["weights"].get("load")),
            load=load,
            before=before,
            after=after,
            place=place,
            shelf=self._get_shelf_sql(request),
            columns=columns,
            free=self._get_free_sql(request),
            some=some,
            tests=tests,
            rank_limit=RANK_LIMIT,
            part_limit=self._get_part_limit(rules),
            fact_limit=FACT_LIMIT,
            with_hubs="transit" in rules.get("steps", ()),
            outside_count=self._get_outside_count_sql(request, place_reason),
            outside=self._get_outside_sql(request, place, place_reason),
        )

    @api.model
    def _get_part_limit(self, rules):
        """How many stores with a part of the goods anybody wants to know."""
        split = rules.get("split")
        return RANK_LIMIT if not split or split["max_parcels"] > 1 else FACT_LIMIT

    @api.model
    def _get_place_sql(self, request, rules, region_ids):
        """Which stores are looked at closely.

        :return: tuple ``(condition, reason of the others or None)``
        """
        within = find_filter(rules, "distance")
        if region_ids is not None:
            return SQL("s.region_id = ANY(%s)", region_ids), REASONS["region"]
        if within and request["has_position"]:
            south, west, north, east = box_around(
                request["latitude"], request["longitude"], within["value"]
            )
            return (
                SQL(
                    "point(s.longitude::float8, s.latitude::float8)"
                    " <@ box(point(%s, %s), point(%s, %s))",
                    west,
                    south,
                    east,
                    north,
                ),
                REASONS["distance"],
            )
        return SQL("TRUE"), None

    @api.model
    def _get_distance_sql(self, request):
        """Great-circle distance in km, NULL when either place is unknown.

        The columns are float8 here: turning Odoo's numeric into it is slow.
        """
        if not request["has_position"]:
            return SQL("NULL::float8")
        return SQL(
            """
            CASE WHEN s.latitude != 0 OR s.longitude != 0 THEN
                2 * %(radius)s * asin(least(1, sqrt(
                    sin(radians(s.latitude - %(lat)s::float8) / 2) ^ 2
                    + cos(radians(%(lat)s::float8)) * cos(radians(s.latitude))
                      * sin(radians(s.longitude - %(lng)s::float8) / 2) ^ 2
                ))) END
            """,
            radius=EARTH_RADIUS_KM,
            lat=request["latitude"],
            lng=request["longitude"],
        )

    @api.model
    def _get_shelf_sql(self, request):
        """Rows of what is free where, minus what is promised."""
        products = list(request["needs"])
        shelf = SQL(
            """
            SELECT l.warehouse_id, q.product_id,
                   (q.quantity - q.reserved_quantity)::float8 AS free
              FROM place p
              JOIN stock_location l
                ON l.warehouse_id = p.warehouse_id AND l.usage = 'internal'
               AND l.active IS TRUE
              JOIN stock_quant q
                ON q.location_id = l.id AND q.product_id = ANY(%s)
            """,
            products,
        )
        promised = self._sourcing_promised_sql(
            order=request["order"], channel=request["channel"]
        )
        if not promised:
            return shelf
        return SQL(
            """
            %s
            UNION ALL
            SELECT kept.warehouse_id, kept.product_id, -kept.quantity::float8
              FROM (%s) kept
             WHERE kept.product_id = ANY(%s)
               AND kept.warehouse_id IN (SELECT warehouse_id FROM place)
            """,
            shelf,
            promised,
            products,
        )

    @api.model
    def _get_stock_sql_parts(self, request):
        """A column for each product, and what to ask of them.

        :return: tuple of SQL: the sums, "has all", "has some"
        """
        columns, tests, some = [SQL("count(*) AS rows")], [], []
        for number, (product_id, need) in enumerate(request["needs"].items()):
            name = SQL.identifier(f"free_{number}")
            columns.append(
                SQL("sum(free) FILTER (WHERE product_id = %s) AS %s", product_id, name)
            )
            tests.append(SQL("COALESCE(%s, 0) >= %s", name, need - TOLERANCE))
            some.append(SQL("COALESCE(%s, 0) > %s", name, TOLERANCE))
        return (
            SQL(", ").join(columns),
            SQL(" AND ").join(tests) if tests else SQL("TRUE"),
            SQL("(%s)", SQL(" OR ").join(some)) if some else SQL("FALSE"),
        )

    @api.model
    def _get_free_sql(self, request):
        names = [
            SQL("COALESCE(%s, 0)", SQL.identifier(f"free_{number}"))
            for number in range(len(request["needs"]))
        ]
        return SQL("ARRAY[%s]::float8[]", SQL(", ").join(names))

    @api.model
    def _get_reason_sql(self, request, rules):
        """The first filter that removes a store, before and after that of the goods.

        :return: tuple of two SQL expressions, NULL where no filter does
        """
        before, after, passed = [], [], False
        for it in rules["filters"]:
            if it["kind"] == "stock":
                passed = True
                continue
            condition = getattr(self, f"_get_filter_{it['kind']}_sql")(request, it)
            if condition is not None:
                case = SQL(
                    "WHEN (%s) IS NOT TRUE THEN %s", condition, REASONS[it["kind"]]
                )
                (after if passed else before).append(case)
        return tuple(
            SQL("CASE %s END", SQL(" ").join(cases)) if cases else SQL("NULL::text")
            for cases in (before, after)
        )

    # === THE FILTERS: what must hold for a store === #
    # `s` is a row of `busy`: the store's own columns, its distance and its load

    @api.model
    def _get_filter_region_sql(self, request, rule):
        """Applied as the place, by its index."""
        return None

    @api.model
    def _get_filter_distance_sql(self, request, rule):
        return SQL("s.distance IS NULL OR s.distance <= %s", rule["value"])

    @api.model
    def _get_filter_area_sql(self, request, rule):
        """Within the radius, the districts or the outline; unknown places pass."""
        chain = request["region"]._get_chain_ids()
        districts = SQL(
            """EXISTS (SELECT FROM o2o_store_area_region_rel r
                        WHERE r.store_id = s.id AND r.region_id = ANY(%s))""",
            chain,
        )
        if not request["has_position"]:
            return SQL(
                "s.has_area IS NOT TRUE OR s.area_radius_km > 0"
                " OR s.area_shape IS NOT NULL OR %s",
                districts,
            )
        return SQL(
            """s.has_area IS NOT TRUE
               OR s.area_radius_km > 0 AND s.distance <= s.area_radius_km
               OR s.area_shape::polygon @> point(%s, %s)
               OR %s""",
            request["longitude"],
            request["latitude"],
            districts,
        )

    @api.model
    def _get_filter_channel_sql(self, request, rule):
        column = {"web": "serves_web", "manual": "serves_manual"}[request["channel"]]
        return SQL("COALESCE(%s, TRUE)", SQL.identifier("s", column))

    @api.model
    def _get_filter_paused_sql(self, request, rule):
        return SQL(
            "s.is_paused IS NOT TRUE"
            " AND (s.paused_until IS NULL OR s.paused_until <= %s)",
            request["at"],
        )

    @api.model
    def _get_filter_open_sql(self, request, rule):
        """The shop's hours are worked out beforehand, once for each calendar."""
        cache = request["cache"]
        if "opening" not in cache:
            cache["opening"] = self.env["o2o.store"]._get_opening_times(
                request["company"], request["at"]
            )
        opening = cache["opening"]
        if not opening:
            return None
        limit = self._get_latest_opening(request, rule)
        able = [key for key, at in opening.items() if at and at <= limit]
        return SQL("s.calendar_id IS NULL OR s.calendar_id = ANY(%s)", able)

    @api.model
    def _get_latest_opening(self, request, rule):
        """Until when a shop has to open for this order."""
        limit = self._add_minutes(request["at"], rule["value"])
        promised = request["promised_at"]
        return max(limit, promised) if rule["by_promise"] and promised else limit

    @api.model
    def _get_filter_capacity_sql(self, request, rule):
        """Orders given to the store in the last slot, and those still open."""
        if request.get("adjust"):
            return None
        return SQL(
            """
            (COALESCE(s.capacity_orders, 0) = 0 OR (
                SELECT count(*) FROM o2o_fulfillment f
                 WHERE f.store_id = s.id AND f.order_id != %(order)s
                   AND f.offered_at <= %(at)s
                   AND f.offered_at > %(at)s
                       - s.capacity_minutes * interval '1 minute'
                   AND f.state NOT IN %(dead)s
            ) < s.capacity_orders)
            AND (s.max_open = 0 OR s.load < s.max_open)
            """,
            order=request["order"].id or 0,
            at=request["at"],
            dead=DEAD_STATES,
        )

    @api.model
    def _get_filter_goods_sql(self, request, rule):
        return SQL(
            """NOT EXISTS (SELECT FROM o2o_store_excluded_categ_rel r
                            WHERE r.store_id = s.id AND r.categ_id = ANY(%s))""",
            request["category_ids"],
        )

    @api.model
    def _get_filter_refused_sql(self, request, rule):
        if not request["rejected_ids"]:
            return None
        return SQL("s.id != ALL(%s)", request["rejected_ids"])

    # === THE STORES ELSEWHERE === #

    @api.model
    def _get_outside_count_sql(self, request, place_reason):
        """How many stores are elsewhere, as JSON to add to the counts."""
        if not place_reason:
            return SQL("'{}'::jsonb")
        return SQL(
            """jsonb_build_object(%s,
                   (SELECT count(*) FROM o2o_store s
                     WHERE s.company_id = %s AND s.active IS TRUE
                       AND s.is_head_office IS NOT TRUE)
                   - (SELECT count(*) FROM place WHERE NOT is_head_office))""",
            place_reason,
            request["company"].id,
        )

    @api.model
    def _get_outside_sql(self, request, place, place_reason):
        """The nearest stores elsewhere, to be named with what removed them."""
        if not place_reason:
            return SQL("")
        if request["has_position"]:
            nearest = SQL(
                "point(s.longitude::float8, s.latitude::float8) <-> point(%s, %s)",
                request["longitude"],
                request["latitude"],
            )
        else:
            nearest = SQL("s.id")
        return SQL(
            """
            UNION ALL
            (SELECT s.id, s.warehouse_id, FALSE, s.is_transit, s.latitude,
                    s.longitude, s.region_id, 0, 0, 0, 0, %s, NULL::float8[], FALSE,
                    %s, (SELECT counts FROM total)
               FROM (SELECT s.id, s.warehouse_id, s.is_transit IS TRUE AS is_transit,
                            s.latitude::float8 AS latitude,
                            s.longitude::float8 AS longitude, s.region_id
                       FROM o2o_store s
                      WHERE s.company_id = %s AND s.active IS TRUE
                        AND s.is_head_office IS NOT TRUE AND (%s) IS NOT TRUE
                        -- where many are looked at, nobody elsewhere is named
                        AND (SELECT count(*) FROM place) <= %s
                      ORDER BY %s
                      LIMIT %s) s)
            """,
            self._get_distance_sql(request),
            place_reason,
            request["company"].id,
            place,
            FACT_LIMIT,
            nearest,
            FACT_LIMIT,
        )
