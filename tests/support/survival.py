"""What a poisonous request costs the others: counted while it happens, told at the end of a run."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from support.front import PATIENCE, Answer, Crowd, Server, poll

ABOUT = """\
# Survival

One request that does the worst it can to its worker, among innocent ones, with two workers. *Alone*
is a poison on a connection of its own beside eight busy clients. *Frame* is one that reaches its
worker in the middle of one frame with innocent requests. *Batch* is one that is run together with
innocent ones. *By earlier ones* are things that four requests leave in their workers, and that end
the workers later, while others run in them. *In flight* counts the requests that the workers held
at the moment of death, those of the dead worker first (where nothing dies: the most at one time).
*Capacity* is the time from the loss of a worker until both are ready again, `init()` included.

Written by `make survival`, which runs the tests; they fail where a request is lost, where an
innocent one is not answered right, where capacity is not back in time or a process stays behind.
"""


@dataclass(frozen=True)
class Record:
    """One line of the table."""

    poison: str
    way: str
    answer: str
    sent: int
    in_flight: str
    lost: int
    capacity: float | None  # seconds; None where no worker was lost


RECORDS: list[Record] = []
"""Of the test that runs; all of a run are printed at its end."""


@dataclass(frozen=True)
class Outage:
    """What came of a signal that run() sent to those above it."""

    signal: str
    whom: str
    platform: str  # what keeps the script from it
    said: str  # what os.kill() came to; "None" where its worker was ended over it
    seconds: float  # until the service answered again, the longest of several


OUTAGES: list[Outage] = []
"""As `RECORDS`."""

SIGNALS = """
## Signals to those above

A script calls `os.kill()` in `run()`: on its parent, which is the front, on the supervisor, and on
the first process of a container. Landlock's scope of signals keeps it from that, where the kernel
has it; the other rows are the same with the scope switched off. *Answers again* is
the longest time, of several, until a request was answered; it is answered right from then on, and
the processes that belong to the service are there and run.
"""


def outages(found: list[Outage]) -> list[str]:
    """The same as a table."""
    rows = [("signal", "to", "what keeps it", "os.kill()", "answers again")]
    found = sorted(found, key=lambda o: (o.platform, o.whom, o.signal))
    rows += [(o.signal, o.whom, o.platform, o.said, f"{o.seconds:.2f} s") for o in found]
    return _laid_out(rows)


def table(records: list[Record]) -> list[str]:
    """The records as a table that reads well as text and as a page."""
    rows = [("poison", "way", "its answer", "sent", "in flight", "lost", "capacity")]
    for r in records:
        capacity = "never lost" if r.capacity is None else f"{r.capacity:.2f} s"
        lost = str(r.lost or "none")
        rows.append((r.poison, r.way, r.answer, str(r.sent), r.in_flight, lost, capacity))
    return _laid_out(rows)


def _laid_out(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |"
             for row in rows]  # fmt: skip
    return [lines[0], "|" + "|".join("-" * (w + 2) for w in widths) + "|", *lines[1:]]


@dataclass
class Watch:
    """Looks at the workers all the time, through the control socket."""

    server: Server
    lost_at: float | None = None
    whole_at: float | None = None
    held: tuple[int, int] = (0, 0)  # by the worker that was lost, by all; at the last look

    def __enter__(self) -> Self:
        self._stop = threading.Event()
        # One that is ended may still be there, since its successor was started before.
        self._workers = {w: n for w, (state, n) in self._look().items() if state == "ready"}
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def capacity(self) -> float | None:
        """Seconds from the loss of a worker to full strength."""
        if self.lost_at is None or self.whole_at is None:
            return None
        return self.whole_at - self.lost_at

    @property
    def in_flight(self) -> str:
        """For the table."""
        return f"{self.held[0]} of {self.held[1]}" if self.lost_at else str(self.held[1])

    def _run(self) -> None:
        first = set(self._workers)
        while not self._stop.wait(0.004):
            now = time.monotonic()
            found = self._look()
            ready = {pid for pid, (state, _) in found.items() if state == "ready"}
            if self.lost_at is None:
                gone = first - ready
                if gone:
                    self.lost_at = now
                    self.held = (sum(self._workers[p] for p in gone), sum(self._workers.values()))
                else:
                    self.held = (0, max(self.held[1], sum(self._workers.values())))
                    self._workers = {pid: count for pid, (_, count) in found.items()}
            elif self.whole_at is None and len(ready) == len(first):
                self.whole_at = now

    def _look(self) -> dict[int, tuple[str, int]]:
        workers = self.server.control({"op": "status"})["workers"]
        assert isinstance(workers, list)
        return {w["pid"]: (w["state"], w["in_flight"]) for w in workers}


@dataclass
class Experiment:
    """Poison among the innocent, in one of several ways, and what came of it."""

    server: Server
    poison: str
    way: str
    note: str = ""  # beside the way, in the table
    sent: int = 0
    wrong: list[str] = field(default_factory=list)
    answer: Answer | None = None
    capacity: float | None = None

    def run(self, body: object, *, loses_worker: bool) -> Answer:
        """Sends it, waits for full strength and notes the record."""
        poll(lambda: self._ready() == 2, "two workers before")
        with Watch(self.server) as watch:
            if self.way == "alone":
                self._alone(body)
            else:
                self._together(body)
            if loses_worker and self.way == "frame":
                self._go_on_until_whole(watch)
            elif loses_worker:
                poll(lambda: watch.whole_at is not None, "full strength again", 10)
        assert self.answer is not None
        self.capacity = watch.capacity
        RECORDS.append(
            Record(self.poison, self.way + self.note, self._answered(), self.sent, watch.in_flight,
                   len(self.wrong), watch.capacity)
        )  # fmt: skip
        return self.answer

    def _alone(self, body: object) -> None:
        with Crowd(self.server, 8, None) as crowd:
            poll(lambda: crowd.right > 20, "the crowd is at work")
            self.answer = self.server.call(body)
            crowd.stop_after(20)
        self.sent, self.wrong = crowd.sent + 1, crowd.wrong

    def _together(self, body: object, innocents: int = 40) -> None:
        """All at once: the front is held while they are sent, and finds them in one look."""
        clients = [self.server.connect() for _ in range(innocents + 1)]
        os.kill(self.server.process.pid, signal.SIGSTOP)
        try:
            for number, client in enumerate(clients):
                mine = body if number == innocents // 4 else self._innocent(number)
                client.sendall(_post(mine))
        finally:
            os.kill(self.server.process.pid, signal.SIGCONT)
        for number, client in enumerate(clients):
            answer = _receive(client)
            if number == innocents // 4:
                self.answer = answer
            elif (answer.status, answer.json) != (200, self._right(number)):
                self.wrong.append(f"{number} -> {answer}")
            client.close()
        self.sent = innocents + 1

    def _go_on_until_whole(self, watch: Watch) -> None:
        """A worker that only seems to live is found out by those who come after the poison."""
        with Crowd(self.server, 4, None) as crowd:
            poll(lambda: watch.whole_at is not None, "full strength again", 10)
            crowd.requests = 0
        self.sent += crowd.sent
        self.wrong += crowd.wrong

    def _innocent(self, number: int) -> object:
        return {"data": [[number, 1.0]]} if self.way == "batch" else {"echo": number}

    def _right(self, number: int) -> object:
        return [number + 1.0] if self.way == "batch" else number

    def _answered(self) -> str:
        assert self.answer is not None
        found = self.answer.json
        cause = found.get("cause") if isinstance(found, dict) else None
        return f"{self.answer.status} {cause}" if cause else str(self.answer.status)

    def _ready(self) -> int:
        workers = self.server.control({"op": "status"})["workers"]
        assert isinstance(workers, list)
        return sum(w["state"] == "ready" for w in workers)


def _post(body: object) -> bytes:
    data = json.dumps(body).encode()
    head = "POST /score HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data


def _receive(client: socket.socket) -> Answer:
    client.settimeout(PATIENCE)
    data = b""
    while b"\r\n\r\n" not in data:
        part = client.recv(65536)
        if not part:
            return Answer(0, {}, b'"the connection was closed"')
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = {n.lower(): v for n, _, v in (line.partition(": ") for line in lines[1:])}
    while len(body) < int(headers["content-length"]):
        body += client.recv(65536)
    return Answer(int(lines[0].split()[1]), headers, body)
