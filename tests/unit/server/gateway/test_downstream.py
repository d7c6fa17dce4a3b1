"""A client of the gateway by itself: transport, replica and clock do as they are told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import cast

import pytest

from brygga_server.gateway.balancer import Balancer, Waiter
from brygga_server.gateway.downstream import Downstream
from brygga_server.gateway.limits import Room, limits_of, look_at_clients
from brygga_server.gateway.plan import ReplicaPlan
from brygga_server.gateway.replica import Replica
from brygga_server.gateway.scrape import Scraper
from brygga_server.gateway.traffic import PassingTraffic
from brygga_server.gateway.upstream import Upstream

ASKED = b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
ANSWER = HEAD % 2 + b"ok"


class Wire(asyncio.Transport):
    """One end of a connection, which keeps what is written until a test takes it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.unread = 0
        self.reading = True
        self.closed = self.ended = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def get_write_buffer_size(self) -> int:
        return self.unread

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.ended = True

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    abort = close


class Distant(Replica):
    """A replica that a connection takes a while to; `arrive` or `refuse` ends that."""

    def __init__(self) -> None:
        super().__init__(ReplicaPlan("one", "nowhere"), lambda: None)
        self.coming: list[asyncio.Future[Upstream]] = []

    async def connect(self) -> Upstream:
        self.coming.append(asyncio.get_running_loop().create_future())
        return await self.coming[-1]

    def arrive(self) -> Upstream:
        upstream = Upstream()
        upstream.connection_made(Wire())
        self.coming.pop(0).set_result(upstream)
        return upstream

    def refuse(self) -> None:
        self.coming.pop(0).set_exception(ConnectionRefusedError())


class Gateway:
    """One replica with connections that are open already, unless a test takes it away."""

    def __init__(self) -> None:
        self.limits = limits_of({})
        self.connections: set[Downstream] = set()
        self.room = Room(self.connections)
        self.now = 1000.0
        self.draining = False
        self.balancer = cast("Balancer", self)
        self.scraper = cast("Scraper", None)
        self.traffic = PassingTraffic()
        self.replica: Replica = Replica(ReplicaPlan("one", "nowhere"), lambda: None)
        self.replica.live = self.replica.ready = True
        self.upstreams: list[Upstream] = []
        self.away = False
        self.waiting: list[Waiter] = []

    def place(self, waiter: Waiter) -> None:
        if self.away:
            self.waiting.append(waiter)
            return
        if isinstance(self.replica, Distant):
            waiter.placed(self.replica)
            return
        upstream = Upstream()
        upstream.connection_made(Wire())
        self.upstreams.append(upstream)
        self.replica.release(upstream, reusable=True)
        waiter.placed(self.replica)

    def forget(self, waiter: Waiter) -> None:
        self.waiting.remove(waiter)

    def client(self) -> tuple[Downstream, Wire]:
        client, wire = Downstream(self), Wire()
        client.connection_made(wire)
        return client, wire

    def later(self, seconds: float) -> None:
        self.now += seconds
        look_at_clients(self.connections, self.limits, self.now)


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield Gateway()
    asyncio.set_event_loop(None)
    loop.close()


def turn(call: Callable[[], object] = lambda: None) -> None:
    """Calls something in the loop, and lets what it calls soon come to pass."""

    async def once() -> None:
        call()
        await asyncio.sleep(0)

    asyncio.get_event_loop().run_until_complete(once())


def wire_of(upstream: Upstream) -> Wire:
    return cast("Wire", upstream.transport)


def stall(client: Downstream, wire: Wire, size: int) -> None:
    wire.unread = size
    client.pause_writing()


def test_a_slow_reader_leaves_its_replicas_connection_as_it_found_it(gateway: Gateway) -> None:
    client, wire = gateway.client()
    client.data_received(ASKED)
    (upstream,) = gateway.upstreams
    upstream.data_received(HEAD % 100_000 + bytes(50_000))
    stall(client, wire, 40_000)
    assert not wire_of(upstream).reading
    upstream.data_received(bytes(50_000))  # was under way already
    assert gateway.replica.idle() is upstream
    assert wire_of(upstream).reading


def test_nothing_is_begun_for_a_client_that_does_not_read(gateway: Gateway) -> None:
    client, wire = gateway.client()
    client.data_received(ASKED * 3)
    stall(client, wire, 100_000)
    turn(lambda: gateway.upstreams[0].data_received(ANSWER))
    assert len(gateway.upstreams) == 1
    wire.unread = 0
    turn(client.resume_writing)
    assert len(gateway.upstreams) == 2
    turn(lambda: gateway.upstreams[1].data_received(ANSWER))
    gateway.upstreams[2].data_received(ANSWER)
    assert wire.written == ANSWER * 3


def test_a_client_that_reads_nothing_is_cut_and_one_that_reads_is_not(gateway: Gateway) -> None:
    wires = []
    for left in (100_000, 100_000 - 2 * 1024 * 60):
        client, wire = gateway.client()
        client.data_received(ASKED)
        gateway.upstreams[-1].data_received(HEAD % 500_000 + bytes(200_000))
        stall(client, wire, 100_000)
        wire.unread = max(0, left)
        wires.append(wire)
    gateway.later(61)
    assert [wire.closed for wire in wires] == [True, False]


def test_a_body_that_stops_coming_is_told_so(gateway: Gateway) -> None:
    client, wire = gateway.client()
    client.data_received(ASKED[:-1])
    gateway.later(59)
    assert not wire.written
    gateway.later(2)
    assert wire.written.startswith(b"HTTP/1.1 408 ")
    assert wire.ended
    assert wire_of(gateway.upstreams[0]).closed


def test_a_request_that_runs_for_long_has_no_deadline_here(gateway: Gateway) -> None:
    client, wire = gateway.client()
    client.data_received(ASKED)
    gateway.later(3600)
    gateway.upstreams[0].data_received(ANSWER)
    assert wire.written == ANSWER
    assert not wire.closed


@pytest.mark.parametrize(("sent", "seconds"), [(b"", 15), (b"POST /score HT", 15)])
def test_a_head_has_its_time_from_the_first_byte_on(
    gateway: Gateway, sent: bytes, seconds: int
) -> None:
    client, wire = gateway.client()
    client.data_received(ASKED)
    gateway.upstreams[0].data_received(ANSWER)
    gateway.later(70)
    assert not wire.closed
    client.data_received(b"P")
    gateway.later(10)
    client.data_received(b"OST /sc")
    gateway.later(6)
    assert wire.written.startswith(ANSWER + b"HTTP/1.1 408 ")
    _, other = gateway.client()
    gateway.later(seconds + 1)
    assert other.closed


def test_who_ends_in_the_middle_of_a_body_blames_nobody(gateway: Gateway) -> None:
    client, _ = gateway.client()
    client.data_received(ASKED[:-1])
    assert not client.eof_received()  # so asyncio closes it
    client.connection_lost(None)
    assert gateway.replica.live
    assert gateway.replica.in_flight == 0
    assert wire_of(gateway.upstreams[0]).closed


CHUNKED = b"POST /score HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n"


@pytest.mark.parametrize("arrives", [True, False])
@pytest.mark.parametrize("end", ["client gone", "garbage", "too long", "room", "answered", "next"])
def test_a_request_that_ends_while_its_replica_is_connected_to_is_counted_once(
    gateway: Gateway, end: str, arrives: bool
) -> None:
    """Counted twice, the replica seems to hold less than nothing, and the gateway never drains."""
    replica = gateway.replica = Distant()
    client, wire = gateway.client()
    turn(lambda: client.data_received(ASKED if end == "next" else CHUNKED))
    assert replica.in_flight == 1
    if end == "client gone":
        client.connection_lost(None)
    elif end == "garbage":
        client.data_received(b"no chunk\r\n")
    elif end == "too long":
        gateway.later(10_000)
    elif end == "room":
        client.cut()
    elif end == "next":  # it is refused, and another one takes its place
        client.cut()
        turn(lambda: client.data_received(ASKED))
    if end == "answered":
        turn(lambda: client.data_received(b"0\r\n\r\n"))
        upstream = replica.arrive()
        turn()
        upstream.data_received(ANSWER)
        assert wire.written == ANSWER
    elif arrives:
        turn(replica.arrive)
    else:
        turn(replica.refuse)
    turn()
    assert replica.in_flight == len(replica.coming)
    if end == "next":
        assert len(replica.coming) == 1
        upstream = replica.arrive()
        turn()
        upstream.data_received(ANSWER)
        assert wire.written.endswith(ANSWER)
        assert replica.in_flight == 0


def test_a_connection_that_ends_does_not_make_its_replica_a_dead_one(gateway: Gateway) -> None:
    client, wire = gateway.client()
    client.data_received(ASKED)
    gateway.upstreams[0].connection_lost(None)
    assert wire.written.startswith(b"HTTP/1.1 502 ")
    assert gateway.replica.live


def test_more_connections_than_there_may_be_are_told_so(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = gateway.limits.connections
    resting = [gateway.client() for _ in range(3)]
    for client, _ in resting:
        client.data_received(ASKED)
        gateway.upstreams[-1].data_received(ANSWER)
    monkeypatch.setattr(gateway, "limits", type(gateway.limits)(65536, 1 << 20, 15, 60, 75, 3, 1))
    assert most > 100
    _, refused = gateway.client()
    assert refused.written.startswith(b"HTTP/1.1 503 ")
    _, unheard = gateway.client()
    assert unheard.closed
    assert not unheard.written
    gateway.later(0.1)
    assert sum(wire.closed for _, wire in resting) > 0  # who rests makes room


class TestRoom:
    def test_is_counted_and_given_back(self, gateway: Gateway) -> None:
        client, wire = gateway.client()
        client.data_received(ASKED)
        assert gateway.room.buffered == len(ASKED)
        gateway.upstreams[0].data_received(HEAD % 300_000 + bytes(200_000))
        assert gateway.room.buffered == 0
        stall(client, wire, 200_000)
        assert gateway.room.buffered == 200_000
        client.connection_lost(None)
        assert gateway.room.buffered == 0

    def test_second_tries_go_first_and_small_requests_keep_theirs(self, gateway: Gateway) -> None:
        gateway.room.most = 200_000
        head = b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
        small, _ = gateway.client()
        small.data_received(ASKED)
        wires = []
        for _ in range(3):
            large, wire = gateway.client()
            large.data_received(head % 150_000 + bytes(150_000))
            wires.append(wire)
        assert gateway.room.buffered <= 200_000
        assert not any(wire.written or wire.closed for wire in wires)
        for upstream in gateway.upstreams:
            upstream.data_received(ANSWER)
        assert [wire.written for wire in wires] == [ANSWER] * 3

    def test_who_has_not_read_for_longest_is_cut(self, gateway: Gateway) -> None:
        gateway.room.most = 250_000
        wires = []
        for second in range(3):
            gateway.now = 1000.0 + second
            client, wire = gateway.client()
            client.data_received(ASKED)
            gateway.upstreams[-1].data_received(HEAD % 300_000 + bytes(200_000))
            stall(client, wire, 100_000)
            wires.append(wire)
        assert [wire.closed for wire in wires] == [True, False, False]
        assert gateway.room.buffered == 200_000

    def test_bodies_that_wait_for_a_replica_are_told_to_come_again(self, gateway: Gateway) -> None:
        gateway.room.most = 250_000
        gateway.away = True
        head = b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n"
        wires = []
        for _ in range(3):
            client, wire = gateway.client()
            client.data_received(head + bytes(100_000))
            wires.append(wire)
        refused = [wire for wire in wires if wire.written]
        assert len(refused) == 1
        assert refused[0].written.startswith(b"HTTP/1.1 503 ")
        assert gateway.room.buffered <= 250_000


def test_a_replica_that_answers_nothing_any_more_gives_up_what_it_has(gateway: Gateway) -> None:
    client, wire = gateway.client()
    client.data_received(ASKED)
    gateway.replica.found(live=True, ready=True, now=100.0)
    gateway.replica.found(live=False, ready=False, now=108.0)
    assert not wire.written
    gateway.replica.found(live=False, ready=False, now=110.0)
    assert wire.written.startswith(b"HTTP/1.1 502 ")
    assert b"answers nothing" in wire.written


def test_each_request_is_counted_once_by_the_status_of_its_answer(gateway: Gateway) -> None:
    for answer in (HEAD % 2 + b"ok", b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD % 0):
        client, _ = gateway.client()
        client.data_received(ASKED)
        gateway.upstreams[-1].data_received(answer)
    client, wire = gateway.client()
    client.data_received(ASKED)
    gateway.upstreams[-1].connection_lost(None)
    assert wire.written.startswith(b"HTTP/1.1 502 ")

    counted = gateway.traffic.report()

    assert (counted["requests"], counted["errors"]) == (3, 1)
