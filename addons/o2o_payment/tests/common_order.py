"""Orders of the website that are paid through the simulator."""

from unittest.mock import patch

from odoo.fields import Command

from odoo.addons.o2o_order.tests.common import O2oOrderCase

from .common import SimulatedGateways

#: the books have tests of their own, and a chart of accounts
BOOKS = (
    "odoo.addons.account_payment.models.payment_transaction"
    ".PaymentTransaction._create_payment"
)


class OrderPaymentCase(SimulatedGateways, O2oOrderCase):
    """Not a test itself: two bottles for a member, and whoever pays them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._start_gateways()
        cls.payer = cls.member.partner_id
        cls.pricelist = cls.env["product.pricelist"].create(
            {"name": "元", "currency_id": cls.yuan.id, "company_id": cls.company.id}
        )
        cls.startClassPatcher(patch(BOOKS))

    def setUp(self):
        super().setUp()
        self.addCleanup(self.simulator.faults.clear)

    def _submit(self, quantity=2):
        return self.env["sale.order"].create(
            {
                "partner_id": self.payer.id,
                "website_id": self.website.id,
                "carrier_id": self.carrier.id,
                "pricelist_id": self.pricelist.id,
                "order_line": [
                    Command.create(
                        {"product_id": self.product.id, "product_uom_qty": quantity}
                    )
                ],
            }
        )

    def _attempt(self, order, provider=None, amount=None):
        """The member goes to pay, all of the order unless told otherwise."""
        return self._start(
            provider or self.alipay,
            amount=order.amount_total if amount is None else amount,
            sale_order_ids=[Command.set(order.ids)],
        )

    def _come_in(self, intent):
        """It is paid, and the shop is told."""
        self._pay(intent)
        self._tell(intent)
        self._run("event")

    def _run_order_jobs(self, *names):
        with self._jobs():
            for name in names:
                self.env.ref(f"o2o_order.o2o_{name}_cron").method_direct_trigger()

    def _send_refunds(self):
        """What orders owe goes to the gateways."""
        self._run_order_jobs("refund")
        self._run("refund")

    def _refunded(self, intent):
        """Fen the gateway has given back of a payment."""
        return self._module(intent.provider_id).ledger.find(intent.out_no).refunded_fen
