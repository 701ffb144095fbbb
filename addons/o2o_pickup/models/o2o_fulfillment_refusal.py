"""The chosen store cannot: the member says what then, nobody else (issue 4)."""

from odoo import fields, models

from odoo.addons.o2o_member.lib.text import clean_mobile, is_mobile


class O2oFulfillment(models.Model):
    _inherit = "o2o.fulfillment"

    def _offer_to_next_store(self):
        """A pick-up order goes to no store its member has not named."""
        is_pickup = self.delivery_kind == "pickup"
        if is_pickup and (self._get_refusing_stores() or self._lacks_goods()):
            return self._ask_where_to_collect()
        return super()._offer_to_next_store()

    def _lacks_goods(self):
        """The goods were sold at the till meanwhile: nobody refused, nobody can."""
        self.ensure_one()
        return bool(self.store_id) and bool(self._get_missing_at(self.store_id))

    def _ask_where_to_collect(self):
        """Wait for the member, for some time; asked once while the question is open."""
        self.ensure_one()
        if self._get_open_choice():
            return
        refused = self.store_id or self._get_refusing_stores()[-1:]
        if self.state != "pooled":
            self._mark_pooled()
        self._hold_goods()
        self._move_to_store(self.env["o2o.store"])
        self.order_id._o2o_release_slot()
        minutes = self.company_id.o2o_pickup_choice_minutes
        due_at = fields.Datetime.add(fields.Datetime.now(), minutes=minutes)
        # sudo: a till or a timer refuses; nobody writes choices by hand
        choice_sudo = (
            self.env["o2o.order.choice"]
            .sudo()
            .create(
                {
                    "kind": "store",
                    "fulfillment_id": self.id,
                    "store_id": refused.id,
                    "due_at": due_at,
                }
            )
        )
        self.env["o2o.timer"]._set("choice", self, due_at)
        self._log_event(
            "asked",
            from_state=self.state,
            note=self.env._("%s cannot serve the order", refused.name),
        )
        self._notify_change("unfillable")
        self._send_store_choice(choice_sudo)

    def _send_store_choice(self, choice):
        """A text with the link; the page of the order shows it too."""
        target = clean_mobile(self.partner_id.phone or "")
        if not is_mobile(target):
            return
        lang = self.partner_id.lang or self.company_id.partner_id.lang
        body = self.with_context(lang=lang).env._(
            "%(company)s: %(store)s cannot prepare your order %(order)s. Please choose"
            " within %(minutes)s minutes where to collect it; after that it is"
            " cancelled and your money comes back: %(url)s",
            company=self.company_id.name,
            store=choice.store_id.name,
            order=self.order_id.name,
            minutes=self.company_id.o2o_pickup_choice_minutes,
            url=choice._get_url(),
        )
        self.env["o2o.message"].with_company(self.company_id)._send(
            "sms", target, body, secret=choice.token
        )

    # === WHAT THE MEMBER SEES === #

    def _get_progress_message(self):
        if self.state == "pooled" and self.sudo()._get_open_choice():
            return self.env._(
                "The store cannot prepare your order. Please choose where to collect"
                " it."
            )
        return super()._get_progress_message()
