"""A gateway between real sockets: balancing, switching, dying replicas, odd clients."""

import http.client
import re
import signal
import socket
import threading
import time
from collections import Counter

import pytest
from support.front import poll
from support.gateway import Gateway, House, complete, plain

POST = b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab"


def test_a_request_goes_through_as_it_is(house: House) -> None:
    a = house.replica("a")
    gateway = house.gateway(a)
    gateway.wait_for(state="ready", revision=1)

    assert gateway.get(body=b"ab") == (200, b"a")
    assert a.requests[-1].startswith(b"POST /score HTTP/1.1\r\nHost: x\r\n")


def test_each_request_of_a_connection_is_balanced(house: House) -> None:
    a, b = house.replica("a"), house.replica("b")
    gateway = house.gateway(a, b)
    gateway.wait_for(state="ready")
    poll(lambda: all(r["ready"] for r in gateway.status()["replicas"]), "both ready")  # type: ignore[attr-defined]
    held = threading.Event()

    def slow(sock: socket.socket, _head: bytes, _body: bytes) -> bool:
        held.wait(20)
        return plain("a")(sock, b"", b"")

    a.serve = slow
    slow_ones = [threading.Thread(target=gateway.get) for _ in range(1)]
    for thread in slow_ones:
        thread.start()
    poll(lambda: a.requests, "the slow one is running")

    answers = Counter(gateway.get()[1] for _ in range(10))
    held.set()
    for thread in slow_ones:
        thread.join()

    assert answers == {b"b": 10}


def test_requests_sent_ahead_are_answered_in_order(house: House) -> None:
    def echo(sock: socket.socket, _head: bytes, body: bytes) -> bool:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + body)
        return True

    gateway = house.gateway(house.replica("a", serve=echo))
    gateway.wait_for(state="ready")
    many = b"".join(POST[:-2] + b"%02d" % n for n in range(50))

    received = gateway.exchange(
        many, until=lambda r: r.count(b"HTTP/1.1 200") == 50 and complete(r)
    )

    assert re.findall(rb"\r\n\r\n(..)", received) == [b"%02d" % n for n in range(50)]


@pytest.mark.parametrize("cut", [1, 3, 20, 70])
def test_a_request_in_pieces(house: House, cut: int) -> None:
    def echo(sock: socket.socket, _head: bytes, body: bytes) -> bool:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        return True

    gateway = house.gateway(house.replica("a", serve=echo))
    gateway.wait_for(state="ready")
    with gateway.connect() as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(POST), cut):
            sock.sendall(POST[start : start + cut])
        received = b""
        while not complete(received):
            received += sock.recv(1000)

    assert received.endswith(b"\r\n\r\nab")


def test_a_large_body_both_ways(house: House) -> None:
    size = 20_000_000

    def echo(sock: socket.socket, _head: bytes, body: bytes) -> bool:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        return True

    gateway = house.gateway(house.replica("a", serve=echo))
    gateway.wait_for(state="ready")

    status, body = gateway.get(body=b"x" * size)

    assert (status, len(body)) == (200, size)


def test_a_chunked_answer_and_then_another(house: House) -> None:
    def stream(sock: socket.socket, _head: bytes, _body: bytes) -> bool:
        sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for part in (b"2\r\nab\r\n", b"1\r\nc\r\n0\r\n\r\n"):
            sock.sendall(part)
        return True

    gateway = house.gateway(house.replica("a", serve=stream))
    gateway.wait_for(state="ready")
    client = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=20)

    for _ in range(2):
        client.request("POST", "/score", body=iter([b"x", b"y"]), encode_chunked=True,
                       headers={"Transfer-Encoding": "chunked"})  # fmt: skip
        assert client.getresponse().read() == b"abc"
    client.close()


def test_an_interim_answer_is_passed_on(house: House) -> None:
    def carry_on(sock: socket.socket, _head: bytes, _body: bytes) -> bool:
        sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        return plain("a")(sock, b"", b"")

    gateway = house.gateway(house.replica("a", serve=carry_on))
    gateway.wait_for(state="ready")

    received = gateway.exchange(POST, until=lambda r: r.endswith(b"a"))

    assert received.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


def test_head_has_no_body(house: House) -> None:
    def head(sock: socket.socket, _head: bytes, _body: bytes) -> bool:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        return True

    gateway = house.gateway(house.replica("a", serve=head))
    gateway.wait_for(state="ready")

    received = gateway.exchange(
        b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n" * 2, until=lambda r: r.count(b"200 OK") == 2
    )

    assert received.count(b"Content-Length: 100\r\n\r\n") == 2


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: " + b"y" * 70_000, 431),
    ],
)
def test_what_cannot_be_framed_is_refused(house: House, data: bytes, status: int) -> None:
    gateway = house.gateway(house.replica("a"))
    gateway.wait_for(state="ready")

    assert int(gateway.exchange(data)[9:12]) == status


def test_before_the_first_one_is_ready_it_says_so(house: House) -> None:
    a = house.replica("a")
    a.die()
    gateway = house.gateway(a, proven=False)

    status, body = gateway.get()

    assert (status, body) == (503, b'{"message": "starting"}')
    assert gateway.status()["state"] == "starting"


def test_requests_wait_while_the_only_one_is_away(house: House) -> None:
    a = house.replica("a")
    gateway = house.gateway(a)
    gateway.wait_for(state="ready")
    assert gateway.get() == (200, b"a")
    a.die()
    answers: list[tuple[int, bytes]] = []
    waiting = [threading.Thread(target=lambda: answers.append(gateway.get())) for _ in range(5)]
    for thread in waiting:
        thread.start()
    gateway.wait_for(waiting=5, state="unready")

    a.__enter__()
    for thread in waiting:
        thread.join()

    assert answers == [(200, b"a")] * 5


def test_requests_wait_for_one_that_starts_again_instead_of_being_refused(house: House) -> None:
    a = house.replica("a")
    gateway = house.gateway(a)
    gateway.wait_for(state="ready")
    a.starting = True
    a.ready = False
    gateway.wait_for(state="unready")
    answers: list[tuple[int, bytes]] = []
    waiting = threading.Thread(target=lambda: answers.append(gateway.get()))
    waiting.start()
    gateway.wait_for(waiting=1)

    a.ready = True
    waiting.join()

    assert answers == [(200, b"a")]


def test_one_that_is_busy_is_asked_all_the_same(house: House) -> None:
    """It answers itself, or lets the request wait: it knows best."""
    a = house.replica("a")
    gateway = house.gateway(a)
    gateway.wait_for(state="ready")
    a.ready = False
    gateway.wait_for(state="unready")

    assert gateway.get() == (200, b"a")


def test_one_that_dies_costs_only_the_request_it_was_running(house: House) -> None:
    def die(sock: socket.socket, _head: bytes, _body: bytes) -> bool:
        a.die()
        return False

    a, b = house.replica("a"), house.replica("b")
    gateway = house.gateway(a, b)
    poll(lambda: all(r["ready"] for r in gateway.status()["replicas"]), "both ready")  # type: ignore[attr-defined]
    a.serve = die

    answers = Counter(gateway.get() for _ in range(40))

    assert answers[(200, b"b")] >= 38
    ((status, body),) = [pair for pair in answers if pair[0] != 200]
    assert (status, answers[(status, body)]) == (502, 1)
    assert b"died" in body


def test_a_request_that_was_never_read_is_given_to_another(house: House) -> None:
    """The connection was kept; the replica closes it without having read what came last."""
    a, b = house.replica("a"), house.replica("b")
    gateway = house.gateway(a)
    gateway.wait_for(state="ready")

    def answer_and_freeze(sock: socket.socket, _head: bytes, _body: bytes) -> bool:
        plain("a")(sock, b"", b"")
        frozen.set()
        released.wait(20)
        return False  # closes with the next request unread

    frozen, released = threading.Event(), threading.Event()
    a.serve = answer_and_freeze
    assert gateway.get()[0] == 200  # the connection that is kept now is frozen
    frozen.wait(20)
    gateway.ask("apply", generation=gateway.generation("2", 1, [a, b]))
    result: list[tuple[int, bytes]] = []
    thread = threading.Thread(target=lambda: result.append(gateway.get()))
    thread.start()
    poll(lambda: gateway.status()["in_flight"] or result, "it was sent")
    released.set()
    thread.join()

    assert result[0][0] == 200


def test_a_new_generation_takes_over_without_a_lost_request(house: House) -> None:
    old = house.replica("old")
    new = house.replica("new")
    new.ready = False
    gateway = house.gateway(old)
    gateway.wait_for(state="ready")
    answers: Counter[tuple[int, bytes]] = Counter()
    stop = threading.Event()

    def load() -> None:
        client = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=20)
        while not stop.is_set():
            client.request("POST", "/score", body=b"ab")
            response = client.getresponse()
            answers[(response.status, response.read())] += 1
        client.close()

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    poll(lambda: answers.total() > 100, "load")

    assert gateway.ask("apply", generation=gateway.generation("2", 2, [new]))["ok"]
    poll(lambda: gateway.status()["pending"], "it is pending")
    assert gateway.status()["revision"] == 1
    new.ready = True
    gateway.wait_for(revision=2, pending=None)
    poll(lambda: answers[(200, b"new")] > 100, "the new one serves")
    assert old.ended.wait(20)
    stop.set()
    for thread in threads:
        thread.join()

    assert set(answers) == {(200, b"old"), (200, b"new")}


def test_what_runs_on_the_old_one_is_finished_before_it_is_ended(house: House) -> None:
    running, finish = threading.Event(), threading.Event()

    def slow(sock: socket.socket, _head: bytes, _body: bytes) -> bool:
        running.set()
        finish.wait(20)
        return plain("old")(sock, b"", b"")

    old, new = house.replica("old", serve=slow), house.replica("new")
    gateway = house.gateway(old)
    gateway.wait_for(state="ready")
    result: list[tuple[int, bytes]] = []
    thread = threading.Thread(target=lambda: result.append(gateway.get()))
    thread.start()
    assert running.wait(20)

    gateway.ask("apply", generation=gateway.generation("2", 2, [new]))
    gateway.wait_for(revision=2, leaving=["1"])
    assert not old.ended.is_set()
    finish.set()
    thread.join()

    assert result == [(200, b"old")]
    assert old.ended.wait(20)


def test_one_that_never_becomes_ready_can_be_given_up(house: House) -> None:
    old, new = house.replica("old"), house.replica("new")
    new.ready = False
    gateway = house.gateway(old)
    gateway.wait_for(state="ready")
    gateway.ask("apply", generation=gateway.generation("2", 2, [new]))

    gateway.ask("abandon", id="2")

    gateway.wait_for(pending=None, revision=1)
    assert new.ended.wait(20)
    assert gateway.get() == (200, b"old")


def test_one_that_is_not_ready_in_its_time_is_given_up_though_nobody_looks(house: House) -> None:
    old, new, newer = house.replica("old"), house.replica("new"), house.replica("newer")
    new.ready = newer.ready = False
    gateway = house.gateway(old)
    gateway.wait_for(state="ready", given_up="")

    gateway.ask("apply", generation={**gateway.generation("2", 2, [new]), "patience_s": 0.2})
    assert new.ended.wait(20)
    gateway.wait_for(pending=None, given_up="2", revision=1)
    assert gateway.get() == (200, b"old")

    # Where there is no hurry there is none, and what is ready is never late.
    gateway.ask("apply", generation={**gateway.generation("3", 3, [newer]), "patience_s": 600.0})
    newer.ready = True
    gateway.wait_for(generation="3", given_up="2")
    assert old.ended.wait(20)
    assert not newer.ended.is_set()


def test_the_first_one_is_ended_too_when_it_is_late(house: House) -> None:
    first, second = house.replica("first"), house.replica("second")
    first.ready = False
    late = {**Gateway.generation("1", 1, [first]), "patience_s": 0.2}
    gateway = house.gateway(first, more={"current": late})

    assert first.ended.wait(20)
    gateway.wait_for(state="starting", given_up="1")
    gateway.process.kill()
    gateway.process.wait()
    gateway.start()  # remembers it

    assert gateway.status()["given_up"] == "1"
    gateway.ask("apply", generation=gateway.generation("2", 2, [second]))
    gateway.wait_for(state="ready", generation="2")


def test_a_killed_gateway_goes_on_where_it_ended(house: House) -> None:
    old, new = house.replica("old"), house.replica("new")
    new.ready = False
    gateway = house.gateway(old)
    gateway.wait_for(state="ready")
    gateway.ask("apply", generation=gateway.generation("2", 2, [new]))
    gateway.process.kill()
    gateway.process.wait()

    gateway.start()

    gateway.wait_for(state="ready", revision=1)
    assert gateway.get() == (200, b"old")
    new.ready = True
    gateway.wait_for(state="ready", revision=2)
    assert gateway.get() == (200, b"new")


def test_a_client_that_leaves_takes_its_request_with_it(house: House) -> None:
    gone = threading.Event()

    def watch(sock: socket.socket, _head: bytes, _body: bytes) -> bool:
        try:
            while sock.recv(100):
                pass
        except OSError:
            pass
        gone.set()
        return False

    a = house.replica("a", serve=watch)
    gateway = house.gateway(a)
    gateway.wait_for(state="ready")
    with gateway.connect() as sock:
        sock.sendall(POST)
        poll(lambda: a.requests, "it arrived")

    assert gone.wait(20)
    gateway.wait_for(in_flight=0)


def test_a_client_that_ends_its_side_gets_its_answer(house: House) -> None:
    gateway = house.gateway(house.replica("a"))
    gateway.wait_for(state="ready")
    with gateway.connect() as sock:
        sock.sendall(POST)
        sock.shutdown(socket.SHUT_WR)
        received = b""
        while part := sock.recv(1000):
            received += part

    assert received.endswith(b"\r\n\r\na")


def test_an_answer_nobody_asked_for_reaches_nobody(house: House) -> None:
    def twice(sock: socket.socket, _head: bytes, _body: bytes) -> bool:
        # In one piece: what comes when the next has been asked cannot be told from its answer.
        answers = (
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n%s" % text for text in (b"one", b"two")
        )
        sock.sendall(b"".join(answers))
        return True

    gateway = house.gateway(house.replica("a", serve=twice))
    gateway.wait_for(state="ready")

    assert [gateway.get()[1] for _ in range(5)] == [b"one"] * 5


@pytest.mark.parametrize("ran", [False, True])
def test_a_replica_that_is_back_and_starts_has_not_run_it(house: House, ran: bool) -> None:
    """It ended and was started again before that was noticed; a script may say the same."""
    body = b'{"message": "starting"}'
    head = b"x-ms-run-fn-exec-ms: 1.0\r\n" if ran else b""
    starting = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: %d\r\n%s\r\n%s"

    def anew(sock: socket.socket, _head: bytes, _body: bytes) -> bool:
        sock.sendall(starting % (len(body), head, body))
        return True

    a, b = house.replica("a", serve=anew), house.replica("b")
    gateway = house.gateway(a, b)
    poll(lambda: all(r["ready"] for r in gateway.status()["replicas"]), "both ready")  # type: ignore[attr-defined]

    answers = {gateway.get(body=b"ab") for _ in range(5)}

    assert len(a.requests) > 0
    assert answers == {(503, body) if ran else (200, b"b")}


def test_sigterm_lets_what_runs_finish(house: House) -> None:
    finish = threading.Event()

    def slow(sock: socket.socket, _head: bytes, _body: bytes) -> bool:
        finish.wait(20)
        return plain("a")(sock, b"", b"")

    a = house.replica("a", serve=slow)
    gateway = house.gateway(a)
    gateway.wait_for(state="ready")
    result: list[tuple[int, bytes]] = []
    thread = threading.Thread(target=lambda: result.append(gateway.get()))
    thread.start()
    poll(lambda: a.requests, "it runs")

    gateway.process.send_signal(signal.SIGTERM)
    time.sleep(0)
    finish.set()
    thread.join()

    assert result == [(200, b"a")]
    assert gateway.process.wait(20) == 0


def test_a_plan_that_cannot_be_used_is_named(house: House) -> None:
    gateway = house.gateway(house.replica("a"))
    gateway.process.kill()
    gateway.process.wait()
    gateway.plan.write_text('{"version": 1}')

    with pytest.raises(AssertionError, match="control_socket"):
        gateway.start()
    assert gateway.process.returncode == 3
