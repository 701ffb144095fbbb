"""Payments against the simulator, which runs in this process."""

import sys
from pathlib import Path
from unittest.mock import patch

import requests

from odoo import fields
from odoo.tests import TransactionCase

from ..models.o2o_payment_event_lanes import LANES

_JOB = "o2o_payment.o2o_payment"
_LIBRARY = str(Path(__file__).parents[1] / "lib")
if _LIBRARY not in sys.path:
    # the simulator is a program of its own, outside of odoo.addons
    sys.path.append(_LIBRARY)

from o2o_paysim.faults import Fault  # noqa: E402
from o2o_paysim.simulator import Simulator  # noqa: E402


class SimulatedGateways:
    """The three gateways, and what payers do. Mixed into test cases."""

    @classmethod
    def _request_handler(cls, session, request, /, **kwargs):
        # Odoo compares the time limit with a number; ours are two
        if isinstance(kwargs.get("timeout"), tuple):
            kwargs["timeout"] = kwargs["timeout"][-1]
        return super()._request_handler(session, request, **kwargs)

    @classmethod
    def _start_gateways(cls):
        cls.simulator = Simulator().start()
        cls.addClassCleanup(cls.simulator.stop)
        cls.company = cls.env.company
        cls.yuan = cls.env.ref("base.CNY")
        cls.yuan.active = True
        cls.providers = cls.env["payment.provider"]._o2o_connect_simulator(
            cls.company,
            cls.simulator.url,
            {name: it.merchant() for name, it in cls.simulator.modules.items()},
        )
        by_code = {provider.code: provider for provider in cls.providers}
        cls.alipay = by_code["o2o_alipay"]
        cls.wechat = by_code["o2o_wechat"]
        cls.unionpay = by_code["o2o_unionpay"]
        cls.payer = cls.env["res.partner"].create({"name": "付款人"})
        cls.intents = cls.env["o2o.payment.intent"]
        cls.events = cls.env["o2o.payment.event"]
        cls.refunds = cls.env["o2o.payment.refund"]
        cls.quarantine = cls.env["o2o.payment.quarantine"]

    def _module(self, provider):
        return self.simulator.modules[provider.code.removeprefix("o2o_")]

    # what a payer does

    def _plan(self, provider=None, amount=100.0, **vals):
        """A transaction and its attempt, as Odoo's payment page makes them."""
        provider = provider or self.alipay
        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": provider.with_context(active_test=False)
                .payment_method_ids[:1]
                .id,
                "amount": amount,
                "currency_id": self.yuan.id,
                "partner_id": self.payer.id,
                "operation": "online_redirect",
                **vals,
            }
        )
        return transaction._o2o_plan_intent()

    def _go(self, intent, on_phone=False):
        """Send the payer to pay: the gateway knows the payment after this."""
        with self._jobs():
            page = intent._open(on_phone, "127.0.0.1")
        if page and page.method == "POST":
            requests.post(page.url, data=dict(page.fields), timeout=10)
        elif page:
            requests.get(page.url, timeout=10)
        return intent

    def _start(self, provider=None, **vals):
        return self._go(self._plan(provider, **vals))

    def _pay(self, intent):
        """The payer pays; nobody is told yet."""
        self._module(intent.provider_id).ledger.pay(intent.out_no)
        return intent

    def _letter(self, intent, fault=""):
        """The notification as the gateway sends it, or a faulty one."""
        module = self._module(intent.provider_id)
        return module.letter(
            module.ledger.find(intent.out_no), Fault(fault, {}) if fault else None
        )

    def _tell(self, intent, fault=""):
        """Deliver a notification.

        :return: the status of the answer, and whether it was believed
        """
        letter = self._letter(intent, fault)
        with self._jobs():
            answer, is_believed = self.events._receive(
                intent.provider_id, dict(letter.headers()), letter.body
            )
        return answer, is_believed

    # what jobs do

    def _jobs(self):
        return self.enter_registry_test_mode()

    def _run(self, *names):
        """Run the jobs as the server does, each once; notifications have two.

        Time stands: on a slow machine nothing becomes due once more while they run.
        """
        with self._jobs(), self._at(fields.Datetime.now()):
            for name in names or ("event", "intent", "refund"):
                jobs = LANES if name == "event" else [f"{_JOB}_{name}_cron"]
                for job in jobs:
                    self.env.ref(job).method_direct_trigger()

    def _make_due(self, rows):
        rows.filtered("next_at").next_at = fields.Datetime.now()

    def _paid(self, provider=None, **vals):
        """A payment that was made, told and looked at."""
        intent = self._pay(self._start(provider, **vals))
        self._tell(intent)
        self._run("event")
        return intent

    def _at(self, moment):
        """Odoo's time stands at a moment; that of the gateways goes on."""
        return patch.object(fields.Datetime, "now", staticmethod(lambda: moment))

    def _after(self, **duration):
        return self._at(fields.Datetime.add(fields.Datetime.now(), **duration))


class PaymentCase(SimulatedGateways, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._start_gateways()

    def setUp(self):
        super().setUp()
        self.addCleanup(self.simulator.faults.clear)
