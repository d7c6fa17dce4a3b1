"""One request and its answer, from the head of the request to the last byte of the answer."""

from __future__ import annotations

from abc import abstractmethod
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from brygga_server.front.answer import Answer
from brygga_server.front.dialects.base import Dialect
from brygga_server.front.inputs import Form, Inputs
from brygga_server.front.request import ClientRequest


@dataclass(frozen=True, slots=True)
class Route:
    """What stands behind a path."""

    dialect: Dialect
    methods: frozenset[bytes]
    keyed: bool
    act: Callable[[Exchange], None]  # answers, now or later
    runs: bool  # that is by running the script


class Exchange(ClientRequest):
    """What the parts of the front know about one request, and the way back to who sent it.

    One object for each request, passed from hand to hand: a transport makes it of its own kind,
    `Routes` decides, `Dispatch` queues it and `Answers` ends it. `done` is set once it is answered
    or its client is gone; whoever meets it in a queue then passes it over.
    """

    route: Route | None = None
    dialect: Dialect  # of its route
    reserved = 0  # bytes of body accounted for in Admission
    done = False
    streaming = False  # its answer is being given in parts

    form: Form | None = None  # its arrays, where it has been laid out
    inputs: Inputs | None = None  # by whose contract
    batch: Batch | None = None  # those it runs together with
    id = 0  # at its worker
    waits_in: Waiting | None = None  # only `Backlog` changes it
    suspected = False  # its worker came to grief, maybe for it: it runs by itself from now on
    wants_fresh = False  # a worker in which no other request has left anything
    attempts = 0  # workers that it was suspected of, running by itself
    timeout = 0.0  # seconds that run() may take
    patience = 0.0  # seconds that it may wait until it is begun
    arrived = 0.0  # perf_counter seconds: head complete,
    queued = 0.0  # request complete,
    sent = 0.0  # on its way to a worker
    deadline = 0.0  # begun by then (all of these are seconds of one clock)

    @abstractmethod
    def respond(self, answer: Answer) -> None:
        """Gives the client a whole answer."""

    @abstractmethod
    def open(self, answer: Answer) -> None:
        """Begins an answer whose body comes in parts; the first may be with it."""

    @abstractmethod
    def send(self, part: memoryview) -> None:
        """Gives the client the next part of its answer."""

    @abstractmethod
    def end(self, *, complete: bool) -> None:
        """That was the last part; one that is cut short is told from one that is complete."""

    @property
    def allow(self) -> str:
        """See `ClientRequest`."""
        return "" if self.route is None else b", ".join(sorted(self.route.methods)).decode()


Waiting = OrderedDict[Exchange, None]  # in the order in which they have their turn


class Batch:
    """Requests that were sent to run as one."""

    __slots__ = ("first", "left", "members")

    def __init__(self, members: list[Exchange]) -> None:
        self.members = members
        self.first = members[0].id  # stands for all on the progress page, and in the reply
        self.left = len(members)  # not answered yet

    @property
    def rows(self) -> list[int]:
        """How many rows each of them has."""
        return [0 if e.form is None else e.form.rows for e in self.members]
