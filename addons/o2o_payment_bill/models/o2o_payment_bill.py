"""The bill of a gateway for one day: asked for, kept as it came, then read."""

import logging
from datetime import date

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.o2o_payment.const import GATEWAYS
from odoo.addons.o2o_payment.lib.o2o_gateway import outcome as outcomes
from odoo.addons.o2o_payment.lib.o2o_gateway.gateway import (
    BILL_EMPTY,
    BILL_NOT_READY,
)
from odoo.addons.o2o_payment.words import failure_words, words

from ..const import BILL_STATES

_logger = logging.getLogger(__name__)

#: seconds until a gateway is asked again; the last one goes on
PAUSES = (60, 300, 600, 1800, 3600)


class O2oPaymentBill(models.Model):
    """What a gateway says of a day in Beijing.

    A file is committed before anything is done with it. What is read is what was kept;
    a file with problems is shown to a person and is not booked.
    """

    _name = "o2o.payment.bill"
    _description = "Bill of a Gateway"
    _inherit = ["o2o.payment.job", "mail.thread", "mail.activity.mixin"]
    _order = "day desc, id desc"
    _rec_name = "day"
    _check_company_auto = True

    _job_xmlid = "o2o_payment_bill.o2o_payment_bill_cron"
    # who reads it may say something about it
    _mail_post_access = "read"

    provider_id = fields.Many2one(
        "payment.provider",
        string="Gateway",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one(
        "res.currency", required=True, readonly=True, ondelete="restrict"
    )
    day = fields.Date(
        required=True, readonly=True, help="In Beijing; UnionPay's begins at 23:00"
    )
    state = fields.Selection(
        BILL_STATES,
        required=True,
        readonly=True,
        default="waiting",
        index=True,
        tracking=True,
    )
    is_fetch_wanted = fields.Boolean(
        readonly=True, help="The gateway is asked for it, until it has it"
    )
    file_ids = fields.One2many(
        "o2o.payment.bill.file", "bill_id", string="Files", readonly=True
    )
    file_id = fields.Many2one(
        "o2o.payment.bill.file",
        readonly=True,
        ondelete="restrict",
        help="The one that counts; earlier ones are kept",
    )
    file_count = fields.Integer(compute="_compute_file_count")
    problems = fields.Text(readonly=True, help="Where the file contradicts itself")
    accepted_file_id = fields.Many2one(
        "o2o.payment.bill.file",
        readonly=True,
        ondelete="restrict",
        help="A person has looked at its problems and goes on with it",
    )
    trouble = fields.Char(
        string="Last answer", compute="_compute_trouble", help="Why it is not here yet"
    )
    matched_at = fields.Datetime(readonly=True)
    line_ids = fields.One2many("o2o.payment.bill.line", "bill_id", readonly=True)

    _day_uniq = models.Constraint(
        "UNIQUE (provider_id, day)", "This gateway has a bill of that day already."
    )

    @api.depends("day", "provider_id")
    def _compute_display_name(self):
        for bill in self:
            # sudo: the name of a gateway; its settings are for administrators
            bill.display_name = f"{bill.provider_id.sudo().name} {bill.day}"

    @api.depends("file_ids")
    def _compute_file_count(self):
        counts = dict(
            self.env["o2o.payment.bill.file"]._read_group(
                [("bill_id", "in", self.ids)], ["bill_id"], ["__count"]
            )
        )
        for bill in self:
            bill.file_count = counts.get(bill, 0)

    @api.depends("failure")
    def _compute_trouble(self):
        words = {
            BILL_NOT_READY: self.env._("The gateway has not made this bill yet."),
            outcomes.NOT_SENT: self.env._("The gateway cannot be reached."),
            outcomes.NO_ANSWER: self.env._("The gateway has not answered."),
            outcomes.BAD_ANSWER: self.env._("What the gateway sent cannot be used."),
            outcomes.NOT_AUTHENTIC: self.env._(
                "The answer is not signed by the gateway."
            ),
            outcomes.UNKNOWN_KEY: self.env._(
                "The answer is signed with an unknown key."
            ),
        }
        for bill in self:
            code = (bill.failure or "").partition(" ")[0]
            if code == BILL_NOT_READY:
                bill.trouble = words[code]
            elif code in words:
                bill.trouble = f"{words[code]} ({bill.failure})"
            else:
                bill.trouble = bill.failure

    # === PLANNING === #

    @api.model
    def _ensure_bill(self, provider, day):
        """The bill of a day, elevated; made when it is not known yet."""
        # sudo: callers check, or are the job
        bills_sudo = self.sudo()
        return bills_sudo.search(
            [("provider_id", "=", provider.id), ("day", "=", day)]
        ) or bills_sudo.create(
            {
                "provider_id": provider.id,
                "company_id": provider.company_id.id,
                "currency_id": self.env.ref("base.CNY").id,
                "day": day,
            }
        )

    def _want(self):
        """Let the job ask the gateway, now and until it has an answer."""
        self.write({"is_fetch_wanted": True, "attempt_count": 0, "failure": False})
        self._wake()

    @api.model
    def fetch_day(self, provider_id, day):
        """Ask a gateway for the bill of any day; the job does it at once.

        Called from the button, and by whoever tries a whole day out (docs/payments.md).

        :param int provider_id: ``payment.provider``
        :param str day: ``2026-11-27``
        :return: id of the bill
        :raise AccessError: not in charge of payments, or of another company
        :raise UserError: no gateway of ours, or no day
        """
        self._ensure_in_charge()
        # sudo: providers are the administrators'; who is in charge may name one
        provider_sudo = self.env["payment.provider"].sudo().browse(provider_id).exists()
        if provider_sudo.code not in GATEWAYS:
            raise UserError(self.env._("This gateway sends no bills."))
        if provider_sudo.company_id not in self.env.companies:
            raise AccessError(self.env._("This gateway is of another company."))
        try:
            day = date.fromisoformat(str(day))
        except ValueError as error:
            raise UserError(self.env._("This is no day.")) from error
        bill_sudo = self._ensure_bill(provider_sudo, day)
        bill_sudo._want()
        return bill_sudo.id

    def action_fetch(self):
        """Ask the gateway now; what is there already changes only with another file."""
        self._ensure_in_charge()
        self.check_access("read")
        # sudo: the checks above
        self.sudo()._want()

    # === THE JOB === #

    def _work(self):
        self.ensure_one()
        # what is written is read by people of the company
        lang = self.company_id.partner_id.lang or self.env.lang
        self = self.with_context(lang=lang)
        if self.is_fetch_wanted and not self._fetch():
            return
        if self.state == "fetched":
            self._apply()
        elif self.state == "matched":
            self._match()
        self._rest_after_match()

    def _fetch(self):
        """Ask the gateway and keep what it sends; commits before and after.

        :return: whether it has answered; otherwise it is asked again later
        """
        self.ensure_one()
        # nothing is locked while a gateway is asked
        self._commit()
        # sudo: keys stay in the client
        outcome = self.provider_id.sudo()._o2o_get_client().bill(self.day)
        self._commit()
        if outcome.is_ok:
            self._take_file(outcome.value.raw, outcome.value.file_name)
        elif outcome.is_rejected and outcome.code == BILL_EMPTY:
            self._take_nothing()
        else:
            seconds = PAUSES[min(self.attempt_count, len(PAUSES) - 1)]
            self._postpone(failure_words(self.env, outcome), seconds)
            return False
        self.write({"is_fetch_wanted": False, "failure": False, "attempt_count": 0})
        # the file is safe before anything is done with it
        self._commit()
        return True

    def _take_nothing(self):
        """Nothing happened on that day; a bill that had rows is not emptied by that."""
        if self.file_id:
            self.message_post(body=self.env._("The gateway has no file of this day."))
        else:
            self.state = "fetched"

    def _take_file(self, raw, name, is_upload=False):
        """Keep a file. The same one again changes nothing (FAULT-70).

        :return: whether it is a new one
        """
        self.ensure_one()
        is_new = self.env["o2o.payment.bill.file"]._keep(self, raw, name, is_upload)
        if is_new:
            self.state = "fetched"
        return is_new

    def _apply(self):
        """Read the file that was kept into rows, then match them."""
        self.ensure_one()
        lines, problems = (), []
        if self.file_id:
            raw = self.file_id.attachment_id.raw
            try:
                # sudo: the merchant's number, for the comparison
                bill = self.provider_id.sudo()._o2o_read_bill(raw, self.day)
                lines = bill.lines
                problems = [words(self.env, it) for it in bill.problems]
            except UserError as error:
                problems = [str(error)]
        self.env["o2o.payment.bill.line"]._replace(self, lines)
        problems = [*self._find_unseen_upload(), *problems]
        # the words of a file may hold what the database does not take
        self.problems = "\n".join(problems).replace("\0", "")
        if problems and self.accepted_file_id != self.file_id:
            _logger.info("bill %s has %s problems", self.id, len(problems))
            self.state = "problem"
            self._count()
            return
        self.state = "matched"
        self._match()

    def _rest_after_match(self):
        """Nothing is left to do, if the match has not asked for another look."""
        self.ensure_one()
        if not self.next_at or self.next_at <= fields.Datetime.now():
            self._rest()

    # === SCREENS === #

    def action_view_lines(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_payment_bill.o2o_payment_bill_line_action"
        )
        return {**action, "domain": [("bill_id", "=", self.id)]}

    def action_view_differences(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_payment_bill.o2o_payment_difference_action"
        )
        return {**action, "domain": [("bill_id", "=", self.id)]}

    def action_view_move(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "view_mode": "form",
        }
