from odoo.addons.website_sale.controllers.payment import PaymentPortal


class RiskPaymentPortal(PaymentPortal):
    """Whoever begins to pay is counted first (PAY-09)."""

    def _validate_transaction_for_order(self, transaction, sale_order):
        result = super()._validate_transaction_for_order(transaction, sale_order)
        sale_order._o2o_risk_submit(transaction)
        return result

    def _create_transaction(self, *args, **kwargs):
        transaction_sudo = super()._create_transaction(*args, **kwargs)
        if transaction_sudo.o2o_wallet_topup_id:
            transaction_sudo._o2o_risk_topup()
        return transaction_sudo
