"""Everything Brygga raises on purpose.

    BryggaError
    ├── InvalidInputError           a value that cannot be used
    │   ├── InvalidNameError
    │   └── ScriptError             the entry script cannot be served (carries a Diagnosis)
    ├── NotFoundError               nothing of that name or version
    ├── AlreadyExistsError
    ├── InUseError                  refused, because something else needs it
    ├── OperationInProgressError    another operation on the same service is running
    ├── PackagingError              an environment cannot be made
    │   ├── ResolutionError         no set of packages fits; carries the resolver's explanation
    │   ├── PackageNotFoundError
    │   ├── PythonNotFoundError
    │   └── PackageIndexError       the package index cannot be reached
    ├── EngineUnavailableError      no container engine answers; says what was tried
    ├── ImageBuildError             an image cannot be made; carries the end of its log
    ├── DeploymentError             a service did not become ready (carries a Diagnosis)
    ├── ServiceCallError            a service answered with an error, or not at all
    └── StoreError                  the workspace's own data cannot be read or written
        └── CorruptError            content that does not match its digest

The message says what failed and with which value, `hint` what to do next. The command line prints
both, one line each, and a traceback only with `--debug`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from brygga.diagnosis import Diagnosis


class BryggaError(Exception):
    """The root of all errors of Brygga.

    Attributes:
        message: One sentence: what failed, with which value.
        hint: What to do next; may be empty.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class InvalidInputError(BryggaError):
    """A value that cannot be used."""


class InvalidNameError(InvalidInputError):
    """A name that breaks the rule of its kind."""

    def __init__(self, kind: str, name: str, rule: str) -> None:
        super().__init__(f"{name!r} is not a name for a {kind}.", hint=rule)
        self.kind = kind
        self.name = name


class ScriptError(InvalidInputError):
    """The entry script cannot be served."""

    def __init__(self, diagnosis: Diagnosis) -> None:
        super().__init__(diagnosis.sentence, hint=diagnosis.fix)
        self.diagnosis = diagnosis


class NotFoundError(BryggaError):
    """Nothing of that name or version is there."""

    def __init__(self, kind: str, name: str, known: Iterable[str] = (), *, hint: str = "") -> None:
        listed = ", ".join(known)
        there = f"There are: {listed}." if listed else f"There is no {kind} yet."
        super().__init__(f"There is no {kind} {name!r}.", hint=hint or there)
        self.kind = kind
        self.name = name


class AlreadyExistsError(BryggaError):
    """Something of that name is there already."""

    def __init__(self, kind: str, name: str, *, hint: str = "") -> None:
        super().__init__(f"The {kind} {name!r} exists already.", hint=hint)
        self.kind = kind
        self.name = name


class InUseError(BryggaError):
    """Refused, because something else needs it."""

    def __init__(self, kind: str, name: str, users: Sequence[str]) -> None:
        listed = ", ".join(users)
        super().__init__(
            f"The {kind} {name!r} is used by {listed}.",
            hint="Delete those first, or deploy them without it.",
        )
        self.users = tuple(users)


class OperationInProgressError(BryggaError):
    """Another operation on the same service is running."""

    def __init__(self, service: str, operation: str) -> None:
        super().__init__(
            f"Another operation on the service {service!r} is running: {operation}.",
            hint="Wait until it has ended, then try again.",
        )
        self.service = service


class PackagingError(BryggaError):
    """An environment cannot be made."""


class ResolutionError(PackagingError):
    """No set of packages fits.

    Attributes:
        explanation: The resolver's own words.
    """

    def __init__(self, explanation: str, *, hint: str = "") -> None:
        super().__init__(f"The packages cannot be installed together:\n{explanation}", hint=hint)
        self.explanation = explanation


class PackageNotFoundError(PackagingError):
    """A package is not on the index."""

    def __init__(self, name: str, near: Sequence[str] = ()) -> None:
        # An index that refuses its caller looks to uv like one that has no such package.
        check = "Check its name, the address of the index, and its credentials if it wants any."
        close = f"Did you mean {' or '.join(near)}?" if near else check
        super().__init__(f"The package {name!r} is not on the package index.", hint=close)
        self.name = name
        self.near = tuple(near)


class PythonNotFoundError(PackagingError):
    """The Python that was asked for is not on this machine."""

    def __init__(self, version: str, found: Sequence[str], *, hint: str = "") -> None:
        super().__init__(
            f"Python {version} is not on this machine.",
            hint=hint
            or f"Found: {', '.join(found) or 'none'}. Ask for one of these, or install it.",
        )
        self.version = version


class PackageIndexError(PackagingError):
    """The package index cannot be reached, or refuses."""


class EngineUnavailableError(BryggaError):
    """No container engine answers.

    Attributes:
        tried: Each address that was tried, and why it was not it.
    """

    def __init__(self, tried: Sequence[tuple[str, str]]) -> None:
        listed = "; ".join(f"{address} ({why})" for address, why in tried)
        super().__init__(
            f"No container engine answers. Tried: {listed}.",
            hint="Start Docker or `podman system service`, or set DOCKER_HOST to its address.",
        )
        self.tried = tuple(tried)


class ImageBuildError(BryggaError):
    """An image cannot be made.

    Attributes:
        image: Its name, or what it was to be.
        log: The last lines of the build's log.
    """

    def __init__(self, image: str, reason: str, log: Sequence[str] = (), *, hint: str = "") -> None:
        super().__init__(f"The image {image} cannot be made: {reason}", hint=hint)
        self.image = image
        self.log = tuple(log)


class DeploymentError(BryggaError):
    """A service did not become ready.

    Attributes:
        diagnosis: The cause, its evidence and a fix.
    """

    def __init__(self, service: str, revision: int, diagnosis: Diagnosis) -> None:
        super().__init__(
            f"Revision {revision} of the service {service!r} did not start: {diagnosis.sentence}",
            hint=diagnosis.fix,
        )
        self.service = service
        self.revision = revision
        self.diagnosis = diagnosis


class ServiceCallError(BryggaError):
    """A service answered with an error, or not at all.

    Attributes:
        status: The HTTP status, or None where no answer came.
        body: The text of the answer.
        headers: Those of the answer.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None,
        body: str = "",
        headers: Mapping[str, str] | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


class StoreError(BryggaError):
    """The workspace's own data cannot be read or written."""


class CorruptError(StoreError):
    """Content that does not match its digest."""

    def __init__(self, what: str, digest: str) -> None:
        super().__init__(
            f"{what} does not match its sha256 {digest}: it was changed or damaged on disk.",
            hint="Restore it from a backup, or register it again.",
        )
        self.digest = digest
