"""What a till asks about the codes that the shop shows."""

from odoo import api, fields, models
from odoo.http import request

from odoo.addons.o2o_member.lib.barcode_image import qr_image

from ..const import GATEWAYS


class O2oPaymentTill(models.AbstractModel):
    _inherit = "o2o.payment.till"

    @api.model
    def pos_gateways(self, config_id):
        """The gateways whose code this till can show.

        :return: list of dicts ``gateway`` (for :meth:`pos_plan_qr`) and ``name``
        :raise AccessError: the caller does not work at that till
        """
        config_sudo = self._get_till_sudo(config_id)
        found_sudo = [
            (gateway, config_sudo._o2o_get_gateway_provider(gateway))
            for gateway in GATEWAYS.values()
        ]
        return [
            {"gateway": gateway, "name": provider_sudo.name}
            for gateway, provider_sudo in found_sudo
            if provider_sudo
        ]

    @api.model
    def pos_plan_qr(self, config_id, order_uuid, payment_uuid, amount, gateway):
        """Write a payment down for a code of the shop; asks the gateway for nothing.

        :param str gateway: ``alipay``, ``wechat`` or ``unionpay``
        :return: as :meth:`pos_plan`; a line that has an undecided payment gets that
            one, whichever gateway it is of
        :raise AccessError: the caller does not work at that till
        """
        known = gateway if gateway in GATEWAYS.values() else None
        return self._plan_for_line(
            config_id, order_uuid, payment_uuid, amount, known, "qr"
        )

    @api.model
    def pos_show_code(self, config_id, out_no):
        """The code of a payment that was planned; the same one each time.

        :return: dict ``payment``, ``qr`` (an image as a data URL, "" while there is
            none) and ``seconds_left``; empty when there is no such payment
        :raise AccessError: the caller does not work at that till
        """
        intent_sudo = self._get_intent_sudo(self._get_till_sudo(config_id), out_no)
        if not intent_sudo or not intent_sudo._is_shop_code():
            return {}
        client_ip = request.httprequest.remote_addr if request else "127.0.0.1"
        text = intent_sudo._get_shop_code(client_ip)
        left = (intent_sudo.expires_at - fields.Datetime.now()).total_seconds()
        return {
            "payment": intent_sudo._prepare_till_dict(),
            "qr": qr_image(text) if text else "",
            "seconds_left": max(0, int(left)),
        }
