"""An order is not left with a store that does not answer (ROUT-05, ROUT-07, idea 1)."""

from datetime import timedelta

from odoo import fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

#: how often head office, the last to ask, is reminded of one order
HEAD_OFFICE_REMINDERS = 5


class O2oFulfillment(models.Model):
    _inherit = "o2o.fulfillment"

    alerted_at = fields.Datetime(
        string="Unanswered since",
        readonly=True,
        copy=False,
        help="When others were told that the store does not answer; empty once it has",
    )
    alert_ids = fields.One2many("o2o.store.alert", "fulfillment_id", string="Alerts")

    def _try_lock_rows(self):
        """Take the row lock if nobody else is acting, and read afresh.

        For jobs, which hold other locks already and must not wait for people.

        :return: whether the lock is ours and what this transaction sees is current
        """
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self.env.cr.execute(
                    SQL(
                        "SELECT id FROM o2o_fulfillment WHERE id = %s"
                        " FOR UPDATE SKIP LOCKED",
                        self.id,
                    ),
                    log_exceptions=False,
                )
                is_locked = bool(self.env.cr.fetchone())
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            return False
        self.invalidate_recordset()
        return is_locked

    def _after_transition(self, old_state):
        if self.state != "offered" and self.alerted_at:
            self.alerted_at = False
        return super()._after_transition(old_state)

    # === THE CLOCK === #

    def _on_timer_offer(self):
        """The store has not answered: tell others first, then let the order move on.

        The answer of a person wins: whoever holds the row is left to finish, and an
        offer that was answered is none of ours any more.
        """
        self.ensure_one()
        if not self._try_lock_rows():
            self.env["o2o.timer"]._come_back("offer", self)
            return
        offer = self._get_open_offers()
        if self.state != "offered" or not offer:
            return
        now = fields.Datetime.now()
        if now < offer.due_at:
            if self._alert(offer):
                self.env["o2o.timer"]._set_soon("offer", self, offer.due_at)
            return
        if self.store_id.is_head_office:
            self._remind_head_office(offer)
        else:
            self._let_offer_expire(offer)

    def _alert(self, offer):
        """First step: the manager, the web address, the box and head office are told.

        :return: False when it is too early for that
        """
        now = fields.Datetime.now()
        listening = self.env["o2o.till.presence"]._get_listening(offer.store_id)
        wait = timedelta(seconds=offer.store_id._get_alert_seconds())
        if offer.alert_count:
            return True
        if listening and now < offer.offered_at + wait:
            self.env["o2o.timer"]._set_soon("offer", self, offer.offered_at + wait)
            return False
        self._give_alert(offer, "unanswered" if listening else "unheard")
        return True

    def _give_alert(self, offer, occasion):
        """Tell others, and keep in the order's history who was told."""
        now = fields.Datetime.now()
        alerts = self.env["o2o.store.alert"]._raise_for(offer, occasion)
        offer.write({"alerted_at": now, "alert_count": offer.alert_count + 1})
        self.alerted_at = self.alerted_at or now
        if not alerts:
            return
        channels = dict(alerts._fields["channel"]._description_selection(self.env))
        occasions = dict(alerts._fields["occasion"]._description_selection(self.env))
        self._log_event(
            "alerted",
            from_state=self.state,
            note=self.env._(
                "%(why)s; told: %(channels)s",
                why=occasions[occasion],
                channels=", ".join(channels[alert.channel] for alert in alerts),
            ),
        )
        self._notify_change("alerted")

    def _remind_head_office(self, offer):
        """The end of the chain: it rings there until somebody answers."""
        if offer.alert_count > HEAD_OFFICE_REMINDERS:
            return
        self.env["o2o.store.alert"]._raise_for(offer, "chain_end")
        self._log_event(
            "unanswered",
            from_state="offered",
            note=self.env._("Head office has not answered yet"),
        )
        offer.alert_count += 1
        self.alerted_at = self.alerted_at or fields.Datetime.now()
        seconds = offer.store_id._get_answer_seconds()
        self.env["o2o.timer"]._set(
            "offer", self, fields.Datetime.now() + timedelta(seconds=seconds)
        )

    def _let_offer_expire(self, offer):
        """The time of the store is over: the order is routed again without it."""
        store = self.store_id
        offer._answer("expired")
        self._log_event(
            "unanswered",
            from_state="offered",
            note=self.env._(
                "%(store)s did not answer within %(minutes)s minutes",
                store=store.name,
                minutes=round((offer.due_at - offer.offered_at).total_seconds() / 60),
            ),
        )
        self.env["o2o.store.alert"]._raise_for(offer, "expired")
        self._notify_change("unanswered", stores=store)
        self._offer_to_next_store()
        if self.state == "offered" and self.store_id.is_head_office:
            self.env["o2o.store.alert"]._raise_for(self._get_open_offers(), "chain_end")

    # === WHAT THE TILL SHOWS === #

    def _get_wanted_at(self):
        """When the member wants or collects the goods; hook, in naive UTC.

        :return: datetime or False
        """
        self.ensure_one()
        return False

    def _prepare_pos_dict(self):
        values = super()._prepare_pos_dict()
        offer = self._get_open_offers() if self.state == "offered" else self.offer_ids
        due_at = offer[-1:].due_at if self.state == "offered" else False
        wanted_at = self._get_wanted_at()
        return {
            **values,
            "answer_until": fields.Datetime.to_string(due_at) or "",
            "wanted_at": fields.Datetime.to_string(wanted_at) or "",
            "alerted_at": fields.Datetime.to_string(self.alerted_at) or "",
            "urged_at": fields.Datetime.to_string(self.urged_at) or "",
            "urge_count": self.urge_count,
            "is_grabbed": bool(self.grabbed_at),
        }
