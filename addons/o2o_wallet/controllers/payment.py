from odoo.http import Controller, request, route

from ..const import PROVIDER

_MAX_REFERENCE = 128
_MAX_PIN = 16


class WalletPaymentController(Controller):
    @route(
        "/o2o/wallet/pay", type="jsonrpc", auth="user", website=True, methods=["POST"]
    )
    def wallet_pay(self, reference, pin=""):
        """PAY-05: pay a transaction of the payment page with the own wallet.

        :return: dict ``status``, ``message``
        """
        if not isinstance(reference, str) or not isinstance(pin, str):
            raise request.not_found()
        # sudo: members read no transactions; whose it is, is checked by the method
        tx_sudo = (
            request.env["payment.transaction"]
            .sudo()
            .search(
                [
                    ("reference", "=", reference[:_MAX_REFERENCE]),
                    ("provider_code", "=", PROVIDER),
                ]
            )
        )
        if not tx_sudo:
            return {
                "status": "refused",
                "message": request.env._(
                    "This payment is not for your wallet. Please reload the page."
                ),
            }
        return tx_sudo._o2o_pay_from_wallet(pin[:_MAX_PIN])
