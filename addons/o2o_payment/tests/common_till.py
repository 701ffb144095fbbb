from uuid import uuid4

from odoo.fields import Command

from odoo.addons.o2o_order.tests.common import O2oOrderCase
from odoo.addons.o2o_stock.tests.common_pos import prepare_sale

from .common import SimulatedGateways


class TillCase(SimulatedGateways, O2oOrderCase):
    """The till of the near store, open, with a method for customers' codes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._start_gateways()
        cls.till = cls.env["pos.config"].search([("o2o_store_id", "=", cls.near.id)])
        cls.code_method = cls._create_method("O2O Code", "O2OK", "bank")
        cls.code_method.write(
            {"payment_method_type": "terminal", "use_payment_terminal": "o2o_code"}
        )
        cls.cash_method = cls._create_method("O2O Cash", "O2OC", "cash")
        cls.bank_method = cls._create_method("O2O Transfer", "O2OT", "bank")
        cls.till.picking_type_id = cls.near.warehouse_id.pos_type_id
        cls.till.payment_method_ids = [
            Command.set((cls.code_method | cls.cash_method | cls.bank_method).ids)
        ]
        cls.till.open_ui()
        cls.pos_session = cls.till.current_session_id
        cls.pos_session.set_opening_control(0, None)

    @classmethod
    def _create_method(cls, name, code, kind):
        journal = cls.env["account.journal"].create(
            {"name": name, "code": code, "type": kind}
        )
        return cls.env["pos.payment.method"].create(
            {"name": name, "journal_id": journal.id}
        )

    def setUp(self):
        super().setUp()
        self.addCleanup(self.simulator.faults.clear)
        self.order_uuid, self.line_uuid = str(uuid4()), str(uuid4())

    def _scan(self, provider=None):
        """A fresh code on a customer's phone."""
        return self._module(provider or self.alipay).payment_code()

    def _call(self, method, *args, user=None, till=None):
        """Call as the till would."""
        service = self.env["o2o.payment.till"].with_user(user or self.cashier)
        with self._jobs():
            return getattr(service, method)((till or self.till).id, *args)

    def _plan_at_till(self, code, amount=200.0, line=None, order=None, **options):
        return self._call(
            "pos_plan",
            order or self.order_uuid,
            line or self.line_uuid,
            amount,
            code,
            **options,
        )

    def _charge(self, provider=None, amount=200.0, line=None, code=None, order=None):
        """Scan and charge; the attempt as it is after the two requests."""
        code = code or self._scan(provider)
        answer = self._plan_at_till(code, amount, line, order)
        self.assertEqual(answer["status"], "ok", answer)
        self._call("pos_charge", answer["payment"]["out_no"], code)
        return self.intents.search([("out_no", "=", answer["payment"]["out_no"])])

    def _sell(self, amount=200.0, line=None, method=None, till=None, **values):
        """The till sends its sale; the payment as the server has it."""
        till = till or self.till
        sale = prepare_sale(
            till.current_session_id.id,
            self.cashier.id,
            (method or self.code_method).id,
            [
                {
                    "product_id": self.product.id,
                    "name": self.product.name,
                    "qty": 1,
                    "price_unit": amount,
                }
            ],
        )
        uuid = line or self.line_uuid
        sale["payment_ids"][0][2].update({"uuid": uuid, **values})
        self.env["pos.order"].with_user(self.cashier).sync_from_ui([sale])
        return self.env["pos.payment"].search([("uuid", "=", uuid)])
