"""Answers for the workspace to a script that has neither Brygga nor this package.

A line of JSON for each question on standard input, one for each answer on standard output; what the
facade itself prints goes to the log of the run. `azureml._in_scripts` asks.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from azureml._in_scripts._wire import MARK, decode, encode


class Answers:
    """The objects that a script was told of, and what it may ask of them."""

    def __init__(self) -> None:
        self._objects: list[Any] = []

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The value, or what was raised."""
        try:
            if os.getcwd() != asked["cwd"]:  # noqa: PTH109 - it may be gone
                os.chdir(asked["cwd"])
            values = {key: decode(value, self._known) for key, value in asked.items()}
            return {"value": encode(self._found(values), self._held)}
        except BaseException as error:  # noqa: BLE001 - raised again where it was asked
            return {"error": _told(error)}

    def _found(self, asked: dict[str, Any]) -> Any:
        match asked["what"]:
            case "import":
                return _imported(asked["module"], asked["name"])
            case "module":
                importlib.import_module(asked["module"])
                return None
            case "get":
                return getattr(asked["on"], asked["name"])
            case "set":
                return setattr(asked["on"], asked["name"], asked["value"])
            case "call":
                return asked["on"](*asked["arguments"], **asked["keywords"])
            case "items":
                return list(asked["on"])
            case _:
                # As Python itself does: of a class this is not the method that it has for others.
                return getattr(type(asked["on"]), asked["name"])(asked["on"], *asked["arguments"])

    def _known(self, value: dict[str, Any]) -> Any:
        return self._objects[value["number"]]

    def _held(self, value: Any) -> dict[str, Any]:
        if isinstance(value, type) and issubclass(value, BaseException):
            return {MARK: "error class", "names": _names(value)}
        if isinstance(value, Iterator):
            return {MARK: "iterator", "items": [encode(each, self._held) for each in value]}
        self._objects.append(value)
        return {
            MARK: "object",
            "number": len(self._objects) - 1,
            "kind": type(value).__name__,
        }


def _imported(module: str, name: str) -> Any:
    found = importlib.import_module(module)
    if not hasattr(found, name):
        try:
            importlib.import_module(f"{module}.{name}")
        except ModuleNotFoundError as error:
            raise ImportError(f"cannot import name {name!r} from {module!r}") from error
    value = getattr(found, name)
    return {"module": True} if isinstance(value, ModuleType) else value


def _told(error: BaseException) -> dict[str, Any]:
    told = {"names": _names(type(error)), "text": str(error)}
    for name in ("message", "status_code"):
        if isinstance(getattr(error, name, None), str | int):
            told[name] = getattr(error, name)
    return told


def _names(kind: type[BaseException]) -> list[tuple[str, str]]:
    """Of a class and those above it, to the first that every Python has."""
    names = []
    for each in inspect.getmro(kind):
        names.append((each.__module__, each.__name__))
        if each.__module__ == "builtins":
            break
    return names


def main() -> None:
    """Until standard input ends."""
    answers = Answers()
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    for line in sys.stdin:
        channel.write(json.dumps(answers.answer(json.loads(line))) + "\n")
        channel.flush()


if __name__ == "__main__":
    main()
