"""What the payer sees on the phone: a payment to confirm, and all that wait."""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path
from string import Template

from o2o_gateway.money import format_yuan

from .ledger import CLOSED, DRAFT, PAID, WAITING, Refused, Trade
from .module import Module
from .web import Request, Response, page, redirect

_PAGES = Path(__file__).with_name("pages")
_SHOWN = {PAID: "已支付", CLOSED: "已关闭"}
_REFUSED = {"credit": "<p>商家不支持用信用卡或花呗支付，请换一种方式。</p>"}


class Payer:
    """``/phone`` lists what waits, the newest last; ``/phone/<token>`` is one payment.

    A code that nobody has scanned is no payment yet: to open it is to scan it.
    The address of a payment is a secret of its own, as a QR code is.
    """

    def __init__(self, modules: Mapping[str, Module]) -> None:
        self._modules = modules
        self._one = Template((_PAGES / "payment.html").read_text(encoding="utf-8"))
        self._all = Template((_PAGES / "phone.html").read_text(encoding="utf-8"))

    def handle(self, request: Request) -> Response | None:
        if request.path == "/phone":
            return self._list()
        if not request.path.startswith("/phone/"):
            return None
        token = request.path.removeprefix("/phone/")
        for module in self._modules.values():
            if trade := module.ledger.by_token(token):
                return self._payment(module, trade, request)
        return page("<h1>404</h1>", 404)

    def _payment(self, module: Module, trade: Trade, request: Request) -> Response:
        try:
            if request.method != "POST":
                module.ledger.scan(trade.out_no)
            elif (action := request.form().get("action")) in ("pay", "credit"):
                module.pay(trade.out_no, by_credit=action == "credit")
            else:
                module.ledger.close(trade.out_no)
        except Refused as refusal:
            return page(self._shown(module, trade, refusal.why))
        if request.method == "POST" and (back := module.return_address(trade)):
            return redirect(back)
        return page(self._shown(module, trade))

    def _shown(self, module: Module, trade: Trade, refusal: str = "") -> str:
        note = _REFUSED.get(refusal, "")
        buttons = (_PAGES / "buttons.html").read_text(encoding="utf-8")
        return self._one.substitute(
            gateway=module.title,
            subject=html.escape(trade.subject),
            amount=format_yuan(trade.amount_fen),
            number=html.escape(trade.out_no),
            action=_SHOWN.get(trade.state) or f"{note}{buttons}",
        )

    def _list(self) -> Response:
        waiting = [
            trade
            for module in self._modules.values()
            for trade in module.ledger.trades()
            if trade.state in (DRAFT, WAITING)
        ]
        rows = [
            f'<a href="/phone/{trade.token}"><span>{html.escape(trade.subject)}</span>'
            f"<b>¥{format_yuan(trade.amount_fen)}</b></a>"
            for trade in sorted(waiting, key=lambda trade: trade.created_at)
        ]
        codes = [
            f"<dt>{module.title}</dt><dd>{module.payment_code()}</dd>"
            for module in self._modules.values()
        ]
        text = self._all.substitute(
            rows="\n".join(rows) or "<p>没有待付款</p>", codes="\n".join(codes)
        )
        return page(text)
