import logging
import threading
from uuid import uuid4

from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.modules.registry import Registry

from ..lib.contact import international, mask_mobile, mask_target

_logger = logging.getLogger(__name__)


class O2oMessage(models.Model):
    """A text message, or an e-mail with a code, as far as it may be shown.

    A code that really leaves is never stored: its row holds stars, and the text goes
    from memory to the gateway after the commit. A request that is replayed sends once,
    one that fails sends nothing, and none waits for a gateway, which would tell
    whether an account exists.
    """

    _name = "o2o.message"
    _description = "Text Message"
    _order = "id desc"
    _rec_name = "target_masked"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.company,
    )
    channel = fields.Selection(
        [("sms", "Text message"), ("email", "E-mail")],
        required=True,
        readonly=True,
        default="sms",
    )
    target_masked = fields.Char(string="To", required=True, readonly=True)
    body = fields.Text(string="Text", readonly=True)
    state = fields.Selection(
        [
            ("kept", "Kept, not sent"),
            ("sending", "Being sent"),
            ("sent", "Sent"),
            ("failed", "Failed"),
        ],
        string="Status",
        required=True,
        readonly=True,
    )
    failure = fields.Char(readonly=True)

    @api.model
    def _keep(self, number, body):
        """A message of the provider that sends nothing."""
        message = self.create(
            {"target_masked": mask_mobile(number), "body": body, "state": "kept"}
        )
        _logger.info("text message %s kept, nothing sent", message.id)
        return message

    @api.model
    def _send(self, channel, target, body, secret="", subject=""):
        """Send a message in the name of the current company, once this commits.

        :param str channel: ``sms`` or ``email``
        :param str target: normalised number or address
        :param str secret: part of the body that must not be stored
        """
        # sudo: visitors cause messages, and do not read them
        messages_sudo = self.sudo()
        if channel == "sms":
            provider = self.env.company._get_sms_api_class()(messages_sudo.env)
            if getattr(provider, "o2o_is_local", False):
                provider._send_sms_batch(self._prepare_batch(target, body))
                return
        stars = "*" * len(secret)
        message_sudo = messages_sudo.create(
            {
                "channel": channel,
                "target_masked": mask_target(channel, target),
                "body": body.replace(secret, stars) if secret else body,
                "state": "sending",
            }
        )
        message_sudo._deliver_after_commit(target, body, subject)

    def _deliver_after_commit(self, target, body, subject):
        self.ensure_one()
        database, message_id = self.env.cr.dbname, self.id
        context = {
            "lang": self.env.lang,
            "allowed_company_ids": self.env.company.ids,
        }

        def deliver():
            try:
                with Registry(database).cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, context)
                    env["o2o.message"].browse(message_id)._deliver(
                        target, body, subject
                    )
            except Exception:
                # the row stays at "being sent": nobody knows better
                _logger.exception("message %s: delivery broke off", message_id)

        @self.env.cr.postcommit.add
        def start():
            threading.Thread(target=deliver, name=f"o2o.message.{message_id}").start()

    def _deliver(self, target, body, subject):
        """Hand the text over to the gateway or the mail server, and note the result."""
        self.ensure_one()
        try:
            if self.channel == "sms":
                failure = self._deliver_sms(target, body)
            else:
                failure = self._deliver_email(target, body, subject)
        except Exception as error:
            # not the traceback: it may show the text
            failure = type(error).__name__
        self.write({"state": "failed" if failure else "sent", "failure": failure})
        if failure:
            _logger.warning("message %s was not sent: %s", self.id, failure)
        else:
            _logger.info("message %s sent", self.id)

    def _deliver_sms(self, target, body):
        # sudo: the account of the provider is not the visitor's
        provider = self.env.company._get_sms_api_class()(self.sudo().env)
        provider._set_company(self.env.company)
        [result] = provider._send_sms_batch(self._prepare_batch(target, body))
        if result["state"] in ("success", "processing", "sent"):
            return False
        return result.get("failure_reason") or result["state"]

    def _deliver_email(self, target, body, subject):
        mail = self.env["mail.mail"].create(
            {
                "subject": subject,
                "email_from": self.env.company.email_formatted,
                "email_to": target,
                "body_html": Markup("<p>%s</p>") % body,
                "auto_delete": True,
            }
        )
        mail.send()
        if not mail.exists() or mail.state == "sent":
            return False
        failure = mail.failure_reason or mail.state
        mail.unlink()  # the text holds the code
        return failure

    @api.model
    def _prepare_batch(self, target, body):
        number = {"uuid": uuid4().hex, "number": international(target)}
        return [{"content": body, "numbers": [number]}]

    @api.autovacuum
    def _gc_messages(self):
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=30)
        self.search([("create_date", "<", limit)]).unlink()
