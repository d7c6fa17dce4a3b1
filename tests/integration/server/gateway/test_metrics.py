"""The metrics of all replicas through one gateway."""

import http.client
import os
import re
import signal
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

import pytest
from support.differential.servers import free_port
from support.front import poll
from support.gateway import Gateway, House, Replica, complete, plain

ASK = b"GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer k\r\n\r\n"


def counting(replica: Replica) -> None:
    """Lets it count what it answers, as a front does, and say so where it is asked with its key."""
    served = {"count": 0}

    def serve(sock: socket.socket, head: bytes, body: bytes) -> bool:
        if b"/metrics" not in head:
            served["count"] += 1
            return plain(replica.name)(sock, head, body)
        status, text = b"401 Unauthorized", b"no key"
        if b"Bearer k" in head:
            status = b"200 OK"
            text = (
                b"# HELP hits_total Hits.\n# TYPE hits_total counter\nhits_total %d.0\n"
                b"# HELP queue Queue.\n# TYPE queue gauge\nqueue 1.0\n" % served["count"]
            )
        sock.sendall(
            b"HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s"
            % (status, len(text), text)
        )
        return True

    replica.serve = serve


def scraped(gateway: Gateway, ask: bytes = ASK) -> str:
    received = gateway.exchange(ask, until=complete)
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n"), received
    return body.decode()


def hits(gateway: Gateway) -> float:
    found = re.search(r"^hits_total (\S+)$", scraped(gateway), re.MULTILINE)
    assert found
    return float(found[1])


@pytest.fixture
def pair(house: House) -> tuple[Replica, Replica, Gateway]:
    a, b = house.replica("a"), house.replica("b")
    counting(a)
    counting(b)
    gateway = house.gateway(a, b)
    all_ready(gateway)
    return a, b, gateway


def all_ready(gateway: Gateway) -> None:
    poll(lambda: all(r["ready"] for r in gateway.status()["replicas"]), "all ready")  # type: ignore[attr-defined]


def call(gateway: Gateway, times: int) -> None:
    with ThreadPoolExecutor(4) as clients:
        assert {s for s, _ in clients.map(lambda _: gateway.get(), range(times))} == {200}


def test_all_replicas_are_counted(pair: tuple[Replica, Replica, Gateway]) -> None:
    a, b, gateway = pair
    call(gateway, 40)

    page = scraped(gateway)

    assert "\nhits_total 40.0\n" in page
    assert min(len(a.requests), len(b.requests)) > 0
    assert 'queue{replica="0"} 1.0\nqueue{replica="1"} 1.0' in page
    assert "\nbrygga_replicas 2.0\n" in page
    assert "\nbrygga_replicas_ready 2.0\n" in page


def test_a_key_that_a_replica_refuses_is_refused(pair: tuple[Replica, Replica, Gateway]) -> None:
    gateway = pair[2]

    received = gateway.exchange(ASK.replace(b"Bearer k", b"Bearer x"), until=complete)

    assert received.startswith(b"HTTP/1.1 401 ")
    assert received.endswith(b"\r\n\r\nno key")
    asked = [head for replica in pair[:2] for head in replica.requests]
    assert len(asked) == 1  # else it would be counted once for each


def test_a_replica_that_is_dead_keeps_its_counts_also_when_it_counts_anew(
    pair: tuple[Replica, Replica, Gateway],
) -> None:
    a, b, gateway = pair
    call(gateway, 40)
    assert hits(gateway) == 40

    b.die()
    poll(lambda: gateway.status()["replicas"][1]["live"] is False, "it is known")  # type: ignore[index]
    call(gateway, 5)
    page = scraped(gateway)
    assert "\nhits_total 45.0\n" in page
    assert "\nbrygga_replicas_ready 1.0\n" in page
    assert 'queue{replica="1"}' not in page
    counting(b)
    b.__enter__()
    all_ready(gateway)
    assert hits(gateway) == 45
    call(gateway, 10)
    assert hits(gateway) == 55
    assert a.requests


def test_a_new_generation_and_a_new_gateway_go_on_counting(
    house: House, pair: tuple[Replica, Replica, Gateway]
) -> None:
    gateway = pair[2]
    call(gateway, 10)
    assert hits(gateway) == 10
    c = house.replica("c")
    counting(c)

    gateway.ask("apply", generation=gateway.generation("2", 2, [c]))
    gateway.wait_for(revision=2, leaving=[])
    call(gateway, 5)
    assert hits(gateway) == 15

    os.kill(gateway.process.pid, signal.SIGKILL)
    gateway.process.wait()
    gateway.start()
    all_ready(gateway)
    assert hits(gateway) == 15


def test_callers_at_once_and_requests_behind_it(pair: tuple[Replica, Replica, Gateway]) -> None:
    gateway = pair[2]
    call(gateway, 12)

    with ThreadPoolExecutor(8) as clients:
        assert set(clients.map(lambda _: hits(gateway), range(40))) == {12}
    received = gateway.exchange(ASK + ASK, until=lambda r: r.count(b"brygga_replicas_ready 2") == 2)
    assert received.count(b"HTTP/1.1 200 OK") == 2


def test_head_and_a_query_and_an_end(pair: tuple[Replica, Replica, Gateway]) -> None:
    gateway = pair[2]
    body = scraped(gateway)

    head = gateway.exchange(ASK.replace(b"GET", b"HEAD"), until=lambda r: b"\r\n\r\n" in r)

    assert head.endswith(b"\r\n\r\n")
    assert b"Content-Length: %d\r\n" % len(body) in head
    assert "hits_total 0.0" in scraped(gateway, ASK.replace(b"/metrics", b"/a/metrics?x=y"))
    with gateway.connect() as sock:
        sock.sendall(ASK)
        sock.shutdown(socket.SHUT_WR)
        received = b""
        while part := sock.recv(65536):
            received += part
    assert received.endswith(body.encode())


def test_a_replica_that_is_silent_or_says_something_else_keeps_its_counts(
    pair: tuple[Replica, Replica, Gateway],
) -> None:
    b, gateway = pair[1:]
    call(gateway, 40)
    assert hits(gateway) == 40
    release = threading.Event()

    def silent(_sock: socket.socket, _head: bytes, _body: bytes) -> bool:
        release.wait(20)
        return False

    for serve in (plain("not a page"), silent):
        b.serve = serve
        assert hits(gateway) == 40
    release.set()


def test_where_no_replica_answers_there_are_no_metrics(house: House) -> None:
    a = house.replica("a")
    gateway = house.gateway(a, proven=False)
    a.starting, a.ready = True, False

    a.die()
    received = gateway.exchange(ASK, until=complete)

    assert received.startswith(b"HTTP/1.1 503 ")


@dataclass(frozen=True)
class Planned:
    """A replica with more in its plan."""

    plan: dict[str, str]


def test_a_port_for_metrics_alone_needs_no_key_and_comes_and_goes(house: House) -> None:
    a, behind = house.replica("a"), house.replica("behind")
    counting(a)
    counting(behind)
    keyed = behind.serve
    behind.serve = lambda sock, head, body: keyed(sock, head + b"Bearer k", body)
    planned = Planned({**a.plan, "metrics": str(behind.path)})
    first, second = free_port(), free_port()
    gateway = house.gateway(planned, current={"metrics_port": first})
    all_ready(gateway)

    def get(port: int, path: str) -> tuple[int, bytes]:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as client:
            client.request("GET", path)
            answer = client.getresponse()
            return answer.status, answer.read()

    def listens(port: int) -> bool:
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", port)) == 0

    poll(lambda: listens(first), "the port for metrics is open")
    status, page = get(first, "/metrics")
    assert (status, b"hits_total 0.0" in page) == (200, True)
    assert [get(first, path)[0] for path in ("/score", "/ready", "/a/metrics")] == [404] * 3
    assert get(gateway.port, "/metrics")[0] == 401

    with socket.create_server(("127.0.0.1", second)):
        moved = {**gateway.generation("2", 2, [planned]), "metrics_port": second}
        assert gateway.ask("apply", generation=moved)["ok"] is True
        gateway.wait_for(revision=2)
        poll(lambda: not listens(first), "it is closed")
        poll(lambda: b"metrics cannot be given" in gateway.log.read_bytes(), "it is told")
    poll(lambda: listens(second) and get(second, "/metrics")[0] == 200, "the new one is open")


def test_a_replica_is_asked_where_its_prefix_is(house: House) -> None:
    def once(sock: socket.socket, head: bytes, body: bytes) -> bool:
        plain("a")(sock, head, body)
        return False

    a = house.replica("a", serve=once)
    gateway = house.gateway(Planned({**a.plan, "ready": "/digits/ready"}))
    all_ready(gateway)
    assert a.requests[0].startswith(b"GET /digits/ready HTTP/1.1\r\n")
