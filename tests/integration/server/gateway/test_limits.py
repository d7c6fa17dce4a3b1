"""What clients may take of a gateway, and that the others do not pay for it."""

from __future__ import annotations

import contextlib
import json
import resource
import socket
import ssl
import threading
import time
from pathlib import Path

import pytest
from support.certificates import make_certificate
from support.front import poll
from support.gateway import Gateway, House, complete

ASKED = b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
MEMORY = 64 << 20
LARGE = 3_000_000


def serve(sock: socket.socket, head: bytes, _body: bytes) -> bool:
    size = LARGE if head.startswith(b"POST /large") else 10_000
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + bytes(size))
    return True


@pytest.fixture
def gateway(house: House) -> Gateway:
    gateway = house.gateway(house.replica("a", serve=serve), house.replica("b", serve=serve))
    gateway.wait_for(state="ready")
    return gateway


def resident(gateway: Gateway) -> int:
    status = Path(f"/proc/{gateway.process.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) << 10


def innocents(gateway: Gateway, count: int) -> None:
    """Each of them gets its answer, soon."""
    took = []
    for _ in range(count):
        begun = time.monotonic()
        status, body = gateway.get(body=b"{}")
        assert (status, len(body)) == (200, 10_000)
        took.append(time.monotonic() - begun)
    assert max(took) < 5


def small(gateway: Gateway) -> socket.socket:
    """A client with room for little."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32768)
    sock.connect(("127.0.0.1", gateway.port))
    sock.settimeout(20)
    return sock


def test_after_slow_readers_everybody_is_answered(gateway: Gateway) -> None:
    """`pause_writing` stopped the replica's connection, and the next one to use it hung."""

    def read_slowly() -> None:
        with small(gateway) as sock:
            sock.sendall(ASKED.replace(b"/score", b"/large"))
            total = 0
            while total < LARGE and (data := sock.recv(65536)):
                total += len(data)
                time.sleep(0.001)

    readers = [threading.Thread(target=read_slowly) for _ in range(12)]
    for reader in readers:
        reader.start()
    innocents(gateway, 5)
    for reader in readers:
        reader.join()
    innocents(gateway, 40)


def test_answers_that_nobody_reads_are_not_made(gateway: Gateway) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            sock = stack.enter_context(small(gateway))
            sock.settimeout(0.5)
            with contextlib.suppress(OSError):
                sock.sendall(ASKED * 4000)
        innocents(gateway, 10)
        assert resident(gateway) < MEMORY


def test_bodies_that_do_not_end_are_not_kept(gateway: Gateway) -> None:
    head = b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 999999\r\n\r\n"
    with contextlib.ExitStack() as stack:
        for _ in range(120):
            sock = stack.enter_context(gateway.connect())
            with contextlib.suppress(OSError):
                sock.sendall(head + bytes(900_000))
        innocents(gateway, 10)
        assert resident(gateway) < MEMORY
        buffered = gateway.status()["buffered_bytes"]
        assert isinstance(buffered, int)
        assert buffered <= 16 << 20


def test_who_ends_in_the_middle_of_a_body_takes_nobody_along(gateway: Gateway) -> None:
    for _ in range(20):
        with gateway.connect() as sock:
            sock.sendall(ASKED[:-1])
            sock.shutdown(socket.SHUT_WR)
            assert sock.recv(100) == b""
    status = gateway.status()
    assert status["state"] == "ready"
    innocents(gateway, 5)


def test_the_limits_are_those_of_the_server(house: House) -> None:
    current = {"settings": {"header_timeout_s": 0.5, "max_header_bytes": 2000}}
    gateway = house.gateway(house.replica("a"), current=current)
    gateway.wait_for(state="ready")
    late = gateway.exchange(b"POST /score HTT")
    assert late.startswith(b"HTTP/1.1 408 ")
    large = gateway.exchange(b"POST /score HTTP/1.1\r\nX: " + b"x" * 3000, until=complete)
    assert large.startswith(b"HTTP/1.1 431 ")


def test_the_limits_are_those_of_what_serves(house: House) -> None:
    gateway = house.gateway(house.replica("a"))
    gateway.wait_for(state="ready")
    next_ = {
        **gateway.generation("2", 2, [house.replica("b")]),
        "settings": {"max_header_bytes": 2000},
    }
    head = b"POST /score HTTP/1.1\r\nContent-Length: 0\r\nX: " + b"x" * 3000 + b"\r\n"

    def answer() -> bytes:
        return gateway.exchange(head, until=complete)

    with gateway.connect() as sock:
        sock.sendall(head + b"\r\n")
        assert sock.recv(100).startswith(b"HTTP/1.1 200 ")
    assert gateway.ask("apply", generation=next_)["ok"] is True
    gateway.wait_for(revision=2)
    poll(lambda: answer().startswith(b"HTTP/1.1 431 "), "the limits hold")
    refused = gateway.ask("apply", generation={**next_, "id": "3", "settings": {"workers": 2}})
    assert "workers" in str(refused["error"])


@pytest.mark.parametrize(
    ("settings", "named"), [({"header_timeout_s": "soon"}, "soon"), ({"workers": 2}, "workers")]
)
def test_a_setting_that_cannot_be_one_is_named(
    house: House, settings: dict[str, object], named: str
) -> None:
    gateway = house.gateway(house.replica("a"))
    gateway.process.kill()
    gateway.process.wait()
    plan = json.loads(gateway.plan.read_text())
    plan["current"]["settings"] = settings
    gateway.plan.write_text(json.dumps(plan))
    with pytest.raises(AssertionError, match=named):
        gateway.start()
    assert gateway.process.returncode == 3


def test_clients_that_do_not_greet_keep_nobody_out(house: House) -> None:
    certificate, key = make_certificate(house.folder)
    trusting = ssl.create_default_context(cafile=str(certificate))
    more = {
        "certificate": str(certificate),
        "key": str(key),
    }
    settings = {"header_timeout_s": 1, "max_header_bytes": 65536}
    gateway = house.gateway(house.replica("a"), more=more, current={"settings": settings})
    gateway.wait_for(state="ready")
    files = Path(f"/proc/{gateway.process.pid}/fd")
    before = len(list(files.iterdir()))
    with contextlib.ExitStack() as silent:
        for _ in range(300):
            silent.enter_context(gateway.connect())
        client = silent.enter_context(gateway.connect())
        client = trusting.wrap_socket(client, server_hostname="localhost")
        client.sendall(ASKED)
        assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
        client.close()
        poll(lambda: len(list(files.iterdir())) <= before + 3, "they have had their time", 10)


def test_connections_beyond_the_limit_make_those_that_rest_leave(gateway: Gateway) -> None:
    """Of the files that the process may open; it is started again with few."""
    gateway.process.kill()
    gateway.process.wait()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (400, hard))
    try:
        gateway.start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(gateway.connect()) for _ in range(150)]
        for client in clients:
            client.sendall(ASKED)
            received = b""
            while not complete(received):
                received += client.recv(65536)

        def there() -> int:
            count = gateway.status()["connections"]
            assert isinstance(count, int)
            return count

        poll(lambda: there() <= 160, "those that rest leave")
        innocents(gateway, 5)
