"""Sending a payer to pay: a page of the gateway, or a code to scan."""

from odoo import fields, models
from odoo.exceptions import UserError

from ..lib.o2o_gateway.results import Page
from ..words import failure_words

#: seconds between two questions that a returning browser causes
RETURN_PAUSE = 2


class O2oPaymentIntent(models.Model):
    _inherit = "o2o.payment.intent"

    def _open(self, on_phone, client_ip):
        """Let the payer pay. Called again, it leads to the same payment.

        The row was committed by the request before; the gateway is called by number,
        so a request that Odoo runs twice asks for one payment.

        :return: ``o2o_gateway.results.Page``, or None for :attr:`qr_text`
        :raise UserError: it cannot be paid now; says why
        """
        self.ensure_one()
        self._check_may_open()
        if self.qr_text:
            return None
        if self.page_url:
            return Page("GET", self.page_url)
        if self.way == "wechat":
            # the gateway knows this number as a payment within WeChat
            raise UserError(
                self.env._("This payment was begun in WeChat: go on there.")
            )
        way = self._choose_way(on_phone)
        order = self._prepare_order(client_ip)
        self._prepare_call()
        client = self.provider_id._o2o_get_client()
        if way == "qr":
            outcome = client.pay_by_qr(order)
        else:
            outcome = client.pay_by_page(order, on_phone=way == "phone")
        self._note_opened(way)
        if not outcome.is_ok:
            self.failure = failure_words(self.env, outcome)
            return None
        if way == "qr":
            self.qr_text = outcome.value.text
            return None
        if outcome.value.method == "GET":
            self.page_url = outcome.value.url
        return outcome.value

    def _check_may_open(self):
        """:raise UserError: it cannot be paid now; says why"""
        self.ensure_one()
        if self.is_close_wanted or not self._is_open():
            raise UserError(self.env._("This payment is over."))
        if fields.Datetime.now() >= self.expires_at:
            raise UserError(self.env._("The time to pay is over."))

    def _choose_way(self, on_phone):
        if on_phone:
            return "phone"
        return "qr" if self.provider_id.code == "o2o_wechat" else "page"

    def _note_opened(self, way):
        self.ensure_one()
        self._enter("waiting", way=way, opened_at=fields.Datetime.now())
        self._wake(5)

    def _note_return(self):
        """The payer's browser is back. What it says counts nothing: ask at once."""
        self.ensure_one()
        soon = fields.Datetime.add(fields.Datetime.now(), seconds=RETURN_PAUSE)
        if self._is_open() and (not self.next_at or self.next_at > soon):
            self._wake()

    def _get_choice_url(self):
        """Where the payer chooses another way to pay: the page that led here."""
        self.ensure_one()
        page = self.transaction_id.landing_route or ""
        # what a cart lands on looks at the payment that was made
        is_cart = not page or page.startswith("/shop/")
        return "/shop/payment" if is_cart else page

    def _get_progress(self):
        """What a waiting page shows: nothing that names a person or a number."""
        self.ensure_one()
        left = (self.expires_at - fields.Datetime.now()).total_seconds()
        return {
            "state": self.state
            if self.state in ("paid", "closed", "failed", "held")
            else "waiting",
            "seconds_left": max(0, int(left)),
        }
