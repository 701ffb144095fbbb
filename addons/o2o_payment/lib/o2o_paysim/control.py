"""The switchboard over HTTP: ``POST /_sim/<command>`` with JSON and a token."""

from __future__ import annotations

import base64
import json
import secrets
from typing import TYPE_CHECKING, Any

from .faults import NOTIFY, TRANSPORT
from .ledger import Refused, Trade
from .web import Request, Response

if TYPE_CHECKING:
    from .simulator import Simulator

PREFIX = "/_sim/"


class Control:
    """Commands for tests and demonstrations in other processes.

    ``merchant`` (settings and keys of a gateway), ``pay``, ``refuse``, ``notify``,
    ``letter``, ``trades``, ``books``, ``fault``, ``clear``, ``advance``,
    ``spoil_bill``, ``settle_refund``, ``rotate``.
    """

    def __init__(self, simulator: Simulator, token: str) -> None:
        self._simulator = simulator
        self._token = token

    def handle(self, request: Request) -> Response | None:
        if not request.path.startswith(PREFIX):
            return None
        given = request.headers.get("x-sim-token", "")
        if not secrets.compare_digest(given.encode(), self._token.encode()):
            return _json({"error": "token"}, 403)
        command = getattr(self, f"_do_{request.path[len(PREFIX) :]}", None)
        if command is None or request.method != "POST":
            return _json({"error": "unknown command"}, 404)
        try:
            arguments = json.loads(request.body or b"{}")
            return _json({"result": command(**arguments)})
        except Refused as refused:
            return _json({"error": refused.why}, 409)
        except (TypeError, ValueError, KeyError) as error:
            return _json({"error": f"{type(error).__name__}: {error}"}, 400)

    def _do_merchant(self, gateway: str) -> dict[str, str]:
        return self._simulator.modules[gateway].merchant()

    def _do_pay(self, out_no: str) -> dict[str, Any]:
        module, trade = self._found(out_no)
        return _trade(module.pay(trade.out_no))

    def _do_refuse(self, out_no: str) -> dict[str, Any]:
        module, trade = self._found(out_no)
        return _trade(module.ledger.close(trade.out_no))

    def _do_notify(self, out_no: str) -> None:
        module, trade = self._found(out_no)
        module.notify(trade)

    def _do_letter(self, out_no: str) -> dict[str, Any]:
        """The notification of a payment, for somebody else to deliver."""
        module, trade = self._found(out_no)
        letter = module.letter(trade, None)
        headers = {"Content-Type": letter.content_type, **letter.headers()}
        body = base64.b64encode(letter.body).decode()
        return {"url": letter.url, "headers": headers, "body": body}

    def _do_trades(self, gateway: str) -> list[dict[str, Any]]:
        return [_trade(one) for one in self._simulator.modules[gateway].ledger.trades()]

    def _do_books(self, gateway: str) -> dict[str, int]:
        return self._simulator.modules[gateway].ledger.books()

    def _do_fault(self, route: str, name: str, times: int = 1, **more: float) -> None:
        known = {*TRANSPORT, *NOTIFY}
        for module in self._simulator.modules.values():
            known.update(module.own_faults, module.notify_faults)
        if name not in known:
            raise ValueError(f"no such fault, there are {', '.join(sorted(known))}")
        self._simulator.faults.add(route, name, times, **more)

    def _do_clear(self) -> None:
        self._simulator.faults.clear()

    def _do_advance(self, seconds: float) -> str:
        self._simulator.clock.advance(seconds)
        return self._simulator.clock().isoformat()

    def _do_spoil_bill(self, gateway: str, how: str, row: int = 0) -> None:
        self._simulator.modules[gateway].spoil_bill(how, row)

    def _do_settle_refund(self, gateway: str, refund_no: str, word: str) -> None:
        self._simulator.modules[gateway].settle_refund(refund_no, word)

    def _do_rotate(self, gateway: str) -> None:
        self._simulator.modules[gateway].rotate()

    def _found(self, out_no: str) -> Any:
        found = self._simulator.find(out_no)
        if found is None:
            raise Refused("absent")
        return found


def _trade(trade: Trade) -> dict[str, Any]:
    return {
        "out_no": trade.out_no,
        "provider_no": trade.provider_no,
        "amount_fen": trade.amount_fen,
        "refunded_fen": trade.refunded_fen,
        "subject": trade.subject,
        "state": trade.state,
        "way": trade.way,
        "token": trade.token,
        "paid_at": trade.paid_at.isoformat() if trade.paid_at else None,
    }


def _json(value: Any, status: int = 200) -> Response:
    body = json.dumps(value, ensure_ascii=False).encode()
    return Response(body, status, "application/json")
