"""The clouds of Feie and Yilianyun, and a CloudPRNT printer, as far as a shop sees.

Plain threads on a free port, no Odoo. They verify each signature, keep the papers and
misbehave on demand: see ``CloudServer.faults``.
"""

import hashlib
import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode

import requests

#: how far a clock may be off
_CLOCK_SECONDS = 300


class CloudServer:
    """A cloud with one account and its printers.

    ``faults`` is a list; each request takes the first one that fits it:

    ``"lost"``      do the work, then hang up without an answer
    ``"refuse"``    hang up before any work: the caller cannot know
    ``"slow"``      answer after ``self.delay`` seconds, the work is done before
    ``"error"``     HTTP 500 with a page
    ``"garbage"``   HTTP 200, but no JSON
    ``"huge"``      the right answer, and far too much beside it
    ``"drip"``      a byte now and then
    ``"redirect"``  to another address
    ``"busy"``      HTTP 429

    A fault may be given as ``(fault, word)``: only for requests with that word in the
    name of the call.
    """

    user = "shop@example.com"
    secret = "ukey-5e1f"

    def __init__(self):
        self.faults = []
        self.delay = 1.0
        self.calls = []
        #: number -> {"key", "state", "slips"}; a slip is a dict
        self.printers = {}
        self.lock = threading.RLock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.thread = threading.Thread(
            target=self.server.serve_forever, args=[0.02], daemon=True
        )

    def start(self):
        self.thread.start()
        return self

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(timeout=5)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}{self.path}"

    def add_printer(self, number="460012345", key="abcd1234", registered=False):
        self.printers[number] = {
            "key": key,
            "state": "online",
            "registered": registered,
            "slips": [],
        }
        return number

    def set_state(self, state, number="460012345"):
        """``online``, ``paper_out`` or ``offline``; back online prints what waits."""
        with self.lock:
            self.printers[number]["state"] = state
            if state == "online":
                self._print_waiting(number)

    def papers(self, number="460012345"):
        """The text of each paper that came out, copies one by one."""
        return [
            slip["content"]
            for slip in self.printers[number]["slips"]
            if slip["printed"]
            for _copy in range(slip["copies"])
        ]

    def _take(self, number, content, copies, **more):
        slip = {"content": content, "copies": copies, "printed": False, **more}
        slip["id"] = f"{number}_{len(self.printers[number]['slips']) + 1:06}"
        self.printers[number]["slips"].append(slip)
        if self.printers[number]["state"] == "online":
            self._print_waiting(number)
        return slip

    def _print_waiting(self, number):
        now = time.time()
        for slip in self.printers[number]["slips"]:
            if not slip.get("expires") or slip["expires"] > now:
                slip["printed"] = True

    def _take_fault(self, name):
        for index, fault in enumerate(self.faults):
            kind, word = fault if isinstance(fault, tuple) else (fault, "")
            if word in name:
                del self.faults[index]
                return kind
        return None


def _handler(cloud):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            length = int(self.headers.get("Content-Length") or 0)
            form = {
                key: values[0]
                for key, values in parse_qs(
                    self.rfile.read(length).decode(), keep_blank_values=True
                ).items()
            }
            name = cloud.get_name(self.path, form)
            with cloud.lock:
                fault = cloud._take_fault(name)
                if fault in ("refuse", "error", "garbage", "redirect", "busy"):
                    answer = None
                else:
                    cloud.calls.append((name, form))
                    answer = cloud.answer(name, form)
            self._reply(fault, answer)

        def _reply(self, fault, answer):
            if fault in ("refuse", "lost"):
                self.close_connection = True
                return
            if fault == "slow":
                time.sleep(cloud.delay)
            status = {"error": 500, "redirect": 302, "busy": 429}.get(fault, 200)
            body = json.dumps(answer, ensure_ascii=False).encode()
            if fault == "huge":
                body = json.dumps({**answer, "more": "x" * 400_000}).encode()
            if fault in ("error", "garbage"):
                body = b"<html>Bad gateway</html>"
            try:
                self.send_response(status)
                if fault == "redirect":
                    self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                if fault != "drip":
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                while fault == "drip":
                    self.wfile.write(b" ")
                    time.sleep(0.05)
                self.wfile.write(body)
            except OSError:
                self.close_connection = True  # the caller has gone

        def log_message(self, *_args):
            pass

    return Handler


class FeieCloud(CloudServer):
    path = "/Api/Open/"

    def get_name(self, _path, form):
        return form.get("apiname", "")

    def answer(self, name, form):
        moment = form.get("stime", "")
        wanted = hashlib.sha1(f"{self.user}{self.secret}{moment}".encode()).hexdigest()
        if form.get("user") != self.user:
            return self._no(-4, "用户未注册")
        if form.get("sig") != wanted:
            return self._no(-3, "参数签名失败")
        if abs(time.time() - int(moment or 0)) > _CLOCK_SECONDS:
            return self._no(-2, "参数不合法")
        handler = getattr(self, f"_{name}", None)
        return handler(form) if handler else self._no(-1, "请求头错误")

    def _ok(self, data):
        return {"msg": "ok", "ret": 0, "data": data, "serverExecutedTime": 3}

    def _no(self, code, message):
        return {"msg": message, "ret": code, "data": None, "serverExecutedTime": 3}

    def _known(self, form):
        printer = self.printers.get(form.get("sn"))
        return printer if printer and printer["registered"] else None

    def _Open_printerAddlist(self, form):
        line = form.get("printerContent", "")
        number, key, *_rest = line.split("#")
        printer = self.printers.get(number)
        if not printer or printer["key"] != key:
            return self._ok({"ok": [], "no": [f"{line}  （错误：识别码不正确）"]})
        if printer["registered"]:
            return self._ok({"ok": [], "no": [f"{line}  （错误：已被添加过）"]})
        printer["registered"] = True
        return self._ok({"ok": [line], "no": []})

    def _Open_queryPrinterStatus(self, form):
        printer = self._known(form)
        if not printer:
            return self._no(1002, "打印机未注册")
        words = {
            "online": "在线，工作状态正常。",
            "paper_out": "在线，工作状态不正常。",
            "offline": "离线。",
        }
        return self._ok(words[printer["state"]])

    def _Open_printMsg(self, form):
        if not self._known(form):
            return self._no(1002, "打印机未注册")
        content = form.get("content", "")
        if not content or len(content.encode()) > 5000:
            return self._no(1007, "打印内容超过5000字节")
        expires = int(form.get("expired") or 0)
        slip = self._take(
            form["sn"], content, int(form.get("times") or 1), expires=expires
        )
        return self._ok(slip["id"])

    def _Open_queryOrderState(self, form):
        for printer in self.printers.values():
            for slip in printer["slips"]:
                if slip["id"] == form.get("orderid"):
                    return self._ok(slip["printed"])
        return self._no(1005, "未找到订单信息")


class YilianyunCloud(CloudServer):
    path = ""
    user = "1098765432"
    secret = "client-secret-77"

    def __init__(self):
        super().__init__()
        self.tokens = []
        self.token = None
        self.used_ids = set()

    def get_name(self, path, _form):
        return path.strip("/")

    def expire_token(self):
        self.token = None

    def answer(self, name, form):
        moment = form.get("timestamp", "")
        wanted = hashlib.md5(f"{self.user}{moment}{self.secret}".encode()).hexdigest()
        if form.get("client_id") != self.user or form.get("sign") != wanted:
            return self._no(11, "sign验证失败")
        if abs(time.time() - int(moment or 0)) > _CLOCK_SECONDS:
            return self._no(11, "sign验证失败")
        if form.get("id", "") in self.used_ids or len(form.get("id", "")) != 36:
            return self._no(33, "Uuid不合法")
        self.used_ids.add(form["id"])
        if name == "oauth/oauth":
            self.token = f"token-{len(self.tokens) + 1}"
            self.tokens.append(self.token)
            return self._ok({"access_token": self.token, "expires_in": 0})
        if not self.token or form.get("access_token") != self.token:
            return self._no(18, "access_token已过期")
        handler = getattr(self, f"_{name.replace('/', '_')}", None)
        return handler(form) if handler else self._no(12, "缺少必要参数")

    def _ok(self, body):
        return {"error": "0", "error_description": "success", "body": body}

    def _no(self, code, message):
        return {"error": str(code), "error_description": message}

    def _known(self, form):
        printer = self.printers.get(form.get("machine_code"))
        return printer if printer and printer["registered"] else None

    def _printer_addprinter(self, form):
        printer = self.printers.get(form.get("machine_code"))
        if not printer or printer["key"] != form.get("msign"):
            return self._no(8, "打印机信息错误,参数有误")
        printer["registered"] = True
        return self._ok("")

    def _printer_getprintstatus(self, form):
        printer = self._known(form)
        if not printer:
            return self._no(10, "权限不足")
        states = {"offline": "0", "online": "1", "paper_out": "2"}
        return self._ok({"state": states[printer["state"]]})

    def _print_index(self, form):
        printer = self._known(form)
        if not printer:
            return self._no(10, "权限不足")
        origin = form.get("origin_id", "")
        if not re.fullmatch(r"[0-9A-Za-z]{1,32}", origin):
            return self._no(12, "缺少必要参数")
        if form.get("idempotence") == "1":
            for slip in printer["slips"]:
                if slip["origin"] == origin:
                    return self._ok({"id": slip["id"], "origin_id": origin})
        content = form.get("content", "")
        copies = re.match(r"<MN>(\d+)</MN>", content)
        slip = self._take(
            form["machine_code"],
            content[copies.end() :] if copies else content,
            int(copies[1]) if copies else 1,
            origin=origin,
        )
        return self._ok({"id": slip["id"], "origin_id": origin})

    def _printer_getorderpaginglist(self, form):
        printer = self._known(form)
        if not printer:
            return self._no(10, "权限不足")
        size, page = int(form["page_size"]), int(form["page_index"])
        slips = printer["slips"][::-1][size * (page - 1) : size * page]
        return self._ok(
            [
                {
                    "id": slip["id"],
                    "origin_id": slip["origin"],
                    "status": int(slip["printed"]),
                    "print_time": "1534498949" if slip["printed"] else "0",
                }
                for slip in slips
            ]
        )


class StarPrinter:
    """A printer that polls: one call of :meth:`step` is one round of it.

    :param str url: the address entered in the printer, without user and password
    :param faults: ``"lose_get"`` (the data does not arrive), ``"lose_delete"``
        (printed, but the word of it is lost), ``"jam"`` (paper error in the middle)
    """

    def __init__(self, url, user, password, mac="00:11:62:1b:b0:02", session=requests):
        self.url = url
        self.session = session
        self.auth = (str(user), password)
        self.mac = mac
        self.code = "200%20OK"
        self.papers = []
        self.faults = []

    def poll(self, **more):
        return self.session.request(
            "POST",
            self.url,
            json={
                "status": "23 6 0 0 0 0 0 0 0",
                "printerMAC": self.mac,
                "statusCode": self.code,
                "clientAction": None,
                **more,
            },
            auth=self.auth,
            timeout=10,
        )

    def get(self, token, media="image/png"):
        query = urlencode({"mac": self.mac, "type": media, "token": token})
        return self._ask("GET", query)

    def delete(self, token, code="200 OK"):
        query = urlencode({"mac": self.mac, "code": code, "token": token})
        return self._ask("DELETE", query)

    def _ask(self, method, query):
        return self.session.request(
            method, f"{self.url}?{query}", auth=self.auth, timeout=10
        )

    def step(self):
        """Poll; fetch, print and confirm what is ready. :return: the token, if any"""
        answer = self.poll().json()
        # an offline printer asks for nothing
        if not answer.get("jobReady") or not self.code.startswith("2"):
            return None
        token = answer["jobToken"]
        data = self.get(token, answer["mediaTypes"][0])
        fault = self.faults.pop(0) if self.faults else None
        if fault == "lose_get" or data.status_code != 200:
            self.delete(token, "520 Download failed")
            return token
        if fault == "jam":
            self.code = "411 Paper jam"
            self.delete(token, self.code)
            return token
        self.papers.append(data.content)
        if fault != "lose_delete":
            self.delete(token)
        return token
