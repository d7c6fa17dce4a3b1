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
    ├── RegistryError               an image registry refuses, or cannot be reached
    ├── DeploymentError             a service did not become ready (carries a Diagnosis)
    ├── ServiceCallError            a service answered with an error, or not at all
    └── StoreError                  the workspace's own data cannot be read or written
        └── CorruptError            content that does not match its digest

The message says what failed and with which value, `code` the same for programs, and `advice` what
to do next: the command line writes it as commands, the SDK as calls (`hint`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from brygga.error_codes import ErrorCode
from brygga.hints import Action, Hint, Shell, Verb, as_hint
from brygga.spellings import Language, words

if TYPE_CHECKING:
    from brygga.findings import Diagnosis, RunFailure

_CALLERS = 3  # of the frames that lead to us, those nearest

Named = Literal[
    "environment", "experiment", "image", "model", "namespace", "resource group", "service",
    "subscription", "target", "workspace",
]  # fmt: skip
Sought = Literal[
    "address of the service", "configuration", "environment", "file of the run", "image", "lock",
    "model", "operation", "option", "project file", "revision", "run", "scoring server", "service",
    "service in the cluster", "service in the project file", "service on this machine", "stage",
    "target", "workspace",
]  # fmt: skip
Taken = Literal["file", "model", "service", "target", "workspace"]
Used = Literal["image", "model", "target", "workspace"]


class BryggaError(Exception):
    """The root of all errors of Brygga.

    Attributes:
        message: One sentence: what failed, with which value.
        code: The same for programs; docs/errors.md lists them all.
        advice: What to do next, as data; may be empty.
    """

    def __init__(self, message: str, *, code: ErrorCode, hint: str | Hint = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.advice = as_hint(hint)

    @property
    def hint(self) -> str:
        """What to do next, with calls of the SDK; may be empty."""
        return words(self.advice, Language.PYTHON)

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: the cause first, the caller's own lines, and none of ours."""
        lines = [f"{type(self).__name__}: {self.message}"]
        lines += [self.hint] if self.hint else []
        return [*lines, *self.evidence(), *callers_lines(self, __file__)]

    def evidence(self) -> list[str]:
        """The lines of a script's traceback or of a log that show it; where there are any."""
        found = getattr(self, "diagnosis", None) or getattr(self, "failure", None)
        lines = getattr(found, "traceback", "") or "\n".join(getattr(found, "log", ()))
        return str(lines).rstrip().splitlines()


def callers_lines(error: BaseException, ours: str) -> list[str]:
    """The lines of code that led to an error, without those of the package that `ours` lies in."""
    import traceback
    from itertools import takewhile
    from pathlib import Path

    own = Path(ours).parent
    frames = traceback.extract_tb(error.__traceback__)
    called = takewhile(lambda frame: own not in Path(frame.filename).parents, frames)
    between = ("<frozen", "interactiveshell.py")  # the import system, and what runs a cell
    shown = [frame for frame in called if not any(each in frame.filename for each in between)]
    return "".join(traceback.format_list(shown[-_CALLERS:])).splitlines()


class InvalidInputError(BryggaError):
    """A value that cannot be used."""


class InvalidNameError(InvalidInputError):
    """A name that breaks the rule of its kind."""

    def __init__(self, kind: Named, name: str, rule: str) -> None:
        code = ErrorCode(f"{kind.replace(' ', '_')}.name_invalid")
        article = "an" if kind[0] in "aeio" else "a"
        super().__init__(f"{name!r} is not a name for {article} {kind}.", code=code, hint=rule)
        self.kind = kind
        self.name = name


class ScriptError(InvalidInputError):
    """The entry script cannot be served."""

    def __init__(self, diagnosis: Diagnosis) -> None:
        super().__init__(diagnosis.sentence, code=_code_of_script(diagnosis), hint=diagnosis.advice)
        self.diagnosis = diagnosis


class NotFoundError(BryggaError):
    """Nothing of that name or version is there."""

    def __init__(
        self, kind: Sought, name: str, known: Iterable[str] = (), *, hint: str | Hint = ""
    ) -> None:
        listed = ", ".join(known)
        there: str | Hint = f"There are: {listed}." if listed else f"There is no {kind} yet."
        register = _REGISTERED_BY.get(kind)
        if not listed and register is not None:
            called = {"name": name.partition(":")[0]}
            there = Hint.of(
                f"There is no {kind} yet: register one with {{}}.", Action(register, called)
            )
        super().__init__(
            f"There is no {kind} {name!r}.", code=_CODES_OF_SOUGHT[kind], hint=hint or there
        )
        self.kind = kind
        self.name = name


_REGISTERED_BY: Mapping[Sought, Verb] = {
    "environment": Verb.REGISTER_ENVIRONMENT,
    "model": Verb.REGISTER_MODEL,
}
_CODES_OF_SOUGHT: Mapping[Sought, ErrorCode] = {
    "address of the service": ErrorCode.SERVICE_WITHOUT_ADDRESS,
    "configuration": ErrorCode.CONFIGURATION_NOT_FOUND,
    "environment": ErrorCode.ENVIRONMENT_NOT_FOUND,
    "file of the run": ErrorCode.RUN_FILE_NOT_FOUND,
    "image": ErrorCode.IMAGE_NOT_FOUND,
    "lock": ErrorCode.LOCK_NOT_FOUND,
    "model": ErrorCode.MODEL_NOT_FOUND,
    "operation": ErrorCode.OPERATION_NOT_FOUND,
    "option": ErrorCode.OPTION_UNKNOWN,
    "project file": ErrorCode.PROJECT_NOT_FOUND,
    "revision": ErrorCode.REVISION_NOT_FOUND,
    "run": ErrorCode.RUN_NOT_FOUND,
    "scoring server": ErrorCode.SERVER_NOT_FOUND,
    "service": ErrorCode.SERVICE_NOT_FOUND,
    "service in the cluster": ErrorCode.SERVICE_NOT_FOUND,
    "service in the project file": ErrorCode.PROJECT_SERVICE_NOT_FOUND,
    "service on this machine": ErrorCode.SERVICE_NOT_FOUND,
    "stage": ErrorCode.STAGE_NOT_FOUND,
    "target": ErrorCode.TARGET_NOT_FOUND,
    "workspace": ErrorCode.WORKSPACE_NOT_FOUND,
}


class AlreadyExistsError(BryggaError):
    """Something of that name is there already."""

    def __init__(self, kind: Taken, name: str, *, hint: str | Hint = "") -> None:
        super().__init__(
            f"The {kind} {name!r} exists already.", code=ErrorCode(f"{kind}.exists"), hint=hint
        )
        self.kind = kind
        self.name = name


class InUseError(BryggaError):
    """Refused, because something else needs it."""

    def __init__(self, kind: Used, name: str, users: Sequence[str]) -> None:
        listed = ", ".join(users)
        super().__init__(
            f"The {kind} {name!r} is used by {listed}.",
            code=ErrorCode(f"{kind}.in_use"),
            hint="Delete those first, or deploy them without it.",
        )
        self.users = tuple(users)


class OperationInProgressError(BryggaError):
    """Another operation on the same service is running."""

    def __init__(self, service: str, operation: str) -> None:
        super().__init__(
            f"Another operation on the service {service!r} is running: {operation}.",
            code=ErrorCode.SERVICE_BUSY,
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
        super().__init__(
            f"The packages cannot be installed together:\n{explanation}",
            code=ErrorCode.PACKAGES_UNSOLVABLE,
            hint=hint,
        )
        self.explanation = explanation


class PackageNotFoundError(PackagingError):
    """A package is not on the index."""

    def __init__(self, name: str, near: Sequence[str] = ()) -> None:
        # An index that refuses its caller looks to uv like one that has no such package.
        check = "Check its name, the address of the index, and its credentials if it wants any."
        super().__init__(
            f"The package {name!r} is not on the package index.",
            code=ErrorCode.PACKAGE_NOT_FOUND,
            hint=f"Did you mean {' or '.join(near)}?" if near else check,
        )
        self.name = name
        self.near = tuple(near)


class PythonNotFoundError(PackagingError):
    """The Python that was asked for is not on this machine."""

    def __init__(self, version: str, found: Sequence[str], *, hint: str = "") -> None:
        super().__init__(
            f"Python {version} is not on this machine.",
            code=ErrorCode.PYTHON_NOT_FOUND,
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

    def __init__(self, tried: Sequence[tuple[str, str]], *, hint: str | Hint = "") -> None:
        listed = "; ".join(f"{address} ({why})" for address, why in tried)
        super().__init__(
            f"No container engine answers. Tried: {listed}.",
            code=ErrorCode.ENGINE_UNAVAILABLE,
            hint=hint
            or Hint.of(
                "Start Docker or {}, or set DOCKER_HOST to its address.",
                Shell(("podman", "system", "service")),
            ),
        )
        self.tried = tuple(tried)


class ImageBuildError(BryggaError):
    """An image cannot be made.

    Attributes:
        image: Its name, or what it was to be.
        log: The last lines of the build's log.
    """

    def __init__(
        self,
        image: str,
        reason: str,
        log: Sequence[str] = (),
        *,
        code: ErrorCode = ErrorCode.IMAGE_NOT_BUILT,
        hint: str | Hint = "",
    ) -> None:
        super().__init__(f"The image {image} cannot be made: {reason}", code=code, hint=hint)
        self.image = image
        self.log = tuple(log)


class RegistryError(BryggaError):
    """An image registry refuses, or cannot be reached.

    Attributes:
        registry: Its host.
    """

    def __init__(
        self, registry: str, reason: str, *, code: ErrorCode, hint: str | Hint = ""
    ) -> None:
        super().__init__(f"The registry {registry}: {reason}.", code=code, hint=hint)
        self.registry = registry


class DeploymentError(BryggaError):
    """A service did not become ready.

    Attributes:
        diagnosis: The cause, its evidence and a fix.
        serving: The revision that goes on serving; None where none does.
    """

    def __init__(
        self, service: str, revision: int, diagnosis: Diagnosis, *, serving: int | None = None
    ) -> None:
        diagnosis = diagnosis.of(service)
        why = diagnosis.sentence
        if serving is not None:
            why = f"{why.rstrip('.')}. Revision {serving} serves on."
        super().__init__(
            f"Revision {revision} of the service {service!r} did not start: {why}",
            code=ErrorCode(f"deployment.{diagnosis.cause.value}"),
            hint=diagnosis.advice,
        )
        self.service = service
        self.revision = revision
        self.diagnosis = diagnosis
        self.serving = serving


_NOTED = 12  # lines of a traceback: its end says what went wrong


class ServiceCallError(BryggaError):
    """A service answered with an error, or not at all.

    Attributes:
        status: The HTTP status, or None where no answer came.
        body: The text of the answer.
        headers: Those of the answer.
        failure: What run() raised, where it did and the service is one's own; notes have its
            last lines.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None,
        body: str = "",
        headers: Mapping[str, str] | None = None,
        code: ErrorCode | None = None,
        hint: str | Hint = "",
    ) -> None:
        super().__init__(message, code=code or _code_of_status(status), hint=hint)
        self.status = status
        self.body = body
        self.headers = dict(headers or {})
        self.failure: RunFailure | None = None

    def explain(self, failure: RunFailure) -> None:
        """Says what the script did, in place of the server's "look at the logs"."""
        self.failure = failure
        self.message = f"run() raised {failure.sentence}"
        self.args = (self.message,)
        if failure.traceback:
            self.add_note("\n".join(failure.traceback.rstrip().splitlines()[-_NOTED:]))


class StoreError(BryggaError):
    """The workspace's own data cannot be read or written."""


class CorruptError(StoreError):
    """Content that does not match its digest."""

    def __init__(self, what: str, digest: str) -> None:
        super().__init__(
            f"{what} does not match its sha256 {digest}: it was changed or damaged on disk.",
            code=ErrorCode.STORE_CORRUPT,
            hint="Restore it from a backup, or register it again.",
        )
        self.digest = digest


def _code_of_script(diagnosis: Diagnosis) -> ErrorCode:
    cause = diagnosis.cause.value
    return (
        ErrorCode(cause.replace("_", ".", 1))
        if cause.startswith("script_")
        else ErrorCode.SCRIPT_UNUSABLE
    )


def _code_of_status(status: int | None) -> ErrorCode:
    known = {
        None: ErrorCode.CALL_UNREACHABLE,
        401: ErrorCode.CALL_UNAUTHORIZED,
        403: ErrorCode.CALL_UNAUTHORIZED,
        429: ErrorCode.CALL_BUSY,
        502: ErrorCode.CALL_WORKER_DIED,
        503: ErrorCode.CALL_BUSY,
        504: ErrorCode.CALL_DEADLINE,
    }
    return known.get(
        status, ErrorCode.CALL_REJECTED if (status or 0) < 500 else ErrorCode.CALL_FAILED
    )
