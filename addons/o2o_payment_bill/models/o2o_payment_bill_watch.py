"""Which bills are missing, and who is told when something does not come right."""

from datetime import timedelta, timezone

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import plaintext2html

from odoo.addons.o2o_payment.const import GATEWAYS
from odoo.addons.o2o_payment.lib.o2o_gateway.clock import beijing

#: bills of the day before are asked for from this hour on, in Beijing
HOUR = 10
#: how far back bills are asked for; gateways keep them about so long
MAX_DAYS = 90
#: a bill that is later than this is late; so is a difference
LATE = timedelta(days=1)
OLD_DAYS = 2
_ACTIVITY = "o2o_payment_bill.mail_activity_type_bill"


class O2oPaymentBill(models.Model):
    _inherit = "o2o.payment.bill"

    @api.model
    def _cron_bills(self):
        """Ask for what is missing, work off what is due, tell who has to look."""
        self._plan_bills()
        self._cron_work()
        self._watch()

    @api.model
    def _plan_bills(self):
        """A row for each day that is over, since the first payment of a gateway."""
        now = beijing(fields.Datetime.now().replace(tzinfo=timezone.utc))
        last = (now - timedelta(days=1, hours=HOUR)).date()
        for provider in self.env["payment.provider"].search(
            Domain("code", "in", list(GATEWAYS)) & Domain("state", "!=", "disabled")
        ):
            first = self.env["o2o.payment.intent"].search(
                Domain("provider_id", "=", provider.id)
                & Domain("paid_fen", ">", 0)
                & Domain("paid_at", "!=", False),
                order="paid_at",
                limit=1,
            )
            if not first:
                continue
            day = max(
                provider._o2o_get_day_of(first.paid_at),
                last - timedelta(days=MAX_DAYS),
            )
            known = set(self.search([("provider_id", "=", provider.id)]).mapped("day"))
            while day <= last:
                if day not in known:
                    self._ensure_bill(provider, day)._want()
                day += timedelta(days=1)
        self._commit()

    # === TELLING === #

    @api.model
    def _watch(self):
        """One activity for each gateway that has trouble, as long as it has."""
        for (provider,) in self._read_group([], ["provider_id"]):
            bills = self.search([("provider_id", "=", provider.id)])
            person = self.env["o2o.payment.quarantine"]._get_person(
                bills[:1].company_id
            )
            bills = bills.with_context(lang=person.lang or self.env.lang)
            texts, first = bills._find_trouble()
            known = self.env["mail.activity"].search(
                [
                    ("activity_type_id", "=", self.env.ref(_ACTIVITY).id),
                    ("res_model", "=", self._name),
                    ("res_id", "in", bills.ids),
                ]
            )
            note = plaintext2html("\n".join(texts))
            if not texts:
                known.unlink()
            elif known:
                if known[0].note != note:
                    known[0].note = note
            else:
                first.with_context(mail_activity_quick_update=True).activity_schedule(
                    _ACTIVITY,
                    summary=first.env._("Bills of %s", first.provider_id.name),
                    note=note,
                    user_id=person.id,
                )

    def _find_trouble(self):
        """What a person has to look at, in words, and the bill where to begin."""
        now = fields.Datetime.now()
        late = self.filtered(lambda bill: bill._is_late(now))
        problems = self.filtered(lambda bill: bill.state == "problem")
        not_booked = self.filtered("books_failure")
        old = self.env["o2o.payment.difference"].search(
            Domain("bill_id", "in", self.ids) & Domain("age_days", ">=", OLD_DAYS)
        )
        texts = []
        if late:
            texts.append(
                self.env._(
                    "%(count)s bills are late, the first one is of %(day)s: %(why)s",
                    count=len(late),
                    day=min(late.mapped("day")),
                    why=late[-1].trouble or "-",
                )
            )
        if problems:
            texts.append(
                self.env._("%s bills need somebody who looks at them.", len(problems))
            )
        if not_booked:
            texts.append(
                self.env._(
                    "%(count)s bills are not in the books: %(why)s",
                    count=len(not_booked),
                    why=not_booked[-1].books_failure,
                )
            )
        if old:
            texts.append(
                self.env._("%s differences are older than two days.", len(old))
            )
        return texts, (late | problems | not_booked | old.bill_id).sorted("day")[:1]

    def _is_late(self, now):
        """Whether it should have been here and matched a day ago."""
        self.ensure_one()
        if self.state in ("matched", "problem"):
            return False
        _begin, end = self.provider_id._o2o_get_day(self.day)
        return now > end + timedelta(hours=HOUR) + LATE
