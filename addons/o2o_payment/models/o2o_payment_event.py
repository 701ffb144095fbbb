"""The inbox: what gateways told, kept before anything is done about it."""

import base64
import json
import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..cursors import short_transaction
from ..lib.o2o_gateway.results import EventKind

_logger = logging.getLogger(__name__)

#: how long a notification without a payment waits for it
ORPHAN_PATIENCE = timedelta(hours=1)
ORPHAN_PAUSE = 60
#: how long the proof is kept: it names payers
BODY_DAYS = 180
#: headers that belong to the proof
_PROOF = "wechatpay-"


class O2oPaymentEvent(models.Model):
    """A verified notification. It is a claim: a query decides what is done.

    The row is committed before the gateway gets its acknowledgement; the same event,
    however often it is delivered, is one row.
    """

    _name = "o2o.payment.event"
    _description = "Notification of a Gateway"
    _inherit = ["o2o.payment.job"]
    _order = "id desc"
    _rec_name = "key"

    _job_xmlid = "o2o_payment.o2o_payment_event_cron"

    provider_id = fields.Many2one(
        "payment.provider", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    key = fields.Char(required=True, readonly=True)
    kind = fields.Selection(
        [("payment", "Payment"), ("refund", "Refund")], required=True, readonly=True
    )
    out_no = fields.Char(string="Our number", readonly=True, index=True)
    refund_no = fields.Char(string="Number of the refund", readonly=True)
    claimed_fen = fields.Integer(string="Amount in fen", readonly=True)
    claimed_currency = fields.Char(string="Currency", readonly=True)
    received_at = fields.Datetime(required=True, readonly=True)
    delivery_count = fields.Integer(string="Delivered", readonly=True)
    state = fields.Selection(
        [
            ("new", "To be looked at"),
            ("orphan", "Waits for its payment"),
            ("applied", "Looked at"),
            ("quarantined", "Held for a person"),
        ],
        required=True,
        readonly=True,
        default="new",
        index=True,
    )
    intent_id = fields.Many2one(
        "o2o.payment.intent",
        string="Payment",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    body = fields.Binary(readonly=True, attachment=False, groups="base.group_system")
    headers = fields.Text(readonly=True, groups="base.group_system")

    _key_uniq = models.Constraint(
        "UNIQUE (provider_id, key)", "This notification is here already."
    )

    # === RECEIVING === #

    @api.model
    def _receive(self, provider, headers, body):
        """Verify a notification and keep it; durable when this returns.

        Makes no call, and needs no other row: who is not believed costs one signature.

        :param dict headers: of the request
        :param bytes body: as it came
        :return: ``Acknowledgement`` for the gateway, and whether it was believed
        """
        client = provider._o2o_get_client()
        outcome = client.parse_notification(headers, body)
        with short_transaction(self.env.registry) as cr:
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            if not outcome.is_ok:
                provider.with_env(env)._o2o_note_refusal(outcome)
                return client.acknowledge(False), False
            is_known = env[self._name]._keep(
                provider.id, provider.company_id.id, outcome.value, headers, body
            )
        return client.acknowledge(is_known), True

    @api.model
    def _keep(self, provider_id, company_id, notification, headers, body):
        """The row of a notification: new, or the one of its first delivery.

        One statement, and one that calls the job: each notification waits for this.

        :return: whether it is about something that is here
        """
        is_refund = notification.kind is EventKind.REFUND
        # some notifications of a refund tell of its payment as well
        what = notification.refund if is_refund else notification.payment
        proof = {
            name: value
            for name, value in headers.items()
            if name.lower().startswith(_PROOF)
        }
        now = fields.Datetime.now()
        refund_no = what.refund_no if is_refund else None
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO o2o_payment_event AS event (
                       provider_id, company_id, key, kind, out_no, refund_no,
                       claimed_fen, claimed_currency, received_at, delivery_count,
                       state, next_at, body, headers, attempt_count,
                       create_uid, create_date, write_uid, write_date)
                SELECT %(provider)s, %(company)s, %(key)s, %(kind)s, %(out_no)s,
                       %(refund_no)s, %(fen)s, %(currency)s, %(now)s, 1,
                       CASE WHEN here THEN 'new' ELSE 'orphan' END,
                       CASE WHEN here THEN %(now)s ELSE %(later)s END,
                       %(body)s, %(headers)s, 0,
                       %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM (SELECT EXISTS (%(target)s) AS here) AS target
                ON CONFLICT (provider_id, key) DO UPDATE
                   SET delivery_count = event.delivery_count + 1,
                       state = CASE WHEN event.state = 'orphan'
                                    THEN EXCLUDED.state ELSE event.state END,
                       next_at = CASE WHEN event.state = 'orphan'
                                      THEN EXCLUDED.next_at ELSE event.next_at END
                RETURNING id, state, next_at
                """,
                provider=provider_id,
                company=company_id,
                key=notification.key,
                kind=notification.kind.value,
                out_no=what.out_no,
                refund_no=refund_no,
                fen=what.amount_fen,
                currency=what.currency,
                now=now,
                later=now + timedelta(seconds=ORPHAN_PAUSE),
                target=self._get_target_sql(provider_id, what.out_no, refund_no),
                body=base64.b64encode(body),
                headers=json.dumps(proof),
                uid=self.env.uid,
            )
        )
        [(event_id, state, next_at)] = rows
        if state in ("new", "orphan"):
            self.browse(event_id)._call_job(next_at)
        return state != "orphan"

    @api.model
    def _is_flood(self, count):
        """Whether that many notifications came within the last second."""
        latest = self.sudo().search_fetch(
            [], ["received_at"], order="id desc", limit=count
        )
        since = fields.Datetime.now() - timedelta(seconds=1)
        return len(latest) == count and latest[-1].received_at >= since

    @api.model
    def _get_target_sql(self, provider_id, out_no, refund_no):
        """What :meth:`_find_target` looks for, as part of a statement."""
        if refund_no is None:
            return SQL(
                "SELECT FROM o2o_payment_intent WHERE out_no = %s AND provider_id = %s",
                out_no,
                provider_id,
            )
        return SQL(
            """
            SELECT FROM o2o_payment_refund refund
              JOIN o2o_payment_intent intent ON intent.id = refund.intent_id
             WHERE refund.refund_no = %s
               AND intent.out_no = %s
               AND intent.provider_id = %s
            """,
            refund_no,
            out_no,
            provider_id,
        )

    # === APPLYING === #

    def _find_target(self):
        """The payment or the refund that this is about; may be empty."""
        self.ensure_one()
        intent = self.env["o2o.payment.intent"].search(
            [("out_no", "=", self.out_no), ("provider_id", "=", self.provider_id.id)]
        )
        if self.kind == "payment" or not intent:
            return intent
        return intent.refund_ids.filtered(
            lambda refund: refund.refund_no == self.refund_no
        )

    def _work(self):
        """Compare what is claimed with what was planned, then ask the gateway."""
        self.ensure_one()
        target = self._find_target()
        if not target:
            self._wait_for_target()
            return
        self.intent_id = target if self.kind == "payment" else target.intent_id
        # some notifications name no amount: then there is nothing to compare
        kind = self.claimed_fen and target._find_mismatch(
            self.claimed_fen, self.claimed_currency
        )
        if kind:
            self._quarantine(kind, expected_fen=target.amount_fen)
        # the word of the gateway itself, never this one
        if not target._may_change():
            if self.kind == "refund" and not target._hear_again():
                self._postpone(target.failure)
                return
            target._finish()
        elif not target._work():
            self._postpone(target.failure)
            return
        if not kind:
            self.state = "applied"
        self._rest()

    def _wait_for_target(self):
        """It may have overtaken our commit; one that stays alone is for a person."""
        self.ensure_one()
        if fields.Datetime.now() - self.received_at < ORPHAN_PATIENCE:
            self._wake(ORPHAN_PAUSE)
            return
        self._quarantine("refund_number" if self.kind == "refund" else "number")
        self._rest()

    def _quarantine(self, kind, expected_fen=0):
        self.ensure_one()
        self.state = "quarantined"
        self.env["o2o.payment.quarantine"]._report(
            kind,
            f"event/{self.id}/{kind}",
            self.provider_id,
            event=self,
            intent=self.intent_id,
            expected_fen=expected_fen,
            found_fen=self.claimed_fen,
            note=f"{self.claimed_currency} {self.out_no} {self.refund_no or ''}",
        )

    @api.autovacuum
    def _gc_bodies(self):
        """Forget what was told word by word once nobody can dispute it any more."""
        limit = fields.Datetime.now() - timedelta(days=BODY_DAYS)
        self.search(
            [("received_at", "<", limit), ("body", "!=", False)], limit=10000
        ).write({"body": False, "headers": False})
