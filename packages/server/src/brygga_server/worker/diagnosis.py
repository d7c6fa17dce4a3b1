"""What went wrong, told with the user's own file and line.

Tracebacks begin at the user's first frame; frames of the worker are left out wherever they are.
"""

import os
from types import TracebackType
from typing import Any, Dict, Iterator, NamedTuple, Optional, Tuple

_OURS = os.path.dirname(os.path.abspath(__file__)) + os.sep


class LoadFailure(NamedTuple):
    """A failure with its cause from the closed set of docs/server.md."""

    cause: str
    message: str
    file: Optional[str] = None
    line: Optional[int] = None
    column: Optional[int] = None
    traceback: Optional[str] = None

    def to_dict(self) -> Dict[str, Any]:
        """As it goes into FAILED, with the fields that only the front can fill."""
        return dict(
            self._asdict(),
            exit_code=None,
            signal=None,
            peak_memory_bytes=None,
            memory_limit_bytes=None,
        )


class ScriptLoadError(Exception):
    """The script cannot be served; carries why."""

    def __init__(self, diagnosis: LoadFailure) -> None:
        super().__init__(diagnosis.message)
        self.diagnosis = diagnosis


def from_exception(cause: str, error: BaseException, app_root: str) -> LoadFailure:
    """What `error`, raised by user code, says."""
    file, line, column = _place(error, app_root)
    return LoadFailure(
        cause, describe(error), _relative(file, app_root), line, column, format_traceback(error)
    )


def describe(error: BaseException) -> str:
    """`ValueError: text`, whatever the exception's own `__str__` does."""
    name = type(error).__name__
    text = error.msg if isinstance(error, SyntaxError) else message_of(error)
    return "%s: %s" % (name, text) if text else name


def message_of(error: BaseException) -> str:
    """`str(error)`, whatever the exception's own `__str__` does."""
    try:
        return str(error)
    except BaseException:  # noqa: BLE001 - user code may raise anything
        return "its __str__() raises"


def format_traceback(error: BaseException) -> str:
    """The traceback as Python prints it, less our own frames."""
    import traceback

    try:
        report: Optional[Any] = traceback.TracebackException.from_exception(error)
        whole = report
        seen = set()
        while report is not None and id(report) not in seen:
            seen.add(id(report))
            kept = [frame for frame in report.stack if not is_ours(frame.filename)]
            report.stack = traceback.StackSummary.from_list(kept)
            report = report.__cause__ or report.__context__
        return "".join(whole.format()) if whole else ""
    except BaseException:  # noqa: BLE001 - an exception whose own parts cannot be shown
        return describe(error) + "\n"


def is_ours(filename: str) -> bool:
    """Whether a frame belongs to the worker or to Python's import machinery."""
    return filename.startswith((_OURS, "<frozen importlib", "<frozen runpy"))


def walk(traceback: Optional[TracebackType]) -> Iterator[Tuple[str, int]]:
    """(file, line) of every frame, outermost first."""
    while traceback is not None:
        yield traceback.tb_frame.f_code.co_filename, traceback.tb_lineno
        traceback = traceback.tb_next


def _place(
    error: BaseException, app_root: str
) -> Tuple[Optional[str], Optional[int], Optional[int]]:
    """Where the user has to look: their innermost own frame, or else the first that is not ours."""
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename, error.lineno, error.offset
    frames = [place for place in walk(error.__traceback__) if not is_ours(place[0])]
    own = [place for place in frames if _is_own(place[0], app_root)]
    if own:
        return own[-1] + (None,)
    return frames[0] + (None,) if frames else (None, None, None)


def _is_own(file: str, app_root: str) -> bool:
    inside = os.path.abspath(file).startswith(os.path.join(os.path.abspath(app_root), ""))
    return inside and "site-packages" not in file.split(os.sep)


def _relative(file: Optional[str], app_root: str) -> Optional[str]:
    if file is None or not _is_own(file, app_root):
        return file
    return os.path.relpath(os.path.abspath(file), os.path.abspath(app_root))
