"""One request and its answer, from the head of the request to the last byte of the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from brygga_server.front.batching import Batch
    from brygga_server.front.inputs import Form, Inputs
    from brygga_server.front.outcomes import Outcome
    from brygga_server.front.protocol import Connection
    from brygga_server.front.routes import Route
    from brygga_server.front.worker import Worker

Headers = list[tuple[bytes, bytes]]


class Exchange:
    """What the parts of the front know about one request.

    One object for each request, passed from hand to hand: the connection fills in the request,
    `Routes` decides, `Dispatch` queues it and `Answers` writes. `done` is set once it is answered
    or its client is gone; whoever meets it in a queue then passes it over.

    The defaults live in the class, so that making one costs three assignments.
    """

    path = b"/"
    query = b""
    body = b""
    body_size = 0
    reserved = 0  # bytes of body accounted for in Admission
    http10 = False
    close = False  # the connection ends after the answer
    expects_continue = False
    malformed = ""  # why its head is not one
    refusal: tuple[Outcome, str] | None = None  # answered with this, whatever the body
    done = False

    route: Route | None = None
    routed = False  # the path is known and takes this method: the answer carries ids
    key = ""  # name of the key that opened the door
    request_id = ""
    ms_request_id = ""
    client_request_id = ""
    trace_id = b""
    traceparent = b""
    origin = b""
    content_type = b""

    form: Form | None = None  # its arrays, where it has been laid out
    inputs: Inputs | None = None  # by whose contract
    batch: Batch | None = None  # those it runs together with
    alone = False  # to be run by itself: the batch it was in came to grief
    id = 0
    worker: Worker | None = None  # who runs it
    waiting = False  # in the queue
    attempts = 0  # workers that died under it while it may have been guilty: it runs alone
    timeout = 0.0  # seconds that run() may take
    extended = False  # its deadline was set anew after a worker's end
    wanted_timeout_ms = 0  # what the client asked for
    shared = False  # the script has said itself which origins may read the answer
    streaming = False
    arrived = 0.0  # perf_counter seconds: head complete,
    queued = 0.0  # request complete,
    sent = 0.0  # on its way to a worker
    deadline = 0.0  # monotonic seconds: answered by then

    def __init__(self, connection: Connection, method: bytes, headers: Headers) -> None:
        self.connection = connection
        self.method = method
        self.headers = headers

    @property
    def media_type(self) -> bytes:
        """What the Content-Type says, without its parameters, in small letters."""
        return self.content_type.partition(b";")[0].strip().lower()

    @property
    def is_json(self) -> bool:
        """Whether the body says that it is JSON, by the rule of the v1 server's framework."""
        if self.content_type == b"application/json":
            return True
        kind = self.media_type
        return kind == b"application/json" or (
            kind.startswith(b"application/") and kind.endswith(b"+json")
        )

    def shown_headers(self) -> list[tuple[str, str]]:
        """The headers as the client wrote them, less the key: a script has no use for it."""
        return [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in self.headers
            if not (self.key and name.lower() == b"authorization")
        ]
