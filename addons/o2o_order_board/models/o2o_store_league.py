from odoo import fields, models
from odoo.tools import SQL, drop_view_if_exists

#: rates that add up over days and stores: ``{field: (part, whole)}``
RATES = {
    "reject_rate": ("reject_count", "answer_count"),
    "own_fault_rate": ("own_fault_count", "answer_count"),
    "unanswered_rate": ("unanswered_count", "answer_count"),
    "on_time_rate": ("on_time_count", "prepared_count"),
}


class O2oStoreLeague(models.Model):
    """How stores answer and deliver, per store and day (STAT-02).

    A day is that of the offer, in the time zone of the store. Averages, medians and
    rates of a group of rows are computed from the offers themselves, never from the
    averages of the days. Offers that were withdrawn count for nobody.
    """

    _name = "o2o.store.league"
    _description = "Store league"
    _auto = False
    _order = "day desc, store_id"
    _rec_name = "store_id"

    store_id = fields.Many2one("o2o.store", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    region_id = fields.Many2one("o2o.region", readonly=True)
    day = fields.Date(readonly=True)
    offer_count = fields.Integer(string="Offers", readonly=True)
    answer_count = fields.Integer(
        string="Offers that ended",
        readonly=True,
        help="Accepted, rejected, or not answered in time",
    )
    accept_count = fields.Integer(string="Accepted", readonly=True)
    reject_count = fields.Integer(string="Rejected", readonly=True)
    own_fault_count = fields.Integer(
        string="Rejected by own fault",
        readonly=True,
        help="For a reason that is marked as a fault of the store",
    )
    unanswered_count = fields.Integer(string="Not answered", readonly=True)
    prepared_count = fields.Integer(
        string="Prepared or late",
        readonly=True,
        help="Accepted orders that were ready or shipped, or took too long",
    )
    on_time_count = fields.Integer(string="Prepared on time", readonly=True)
    accept_minutes = fields.Float(
        digits=(16, 1),
        string="Minutes to accept (average)",
        readonly=True,
        aggregator="avg",
    )
    accept_minutes_median = fields.Float(
        digits=(16, 1),
        string="Minutes to accept (median)",
        readonly=True,
        aggregator="avg",
    )
    reject_rate = fields.Float(
        string="Rejected (%)",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
    )
    own_fault_rate = fields.Float(
        digits=(16, 1),
        string="Rejected by own fault (%)",
        readonly=True,
        aggregator="avg",
    )
    unanswered_rate = fields.Float(
        string="Not answered (%)",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
    )
    on_time_rate = fields.Float(
        string="On time (%)",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
    )
    # all times to accept of the day, for medians of longer periods
    accept_times = fields.Char(readonly=True, groups="base.group_no_one")

    _depends = {
        "o2o.offer": [
            "answered_at",
            "fulfillment_id",
            "offered_at",
            "reason_id",
            "state",
            "store_id",
        ],
        "o2o.fulfillment.event": ["fulfillment_id", "kind", "store_id"],
        "o2o.reject.reason": ["is_own_fault"],
        "o2o.store": ["calendar_id", "company_id", "region_id"],
    }

    def init(self):
        drop_view_if_exists(self.env.cr, self._table)
        self.env.cr.execute(
            SQL(
                "CREATE VIEW %s AS %s",
                SQL.identifier(self._table),
                self._get_view_query(),
            )
        )

    def _get_view_query(self):
        return SQL(
            """
            WITH asked AS (
                SELECT offer.id,
                       offer.store_id,
                       store.company_id,
                       store.region_id,
                       (offer.offered_at AT TIME ZONE 'UTC' AT TIME ZONE coalesce(
                           calendar.tz, company_calendar.tz, place.tz, 'UTC'))::date
                           AS day,
                       offer.state,
                       coalesce(reason.is_own_fault, false) AS is_own_fault,
                       CASE WHEN offer.state = 'accepted' THEN
                           extract(epoch FROM offer.answered_at - offer.offered_at)
                           / 60.0 END AS minutes,
                       offer.state = 'accepted' AND EXISTS (
                           SELECT FROM o2o_fulfillment_event event
                            WHERE event.fulfillment_id = offer.fulfillment_id
                              AND event.store_id = offer.store_id
                              AND event.kind IN ('ready', 'shipped')) AS is_prepared,
                       offer.state = 'accepted' AND EXISTS (
                           SELECT FROM o2o_fulfillment_event event
                            WHERE event.fulfillment_id = offer.fulfillment_id
                              AND event.store_id = offer.store_id
                              AND event.kind = 'late') AS is_late
                  FROM o2o_offer offer
                  JOIN o2o_store store ON store.id = offer.store_id
                  JOIN res_company company ON company.id = store.company_id
                  JOIN res_partner place ON place.id = company.partner_id
                  LEFT JOIN resource_calendar calendar
                         ON calendar.id = store.calendar_id
                  LEFT JOIN resource_calendar company_calendar
                         ON company_calendar.id = company.resource_calendar_id
                  LEFT JOIN o2o_reject_reason reason ON reason.id = offer.reason_id
                 WHERE offer.state <> 'withdrawn'
            ), counted AS (
                SELECT min(id) AS id,
                       store_id,
                       company_id,
                       region_id,
                       day,
                       count(*) AS offer_count,
                       count(*) FILTER (WHERE state <> 'open') AS answer_count,
                       count(*) FILTER (WHERE state = 'accepted') AS accept_count,
                       count(*) FILTER (WHERE state = 'rejected') AS reject_count,
                       count(*) FILTER (WHERE state = 'rejected' AND is_own_fault)
                           AS own_fault_count,
                       count(*) FILTER (WHERE state = 'expired') AS unanswered_count,
                       count(*) FILTER (WHERE is_prepared OR is_late)
                           AS prepared_count,
                       count(*) FILTER (WHERE is_prepared AND NOT is_late)
                           AS on_time_count,
                       avg(minutes)::float8 AS accept_minutes,
                       percentile_cont(0.5) WITHIN GROUP (ORDER BY minutes)
                           AS accept_minutes_median,
                       string_agg(minutes::text, ',') AS accept_times
                  FROM asked
                 GROUP BY store_id, company_id, region_id, day
            )
            SELECT counted.*,
                   100.0 * reject_count / nullif(answer_count, 0) AS reject_rate,
                   100.0 * own_fault_count / nullif(answer_count, 0) AS own_fault_rate,
                   100.0 * unanswered_count / nullif(answer_count, 0)
                       AS unanswered_rate,
                   100.0 * on_time_count / nullif(prepared_count, 0) AS on_time_rate
              FROM counted
            """
        )

    def _read_group_select(self, aggregate_spec, query):
        """A month is not the average of its days: busy days weigh more."""
        name, _colon, function = aggregate_spec.partition(":")
        if function == "avg" and name in RATES:
            part, whole = (self._get_column(it, query) for it in RATES[name])
            return SQL("100.0 * sum(%s) / nullif(sum(%s), 0)", part, whole)
        if aggregate_spec == "accept_minutes:avg":
            return SQL(
                "sum(%(minutes)s * %(count)s) / nullif(sum(%(count)s), 0)",
                minutes=self._get_column("accept_minutes", query),
                count=self._get_column("accept_count", query),
            )
        if aggregate_spec == "accept_minutes_median:avg":
            return SQL(
                """(SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY minutes::float8)
                      FROM unnest(string_to_array(string_agg(%s, ','), ','))
                           AS minutes)""",
                SQL.identifier(self._table, "accept_times"),
            )
        return super()._read_group_select(aggregate_spec, query)

    def _get_column(self, name, query):
        return self._field_to_sql(self._table, name, query)
