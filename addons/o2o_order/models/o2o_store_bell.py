"""Who is told when a store does not answer, and how long it may take."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class O2oStore(models.Model):
    _inherit = "o2o.store"

    answer_minutes = fields.Integer(
        string="Minutes to answer", help="0: as the company says", tracking=True
    )
    alert_seconds = fields.Integer(
        string="Seconds until the alert",
        help="0: as the company says",
        tracking=True,
    )
    manager_id = fields.Many2one(
        "res.users",
        domain=[("share", "=", False)],
        ondelete="set null",
        help="Is told when the store does not answer",
    )
    alert_phone = fields.Char(
        string="Phone for alerts",
        compute="_compute_alert_phone",
        store=True,
        readonly=False,
        help="Gets a text message when the store does not answer",
    )
    alert_url = fields.Char(
        string="Web address for alerts",
        groups="base.group_system",
        help="Is called (POST, JSON) when the store does not answer: a chat robot, for"
        " example",
    )
    alert_secret = fields.Char(
        string="Secret of the web address",
        groups="base.group_system",
        copy=False,
        help="Signs the calls: header X-O2O-Signature, HMAC-SHA256 of the body",
    )

    _answer_minutes_range = models.Constraint(
        "CHECK (answer_minutes BETWEEN 0 AND 1440 AND alert_seconds BETWEEN 0 AND"
        " 86400)",
        "Times to answer and to alert are not negative, and a day at most.",
    )

    @api.depends("manager_id.phone")
    def _compute_alert_phone(self):
        for store in self:
            store.alert_phone = store.manager_id.phone or store.alert_phone

    @api.constrains("alert_url")
    def _check_alert_url(self):
        for store in self:
            url = store.alert_url
            if url and not url.startswith(("https://", "http://")):
                raise ValidationError(
                    self.env._(
                        "The web address for alerts starts with https:// or http://."
                    )
                )

    def _get_answer_seconds(self):
        """How long this store may think about an order."""
        self.ensure_one()
        minutes = self.answer_minutes or self.company_id.o2o_answer_minutes
        return minutes * 60

    def _get_alert_seconds(self):
        """When others are told that this store does not answer."""
        self.ensure_one()
        seconds = self.alert_seconds or self.company_id.o2o_alert_seconds
        return min(seconds, self._get_answer_seconds())

    def _get_alert_channels(self):
        """How to reach somebody for this store, besides its tills.

        :return: list of codes of ``o2o.store.alert.channel``
        """
        self.ensure_one()
        channels = ["head_office"]
        if self.alert_phone and self.company_id.o2o_alert_by_sms:
            channels.append("sms")
        if self.alert_url:
            channels.append("webhook")
        return channels

    def _alert_by_box(self, fulfillment):
        """Hook: let the box of the store speak or print.

        :return: whether something in the store was told
        """
        self.ensure_one()
        return False
