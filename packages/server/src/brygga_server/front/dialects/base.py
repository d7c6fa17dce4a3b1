"""What a dialect is: how clients of one kind ask, and how they are answered.

A dialect knows nothing of sockets, workers or queues. It reads requests into what run() takes, and
says with which status, fields and body an outcome is told. A route names its dialect
(`front/routes.py`), so that many may be spoken at one time.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar

from brygga_server.front.answer import Answer
from brygga_server.front.inputs import Form, Inputs
from brygga_server.front.outcomes import Outcome, Refusal
from brygga_server.front.request import ClientRequest
from brygga_server.front.results import Said
from brygga_server.settings import ServerSettings
from brygga_server.worker.frames import Buffer

LARGE = 2 << 20  # bytes of a body that takes long to read (4 ms): nobody else is served meanwhile


class Page(StrEnum):
    """What a front says of itself, where it has nothing against it."""

    HEALTH = "health"
    READY = "ready"
    DOCUMENT = "document"
    METRICS = "metrics"
    METHODS = "methods"  # that a path takes,
    SCORE_METHODS = "score_methods"  # and those of one that runs the script
    CONTRACT = "contract"  # what run() takes, as JSON
    DOCS = "docs"  # the page that shows all this to people,
    DOCS_STYLE = "docs_style"  # and the files of it
    DOCS_SCRIPT = "docs_script"


class RefusedError(Exception):
    """A request that run() cannot take: what to tell the client."""

    def __init__(self, message: str, outcome: Outcome = Outcome.BAD_INPUT) -> None:
        super().__init__(message)
        self.outcome = outcome


class Dialect(ABC):
    """Reads requests and writes answers."""

    headers: ClassVar[frozenset[bytes]] = frozenset()
    """Names of the headers, in small letters, that `begin` is told."""

    def take(self, settings: ServerSettings) -> None:  # noqa: B027 - many have none
        """Settings that hold from now on."""

    @abstractmethod
    def begin(self, request: ClientRequest, said: Mapping[bytes, bytes]) -> Refusal | None:
        """Settles what a head alone can settle: ids, and how long the client wants to wait.

        Args:
            request: Its body is still to come.
            said: Those of `headers` that it has; what is repeated is a list, with commas.
        """

    def question(self, request: ClientRequest, inputs: Inputs) -> bytes:  # noqa: ARG002 - for others
        """What the process for large bodies is asked of this one; empty: `read` is quick enough.

        Only asked of bodies from `LARGE` on.
        """
        return b""

    @abstractmethod
    def read(self, request: ClientRequest, inputs: Inputs) -> Form | None:
        """The request laid out as a contract asks, or None: the worker takes it as it came.

        Raises:
            RefusedError: It cannot be what run() takes.
        """

    @abstractmethod
    def answer(
        self,
        request: ClientRequest,
        run_ns: int,
        body: Buffer,
        array: memoryview | None = None,
        said: Said | None = None,
    ) -> Answer:
        """What run() gave back.

        Args:
            request: What was asked.
            run_ns: How long run() took.
            body: JSON text; with `said` whatever the script wants to be sent.
            array: In the place of a body: C order, its first dimension the rows.
            said: Where the script has a say in its answer: `AMLResponse`, or a stream.
        """

    @abstractmethod
    def error(
        self,
        request: ClientRequest,
        outcome: Outcome,
        message: str = "",
        details: Mapping[str, object] | None = None,
    ) -> Answer:
        """Anything else that may become of a request; `message` where more is known than that."""

    @abstractmethod
    def page(self, request: ClientRequest, page: Page, body: bytes = b"") -> Answer:
        """A page of the server's own; where it has a body that no dialect shapes, that is given."""
