from uuid import uuid4

from odoo.fields import Command
from odoo.tests import new_test_user

from odoo.addons.o2o_member.tests.common_till import TillCommon

from .common import PIN, WalletCommon


class WalletTillCommon(WalletCommon, TillCommon):
    """A till that takes cash and wallets; sales come as the till would send them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.wallet_method = cls.env["pos.payment.method"].create(
            {
                "name": "O2O Wallet",
                "journal_id": cls._create_journal("O2OW", "bank").id,
                "payment_method_type": "terminal",
                "use_payment_terminal": "o2o_wallet",
            }
        )
        cls.cashier = new_test_user(
            cls.env,
            "o2o_w_cashier",
            groups="base.group_user,point_of_sale.group_pos_user",
            lang="en_US",
        )
        cls.shop = cls._create_till("O2OC1")
        cls.cash_method = cls.shop.payment_method_ids - cls.wallet_method
        cls.pos_session = cls._open_session(cls.shop)
        cls.bottle = cls.env["product.product"].create(
            {"name": "O2O Bottle", "type": "consu", "available_in_pos": True}
        )
        cls.wallet._set_pin(PIN)
        cls._top_up()

    @classmethod
    def _create_journal(cls, code, kind):
        return cls.env["account.journal"].create(
            {"name": code, "code": code, "type": kind}
        )

    @classmethod
    def _create_till(cls, code):
        """Each till has a cash method of its own."""
        cash = cls.env["pos.payment.method"].create(
            {"name": code, "journal_id": cls._create_journal(code, "cash").id}
        )
        methods = cls.wallet_method | cash
        return cls.env["pos.config"].create(
            {
                "name": code,
                "payment_method_ids": [Command.set(methods.ids)],
                "auto_validate_terminal_payment": False,
            }
        )

    def setUp(self):
        super().setUp()
        self.uuid = str(uuid4())

    def _ask(self, method, *args, user=None, till=None):
        """Call as the till would."""
        service = self.env["o2o.wallet.till"].with_user(user or self.cashier)
        return getattr(service, method)((till or self.shop).id, *args)

    def _authorise(self, amount=110.0, uuid=None, till=None, user=None, **who):
        """:param who: the member's PIN, unless it is said"""
        who = who or {"partner_id": self.member.id, "pin": PIN}
        return self._ask(
            "authorise", uuid or self.uuid, amount, who, till=till, user=user
        )

    def _line(self, amount, refunded=None):
        return {
            "product_id": self.bottle.id,
            "name": "O2O Bottle",
            "qty": -1 if amount < 0 else 1,
            "price_unit": abs(amount),
            "discount": 0,
            "tax_ids": [Command.set([])],
            "price_subtotal": amount,
            "price_subtotal_incl": amount,
            "pack_lot_ids": [],
            "uuid": str(uuid4()),
            **({"refunded_orderline_id": refunded.id} if refunded else {}),
        }

    def _sell(self, amount, *payments, refunded=None, session=None, **vals):
        """Send a sale.

        :param payments: tuples of (method, amount, uuid)
        :param refunded: the order line that is given back
        """
        order = {
            "amount_paid": amount,
            "amount_return": 0,
            "amount_tax": 0,
            "amount_total": amount,
            "date_order": "2026-03-01 10:00:00",
            "fiscal_position_id": False,
            "lines": [Command.create(self._line(amount, refunded))],
            "name": "Order",
            "partner_id": False,
            "session_id": (session or self.pos_session).id,
            "payment_ids": [
                Command.create(
                    {"payment_method_id": method.id, "amount": paid, "uuid": uuid}
                )
                for method, paid, uuid in payments
            ],
            "uuid": str(uuid4()),
            "access_token": str(uuid4()),
            "state": "paid",
            "user_id": self.cashier.id,
            **vals,
        }
        self.last_sale = order
        result = self.env["pos.order"].with_user(self.cashier).sync_from_ui([order])
        ids = [row["id"] for row in result["pos.order"]]
        return self.env["pos.order"].browse(max(ids))

    def _sell_by_wallet(self, amount=110.0, uuid=None, **vals):
        return self._sell(
            amount, (self.wallet_method, amount, uuid or self.uuid), **vals
        )

    def _hold(self, uuid=None):
        return self.Hold.search(
            [("key", "=", f"pos.payment/{uuid or self.uuid}")], limit=1
        )
