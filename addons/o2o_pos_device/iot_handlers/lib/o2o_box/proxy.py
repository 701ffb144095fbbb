"""What Odoo's till asks of a machine of its own: is there a scale, what lies on it.

The routes are those of Odoo's Community till (``/hw_proxy/...``): its weighing screen
works as it is. Reachable from this machine only, and from pages of the own server only.
"""

from .local_http import LocalHandler, LocalServer
from .scale import ScaleAway


class Proxy(LocalServer):
    """Serves the routes in threads. ``port=0`` takes any free port.

    :param str server_url: whose pages may ask
    :param scale: :class:`.scale.ScaleThread`
    """

    def __init__(self, server_url, scale, port=0):
        super().__init__(_Handler, server_url, port)
        self.scale = scale

    def describe_scale(self):
        try:
            _weight, problem = self.scale.read()
        except ScaleAway as error:
            return {"status": "disconnected", "messages": [str(error)]}
        return {"status": "connected", "messages": [problem] if problem else []}


class _Handler(LocalHandler):
    def do_GET(self):
        if not self.is_welcome():
            self.send(403)
        elif self.path == "/hw_proxy/hello":
            self.send(200, b"ping")
        else:
            self.send(404)

    def do_POST(self):
        if not self.is_welcome() or not self.is_json():
            return self.send(403)
        answer = {
            "/hw_proxy/handshake": lambda: {"result": True},
            "/hw_proxy/status_json": self._status,
            "/hw_proxy/scale_read": self._weigh,
        }.get(self.path)
        if answer is None:
            return self.send(404)
        try:
            request = self.read_json()
        except ValueError:
            return self.send(400)
        body = {"jsonrpc": "2.0", "id": request.get("id"), **answer()}
        return self.send_json(200, body)

    def _status(self):
        return {"result": {"scale": self.server.describe_scale()}}

    def _weigh(self):
        try:
            weight, _problem = self.server.scale.read()
        except ScaleAway as error:
            data = {"name": "ScaleAway", "message": str(error), "arguments": []}
            return {"error": {"code": 200, "message": str(error), "data": data}}
        return {"result": {"weight": weight}}
