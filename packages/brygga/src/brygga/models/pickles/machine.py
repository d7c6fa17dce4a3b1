"""Pickle's stack machine with names in the place of objects.

It follows each opcode, but where pickle would import or call something, it notes the name. joblib
writes the bytes of an array behind the opcodes that make its wrapper: its shape and type, which
are among what is noted, say how many bytes those are.
"""

from __future__ import annotations

import math
import pickletools
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from dataclasses import dataclass, field
from typing import Any

from brygga.models.pickles.stream import ExhaustedError, PickleBytes

_MOST_OPCODES = 1_000_000
"""A second or two; the opcodes of an estimator are thousands."""
_LONGEST_TEXT = 1024
_MOST_TEXT = 32 << 20
_LARGEST_TUPLE = 64
_DEEPEST = 32
COLUMNS = "n_features_in_"
STEPS = "steps"
"""Of a pipeline: a list of names and estimators."""
_KEPT_KEYS = frozenset(
    {"_sklearn_version", COLUMNS, STEPS, "shape", "dtype", "numpy_array_alignment_bytes"}
)
_IMPORTERS = frozenset(
    {
        "cloudpickle.cloudpickle:subimport",
        "dill._dill:_import_module",
        "importlib:import_module",
        "builtins:__import__",
    }
)
"""They are called with the name of a module."""
_CODES = {opcode.code: opcode for opcode in pickletools.opcodes}
_MARK: Any = object()
_UNKNOWN: Any = None
_WIDTHS = {
    code: {"1": 1, "4": 4, "8": 8}[digit]
    for code, digit in {
        "BINBYTES": "4", "SHORT_BINBYTES": "1", "BINBYTES8": "8", "BYTEARRAY8": "8",
        "BINUNICODE": "4", "SHORT_BINUNICODE": "1", "BINUNICODE8": "8",
        "BINSTRING": "4", "SHORT_BINSTRING": "1", "LONG4": "4", "LONG1": "1",
    }.items()
}  # fmt: skip
"""Bytes of the length that stands before an argument."""
_TEXTS = frozenset(
    {"BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "BINSTRING", "SHORT_BINSTRING"}
)


class NotAPickleError(Exception):
    """The bytes are something else."""


@dataclass
class Made:
    """Something that unpickling would import, or make by a call of that."""

    name: str
    arguments: Any = None
    called: bool = False
    state: dict[str, Any] = field(default_factory=dict)


@dataclass
class Listed:
    """A list, of which the first is all that is kept."""

    first: Any = None

    def add(self, items: list[Any]) -> None:
        """Appends them."""
        if self.first is None and items:
            self.first = items[0]


class Machine:
    """Runs over one stream; what it found stays, also where it has to stop before the end."""

    def __init__(self, stream: PickleBytes) -> None:
        self._stream = stream
        self._left = _MOST_OPCODES
        self._text_left = _MOST_TEXT
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}
        self._memoized = 0
        self._depth = 0
        self.globals: set[tuple[str, str]] = set()
        self.imported: set[str] = set()
        self.versions: dict[str, str] = {}
        self.columns: set[int] = set()

    def run(self) -> Any:
        """Follows one pickle to its end; returns what it leaves, as far as that is known.

        Raises:
            ExhaustedError: a bound is reached, or the bytes end.
            NotAPickleError: an opcode that there is not, or one that finds nothing to work on.
        """
        kept = self._stack, self._memo, self._memoized
        self._stack, self._memo, self._memoized = [], {}, 0
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ExhaustedError
        try:
            while True:
                self._left -= 1
                if self._left < 0:
                    raise ExhaustedError
                opcode = _CODES.get(self._stream.read(1).decode("latin-1"))
                if opcode is None:
                    raise NotAPickleError
                if opcode.name == "STOP":
                    return self._stack[-1] if self._stack else _UNKNOWN
                self._step(opcode.name, self._argument(opcode))
        except (IndexError, ValueError, TypeError, UnicodeError) as error:
            raise NotAPickleError from error
        finally:
            self._depth -= 1
            self._stack, self._memo, self._memoized = kept

    def _argument(self, opcode: pickletools.OpcodeInfo) -> Any:
        if opcode.arg is None:
            return None
        width = _WIDTHS.get(opcode.name)
        if width is None:
            argument = opcode.arg.reader(self._stream)  # type: ignore[arg-type]
            if isinstance(argument, str | bytes):
                self._spend(len(argument))
            return argument
        length = int.from_bytes(self._stream.read(width), "little")
        if opcode.name not in _TEXTS or length > _LONGEST_TEXT:
            self._stream.skip(length)
            return _UNKNOWN
        self._spend(length)
        return self._stream.read(length).decode("utf-8", "replace")

    def _spend(self, characters: int) -> None:
        """Text that is kept is bounded."""
        self._text_left -= characters
        if self._text_left < 0:
            raise ExhaustedError

    def _step(self, name: str, argument: Any) -> None:
        if not (self._names(name, argument) or self._remembers(name, argument)):
            self._makes(name, argument)

    def _names(self, name: str, argument: Any) -> bool:
        """Opcodes at which pickle would import or call something."""
        stack = self._stack
        if name in ("GLOBAL", "INST"):
            module, _, attribute = argument.partition(" ")
            made = self._global(module, attribute)
            stack.append(made if name == "GLOBAL" else self._call(made, tuple(self._taken())))
        elif name == "STACK_GLOBAL":
            attribute, module = stack.pop(), stack.pop()
            known = isinstance(module, str) and isinstance(attribute, str)
            stack.append(self._global(module, attribute) if known else _UNKNOWN)
        elif name == "OBJ":
            function, *arguments = self._taken()
            stack.append(self._call(function, tuple(arguments)))
        elif name in ("REDUCE", "NEWOBJ", "NEWOBJ_EX"):
            if name == "NEWOBJ_EX":
                stack.pop()
            arguments, function = stack.pop(), stack.pop()
            stack.append(self._call(function, arguments))
        elif name == "BUILD":
            self._build(stack.pop(), stack[-1])
        else:
            return False
        return True

    def _remembers(self, name: str, argument: Any) -> bool:
        """Opcodes of the memo and of the stack itself."""
        stack = self._stack
        if name in ("PUT", "BINPUT", "LONG_BINPUT"):
            self._memoize(argument, stack[-1])
        elif name == "MEMOIZE":
            self._memoize(self._memoized, stack[-1])
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            stack.append(self._memo.get(argument, _UNKNOWN))
        elif name == "MARK":
            stack.append(_MARK)
        elif name == "DUP":
            stack.append(stack[-1])
        elif name == "POP":
            stack.pop()
        elif name in ("APPEND", "APPENDS"):
            items = [stack.pop()] if name == "APPEND" else self._taken()
            if isinstance(stack[-1], Listed):
                stack[-1].add(items)
        elif name in ("POP_MARK", "ADDITEMS"):
            self._taken()
        else:
            return False
        return True

    def _makes(self, name: str, argument: Any) -> None:
        """Opcodes that make one value, of several or of their argument."""
        stack = self._stack
        if name == "TUPLE":
            items = self._taken()
            stack.append(tuple(items) if len(items) <= _LARGEST_TUPLE else _UNKNOWN)
        elif name in ("TUPLE1", "TUPLE2", "TUPLE3"):
            count = int(name[-1])
            items, stack[-count:] = stack[-count:], []
            stack.append(tuple(items))
        elif name == "DICT":
            stack.append(_kept(self._taken()))
        elif name == "SETITEM":
            value, key = stack.pop(), stack.pop()
            self._fill([key, value])
        elif name == "SETITEMS":
            self._fill(self._taken())
        elif name in ("LIST", "EMPTY_LIST"):
            listed = Listed()
            listed.add(self._taken() if name == "LIST" else [])
            stack.append(listed)
        elif name == "FROZENSET":
            self._taken()
            stack.append(_UNKNOWN)
        elif name == "BINPERSID":
            stack[-1] = _UNKNOWN
        elif name not in ("PROTO", "FRAME", "READONLY_BUFFER"):
            stack.append(_single(name, argument))

    def _memoize(self, place: int, value: Any) -> None:
        self._memoized += 1
        if value is not _UNKNOWN:
            self._memo[place] = value

    def _taken(self) -> list[Any]:
        """What was put on the stack since the last mark."""
        place = len(self._stack) - 1
        while self._stack[place] is not _MARK:
            place -= 1
            if place < 0:
                raise NotAPickleError
        items = self._stack[place + 1 :]
        del self._stack[place:]
        return items

    def _global(self, module: str, attribute: str) -> Made:
        module, attribute = NAME_MAPPING.get((module, attribute), (module, attribute))
        module = IMPORT_MAPPING.get(module, module)
        self.globals.add((module, attribute))
        return Made(f"{module}:{attribute}")

    def _call(self, function: Any, arguments: Any) -> Any:
        if not isinstance(function, Made):
            return _UNKNOWN
        if function.name in _IMPORTERS and _begins_with_text(arguments):
            self.imported.add(arguments[0])
        if function.name == "copyreg:_reconstructor" and isinstance(arguments, tuple):
            function = arguments[0] if isinstance(arguments[0], Made) else function
        return Made(function.name, arguments, called=True)

    def _fill(self, items: list[Any]) -> None:
        if isinstance(self._stack[-1], dict):
            self._stack[-1].update(_kept(items))

    def _build(self, state: Any, made: Any) -> None:
        if isinstance(state, tuple) and len(state) == 2 and isinstance(state[0], dict):
            state = state[0]  # the second are the values of slots
        if not isinstance(made, Made):
            return
        if isinstance(state, dict):
            made.state.update(state)
            version = state.get("_sklearn_version")
            if isinstance(version, str):
                self.versions["scikit-learn"] = version
            if isinstance(state.get(COLUMNS), int):
                self.columns.add(state[COLUMNS])
        if made.name == "joblib.numpy_pickle:NumpyArrayWrapper":
            self._array(made)
        elif made.name == "numpy:dtype" and isinstance(state, tuple):
            made.state["flags"] = state[-1]

    def _array(self, wrapper: Made) -> None:
        """Passes over the bytes of an array of joblib's."""
        size = _item_size(wrapper.state.get("dtype"))
        shape = wrapper.state.get("shape")
        if size is None:
            self.run()  # an array of objects is a pickle of its own
            return
        if not isinstance(shape, tuple) or not all(isinstance(n, int) and n >= 0 for n in shape):
            raise NotAPickleError
        if wrapper.state.get("numpy_array_alignment_bytes") is not None:
            self._stream.skip(self._stream.read(1)[0])
        self._stream.skip(math.prod(shape) * size)


def _begins_with_text(arguments: Any) -> bool:
    return isinstance(arguments, tuple) and bool(arguments) and isinstance(arguments[0], str)


def _single(name: str, argument: Any) -> Any:
    values = {"EMPTY_TUPLE": (), "EMPTY_DICT": {}, "NEWTRUE": True, "NEWFALSE": False}
    small = argument if isinstance(argument, int | float | str) else _UNKNOWN
    return values.get(name, small)


def _kept(items: list[Any]) -> dict[str, Any]:
    pairs = zip(items[::2], items[1::2], strict=False)
    return {key: value for key, value in pairs if isinstance(key, str) and key in _KEPT_KEYS}


def _item_size(dtype: Any) -> int | None:
    """Bytes of an item; None for objects, and for records that have some."""
    if not isinstance(dtype, Made) or not isinstance(dtype.arguments, tuple):
        raise NotAPickleError
    kind, count = dtype.arguments[0][:1], dtype.arguments[0][1:]
    flags = dtype.state.get("flags")
    if kind == "O" or (kind == "V" and isinstance(flags, int) and flags & 1):
        return None
    return int(count) * (4 if kind == "U" else 1)
