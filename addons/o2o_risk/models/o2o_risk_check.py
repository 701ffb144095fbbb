"""Counting and judging, on the server, in the request that buys."""

import re
import secrets

from odoo import SUPERUSER_ID, api, fields, models
from odoo.http import request
from odoo.tools import SQL

from odoo.addons.o2o_payment.cursors import short_transaction

from ..const import SEVERITY
from ..lib.normal import normal_network

#: a number for the browser, of no meaning, given when it first buys
COOKIE = "o2o_device"
COOKIE_SECONDS = 365 * 24 * 3600
_DEVICE = re.compile(r"[\w-]{22}", re.ASCII)
#: keys of one person: whoever uses one of them twice at once waits for oneself.
#: Networks and addresses are shared by many, who do not wait for each other.
OWN_KEYS = ("member", "device")


class O2oRiskCheck(models.AbstractModel):
    """What is known about whoever asks, and what the rules say to it.

    What is guaranteed (PAY-09): of any number of submissions of one member, or of one
    browser that keeps its cookie, each counts all that were committed before it, also
    when they arrive in the same moment: the later one waits, Odoo runs it again, and
    it sees the first. By other keys a submission counts what was committed before it
    began. An order that is paid online is judged once more when its money has come,
    and then counts everything that was submitted before it, whoever submitted it.
    """

    _name = "o2o.risk.check"
    _description = "Check of Risks"

    # === WHO ASKS === #

    @api.model
    def _get_request_keys(self):
        """Hashes of the browser and the network of this request; none without one.

        A browser without our cookie gets one: who throws it away is a new device, and
        is still counted by everything else.
        """
        if not request:
            return {}
        hash_of = self.env["o2o.risk.fact"]._hash
        device = request.cookies.get(COOKIE) or ""
        if not _DEVICE.fullmatch(device):
            device = secrets.token_urlsafe(16)
            request.future_response.set_cookie(
                COOKIE,
                device,
                max_age=COOKIE_SECONDS,
                httponly=True,
                samesite="Lax",
                secure=request.httprequest.scheme == "https",
            )
        keys = {"device": hash_of("device", device)}
        if network := normal_network(request.httprequest.remote_addr):
            keys["network"] = hash_of("network", network)
        return keys

    # === JUDGING === #

    @api.model
    def _check(self, company, amounts_by_ref, keys, partner, order=None):
        """Write down what happens and say what follows. Two statements, as long as
        nothing fires.

        :param dict amounts_by_ref: for each ref a dict of amounts by kind
        :param dict keys: hashes by kind
        :param res.partner partner: the member
        :return: ``""``, ``note``, ``hold`` or ``refuse``, and what fired (list of
            values of ``o2o.risk.hit``); not yet kept
        """
        self.env["o2o.risk.fact"]._note(company, amounts_by_ref, keys, meet=OWN_KEYS)
        return self._judge(list(amounts_by_ref), partner, order)

    @api.model
    def _judge(self, refs, partner, order=None):
        """What rules and list say to things that were written down. One statement.

        Counted is what happened before them, within the time of each rule.

        :return: as :meth:`_check`
        """
        self.env["o2o.risk.rule"].flush_model()
        self.env["o2o.risk.listing"].flush_model()
        rows = self.env.execute_query(self._get_query(refs))
        lets_through = {
            key_kind for _r, _l, action, key_kind, *_x in rows if action == "allow"
        }
        found = []
        for (
            rule_id,
            listing_id,
            action,
            key_kind,
            key_hash,
            company,
            count,
            sum_,
        ) in rows:
            if action == "allow":
                continue
            is_let_through = rule_id and lets_through & {"member", key_kind}
            found.append(
                {
                    "company_id": company,
                    "ref": refs[0],
                    "rule_id": rule_id,
                    "listing_id": listing_id,
                    "order_id": order.id if order else False,
                    "partner_id": partner.id,
                    "key_kind": key_kind,
                    "key_hash": key_hash,
                    "count": count,
                    "amount": sum_ or 0.0,
                    "action": "note" if is_let_through else action,
                    "happened_at": fields.Datetime.now(),
                }
            )
        worst = max((vals["action"] for vals in found), key=SEVERITY.get, default="")
        return worst, found

    @api.model
    def _get_query(self, refs):
        return SQL(
            """
            WITH own AS (
                  SELECT company_id, key_kind, key_hash,
                         max(id) AS last_id, max(happened_at) AS last_at
                    FROM o2o_risk_fact
                   WHERE ref IN %(refs)s
                GROUP BY company_id, key_kind, key_hash
            )
              SELECT rule.id, NULL, rule.action, own.key_kind, own.key_hash,
                     own.company_id, count(*), sum(fact.amount)
                FROM own
                JOIN o2o_risk_rule rule
                  ON rule.active
                 AND rule.key_kind = own.key_kind
                 AND (rule.company_id IS NULL OR rule.company_id = own.company_id)
                JOIN o2o_risk_fact fact
                  ON fact.key_hash = own.key_hash
                 AND fact.kind = rule.counted
                 AND fact.company_id = own.company_id
                 AND fact.id <= own.last_id
                 AND fact.happened_at
                     > own.last_at - rule.window_minutes * interval '1 minute'
            GROUP BY rule.id, own.key_kind, own.key_hash, own.company_id
              HAVING (rule.limit_count > 0 AND count(*) > rule.limit_count)
                  OR (rule.limit_amount > 0 AND sum(fact.amount) > rule.limit_amount)
               UNION ALL
              SELECT NULL, listing.id, listing.verdict, own.key_kind, own.key_hash,
                     own.company_id, 0, 0
                FROM own
                JOIN o2o_risk_listing listing
                  ON listing.active
                 AND listing.key_hash = own.key_hash
                 AND listing.company_id = own.company_id
                 AND (listing.until IS NULL OR listing.until >= %(today)s)
            """,
            refs=tuple(refs),
            today=fields.Date.context_today(self),
        )

    @api.model
    def _note_after_rollback(self, found):
        """Who is refused leaves nothing behind in this transaction, but here."""
        registry = self.env.registry

        def note():
            with short_transaction(registry) as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                env["o2o.risk.hit"]._note(found)

        self.env.cr.postrollback.add(note)

    @api.model
    def _get_refusal(self, found):
        """What somebody reads who is refused; says nothing of what was counted."""
        refusing = [vals for vals in found if vals["action"] == "refuse"]
        rule_ids = [vals["rule_id"] for vals in refusing if vals["rule_id"]]
        messages = self.env["o2o.risk.rule"].browse(rule_ids).mapped("message")
        return next(
            filter(None, messages),
            self.env._("This is not possible at the moment. Please call the shop."),
        )
