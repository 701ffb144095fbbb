import hashlib
import hmac
import json
import logging
from datetime import timedelta

import requests

from odoo import api, fields, models
from odoo.fields import Domain

_logger = logging.getLogger(__name__)

BATCH = 100
#: a web address gets this long to answer
TIMEOUT_SECONDS = 5
#: a call that fails is repeated after 1, 2, 4 and 8 minutes
MAX_ATTEMPTS = 5
CHANNELS = [
    ("head_office", "Head office"),
    ("sms", "Text message"),
    ("webhook", "Web address"),
    ("box", "Box in the store"),
]
#: why somebody besides the store is told
OCCASIONS = [
    ("unheard", "No till listens"),
    ("unanswered", "No answer yet"),
    ("expired", "Not answered in time"),
    ("chain_end", "No store has answered"),
]


class O2oStoreAlert(models.Model):
    """One call for help about an order that a store does not answer (idea 1).

    A row is written in the transaction of the order and sent from a job outside of
    it: an outage of a gateway delays nobody's order, a restart loses no alert, and the
    unique key lets each alert happen once.
    """

    _name = "o2o.store.alert"
    _description = "Alert about an unanswered order"
    _order = "id desc"
    _rec_name = "key"
    _check_company_auto = True

    key = fields.Char(required=True, readonly=True)
    fulfillment_id = fields.Many2one(
        "o2o.fulfillment", required=True, readonly=True, index=True, ondelete="cascade"
    )
    order_id = fields.Many2one(related="fulfillment_id.order_id")
    store_id = fields.Many2one(
        "o2o.store", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    channel = fields.Selection(CHANNELS, required=True, readonly=True)
    occasion = fields.Selection(OCCASIONS, required=True, readonly=True)
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("sent", "Sent"),
            ("failed", "Failed"),
            ("void", "Not needed any more"),
        ],
        required=True,
        readonly=True,
        default="waiting",
    )
    next_try_at = fields.Datetime(readonly=True)
    sent_at = fields.Datetime(readonly=True)
    attempt_count = fields.Integer(readonly=True)
    error = fields.Char(readonly=True)

    _key_uniq = models.Constraint("UNIQUE (key)", "This alert was given already.")
    _waiting_idx = models.Index("(next_try_at) WHERE state = 'waiting'")

    @api.model
    def _raise_for(self, offer, occasion):
        """Tell everybody who can be told about an offer; once for each occasion.

        :param o2o.offer offer: the question that is not answered
        :return: the new alerts, elevated
        """
        # sudo: alerts come from jobs and from the orders of members
        alerts_sudo = self.sudo()
        fulfillment, store = offer.fulfillment_id, offer.store_id
        known = set(
            alerts_sudo.search(
                Domain("fulfillment_id", "=", fulfillment.id)
                & Domain("occasion", "=", occasion)
            ).mapped("key")
        )
        channels = store.sudo()._get_alert_channels()
        if occasion == "expired" and "sms" in channels:
            channels.remove("sms")  # nothing is left to do for the manager
        if occasion in ("unheard", "unanswered") and store._alert_by_box(fulfillment):
            channels.append("box")
        values = []
        for channel in channels:
            key = f"{offer.id}/{occasion}/{channel}"
            if key not in known:
                values.append(
                    {
                        "key": key,
                        "fulfillment_id": fulfillment.id,
                        "store_id": store.id,
                        "company_id": fulfillment.company_id.id,
                        "channel": channel,
                        "occasion": occasion,
                        "next_try_at": fields.Datetime.now(),
                    }
                )
        alerts = alerts_sudo.create(values)
        for alert in alerts.filtered(lambda alert: alert.channel != "webhook"):
            alert._send_inside()
        if alerts.filtered(lambda alert: alert.state == "waiting"):
            self.env.ref("o2o_order.o2o_store_alert_cron")._trigger()
        return alerts

    def _get_text(self):
        """What is said to people, in the language of the manager; names nobody."""
        self.ensure_one()
        lang = self.store_id.manager_id.lang or self.company_id.partner_id.lang
        env = self.with_context(lang=lang).env
        values = {
            "store": self.store_id.with_context(lang=lang).name,
            "order": self.order_id.name,
        }
        if self.occasion == "unheard":
            return env._(
                "%(store)s: online order %(order)s is waiting and no till is listening."
                " Please open a till.",
                **values,
            )
        if self.occasion == "unanswered":
            return env._(
                "%(store)s: online order %(order)s is waiting for an answer.", **values
            )
        if self.occasion == "chain_end":
            return env._(
                "Online order %(order)s has found no store: head office has to answer.",
                **values,
            )
        return env._(
            "%(store)s did not answer online order %(order)s in time; it moves on.",
            **values,
        )

    def _send_inside(self):
        """What needs no line to the outside leaves with the transaction."""
        self.ensure_one()
        if self.channel == "head_office":
            self._tell_head_office()
        elif self.channel == "sms":
            # this service sends after the commit, in a thread of its own
            self.env["o2o.message"].with_company(self.company_id)._send(
                "sms", self.store_id.alert_phone, self._get_text()
            )
        self._mark_sent()

    def _mark_sent(self):
        self.write(
            {
                "state": "sent",
                "sent_at": fields.Datetime.now(),
                "attempt_count": self.attempt_count + 1,
                "error": False,
            }
        )

    def _tell_head_office(self):
        """A message to the open pages of head office, and to no other."""
        group = self.env.ref("o2o_order.o2o_order_group_user")
        users = self.env["res.users"].search(
            Domain("all_group_ids", "in", group.ids)
            & Domain("company_ids", "in", self.company_id.ids)
            & Domain("share", "=", False)
        )
        for user in users:
            user.partner_id._bus_send("O2O_STORE_ALERT", self._prepare_payload(user))

    def _prepare_payload(self, user=None):
        """What a page or a web address is told: no name, phone or address."""
        self.ensure_one()
        alert = self.with_context(lang=user.lang) if user else self
        fulfillment = self.fulfillment_id
        return {
            "key": self.key,
            "occasion": self.occasion,
            "text": alert._get_text(),
            "order": self.order_id.name,
            "fulfillment_id": fulfillment.id,
            "store": self.store_id.name,
            "store_code": self.store_id.code,
            "delivery_kind": fulfillment.delivery_kind,
            "pieces": fulfillment.item_count,
            "offered_at": fields.Datetime.to_string(fulfillment.offered_at) or "",
        }

    # === OUTSIDE === #

    @api.model
    def _cron_send(self):
        """Call the web addresses; each in a transaction of its own."""
        cron = self.env["ir.cron"]
        domain = Domain("state", "=", "waiting") & Domain(
            "next_try_at", "<=", fields.Datetime.now()
        )
        waiting = self.search(domain, order="id", limit=BATCH)
        cron._commit_progress(remaining=self.search_count(domain))
        for alert in waiting:
            if alert := alert.try_lock_for_update().filtered_domain(domain):
                alert._send_outside()
            if not cron._commit_progress(1):
                break

    def _send_outside(self):
        self.ensure_one()
        if self.occasion != "expired" and self.fulfillment_id.state != "offered":
            self.state = "void"  # answered meanwhile: nobody is to be woken
            return
        error = self._call_web_address()
        if not error:
            self._mark_sent()
            return
        attempts = self.attempt_count + 1
        _logger.warning("alert %s: call %s failed: %s", self.id, attempts, error)
        self.write(
            {
                "attempt_count": attempts,
                "error": error,
                "state": "failed" if attempts >= MAX_ATTEMPTS else "waiting",
                "next_try_at": fields.Datetime.now()
                + timedelta(minutes=2 ** (attempts - 1)),
            }
        )

    def _call_web_address(self):
        """:return: what went wrong, or False"""
        self.ensure_one()
        store_sudo = self.store_id.sudo()
        if not store_sudo.alert_url:
            return self.env._("The store has no web address any more.")
        body = json.dumps(self._prepare_payload(), ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json",
            "X-O2O-Key": self.key,
        }
        if store_sudo.alert_secret:
            headers["X-O2O-Signature"] = hmac.new(
                store_sudo.alert_secret.encode(), body, hashlib.sha256
            ).hexdigest()
        try:
            response = requests.post(
                store_sudo.alert_url,
                data=body,
                headers=headers,
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
                # what it says is of no interest, however long it is
                stream=True,
            )
        except requests.RequestException as error:
            return type(error).__name__
        response.close()
        return False if response.ok else f"HTTP {response.status_code}"

    @api.autovacuum
    def _gc_alerts(self):
        limit = fields.Datetime.now() - timedelta(days=90)
        self.search(
            [("state", "!=", "waiting"), ("create_date", "<", limit)], limit=10000
        ).unlink()
