"""What is sent to a service: data as people have it, in the form that its script takes."""

from __future__ import annotations

import csv
import io
import json
import mimetypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError

TABLES = (".csv", ".tsv")
"""What the name of a table ends with."""

_JSON = "application/json"
_UNWRAPPED = "data"  # what scripts look for that declare nothing

Contract = Mapping[str, object]


@dataclass(frozen=True)
class Payload:
    """A request's body and what it is."""

    body: bytes
    content_type: str = _JSON


def payload_of(data: object, contract: Callable[[], Contract]) -> Payload:
    """The request that carries data.

    Args:
        data: Bytes and text go as they are. A DataFrame goes as its rows, an array as nested
            lists, under the name of the parameter that the script declares, or else `data`. A path
            is the table, the array, the image or the JSON in its file. All else goes as JSON.
        contract: Asks the service what its run() takes; only called where it matters.

    Raises:
        InvalidInputError: something in it is not JSON, or it does not say which parameter it is.
    """
    if isinstance(data, Path):
        return _of_file(data, contract)
    if _is_table(data) or hasattr(data, "__array__"):
        return Payload(encode(_named(data, contract())))
    return Payload(encode(data))


def table_of(text: str) -> list[object]:
    """The rows of a CSV text: by the names of its columns, or lists where it has no head."""
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    lines = [line for line in csv.reader(io.StringIO(text), delimiter=delimiter) if line]
    if not lines:
        return []
    head, *rows = lines
    if all(isinstance(_value(cell), float | int) for cell in head):
        return [[_value(cell) for cell in line] for line in lines]
    return [dict(zip(head, map(_value, line), strict=False)) for line in rows]


def encode(data: object) -> bytes:
    """Bytes and text as they are, everything else as JSON, arrays as nested lists.

    Raises:
        InvalidInputError: something in it is not JSON.
    """
    if isinstance(data, bytes | bytearray | memoryview):
        return bytes(data)
    if isinstance(data, str):
        return data.encode()
    try:
        return json.dumps(data, default=_plain).encode()
    except (TypeError, ValueError) as error:
        raise InvalidInputError(
            f"The data cannot be sent as JSON: {error}.",
            code=ErrorCode.CALL_NOT_JSON,
            hint="Send bytes or text, or numbers, text, lists and objects of them.",
        ) from error


def _plain(value: object) -> object:
    if _is_table(value):
        return json.loads(value.to_json(orient="records", date_format="iso", double_precision=15))  # type: ignore[attr-defined]
    for name in ("tolist", "item"):
        method = getattr(value, name, None)
        if callable(method):
            return method()
    raise TypeError(f"{type(value).__name__} is not JSON")


def _is_table(value: object) -> bool:
    """Whether it is a DataFrame; pandas is not ours to import."""
    return hasattr(value, "columns") and hasattr(value, "to_json")


def _of_file(path: Path, contract: Callable[[], Contract]) -> Payload:
    content = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if kind == _JSON:
        return Payload(content)
    told = contract()
    if told.get("takes_input") == "raw":
        return Payload(content, kind)
    if path.suffix.lower() in TABLES:
        return Payload(encode(_named(table_of(content.decode("utf-8-sig")), told)))
    if path.suffix.lower() == ".npy":
        return Payload(encode(_named(_array(io.BytesIO(content)), told)))
    if kind.startswith("image/"):
        return Payload(encode(_named(_pixels(path, content), told)))
    return Payload(content)


def _named(value: object, told: Contract) -> object:
    """Under the name of the parameter that it is for."""
    if told.get("takes_input") == "raw":
        return value
    if told.get("takes_input") != "object":
        # What takes rows and declares nothing makes an array of them, if they are numbers.
        plain = told.get("form") != "table" and _is_of_numbers(value)
        return {_UNWRAPPED: _rows(value) if plain else value}
    parameters = told.get("parameters")
    found = (
        [p for p in parameters if isinstance(p, Mapping)] if isinstance(parameters, list) else []
    )
    needed = [p for p in found if not p.get("optional")] or found
    if len(needed) != 1:
        names = ", ".join(str(p.get("name")) for p in found)
        raise InvalidInputError(
            f"run() of this service takes {len(needed)} parameters: {names}.",
            code=ErrorCode.CALL_NOT_JSON,
            hint="Give an object that has each of them by its name.",
        )
    wanted = needed[0]
    if wanted.get("form") == "array" or wanted.get("kind") == "numpy":
        value = value.to_numpy() if _is_table(value) else _rows(value)  # type: ignore[attr-defined]
    return {str(wanted.get("name")): value}


def _is_of_numbers(value: object) -> bool:
    """Whether it is the rows of a file, with names and nothing but numbers."""
    return isinstance(value, list) and all(
        isinstance(row, Mapping) and all(isinstance(cell, int | float) for cell in row.values())
        for row in value
    )


def _rows(value: object) -> object:
    """The rows of a file as lists, without the names."""
    if not isinstance(value, list):
        return value
    return [list(row.values()) if isinstance(row, Mapping) else row for row in value]


def _value(cell: str) -> object:
    if not cell.strip():
        return None
    for kind in (int, float):
        try:
            return kind(cell)
        except ValueError:
            continue
    return cell


def _array(file: io.BytesIO) -> object:
    try:
        import numpy as np
    except ImportError as error:
        raise _needs("A .npy file", "numpy") from error
    return np.load(file, allow_pickle=False)


def _pixels(path: Path, content: bytes) -> object:
    """Rows of pixels, for a script that does not take the file itself."""
    try:
        import numpy as np
        from PIL import Image
    except ImportError as error:
        raise _needs(f"The image {path}", "pillow and numpy") from error
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image)


def _needs(what: str, packages: str) -> InvalidInputError:
    verb = "are" if " and " in packages else "is"
    line = f"pip install {packages.replace(' and ', ' ')}"
    return InvalidInputError(
        f"{what} cannot be read here for a script that takes JSON: {packages} {verb} not "
        "installed.",
        code=ErrorCode.CALL_NOT_JSON,
        hint=f"Install what is missing beside brygga, `{line}`, or have the script take raw "
        "requests.",
    )
