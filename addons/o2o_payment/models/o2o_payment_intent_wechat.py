"""Paying on a page within WeChat (JSAPI)."""

from odoo import models

from ..words import failure_words


class O2oPaymentIntent(models.Model):
    _inherit = "o2o.payment.intent"

    def _open_in_wechat(self, openid, client_ip):
        """What the page hands to WeChat, so that the payer confirms there.

        The row was committed before; called again it is the same payment.

        :param str openid: the payer, as WeChat named them to us; kept nowhere here
        :return: ``o2o_gateway.wechat.client.BridgeCall``; None without an answer
        :raise UserError: it cannot be paid now; says why
        """
        self.ensure_one()
        self._check_may_open()
        self._prepare_call()
        client = self.provider_id._o2o_get_client()
        outcome = client.pay_in_wechat(self._prepare_order(client_ip), openid)
        self._note_opened("wechat")
        if outcome.is_ok:
            return outcome.value
        self.failure = failure_words(self.env, outcome)
        return None
