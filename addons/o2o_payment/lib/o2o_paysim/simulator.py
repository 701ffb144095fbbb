"""The simulator as a whole: server, modules, the payer's pages, control."""

from __future__ import annotations

import secrets
import threading
from datetime import datetime

from .alipay.module import AlipayModule
from .clock import SimClock
from .control import Control
from .faults import TRANSPORT, Faults
from .ledger import Trade
from .module import Module, Surroundings
from .notifier import Notifier
from .payer import Payer
from .unionpay.module import UnionPayModule
from .web import Request, Response, Server, page, play
from .wechat.module import WechatModule

#: every gateway that is simulated
MODULES: tuple[type[Module], ...] = (AlipayModule, UnionPayModule, WechatModule)


class Simulator:
    """All gateways behind one port. ``start()``, then ``stop()``.

    In a test the attributes are used directly; from outside, :mod:`.control` offers the
    same over HTTP to whoever has the token.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        start: datetime | None = None,
        token: str = "",
    ) -> None:
        """
        :param start: the simulator's time at its start; the real one otherwise
        :param token: opens the switchboard; by default one is made
        """
        self.clock = SimClock(start)
        self.faults = Faults()
        self.token = token or secrets.token_urlsafe(16)
        notifier = Notifier(self.clock)
        self._around = Surroundings(self.clock, self.faults, notifier)
        self.modules: dict[str, Module] = {}
        for kind in MODULES:
            self.modules[kind.code] = kind(self._around)
        self._payer = Payer(self.modules)
        self._control = Control(self, self.token)
        self._server = Server(host, port, self._handle, self.clock)
        self.port: int = self._server.server_address[1]
        self.url = f"http://{host}:{self.port}"
        self._around.url = self.url
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.05},
            daemon=True,
        )

    def start(self) -> Simulator:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._around.notifier.stop()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def alipay(self) -> AlipayModule:
        found = self.modules["alipay"]
        assert isinstance(found, AlipayModule)
        return found

    @property
    def unionpay(self) -> UnionPayModule:
        found = self.modules["unionpay"]
        assert isinstance(found, UnionPayModule)
        return found

    @property
    def wechat(self) -> WechatModule:
        found = self.modules["wechat"]
        assert isinstance(found, WechatModule)
        return found

    def find(self, out_no: str) -> tuple[Module, Trade] | None:
        for module in self.modules.values():
            if trade := module.ledger.find(out_no):
                return module, trade
        return None

    def _handle(self, request: Request) -> Response:
        for handler in (self._control, self._payer):
            if response := handler.handle(request):
                return response
        for module in self.modules.values():
            if (route := module.route(request)) is not None:
                return self._call(module, route, request)
        return page("<h1>404</h1>", 404)

    def _call(self, module: Module, route: str, request: Request) -> Response:
        fault = self.faults.take(route, TRANSPORT)
        own = None if fault else self.faults.take(route, module.own_faults)
        return play(fault, lambda: module.answer(route, request, own))
