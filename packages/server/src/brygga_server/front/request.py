"""What a client asks."""

from __future__ import annotations

from abc import ABC, abstractmethod

from brygga_server.front.answer import Field

Headers = list[tuple[bytes, bytes]]
CODINGS = frozenset((b"gzip", b"x-gzip", b"deflate"))
"""How bodies may be packed."""


class ClientRequest(ABC):
    """One request as it was sent, and what has been made of its head.

    The defaults live in the class, so that making one costs two assignments.
    """

    path = b"/"
    query = b""
    body = b""
    content_type = b""
    coding = b""  # its body is packed so, and unpacked before it is read
    traceparent = b""
    key = ""  # name of the key that opened the door
    request_id = ""
    wanted_timeout = 0.0  # seconds; 0: the client leaves it to the service
    marks: tuple[Field, ...] | None = None  # every answer to it has these; None: of no route

    def __init__(self, method: bytes, headers: Headers) -> None:
        self.method = method
        self.headers = headers

    @property
    @abstractmethod
    def remote(self) -> str:
        """The client's address."""

    @property
    @abstractmethod
    def secure(self) -> bool:
        """Whether it came encrypted."""

    @property
    @abstractmethod
    def allow(self) -> str:
        """The methods that its path takes."""

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

    def header(self, name: bytes) -> str:
        """The value of a header, `name` in small letters; several are joined, none is empty."""
        return b",".join(v for n, v in self.headers if n.lower() == name).decode("latin-1")

    def shown_headers(self) -> list[tuple[str, str]]:
        """The headers as the client wrote them, less the key: a script has no use for it."""
        return [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in self.headers
            if not (self.key and name.lower() == b"authorization")
        ]
