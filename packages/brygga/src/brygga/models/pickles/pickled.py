"""What a pickled model needs: its modules, its classes, the versions it was made with."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePath

from brygga.models.pickles.machine import COLUMNS, STEPS, Listed, Machine, Made, NotAPickleError
from brygga.models.pickles.stream import UNPACKING_ERRORS, ExhaustedError, opened

_MAIN = "__main__"
_MAKERS = "sklearn.feature_extraction."
_DEEPEST = 8
"""Pipelines within pipelines."""
_MOST = 100
"""Pickles behind each other in one file."""
_SUFFIXES = frozenset({".pkl", ".pickle", ".p", ".joblib", ".sav", ".dill"})
"""Only under these names a file of the oldest protocols, which begin with no sign, counts."""


@dataclass(frozen=True)
class Pickled:
    """What is in a pickle, less what is Python's own.

    Attributes:
        file: Its name, for people.
        classes: What it imports, as `sklearn.svm._classes:SVC`; functions are among them.
        imported: Modules that it imports as a whole.
        root: What the whole of it is, as such a name; None where it is a list or the like.
        versions: Those of distributions that it was written with, where it says so.
        complete: Whether all of it was read; what is larger than a bound is read in part.
        columns: How many numbers a row has that it predicts from; None where it does not say.
        truncated: Whether the file ends before what it holds does.
    """

    file: str
    classes: tuple[str, ...]
    imported: tuple[str, ...] = ()
    root: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    complete: bool = True
    columns: int | None = None
    truncated: bool = False

    @cached_property
    def modules(self) -> tuple[str, ...]:
        """The modules that unpickling imports, dotted."""
        named = {each.partition(":")[0] for each in self.classes} | {*self.imported}
        return tuple(sorted(named - {_MAIN}))

    @property
    def of_main(self) -> tuple[str, ...]:
        """Classes of the program that wrote it, which are in no module: `Doubler`."""
        named = (each.partition(":") for each in self.classes)
        return tuple(name for module, _, name in named if module == _MAIN)


def read_pickle(path: Path, name: str | None = None) -> Pickled | None:
    """What a file of pickle, joblib (compressed or not) or `torch.save` holds; executes nothing.

    It takes a few seconds and a few hundred megabytes at the most, whatever the file is.

    Args:
        name: What the file is called, where that is not its path's name.

    Returns:
        None where it is something else, or cannot be read.
    """
    called = PurePath(name or path).name
    try:
        with opened(path) as stream:
            head = stream.peek()
            if head != b"\x80" and not (head and PurePath(called).suffix.lower() in _SUFFIXES):
                return None
            machine, complete, truncated = Machine(stream), True, False
            root = None
            try:
                root = machine.run()
                for _ in range(_MOST):
                    if stream.peek() != b"\x80":
                        break
                    machine.run()
            except ExhaustedError:
                complete, truncated = False, not stream.peek()
    except (NotAPickleError, ExhaustedError, *UNPACKING_ERRORS):
        return None
    return Pickled(
        called,
        tuple(sorted(f"{module}:{name}" for module, name in _foreign(machine.globals))),
        tuple(sorted(m for m in machine.imported if _is_foreign(m))),
        root.name if isinstance(root, Made) and root.called else None,
        machine.versions,
        complete,
        None if _makes_rows(machine) else _columns(root, machine.columns),
        truncated,
    )


def _makes_rows(machine: Machine) -> bool:
    """Whether something in it makes numbers of texts or the like: what comes in is no such row."""
    return any(f"{module}.".startswith(_MAKERS) for module, _ in machine.globals)


def _columns(root: object, all_said: set[int]) -> int | None:
    """What the whole says of itself, a pipeline's first step, or all of its parts alike."""
    for _ in range(_DEEPEST):
        own = root.state.get(COLUMNS) if isinstance(root, Made) else None
        if isinstance(own, int):
            return own
        steps = root.state.get(STEPS) if isinstance(root, Made) else None
        if not isinstance(steps, Listed):
            break
        first = steps.first
        root = first[1] if isinstance(first, tuple) and len(first) > 1 else None
        all_said = set()
    return next(iter(all_said)) if len(all_said) == 1 else None


def _foreign(found: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    return (each for each in found if _is_foreign(each[0]))


def _is_foreign(module: str) -> bool:
    return module.partition(".")[0] not in sys.stdlib_module_names
