"""What the member may do about collecting: arrive, send a friend (idea 24)."""

from datetime import timedelta
from secrets import token_urlsafe

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.o2o_member.lib.text import clean_mobile, is_mobile

from ..const import ARRIVAL_MINUTES, COLLECT_STATES, MAX_ARRIVALS, MAX_PROXIES


class O2oFulfillment(models.Model):
    _inherit = "o2o.fulfillment"

    arrived_at = fields.Datetime(string="Outside since", readonly=True, copy=False)
    arrival_count = fields.Integer(readonly=True, copy=False)
    arrival_note = fields.Char(string="Waits at", readonly=True, copy=False, size=40)
    proxy_name = fields.Char(string="Collected by", readonly=True, copy=False, size=40)
    proxy_phone = fields.Char(string="Their phone", readonly=True, copy=False, size=20)
    proxy_count = fields.Integer(readonly=True, copy=False)
    # the friend's page: long, random, renewed with each friend
    proxy_token = fields.Char(readonly=True, copy=False, groups="base.group_system")

    _proxy_token_uniq = models.UniqueIndex(
        "(proxy_token) WHERE proxy_token IS NOT NULL", "This link exists already."
    )

    # === "I AM OUTSIDE" === #

    def _can_arrive(self):
        """Whether the member may ring at the till (again)."""
        self.ensure_one()
        if self.delivery_kind != "pickup" or self.state not in COLLECT_STATES:
            return False
        if self.arrival_count >= MAX_ARRIVALS:
            return False
        pause = timedelta(minutes=ARRIVAL_MINUTES)
        return not self.arrived_at or self.arrived_at + pause <= fields.Datetime.now()

    def _arrive(self, note=""):
        """Ring at the tills of the store; pressed twice, or together, rings once.

        :param str note: where the member waits, a few words
        :return: those whose store was told
        """
        self._lock_rows()
        told = self.filtered(lambda record: record._can_arrive())
        note = " ".join(str(note or "").split())[:40]
        for record in told:
            record.write(
                {
                    "arrived_at": fields.Datetime.now(),
                    "arrival_count": record.arrival_count + 1,
                    "arrival_note": note or record.arrival_note,
                }
            )
            record._log_event(
                "outside", from_state=record.state, note=record.arrival_note
            )
            record._notify_change("outside")
        return told

    # === A FRIEND === #

    def _can_send_proxy(self):
        self.ensure_one()
        return self.delivery_kind == "pickup" and self.state in (
            "offered",
            *COLLECT_STATES,
        )

    def _set_proxy(self, name, phone):
        """Somebody else collects: gets the code, and the old one opens nothing more.

        :raise UserError: when it is too late, or the name or number is none
        """
        self.ensure_one()
        self._lock_rows()
        name = " ".join(str(name or "").split())[:40]
        mobile = clean_mobile(str(phone or "")[:32])
        if not self._can_send_proxy():
            raise UserError(self.env._("It is too late to send somebody else."))
        if not name or not is_mobile(mobile):
            raise UserError(
                self.env._("Please enter the name and mobile number of your friend.")
            )
        if (name, mobile) == (self.proxy_name, self.proxy_phone):
            return
        if self.proxy_count >= MAX_PROXIES:
            raise UserError(
                self.env._(
                    "You have changed this several times: please call the store."
                )
            )
        self.write(
            {
                "proxy_name": name,
                "proxy_phone": mobile,
                "proxy_count": self.proxy_count + 1,
                "proxy_token": token_urlsafe(24),
            }
        )
        self._note_proxy(
            self.env._(
                "%(friend)s (%(phone)s) collects for %(member)s",
                friend=name,
                phone=mobile,
                member=self.partner_id.name,
            )
        )
        self._send_proxy_message()

    def _clear_proxy(self):
        """The member comes in person after all; the friend's code is worth nothing."""
        self.ensure_one()
        self._lock_rows()
        if not self.proxy_name or not self._can_send_proxy():
            return
        note = self.env._(
            "%(member)s collects in person, not %(friend)s",
            member=self.partner_id.name,
            friend=self.proxy_name,
        )
        self.write({"proxy_name": False, "proxy_phone": False, "proxy_token": False})
        self._note_proxy(note)

    def _note_proxy(self, note):
        if self.pickup_code:
            self._renew_pickup_code()
        self._log_event("proxy", from_state=self.state, note=note)
        self._notify_change("changed")

    def _send_proxy_message(self):
        """A text to the friend with a link; the page shows the code."""
        lang = self.partner_id.lang or self.company_id.partner_id.lang
        url = self._get_proxy_url()
        body = self.with_context(lang=lang).env._(
            "%(shop)s: please collect order %(order)s for %(member)s at %(store)s. Show"
            " this page at the counter: %(url)s",
            shop=self.company_id.name,
            order=self.order_id.name,
            member=self.partner_id.name,
            store=self.store_id.name,
            url=url,
        )
        self.env["o2o.message"].with_company(self.company_id)._send(
            "sms", self.proxy_phone, body, secret=self.sudo().proxy_token
        )

    def _get_proxy_title(self):
        self.ensure_one()
        return self.env._(
            "Collect order %(order)s for %(member)s",
            order=self.order_id.name,
            member=self.partner_id.name,
        )

    def _get_proxy_url(self):
        self.ensure_one()
        order = self.order_id
        base = (order.website_id or order).get_base_url()
        return f"{base}/o2o/pickup/{self.sudo().proxy_token}"

    @api.model
    def _find_by_proxy_token(self, token):
        """What a friend collects, elevated; empty for a wrong link."""
        # sudo: the token is the right to see it; compared by the index of the database
        records_sudo = self.sudo()
        if not isinstance(token, str) or len(token) < 24:
            return records_sudo.browse()
        return records_sudo.search([("proxy_token", "=", token)])

    def _keep_pickup_facts(self, old_state):
        """Handed over, gone or ended: nobody stands outside, no link opens anything."""
        result = super()._keep_pickup_facts(old_state)
        if self.state == "pooled":
            self.sudo().write({"arrived_at": False, "arrival_note": False})
        elif self.state not in ("offered", *COLLECT_STATES) and self.sudo().proxy_token:
            self.sudo().proxy_token = False
        return result
