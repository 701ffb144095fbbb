"""A CUPS server with one queue, as far as a raw job needs it (RFC 8010, RFC 8011)."""

import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from o2o_box.decoder import Decoder

_PENDING, _STOPPED, _ABORTED, _COMPLETED = 3, 6, 8, 9


class CupsServer:
    """Prints raw jobs on a virtual printer.

    ``reasons`` of the printer hold a job; ``aborts`` gives the next one up; ``refuses``
    answers each request with an error of IPP.
    """

    def __init__(self, printer):
        self.printer = printer
        self.reasons = []
        self.aborts = self.refuses = False
        self.jobs = {}
        self.formats = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.port = self._server.server_address[1]
        serve = self._server.serve_forever
        threading.Thread(target=serve, args=(0.05,), daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path, request):
        version, operation, number = struct.unpack_from(">HHI", request)
        attributes, data = self._read(request)
        known = attributes["printer-uri"].endswith("/printers/counter")
        status = 0x0000
        body = b"\x01" + _value(0x47, "attributes-charset", b"utf-8")
        body += _value(0x48, "attributes-natural-language", b"en")
        if version != 0x0101 or path != "/printers/counter" or not known:
            status = 0x0406  # client-error-not-found
        elif self.refuses:
            status = 0x0506  # server-error-not-accepting-jobs
        elif operation == 0x0002:
            job = len(self.jobs) + 1
            self.formats.append(attributes["document-format"])
            self.jobs[job] = [_PENDING, data]
            body += b"\x02" + _value(0x21, "job-id", struct.pack(">i", job))
        elif operation == 0x0009:
            [job] = struct.unpack(">i", attributes["job-id"])
            state = struct.pack(">i", self._work(job))
            body += b"\x02" + _value(0x23, "job-state", state)
        elif operation == 0x000B:
            state = struct.pack(">i", 5 if "paused" in self.reasons else 3)
            body += b"\x04" + _value(0x23, "printer-state", state)
            first, *more = self.reasons or ["none"]
            body += _value(0x44, "printer-state-reasons", first.encode())
            body += b"".join(_value(0x44, "", reason.encode()) for reason in more)
        return struct.pack(">HHI", 0x0101, status, number) + body + b"\x03"

    def _work(self, job):
        """The queue moves on when it is looked at."""
        entry = self.jobs[job]
        if entry[0] == _PENDING and self.aborts:
            entry[0] = _ABORTED
        elif entry[0] in (_PENDING, _STOPPED):
            entry[0] = _STOPPED if self.reasons else _COMPLETED
            if entry[0] == _COMPLETED:
                commands = Decoder().feed(entry[1])
                self.printer.receive(commands, lambda _data: None)
        return entry[0]

    def _read(self, request):
        values, position = {}, 8
        while request[position] != 0x03:
            tag = request[position]
            position += 1
            if tag < 0x10:
                continue
            parts = []
            for _part in range(2):
                [size] = struct.unpack_from(">H", request, position)
                parts.append(request[position + 2 : position + 2 + size])
                position += 2 + size
            name, raw = parts[0].decode(), parts[1]
            values[name] = raw if tag in (0x21, 0x23) else raw.decode()
        return values, request[position + 1 :]

    def _handler(self):
        cups = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                is_ipp = self.headers["Content-Type"] == "application/ipp"
                answer = cups.answer(self.path, body) if is_ipp else b""
                self.send_response(200 if is_ipp else 400)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_args):
                """Quiet."""

        return Handler


def _value(tag, name, raw):
    head = struct.pack(">BH", tag, len(name)) + name.encode()
    return head + struct.pack(">H", len(raw)) + raw
