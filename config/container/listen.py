"""Start Odoo on a socket with a long queue: ``listen.py [options] -- COMMAND``.

Odoo listens with a queue of eight connections per worker. When a hundred members press
"order" in one moment, the kernel greets the others but drops what they send; they
repeat it later and later, too late for a worker that waits two seconds for a request,
and the connection is reset. A connection that waits in the queue is answered in turn.

The socket is handed over as systemd would (file descriptor 3, ``LISTEN_FDS``), as Odoo
with worker processes understands; the command replaces this process.
"""

from __future__ import annotations

import argparse
import os
import socket

FIRST_DESCRIPTOR = 3


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--interface", default="0.0.0.0")
    parser.add_argument("--port", type=int, default=8069)
    parser.add_argument("--queue", type=int, default=1024)
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()

    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((arguments.interface, arguments.port))
    listener.listen(arguments.queue)
    # workers are woken together and all but one find nothing: they must not wait there
    listener.setblocking(False)
    if listener.fileno() != FIRST_DESCRIPTOR:
        os.dup2(listener.fileno(), FIRST_DESCRIPTOR)
    os.set_inheritable(FIRST_DESCRIPTOR, True)
    os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
    os.execvp(arguments.command[0], arguments.command)


if __name__ == "__main__":
    main()
