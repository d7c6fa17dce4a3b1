"""What a registry is asked for: manifests and blobs, by the distribution specification."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from brygga.error_codes import ErrorCode
from brygga.errors import RegistryError
from brygga.images.oci.documents import ACCEPTED, Descriptor
from brygga.images.oci.http import PULL, PUSH, BrokenOffError, RegistryHttp, complaint

if TYPE_CHECKING:
    import urllib3

_PIECE = 1 << 20
_WAITS_S = (0.2, 0.5, 1.0, 2.0)
_LONGEST_WAIT_S = 10.0
_LARGEST_MANIFEST = 4 << 20


@dataclass(frozen=True)
class FetchedManifest:
    """A manifest or an index as the registry has it."""

    digest: str
    media_type: str
    content: bytes


class RegistryClient:
    """A registry. What fails for a moment is tried again."""

    def __init__(self, http: RegistryHttp, wait: Callable[[float], None] = time.sleep) -> None:
        """Nothing is asked yet.

        Args:
            wait: Lets so many seconds go by.
        """
        self.http = http
        self.wait = wait

    @property
    def host(self) -> str:
        """As references of images begin."""
        return self.http.address.host

    def manifest(self, repository: str, version: str) -> FetchedManifest:
        """What a tag or a digest names.

        Raises:
            RegistryError: there is none, or it is not what its digest says.
        """
        answer = self.ask(
            "GET", f"{repository}/manifests/{version}", repository, {"Accept": ", ".join(ACCEPTED)}
        )
        if answer.status != 200:
            raise self.failure(answer, f"{self.host}/{repository} has no {version}")
        content = answer.data
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        named = version if ":" in version else answer.headers.get("Docker-Content-Digest")
        if len(content) > _LARGEST_MANIFEST or (named or digest) != digest:
            raise self._damaged(f"the manifest {repository}:{version}")
        kind = str(answer.headers.get("Content-Type") or "").partition(";")[0]
        return FetchedManifest(digest, kind, content)

    def has_manifest(self, repository: str, version: str) -> bool:
        """Whether a tag or a digest is there."""
        path = f"{repository}/manifests/{version}"
        return self._has(path, repository, {"Accept": ", ".join(ACCEPTED)})

    def has_blob(self, repository: str, digest: str) -> bool:
        """Whether content is there, in this very repository."""
        return self._has(f"{repository}/blobs/{digest}", repository, {})

    def blob(self, repository: str, wanted: Descriptor) -> Iterator[bytes]:
        """Content piece by piece; the last one comes when all of it was right.

        Raises:
            RegistryError: it is not there, is not what its digest says, or does not come to an end.
        """
        seen, done, failed = hashlib.sha256(), 0, 0
        while done < wanted.size or not done:
            try:
                for piece in self._pieces(repository, wanted.digest, done):
                    seen.update(piece)
                    done += len(piece)
                    if done >= wanted.size and f"sha256:{seen.hexdigest()}" != wanted.digest:
                        raise self._damaged(f"{wanted.digest} of {repository}")
                    yield piece
                    failed = 0
                break
            except BrokenOffError as error:
                if failed >= len(_WAITS_S):
                    raise self.gave_up(error, f"sending {wanted.digest}") from error
                self.wait(_WAITS_S[failed])
                failed += 1
        if done != wanted.size or f"sha256:{seen.hexdigest()}" != wanted.digest:
            raise self._damaged(f"{wanted.digest} of {repository}")

    def small_blob(self, repository: str, wanted: Descriptor) -> bytes:
        """Content, whole.

        Raises:
            RegistryError: it is larger than any document is.
        """
        if wanted.size > _LARGEST_MANIFEST:
            raise self._damaged(f"the document {wanted.digest}")
        return b"".join(self.blob(repository, wanted))

    def put_manifest(self, repository: str, version: str, media_type: str, content: bytes) -> None:
        """Names what was sent before.

        Raises:
            RegistryError: the registry refuses.
        """
        answer = self.ask(
            "PUT",
            f"{repository}/manifests/{version}",
            repository,
            {"Content-Type": media_type},
            content,
            actions=PUSH,
        )
        if answer.status not in (200, 201, 202):
            raise self.failure(answer, f"there is no repository {repository}")

    def ask(
        self,
        method: str,
        path: str,
        repository: str,
        headers: dict[str, str] | None = None,
        content: bytes | None = None,
        *,
        actions: str = PULL,
        more: str = "",
    ) -> urllib3.BaseHTTPResponse:
        """A request that may be repeated, as often as it fails for a moment.

        Args:
            more: Another scope that it takes.

        Raises:
            RegistryError: it cannot be reached, or goes on to fail.
        """
        scope = f"repository:{repository}:{actions} {more}".strip()
        body = None if content is None else (lambda: content)
        pauses = iter(_WAITS_S)
        while True:
            pause = next(pauses, None)
            try:
                answer = self.http.request(method, path, scope=scope, headers=headers, body=body)
            except BrokenOffError as error:
                if pause is None:
                    raise self.gave_up(error, f"{method} of {path}") from error
            else:
                if pause is None or not may_pass(answer.status):
                    return answer
                pause = retry_after(answer, pause)
            self.wait(pause)

    def failure(self, answer: urllib3.BaseHTTPResponse, missing: str) -> RegistryError:
        """The error for an answer that is none of those that were hoped for.

        Args:
            missing: What it means that something is not there.
        """
        said = complaint(answer)
        lowered, detail = said.lower(), f": {said}" if said else ""
        status = answer.status
        if status == 404:
            return RegistryError(
                self.host, f"{missing}{detail}", code=ErrorCode.REGISTRY_IMAGE_NOT_FOUND,
                hint="Look at the name of the repository and at its tags.",
            )  # fmt: skip
        if status == 507 or "no space left" in lowered or "quota" in lowered:
            return RegistryError(
                self.host,
                f"it has no room left{detail}",
                code=ErrorCode.REGISTRY_FULL,
                hint="Make room there, then try it again: what it has is not sent a second time.",
            )
        if status == 405 or "read-only" in lowered or "read only" in lowered:
            return RegistryError(
                self.host,
                f"it takes no images, it can only be read{detail}",
                code=ErrorCode.REGISTRY_READ_ONLY,
                hint="Have it take some again, or name another registry.",
            )
        if status == 403:
            return RegistryError(
                self.host, f"its caller may not do this{detail}", code=ErrorCode.REGISTRY_DENIED,
                hint="Ask whoever runs it for the right, or name another path in it.",
            )  # fmt: skip
        return RegistryError(
            self.host,
            f"it fails with status {status}{detail}",
            code=ErrorCode.REGISTRY_FAILED,
            hint="Try it again: what it has is not sent a second time.",
        )

    def gave_up(self, error: BrokenOffError, what: str) -> RegistryError:
        """The error for what broke off too often."""
        return RegistryError(
            self.host,
            f"it broke off time and again, {what}: {error}",
            code=ErrorCode.REGISTRY_FAILED,
            hint="Try it again: what it has is not sent a second time.",
        )

    def _has(self, path: str, repository: str, headers: dict[str, str]) -> bool:
        answer = self.ask("HEAD", path, repository, headers)
        if answer.status == 200:
            return True
        if answer.status == 404:
            return False
        raise self.failure(answer, f"{self.host}/{repository} is not there")

    def _pieces(self, repository: str, digest: str, start: int) -> Iterator[bytes]:
        import urllib3

        answer = self.http.request(
            "GET",
            f"{repository}/blobs/{digest}",
            scope=f"repository:{repository}:{PULL}",
            headers={"Range": f"bytes={start}-"} if start else {},
            stream=True,
        )
        if may_pass(answer.status):
            answer.drain_conn()
            raise BrokenOffError(f"status {answer.status}")
        if answer.status not in (200, 206):
            raise self.failure(answer, f"{repository} has no {digest}")
        skipped = start if answer.status == 200 else 0
        try:
            for piece in answer.stream(_PIECE, decode_content=False):
                rest = piece[skipped:]
                skipped -= len(piece) - len(rest)
                if rest:
                    yield rest
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise BrokenOffError(str(error)) from error
        finally:
            answer.release_conn()

    def _damaged(self, what: str) -> RegistryError:
        return RegistryError(
            self.host,
            f"{what} is not what its digest says",
            code=ErrorCode.REGISTRY_ANSWER_INVALID,
            hint="Its content was damaged there or on the way; push it anew.",
        )


def may_pass(status: int) -> bool:
    """Whether a failure may be over in a moment."""
    return status in (408, 429, 500, 502, 503, 504)


def retry_after(answer: urllib3.BaseHTTPResponse, pause: float) -> float:
    """How long to wait: as long as the registry asks for, within reason."""
    asked = str(answer.headers.get("Retry-After") or "")
    return min(float(asked), _LONGEST_WAIT_S) if asked.isdecimal() else pause


def read_json(content: bytes, host: str, what: str) -> dict[str, object]:
    """A JSON object that a registry sent.

    Raises:
        RegistryError: it is none.
    """
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise RegistryError(
            host, f"{what} is no JSON object", code=ErrorCode.REGISTRY_ANSWER_INVALID
        )
    return data
