"""The socket that Odoo gets in production, with a queue for a rush of members."""

import socket
import subprocess
import sys
import time
from pathlib import Path

LAUNCHER = Path(__file__).resolve().parents[2] / "config" / "container" / "listen.py"
RUSH = 200

# what Odoo's server looks for, and a worker that is busy when the rush comes
SERVER = """
import os, socket, time
assert os.environ["LISTEN_FDS"] == "1", os.environ
assert os.environ["LISTEN_PID"] == str(os.getpid()), "not the process that listens"
listener = socket.fromfd(3, socket.AF_INET, socket.SOCK_STREAM)
assert not os.get_blocking(listener.fileno())
try:
    listener.accept()
except BlockingIOError:
    print("ready", flush=True)
input()
answered = 0
while answered < RUSH:
    connection, _address = listener.accept()
    connection.sendall(b"served " + connection.recv(100))
    connection.close()
    answered += 1
    if answered % 50 == 0:
        time.sleep(0.05)
print("answered", answered, flush=True)
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_rush_waits_in_the_queue():
    """Two hundred connections before the first one is accepted: each is answered."""
    port, members = free_port(), []
    server = subprocess.Popen(
        [
            sys.executable,
            str(LAUNCHER),
            "--interface=127.0.0.1",
            f"--port={port}",
            "--",
            sys.executable,
            "-c",
            SERVER.replace("RUSH", str(RUSH)),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout.readline().strip() == "ready"
        for number in range(RUSH):
            member = socket.create_connection(("127.0.0.1", port), timeout=10)
            member.sendall(b"%d" % number)
            members.append(member)
        time.sleep(0.5)
        server.stdin.write("go\n")
        server.stdin.flush()
        answers = {member.recv(100) for member in members}
        assert answers == {b"served %d" % number for number in range(RUSH)}
        assert server.stdout.readline().strip() == f"answered {RUSH}"
    finally:
        server.kill()
        server.wait()
        for stream in (server.stdin, server.stdout):
            stream.close()
        for member in members:
            member.close()
