"""HTTP that somebody has broken, thousands of times: nothing falls, and the innocent are served.

`make soak MINUTES=30` sends 20,000 of them to the front and to the gateway each.
"""

from __future__ import annotations

import contextlib
import random
import re
import socket
import threading
from collections import Counter
from pathlib import Path

import pytest
from support.front import Server, poll
from support.gateway import House
from support.soak import LONG, SEED, FrontReplica, Innocent, Tally

CONNECTIONS = 20_000 if LONG else 600
MUTATORS = 16
ROUGHLY = 30 << 20  # bytes a front may grow by, its allocator's included
BODY = b'{"data": [[1, -1]]}'
SEEDS = (
    b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY),
    b"POST /score HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 3,
    b"OPTIONS /score HTTP/1.1\r\nHost: x\r\nOrigin: http://a\r\n\r\n",
    b"GET /swagger.json?version=3 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    b"POST /score HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}",
    b"POST /score HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\nContent-Length: 2\r\n\r\n{}",
    b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-npy\r\nContent-Length: 10\r\n"
    b"\r\n\x93NUMPY\x01\x00\x04\x00",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03",
)
PIECES = (
    b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b":", b"Content-Length: 5\r\n",
    b"Content-Length: 99999999999999999999\r\n", b"Content-Length: -1\r\n",
    b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: chunked, chunked\r\n",
    b"Transfer-Encoding: identity\r\n", b"Connection: close\r\n", b"Expect: 200-ok\r\n",
    b"ffffffffffffffff\r\n", b"0\r\n\r\n", b"\x80\xff\xfe", b"X: " + b"y" * 70_000 + b"\r\n",
    b"A: b\r\n" * 300, b"HTTP/9.9", b"%00%ff%2e%2e", b"\x1b[31m", b"Content-Encoding: gzip\r\n",
)  # fmt: skip
STATUS_LINE = re.compile(rb"HTTP/1\.[01] [1-5][0-9][0-9] [^\r\n]*\r\n")


def mutated(chance: random.Random) -> bytes:
    """A request that was whole once."""
    data = bytearray(chance.choice(SEEDS))
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(6):
            case 0:
                data[at:at] = chance.choice(PIECES)
            case 1:
                del data[at : at + chance.randrange(1, 20)]
            case 2:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 3:
                data[at:at] = data[at : at + chance.randrange(1, 60)]
            case 4:
                data += chance.choice(SEEDS)
            case 5:
                del data[at:]
        if not data:
            data += b"G"
    return bytes(data)


class Mutator(threading.Thread):
    """Sends broken requests, each on a connection of its own, and reads what comes."""

    def __init__(self, number: int, port: int, counts: Counter[str]) -> None:
        super().__init__(name=f"mutator {number}")
        self._port, self._counts = port, counts
        self._random = random.Random(SEED * 100 + number)
        self.strange: list[tuple[bytes, bytes]] = []

    def run(self) -> None:
        for _ in range(CONNECTIONS // MUTATORS):
            data = mutated(self._random)
            received = self._exchange(data)
            if received:
                self._counts[received[9:12].decode("latin-1")] += 1
                if STATUS_LINE.match(received) is None:
                    self.strange.append((data, received[:200]))
            else:
                self._counts["nothing"] += 1

    def _exchange(self, data: bytes) -> bytes:
        received = b""
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._port)) as s:
            s.settimeout(0.15)
            cut = self._random.randrange(len(data) + 1)
            for part in (data[:cut], data[cut:]):
                s.sendall(part)
            if self._random.random() < 0.3:
                s.shutdown(socket.SHUT_WR)
            while part := s.recv(65536):
                received += part
        return received


def attack(port: int) -> tuple[Tally, Counter[str]]:
    """Sends all of it while innocent clients go on."""
    counts: Counter[str] = Counter()
    tally, over = Tally(), threading.Event()
    mutators = [Mutator(n, port, counts) for n in range(MUTATORS)]
    innocents = [Innocent(n, port, over.is_set, tally) for n in range(1, 4)]
    for thread in (*innocents, *mutators):
        thread.start()
    for mutator in mutators:
        mutator.join()
    over.set()
    for innocent in innocents:
        innocent.join()
    print(f"\nseed {SEED}: {tally}; {dict(counts)}")
    assert [strange for mutator in mutators for strange in mutator.strange] == []
    assert tally.wrong == []
    assert tally.right > 50
    return tally, counts


def resident(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) << 10


SCRIPT = """
import json

def init():
    pass

def run(raw):
    try:
        return [row[0] for row in json.loads(raw)["data"]]
    except (ValueError, KeyError, TypeError, IndexError):
        return "something else was sent"
"""
SETTINGS: dict[str, object] = {"workers": 1, "scoring_timeout_ms": 5000, "header_timeout_s": 2}


def test_the_front(tmp_path: Path) -> None:
    with Server(tmp_path / "service", SCRIPT, SETTINGS) as server:
        server.wait_ready()
        before = resident(server.process.pid)
        attack(server.port)
        assert resident(server.process.pid) - before < ROUGHLY
        for gauge in ("in_flight", "queue_length", "buffered_bytes"):
            poll(lambda name=gauge: server.gauge(name) == 0, f"no {gauge} is left")  # type: ignore[misc]
        assert "Traceback" not in server.output()


def test_the_gateway(tmp_path_factory: pytest.TempPathFactory) -> None:
    with contextlib.ExitStack() as stack:
        house = House(tmp_path_factory.mktemp("m"), stack)
        (house.folder / "score.py").write_text(SCRIPT)
        replicas = [
            stack.enter_context(FrontReplica(house.folder, name, SETTINGS)) for name in ("a", "b")
        ]
        gateway = house.gateway(*replicas)
        gateway.wait_for(state="ready")
        attack(gateway.port)
        assert resident(gateway.process.pid) < 64 << 20
        poll(lambda: gateway.status()["in_flight"] == 0, "nothing is in flight")
        poll(lambda: gateway.status()["buffered_bytes"] == 0, "nothing is kept")
        assert "Traceback" not in gateway.log.read_text()
