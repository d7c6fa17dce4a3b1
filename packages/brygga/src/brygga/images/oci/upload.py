"""Sending content to a registry: not at all where it has it, and on from where it broke off."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin

from brygga.error_codes import ErrorCode
from brygga.errors import RegistryError
from brygga.images.oci.client import RegistryClient, may_pass, retry_after
from brygga.images.oci.documents import Descriptor
from brygga.images.oci.http import PUSH, Body, BrokenOffError

if TYPE_CHECKING:
    import urllib3

Source = bytes | Callable[[], Path]
"""Content, or what has a file with it; asked only where it has to be sent."""

CHUNK = 64 << 20
_SMALLEST = 1 << 20
_PIECE = 1 << 20
_WAITS_S = (0.2, 0.5, 1.0, 2.0, 4.0)
_HOPELESS = (
    ErrorCode.REGISTRY_FULL,
    ErrorCode.REGISTRY_READ_ONLY,
    ErrorCode.REGISTRY_DENIED,
)


@dataclass
class Upload:
    """One piece of content on its way into a repository.

    Attributes:
        told: Hears how many bytes more were sent.
        chunk: How much travels in one request at most.
        sent: Bytes that were sent so far, those that got lost among them.
    """

    client: RegistryClient
    repository: str
    blob: Descriptor
    source: Source
    told: Callable[[int], None] = lambda _: None
    chunk: int = CHUNK
    sent: int = 0
    _location: str = ""
    _least: int = 0
    _failed: int = field(default=0)

    def run(self, mounted_from: str = "") -> None:
        """Returns when the repository has it.

        Args:
            mounted_from: Another repository of the registry that has it already.

        Raises:
            RegistryError: the registry refuses, has no room, or goes on to break off.
        """
        if self.client.has_blob(self.repository, self.blob.digest):
            return
        if self._begin(mounted_from):
            return
        offset = 0
        while True:
            try:
                while offset < self.blob.size:
                    offset = self._send(offset)
                if self._finish():
                    return
                offset = 0
            except BrokenOffError as error:
                self._pause(error)
                offset = self._resumed(offset)

    def _begin(self, mounted_from: str = "") -> bool:
        """Opens an upload; says whether none is needed, because the content was mounted."""
        query = {"mount": self.blob.digest, "from": mounted_from} if mounted_from else {}
        answer = self.client.ask(
            "POST",
            f"{self.repository}/blobs/uploads/" + (f"?{urlencode(query)}" if query else ""),
            self.repository,
            {"Content-Length": "0"},
            b"",
            actions=PUSH,
            more=f"repository:{mounted_from}:pull" if mounted_from else "",
        )
        if answer.status == 201:
            return True
        if answer.status != 202:
            raise self.client.failure(
                answer, f"there is no repository {self.repository}, and none is made"
            )
        least = str(answer.headers.get("OCI-Chunk-Min-Length") or "")
        self._least = int(least) if least.isdecimal() else 0
        self._move(answer)
        return False

    def _send(self, offset: int) -> int:
        """Sends the next chunk; returns how much the registry has then."""
        end = min(self.blob.size, offset + max(self.chunk, self._least))
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Length": str(end - offset),
        }
        if (offset, end) != (0, self.blob.size):
            headers["Content-Range"] = f"{offset}-{end - 1}"
        answer = self._ask("PATCH", self._location, headers, self._slice(offset, end))
        if answer.status == 413 and self.chunk > _SMALLEST:
            self.chunk //= 4  # something in front of the registry takes no request that large
            return self._resumed(offset)
        if answer.status not in (201, 202, 204):
            self._fail(answer)
        self._failed = 0
        self._move(answer)
        return _has(answer, end)

    def _finish(self) -> bool:
        """Names what was sent; False where it has to be sent anew."""
        separator = "&" if "?" in self._location else "?"
        place = f"{self._location}{separator}{urlencode({'digest': self.blob.digest})}"
        try:
            answer = self._ask("PUT", place, {"Content-Length": "0"}, lambda: b"")
        except BrokenOffError:
            if self.client.has_blob(self.repository, self.blob.digest):
                return True
            raise
        if answer.status in (201, 204):
            return True
        if answer.status == 404 and self.client.has_blob(self.repository, self.blob.digest):
            return True
        self._fail(answer)
        return False

    def _resumed(self, offset: int) -> int:
        """How much the registry has of it; nothing where it has forgotten the upload."""
        try:
            answer = self._ask("GET", self._location, {}, None)
        except BrokenOffError:
            return offset  # the next attempt breaks off as well, or the registry says what it has
        if answer.status == 204:
            self._move(answer)
            return _has(answer, offset)
        if answer.status in (404, 410) or not may_pass(answer.status):
            self._begin()
            return 0
        return offset

    def _fail(self, answer: urllib3.BaseHTTPResponse) -> None:
        """Raises what is final; what may pass is taken for a break."""
        error = self.client.failure(answer, f"it has lost the upload of {self.blob.digest}")
        # 404 and 416: it has lost the upload, or has another part of it than we thought.
        passing = may_pass(answer.status) or answer.status in (404, 416)
        if error.code in _HOPELESS or not passing:
            raise error
        raise BrokenOffError(error.message) from None

    def _pause(self, error: BrokenOffError) -> None:
        if self._failed >= len(_WAITS_S):
            raise self.client.gave_up(error, f"taking {self.blob.digest}") from error
        self.client.wait(_WAITS_S[self._failed])
        self._failed += 1

    def _ask(
        self, method: str, url: str, headers: dict[str, str], body: Body | None
    ) -> urllib3.BaseHTTPResponse:
        scope = f"repository:{self.repository}:{PUSH}"
        answer = self.client.http.request(method, url, scope=scope, headers=headers, body=body)
        if answer.status == 429:
            self.client.wait(retry_after(answer, 0.0))
        return answer

    def _move(self, answer: urllib3.BaseHTTPResponse) -> None:
        to = answer.headers.get("Location")
        if to:
            self._location = urljoin(self._location or self.client.http.address.url, to)
        if not self._location:
            raise RegistryError(
                self.client.host,
                "it does not say where to send content to",
                code=ErrorCode.REGISTRY_ANSWER_INVALID,
            )

    def _slice(self, start: int, end: int) -> Body:
        def read() -> Iterator[bytes]:
            if isinstance(self.source, bytes):
                yield self._counted(self.source[start:end])
                return
            with self.source().open("rb") as file:
                file.seek(start)
                left = end - start
                while left > 0 and (piece := file.read(min(_PIECE, left))):
                    left -= len(piece)
                    yield self._counted(piece)

        return read

    def _counted(self, piece: bytes) -> bytes:
        self.sent += len(piece)
        self.told(len(piece))
        return piece


def _has(answer: urllib3.BaseHTTPResponse, otherwise: int) -> int:
    """How many bytes a registry says it has; `0-0` is what it says of none."""
    match = re.fullmatch(r"(?:bytes=)?0-(\d+)", str(answer.headers.get("Range") or ""))
    if match is None:
        return otherwise
    last = int(match[1])
    return last + 1 if last else 0
