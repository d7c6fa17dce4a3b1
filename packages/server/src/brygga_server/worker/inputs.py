"""From what the front sends to the keyword arguments of run()."""

import json
from typing import Any, Callable, Dict, List, Optional, Tuple

from . import frames
from .contract import HEADERS, MISSING, OBJECT, RAW, Contract
from .frames import Request
from .http.headers import headers_dict
from .read_ahead import OwnText

Arguments = Dict[str, Any]


class BadInputError(Exception):
    """The input is not what run() can take; the message is for the client."""


class MediaTypeError(Exception):
    """The input is not JSON, and run() is decorated."""


def parser(contract: Contract, own: Optional[OwnText] = None) -> Callable[[Request], Arguments]:
    """The function that makes the arguments of this contract's run().

    `own` is told the text that run() is given.
    """
    if contract.takes_input == RAW:
        return _Raw(contract)
    if contract.takes_input == OBJECT:
        return _Object(contract)
    return _Text(contract, own)


class _Text:
    """An undecorated run() gets the body as text."""

    def __init__(self, contract: Contract, own: Optional[OwnText]) -> None:
        self._name = contract.names[0]
        self._wants_headers = contract.wants_headers
        self._own = own

    def __call__(self, request: Request) -> Arguments:
        if request.how == frames.QUERY:
            value = json.dumps(query_values(request.meta))
        else:
            value = decode_text(request.body)
        if self._own is not None:
            self._own.begin(value, request.meta if request.flags & frames.AHEAD else None)
        arguments: Arguments = {self._name: value}
        if self._wants_headers:
            arguments[HEADERS] = _sent_headers(request)
        return arguments


class _Object:
    """A decorated run() gets the values of a JSON object by name."""

    def __init__(self, contract: Contract) -> None:
        self._defaults = contract.defaults
        self._names = contract.names
        self._wants_headers = contract.wants_headers
        self._shapes = {p.name: p for p in contract.parameters if p.kind == "numpy"}

    def __call__(self, request: Request) -> Arguments:
        if request.how == frames.ARRAYS:
            meta = json.loads(request.meta)
            values = dict(meta.get("values") or {})
            for name, array in read_arrays(meta["arrays"], request.body):
                values[name] = self._checked(name, array)
            headers = meta.get("headers")
        elif request.how == frames.QUERY:
            values, headers = query_values(request.meta), None
        else:
            if request.flags & frames.NOT_JSON:
                raise MediaTypeError("Expects Content-Type to be application/json")
            values, headers = _json_object(request.body), None
        arguments = self._pick(values)
        if self._wants_headers:
            sent = headers_dict(headers) if headers is not None else _sent_headers(request)
            arguments[HEADERS] = sent
        return arguments

    def _pick(self, values: Dict[str, Any]) -> Arguments:
        arguments = {}
        for name in self._names:
            value = values.get(name, self._defaults[name])
            if value is MISSING:
                raise BadInputError("A value is not provided for the %r parameter." % name)
            arguments[name] = value
        return arguments

    def _checked(self, name: str, array: Any) -> Any:
        """The array in the declared dtype, or a list, so that the declaration itself judges it.

        The decorator lets arrays pass unchecked, and `astype` wraps around what does not fit.
        """
        declared = self._shapes.get(name)
        if declared is None or not _fits(array, declared.dtype, declared.shape):
            return array.tolist()
        return array.astype(declared.dtype, copy=False)


class _Raw:
    """A @rawhttp run() gets the whole HTTP request."""

    def __init__(self, contract: Contract) -> None:
        self._name = contract.names[0]
        self._wants_headers = contract.wants_headers

    def __call__(self, request: Request) -> Arguments:
        from .http import request as raw

        meta = json.loads(request.meta)
        arguments: Arguments = {self._name: raw.from_meta(meta, bytes(request.body))}
        if self._wants_headers:
            arguments[HEADERS] = headers_dict(meta["headers"])
        return arguments


def decode_text(body: frames.Buffer) -> str:
    """The body as UTF-8 text. Raises `BadInputError`."""
    try:
        return str(body, "utf-8")
    except UnicodeDecodeError as error:
        raise BadInputError("Input cannot be decoded as UTF-8: %s" % error) from None


def query_values(query: bytes) -> Dict[str, Any]:
    """A query string's values, read as JSON where they are; names that repeat make a list."""
    from .http import uri

    values: Dict[str, List[Any]] = {}
    for name, value in uri.query_pairs(query):
        values.setdefault(name, []).append(_json_or_text(value))
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}


def read_arrays(described: List[Dict[str, Any]], body: frames.Buffer) -> List[Tuple[str, Any]]:
    """(name, array) of each array in `body`; made without copying where memory allows.

    The arrays are writable: each body is a buffer of its own.
    """
    import numpy as np

    arrays = []
    for item in described:
        dtype, shape = np.dtype(item["dtype"]), tuple(item["shape"])
        count = 1
        for size in shape:
            count *= size
        array = np.frombuffer(body, dtype, count, item.get("offset", 0))
        array = array.reshape(shape, order=item.get("order", "C"))
        if not array.flags.aligned or not array.flags.writeable:
            array = array.copy()
        arrays.append((item["name"], array))
    return arrays


def _fits(array: Any, dtype: Any, shape: Tuple[Optional[int], ...]) -> bool:
    """Whether an array can be had in `dtype` and has this shape but for its first dimension."""
    import numpy as np

    if array.ndim != len(shape) or array.shape[1:] != shape[1:]:
        return False
    wanted = np.dtype(dtype)
    if array.dtype == wanted or wanted.kind not in "iu" or array.dtype.kind not in "iu":
        return True
    limits = np.iinfo(wanted)
    return not array.size or bool(limits.min <= array.min() and array.max() <= limits.max)


def _sent_headers(request: Request) -> Dict[str, str]:
    pairs = request.body if request.how == frames.QUERY else request.meta
    return headers_dict(json.loads(bytes(pairs))) if pairs else {}


def _json_object(body: frames.Buffer) -> Dict[str, Any]:
    if not body:
        raise BadInputError("POST body is empty. Expecting a JSON dictionary.")
    try:
        value = json.loads(bytes(body))
    except UnicodeDecodeError as error:
        raise BadInputError("Input cannot be decoded as UTF-8: %s" % error) from None
    except (ValueError, RecursionError) as error:
        raise BadInputError("POST body could not be decoded as JSON: %s" % error) from None
    if not isinstance(value, dict):
        raise BadInputError("POST body should be a JSON dictionary.")
    return value


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
