"""An answer that comes in parts."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import urllib3

_PIECE = 1 << 16
_LINES = "application/x-ndjson"


def decoded(body: bytes) -> Any:
    """What JSON says; the text itself where it is none."""
    text = body.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except ValueError:
        return text


class StreamedAnswer(Iterator[Any]):
    """The parts of an answer, each as soon as it comes.

    Lines of JSON come decoded, text and bytes as they arrive. An answer that is not streamed is
    one part, decoded as `Service.run` does it.

    Attributes:
        kind: The media type of the answer.
        is_text: Whether parts are pieces of one text, to be put together as they are.
    """

    def __init__(
        self, response: urllib3.BaseHTTPResponse, failed: Callable[[Exception], Exception]
    ) -> None:
        """Nothing of the body is read yet; `failed` makes the error of one that breaks off."""
        self.kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        chunked = "chunked" in response.headers.get("Transfer-Encoding", "").lower()
        self.is_text = chunked and self.kind.startswith("text/")
        self._response = response
        self._failed = failed
        self._parts = self._read(chunked)

    def __next__(self) -> Any:
        """The next part.

        Raises:
            ServiceCallError: it broke off.
        """
        return next(self._parts)

    def close(self) -> None:
        """Reads no further; the script is told."""
        self._response.close()

    def _read(self, chunked: bool) -> Iterator[Any]:
        if self.kind == _LINES:
            for line in self._lines():
                yield decoded(line)
        elif self.is_text:
            decoder = codecs.getincrementaldecoder("utf-8")("replace")
            for piece in self._pieces():
                if text := decoder.decode(piece):
                    yield text
        elif chunked and self.kind == "application/octet-stream":
            yield from self._pieces()
        else:
            yield decoded(b"".join(self._pieces()))

    def _lines(self) -> Iterator[bytes]:
        rest = b""
        for piece in self._pieces():
            *whole, rest = (rest + piece).split(b"\n")
            yield from (line for line in whole if line)
        if rest:
            yield rest

    def _pieces(self) -> Iterator[bytes]:
        from urllib3.exceptions import HTTPError

        try:
            yield from self._response.stream(_PIECE)
        except HTTPError as error:
            raise self._failed(error) from error
        finally:
            self._response.release_conn()
