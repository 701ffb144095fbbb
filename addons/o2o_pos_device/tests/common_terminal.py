from uuid import uuid4

from odoo.fields import Command
from odoo.tests import new_test_user

from odoo.addons.o2o_stock.tests.common_pos import prepare_sale

from .common import DeviceCase


class TerminalCase(DeviceCase):
    """A bank-card terminal behind the near box; the tests play the box."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "o2o_device_manager",
            groups="base.group_user,o2o_pos_device.o2o_pos_device_group_manager",
        )
        cls.terminal = cls.env["o2o.terminal"].create(
            {"name": "Counter", "box_id": cls.box.id, "host": "192.0.2.7"}
        )
        cls.traces = 0

    def _sync(self, *results, box=None, terminals=()):
        data = {"terminal_results": list(results), "terminals": list(terminals)}
        return (box or self.box).sudo()._sync(data)

    def _result(self, transaction, state="approved", **values):
        type(self).traces += 1
        fen = round(transaction.amount * 100) if state == "approved" else 0
        return {
            "terminal_id": self.terminal.id,
            "uid": transaction.uid,
            "op": transaction.op,
            "state": state,
            "code": "00",
            "message": "交易成功",
            "card": "621700*********0018",
            "bank": "0102",
            "trace": f"{self.traces:06d}",
            "ref": f"{self.traces:012d}",
            "auth": "551200",
            "batch": "000001",
            "mid": "898310153110001",
            "tid": "01370158",
            "amount_fen": fen,
            "at": "2026-11-27T09:30:15",
            "is_adopted": False,
            **values,
        }

    def _sell(self, amount=88.0, state="approved", **values):
        sale = self.terminal._request("sale", amount)
        self._sync(self._result(sale, state, **values))
        return sale


class TerminalTillCase(TerminalCase):
    """The terminal belongs to the near till, which is open and takes bank cards."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.till = cls._till(cls.near)
        cls.terminal.config_id = cls.till
        cls.card_method = cls._create_method("O2O Bank card", "O2OB", "bank")
        cls.card_method.write(
            {"payment_method_type": "terminal", "use_payment_terminal": "o2o_terminal"}
        )
        cls.cash_method = cls._create_method("O2O Cash", "O2OC", "cash")
        cls.till.picking_type_id = cls.near.warehouse_id.pos_type_id
        cls.till.payment_method_ids = [
            Command.set((cls.card_method | cls.cash_method).ids)
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
        self.line_uuid = str(uuid4())

    def _ask(self, method, *args, user=None, till=None):
        """Call as the till would."""
        terminals = self.env["o2o.terminal"].with_user(user or self.cashier)
        return getattr(terminals, method)((till or self.till).id, *args)

    def _charge(self, amount=200.0, uuid=None, **kwargs):
        """Press the button; return the answer."""
        line = uuid or self.line_uuid
        # with dashes, as a till makes it
        return self._ask("pos_request", str(uuid4()), line, amount, **kwargs)

    def _transaction(self, answer):
        return self.env["o2o.terminal.transaction"].search(
            [("uid", "=", answer["transaction"]["uid"])]
        )

    def _charged(self, amount=200.0, state="approved", uuid=None):
        """A charge of a line, as the box reported it."""
        transaction = self._transaction(self._charge(amount, uuid))
        self._sync(self._result(transaction, state))
        return transaction

    def _sell_by_card(self, amount=200.0, uuid=None, method=None, **values):
        """The till sends a sale that is paid by card; return its payment."""
        sale = prepare_sale(
            self.till.current_session_id.id,
            self.cashier.id,
            (method or self.card_method).id,
            [
                {
                    "product_id": self.product.id,
                    "name": self.product.name,
                    "qty": 1 if amount > 0 else -1,
                    "price_unit": abs(amount),
                }
            ],
        )
        line = {"uuid": uuid or self.line_uuid, **values}
        sale["payment_ids"][0][2].update(line)
        self.env["pos.order"].with_user(self.cashier).sync_from_ui([sale])
        return self.env["pos.payment"].search([("uuid", "=", line["uuid"])])

    def _problems(self):
        return self.env["o2o.terminal.problem"].search(
            [("config_id", "=", self.till.id)]
        )
