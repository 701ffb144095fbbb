from datetime import timezone

from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.o2o_member.tools.append_only import guard_table

from ..cursors import short_transaction
from ..lib.o2o_gateway.unionpay import Stamp


class O2oPaymentStamp(models.Model):
    """When a number went to UnionPay first: without it nothing can be asked about it.

    Written once, on a connection of its own, before the call it belongs to.
    """

    _name = "o2o.payment.stamp"
    _description = "Moment of a Number at UnionPay"
    _order = "id desc"
    _rec_name = "number"

    number = fields.Char(required=True, readonly=True)
    sent_at = fields.Datetime(required=True, readonly=True)
    expires_at = fields.Datetime(readonly=True)

    _number_uniq = models.Constraint(
        "UNIQUE (number)", "A number has one moment for good."
    )

    def init(self):
        guard_table(self.env.cr, self._table, ("number", "sent_at", "expires_at"))


def keep_stamp(registry, number, expires_at=None):
    """The stamp of a number, made now if it is new; durable when this returns.

    :param datetime expires_at: naive UTC; of a payment
    :return: ``o2o_gateway.unionpay.Stamp``
    """
    with short_transaction(registry) as cr:
        cr.execute(
            SQL(
                "INSERT INTO o2o_payment_stamp (number, sent_at, expires_at)"
                " VALUES (%s, %s, %s) ON CONFLICT (number) DO NOTHING",
                number,
                fields.Datetime.now(),
                expires_at,
            )
        )
        cr.execute(
            SQL(
                "SELECT sent_at, expires_at FROM o2o_payment_stamp WHERE number = %s",
                number,
            )
        )
        sent_at, ends_at = cr.fetchone()
    return Stamp(_aware(sent_at), _aware(ends_at))


def _aware(moment):
    return moment and moment.replace(tzinfo=timezone.utc)
