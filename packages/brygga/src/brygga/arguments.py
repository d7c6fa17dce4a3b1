"""What public calls are given: an argument of the wrong kind is told by its name, before anything.

The kinds are those that the annotations of a call name; what has no kind here is not looked at.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import FunctionType
from typing import Any, TypeVar, cast

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError

C = TypeVar("C")
_LONGEST = 80
_SECRET = frozenset(("secrets", "keys", "value"))
"""Arguments whose values no message has."""


def checked(kind: type[C]) -> type[C]:
    """Has every public call of a class say what it wants, where it is given something else."""
    for name, member in [*vars(kind).items()]:
        if name.startswith("_") and not (name == "__init__" and _is_dataclass(kind)):
            continue
        if isinstance(member, FunctionType):
            setattr(kind, name, _checking(member))
        elif isinstance(member, classmethod):
            setattr(kind, name, classmethod(_checking(cast("FunctionType", member.__func__))))
    return kind


def wanted_of(function: Callable[..., Any]) -> Mapping[str, Wanted]:
    """What is known of the kinds that a call takes, by argument."""
    shown = getattr(function, "__signature__", None)
    annotations = (
        {name: each.annotation for name, each in shown.parameters.items() if each.annotation}
        if shown
        else function.__annotations__
    )
    texts = {name: a for name, a in annotations.items() if isinstance(a, str) and name != "return"}
    return {name: Wanted.read(text) for name, text in texts.items()}


@dataclass(frozen=True)
class Wanted:
    """The kinds that an argument may be of; none: it may be anything."""

    kinds: tuple[_Kind, ...]

    @classmethod
    def read(cls, annotation: str) -> Wanted:
        """From an annotation, as it is written in the source."""
        kinds = []
        for text in _split(annotation, "|"):
            kind = _kind_of(text)
            if kind is None:
                return cls(())
            kinds.append(kind)
        return cls(tuple(kinds))

    def check(self, name: str, value: object) -> None:
        """Makes sure that a value is of one of them.

        Raises:
            InvalidInputError: it is of none; names the argument and what is wanted.
        """
        if not self.kinds or any(kind.fits(value) for kind in self.kinds):
            return
        for kind in self.kinds:
            if kind.inner is None:
                continue
            for number, each in enumerate(kind.elements(value)):
                kind.inner.check(f"{name}[{number}]", each)
            if any(inner.fits(value) for inner in kind.inner.kinds):
                raise _wrong(name, value, f"Give {name}=[{_shown(name, value)}].")
        raise _wrong(name, value, f"Give {self.words}.")

    @property
    def words(self) -> str:
        """What is wanted, for people."""
        words = list(dict.fromkeys(kind.words for kind in self.kinds if kind.words))
        if words[:2] == [_TEXT, _PATH]:
            words[:2] = ["a path"]
        return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


@dataclass(frozen=True)
class _Kind:
    """One kind of value.

    Attributes:
        words: As people call it.
        is_one: Whether a value is of it, whatever is in it.
        inner: What is in a list.
    """

    words: str
    is_one: Callable[[object], bool]
    inner: Wanted | None = None

    def elements(self, value: object) -> Collection[object]:
        """What is in a list, where it can be looked into without being used up."""
        if self.inner is None or not isinstance(value, list | tuple | set | frozenset):
            return ()
        return cast("Collection[object]", value)

    def fits(self, value: object) -> bool:
        """Whether a value is of it."""
        if not self.is_one(value):
            return False
        kinds = () if self.inner is None else self.inner.kinds
        return not kinds or all(any(k.fits(each) for k in kinds) for each in self.elements(value))


def _checking(function: FunctionType) -> Callable[..., Any]:
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    wanted: dict[str, Wanted] = {}  # read at the first call: most of them never come

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not wanted:
            wanted.update(wanted_of(function))
        for name, value in (*zip(names, args, strict=False), *kwargs.items()):
            if name in wanted:
                wanted[name].check(name, value)
        return function(*args, **kwargs)

    return call


def _is_dataclass(kind: type) -> bool:
    return "__dataclass_fields__" in vars(kind)


def _wrong(name: str, value: object, hint: str) -> InvalidInputError:
    return InvalidInputError(
        f"{name}={_shown(name, value)} cannot be used.", code=ErrorCode.OPTION_INVALID, hint=hint
    )


def _shown(name: str, value: object) -> str:
    """A value in a message; what is long, or secret, is told by its type."""
    kind = f"<{type(value).__name__}>"
    if name.partition("[")[0] in _SECRET:
        return kind
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - somebody else's repr
        return kind
    return text if len(text) <= _LONGEST else kind


_TEXT, _PATH = "a text", "a pathlib.Path"


def _is_number(value: object) -> bool:
    return hasattr(value, "__float__") and not isinstance(value, bool)


def _is_whole(value: object) -> bool:
    return hasattr(value, "__index__") and not isinstance(value, bool)


def _is_flag(value: object) -> bool:
    return type(value).__name__ in ("bool", "bool_") or (isinstance(value, int) and value in (0, 1))


def _is_iterable(value: object) -> bool:
    return isinstance(value, Iterable) and not isinstance(
        value, str | bytes | os.PathLike | Mapping
    )


def _is_progress(value: object) -> bool:
    return value is None or callable(value) or hasattr(value, "tell")


def _is_called(name: str) -> Callable[[object], bool]:
    """Of a class by its name: it need not be imported to be asked for."""
    return lambda value: any(each.__name__ == name for each in type(value).__mro__)


_KINDS: Mapping[str, _Kind] = {
    "None": _Kind("", lambda value: value is None),
    "str": _Kind(_TEXT, lambda value: isinstance(value, str)),
    "Path": _Kind(_PATH, lambda value: isinstance(value, os.PathLike)),
    "int": _Kind("a whole number", _is_whole),
    "float": _Kind("a number", _is_number),
    "bool": _Kind("True or False", _is_flag),
    "ProgressLike": _Kind("a function that takes a text, or a Progress", _is_progress),
    "KeyName": _Kind("'primary' or 'secondary'", lambda value: isinstance(value, str)),
    "Expose": _Kind(
        "'cluster', 'node-port', 'load-balancer' or 'ingress'", lambda value: isinstance(value, str)
    ),
    "Certificate": _Kind(
        "a pair of files, (certificate, key)",
        lambda value: isinstance(value, tuple | list) and len(value) == 2,
    ),
    "Estimator": _Kind(
        "a fitted estimator with predict()", lambda value: callable(getattr(value, "predict", None))
    ),
}
_CLASSES: Mapping[str, str] = {
    "Environment": "an Environment, as ws.environments.registered(NAME) or "
    "Environment.from_packages([...]) gives it",
    "Model": "a Model, as ws.models.get(NAME) gives it",
    "Image": "an Image, as ws.images.get(NAME) gives it",
    "Resources": "Resources(...)",
    "Access": "Access(...)",
    "Serving": "Serving(...)",
    "Build": "Build(...)",
    "Settings": "Settings(...)",
    "IndexOptions": "IndexOptions(...)",
    "ImageOptions": "ImageOptions(...)",
    "Subject": "a Subject(...)",
    "OperationKind": "an OperationKind",
    "RunStatus": "a RunStatus",
    "ScriptSpec": "a ScriptSpec(...)",
    "SearchSpec": "a SearchSpec(...)",
    "Metric": "a Metric, as brygga.runs.run.metric() makes it",
    "AutoMLSpec": "an AutoMLSpec(...)",
    "DataFrame": "a pandas.DataFrame",
}


def _kind_of(annotation: str) -> _Kind | None:
    name, bracket, rest = annotation.partition("[")
    inside = rest.rpartition("]")[0]
    name = name.rpartition(".")[2]
    if name == "Literal":
        choices = [each.strip("'\"") for each in _split(inside, ",")]
        return _Kind(
            f"one of: {', '.join(choices)}",
            lambda value: isinstance(value, str | bool) and str(value) in choices,
        )
    if name == "Mapping":
        return _Kind("a dict", lambda value: isinstance(value, Mapping))
    if name in ("Sequence", "Iterable", "list", "tuple"):
        inner = Wanted.read(inside.partition(", ...")[0] if bracket else "object")
        words = f"a list, of which each is {inner.words}" if inner.kinds else "a list"
        return _Kind(words, _is_iterable, inner)
    if name in _CLASSES:
        return _Kind(_CLASSES[name], _is_called(name))
    return _KINDS.get(name)


def _split(text: str, separator: str) -> Iterator[str]:
    """The parts of an annotation, without those that stand in brackets."""
    depth, start = 0, 0
    for place, letter in enumerate(text):
        depth += (letter == "[") - (letter == "]")
        if letter == separator and not depth:
            yield text[start:place].strip()
            start = place + 1
    yield text[start:].strip()
