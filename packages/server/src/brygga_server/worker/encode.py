"""From what run() returns to the bytes of a response.

v1 encodes with `json.dumps` and nothing else, NaN included. The native profile encodes NumPy's
scalars and arrays and points in time too, and makes no text that is not JSON unless it is told to.
"""

import json
import math
import struct
import sys
from typing import Any, Callable, List, NamedTuple, Optional

Encoder = Callable[[Any], bytes]


class NotEncodableError(Exception):
    """A result that cannot be sent; the message names the place in it."""


def encoder(v1: bool, nan: str) -> Encoder:
    """The function that encodes a script's results.

    `nan` says what becomes of NaN and Infinity: `error`, `null`, or `keep`, which is not JSON.
    """
    return _AsV1(nan) if v1 else _Native(nan)


class Numbers(NamedTuple):
    """An array as the front is sent it, which makes JSON of it without an object for each number.

    `head` is the type as `struct` writes it, the number of dimensions (u8) and each of them (u32).
    """

    head: bytes
    data: bytes  # C order, in the machine's byte order


def numbers(value: Any) -> Optional[Numbers]:
    """An array's bytes, or None where it is none, or holds what JSON has no number for."""
    numpy: Any = sys.modules.get("numpy")
    if numpy is None or type(value) is not numpy.ndarray:
        return None
    dtype = value.dtype
    letter = _FORMATS.get(dtype.str[1:]) if dtype.isnative else None
    if letter is None or not value.size or not value.ndim:
        return None
    if dtype.kind == "f" and not numpy.isfinite(value).all():
        return None
    shape = value.shape
    return Numbers(struct.pack("<cB%dI" % len(shape), letter, len(shape), *shape), value.tobytes())


# NumPy's types as memoryview.cast knows them.
_FORMATS = {
    "b1": b"?", "i1": b"b", "u1": b"B", "i2": b"h", "u2": b"H", "i4": b"i", "u4": b"I",
    "i8": b"q", "u8": b"Q", "f4": b"f", "f8": b"d",
}  # fmt: skip


class _AsV1:
    """As v1 does it; of NaN only where it is told to keep it."""

    def __init__(self, nan: str) -> None:
        self._nan = nan

    def __call__(self, value: Any) -> bytes:
        if value is None:
            return b"{}"
        try:
            if self._nan == "null":
                value = _nulled(value)
            return json.dumps(value, allow_nan=self._nan == "keep").encode()
        except BaseException as error:
            raise NotEncodableError(_say(error)) from error


def _nulled(value: Any) -> Any:
    """The same without numbers that JSON has no word for."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _nulled(item) for key, item in value.items()}
    return [_nulled(item) for item in value] if isinstance(value, (list, tuple)) else value


class _Native:
    def __init__(self, nan: str) -> None:
        self._nan = nan
        self._encode = json.JSONEncoder(allow_nan=nan == "keep", default=_plain_numpy).encode

    def __call__(self, value: Any) -> bytes:
        if value is None:
            return b"{}"
        try:
            return self._encode(value).encode()
        except BaseException:  # noqa: BLE001 - the slow way says what is wrong, or gets it right
            return self._encode_slowly(value)

    def _encode_slowly(self, value: Any) -> bytes:
        try:
            return self._encode(self._plain(value, [])).encode()
        except NotEncodableError:
            raise
        except RecursionError as error:
            raise NotEncodableError(
                "The result of run() is nested too deeply, or contains itself."
            ) from error
        except BaseException as error:
            raise NotEncodableError(_say(error)) from error

    def _plain(self, value: Any, path: List[str]) -> Any:
        """`value` in types that JSON has. Raises with the place of what has none."""
        if isinstance(value, float):
            return self._number(float(value), path)
        if value is None or isinstance(value, (str, int)):
            return value
        if isinstance(value, dict):
            return {
                self._key(key, path): self._plain(item, [*path, "[%r]" % (key,)])
                for key, item in value.items()
            }
        if isinstance(value, (list, tuple)):
            return [self._plain(item, [*path, "[%d]" % i]) for i, item in enumerate(value)]
        try:
            return self._plain(_plain_numpy(value), path)
        except TypeError as error:
            message = "%s at %s.%s" % (error, _place(path), _instead(value))
            raise NotEncodableError(message) from None

    def _number(self, value: float, path: List[str]) -> Any:
        if math.isfinite(value) or self._nan == "keep":
            return value
        if self._nan == "null":
            return None
        raise NotEncodableError(
            "The result of run() holds %r at %s, which JSON cannot express. "
            "Replace it in the script, or set nan to null or keep." % (value, _place(path))
        )

    def _key(self, key: Any, path: List[str]) -> Any:
        if isinstance(key, (str, int, bool)) or key is None:
            return key
        numpy: Any = sys.modules.get("numpy")
        if numpy is not None and isinstance(key, numpy.generic):
            key = key.item()
            if isinstance(key, (str, int)):
                return key
        if isinstance(key, float) and math.isfinite(key):
            return key
        raise NotEncodableError(
            "The result of run() has a key of type %s at %s; JSON keys are text. "
            "Make text of it in the script, as str(key) does." % (type(key).__name__, _place(path))
        )


def _plain_numpy(value: Any) -> Any:
    """Lists and numbers for what NumPy made. Raises `TypeError` for everything else."""
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, (numpy.ndarray, numpy.generic)):
        kind = value.dtype.kind
        if kind in "mM":
            return value.astype(str).tolist()
        if value.dtype.char == "g":  # Python has no such float: tolist() would give NumPy's again
            return value.astype(float).tolist()
        if kind not in "cSV" or value.dtype.names:
            return value.tolist()
        raise TypeError("The result of run() holds NumPy data of type %s" % value.dtype)
    moments: Any = sys.modules.get("datetime")
    if moments is not None and isinstance(value, (moments.date, moments.time)):
        return value.isoformat()  # pandas' Timestamp is one; NumPy's look the same
    raise TypeError("The result of run() holds an object of type %s" % type(value).__name__)


_INSTEAD = {
    "builtins.bytes": "base64.b64encode(value).decode(), or return AMLResponse(value, 200) for a "
    "body of its own",
    "builtins.set": "sorted(value)",
    "builtins.frozenset": "sorted(value)",
    "builtins.complex": "[value.real, value.imag]",
    "builtins.memoryview": "value.tolist()",
    "datetime.timedelta": "value.total_seconds()",
    "decimal.Decimal": "float(value), or str(value) to keep every digit",
    "fractions.Fraction": "float(value)",
    "uuid.UUID": "str(value)",
    "pathlib.PurePath": "str(value)",
    "enum.Enum": "value.value",
    "pandas.DataFrame": 'value.to_dict("records")',
    "pandas.Series": "value.tolist()",
    "pandas.Index": "value.tolist()",
    "polars.DataFrame": "value.to_dicts()",
    "polars.Series": "value.to_list()",
    "scipy.spmatrix": "value.toarray()",
    "scipy.sparray": "value.toarray()",
    "torch.Tensor": "value.tolist()",
    "tensorflow.Tensor": "value.numpy()",
    "xarray.DataArray": "value.values",
}
"""What to write in the script, by package and class: none of these has to be imported for it."""


def _instead(value: Any) -> str:
    for kind in type(value).__mro__:
        found = _INSTEAD.get("%s.%s" % (kind.__module__.partition(".")[0], kind.__name__))
        if found is not None:
            return " Write %s instead." % found
    return " Make numbers, text, lists or dicts of it in the script."


def _place(path: List[str]) -> str:
    return "result" + "".join(path)


def _say(error: BaseException) -> str:
    from .diagnosis import describe

    return "The result of run() cannot be encoded: %s" % describe(error)
