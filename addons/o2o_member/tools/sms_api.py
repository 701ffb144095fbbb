"""Text message providers.

A gateway is one class: derive from Odoo's ``SmsApiBase``, implement
``_send_sms_batch`` (messages in, one result per number out), and tell the company of
it in ``_o2o_sms_api_classes``, with an entry in the selection ``o2o_sms_provider``.
"""

from odoo.addons.sms.tools.sms_api import SmsApiBase


class SmsApiLog(SmsApiBase):
    """Sends nothing: each message becomes a row that the head office reads.

    ``o2o_is_local`` says that nothing leaves the database, so that the caller need not
    wait for the commit, and need not hide codes.
    """

    o2o_is_local = True

    def _send_sms_batch(self, messages, delivery_reports_url=False):
        # sudo: whoever causes a message may not read messages
        kept_sudo = self.env["o2o.message"].sudo().with_company(self.company)
        results = []
        for message in messages:
            for number in message["numbers"]:
                kept_sudo._keep(number["number"], message["content"])
                results.append({"uuid": number["uuid"], "state": "success"})
        return results
