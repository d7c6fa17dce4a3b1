"""Objects of the answering process, and the process itself."""

import builtins
import json
import os
import subprocess
import threading
from typing import Any, Dict, Iterator, List, Optional, Tuple, Type

from ._wire import MARK, decode, encode

PYTHON = "BRYGGA_RUN_PYTHON"
"""Names the Python that has Brygga and this facade."""


class Remote:
    """An object that lives there; what it is asked is asked there."""

    def __init__(self, process: "Process", number: int, kind: str) -> None:
        object.__setattr__(self, "_process", process)
        object.__setattr__(self, "_number", number)
        object.__setattr__(self, "_kind", kind)

    def _ask(self, what: str, **values: Any) -> Any:
        return self._process.ask(what, on=self, **values)

    def _special(self, name: str, *arguments: Any) -> Any:
        return self._ask("special", name=name, arguments=list(arguments))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._ask("get", name=name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._ask("set", name=name, value=value)

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return self._ask("call", arguments=list(arguments), keywords=keywords)

    def __repr__(self) -> str:
        return str(self._special("__repr__"))

    def __str__(self) -> str:
        return str(self._special("__str__"))

    def __iter__(self) -> Iterator[Any]:
        return iter(self._ask("items"))

    def __len__(self) -> int:
        return int(self._special("__len__"))

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, key: Any) -> Any:
        return self._special("__getitem__", key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._special("__setitem__", key, value)

    def __contains__(self, key: Any) -> bool:
        return bool(self._special("__contains__", key))

    def __enter__(self) -> "Remote":
        self._special("__enter__")
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self._special("__exit__", kind and kind.__name__, error and str(error), None)


class Process:
    """A process that answers one question at a time, for as long as the script lives."""

    def __init__(self, python: str) -> None:
        self._lock = threading.RLock()
        self._errors: Dict[str, Type[BaseException]] = {}
        self._running = subprocess.Popen(
            # Without the script's folder, whose modules could stand in for those it needs.
            [python, "-P", "-m", "azureml._answering"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            universal_newlines=True,
            encoding="utf-8",
        )

    def ask(self, what: str, **values: Any) -> Any:
        """Returns the answer, or raises the error, as the facade itself would have."""
        asked = {"what": what, "cwd": os.getcwd()}
        asked.update({name: encode(value, self._held) for name, value in values.items()})
        with self._lock:
            assert self._running.stdin is not None
            assert self._running.stdout is not None
            try:
                self._running.stdin.write(json.dumps(asked) + "\n")
                self._running.stdin.flush()
                answer = self._running.stdout.readline()
            except OSError:
                answer = ""
        if not answer:
            raise RuntimeError(
                "The process that answers for the workspace has ended. What it wrote is in the "
                "log of this run."
            )
        said = json.loads(answer)
        if "error" in said:
            raise self._error(said["error"])
        return decode(said["value"], self._known)

    def _held(self, value: Any) -> Dict[str, Any]:
        from ._run import _ScriptRun

        if isinstance(value, _ScriptRun):
            value = value._remote
        if isinstance(value, Remote):
            return {MARK: "object", "number": value._number}
        raise TypeError(
            "A {} cannot be passed from a submitted script: pass numbers, texts, lists, paths or "
            "frames, or write it to a file.".format(type(value).__name__)
        )

    def _known(self, value: Dict[str, Any]) -> Any:
        if value[MARK] == "error class":
            return self._error_class(value["names"])
        if value[MARK] == "iterator":
            return iter(decode(value["items"], self._known))
        return Remote(self, value["number"], value["kind"])

    def _error_class(self, names: List[Tuple[str, str]]) -> Type[BaseException]:
        """The class of that name, with the classes above it; the first of `names` is its own."""
        (module, name), above = names[0], names[1:]
        if module == "builtins":
            found: Type[BaseException] = getattr(builtins, name)
            return found
        if name not in self._errors:
            base = self._error_class(above)
            self._errors[name] = type(name, (base,), {"__module__": module})
        return self._errors[name]

    def _error(self, said: Dict[str, Any]) -> BaseException:
        try:
            made = self._error_class(said["names"])(said["text"])
        except TypeError:  # one of Python's own that takes more than a text
            made = RuntimeError(said["text"])
        for name in ("message", "status_code"):
            if name in said:
                setattr(made, name, said[name])
        return made


_processes: Dict[int, Process] = {}
_starting = threading.Lock()


def the_process() -> Process:
    """That of this process; one that was forked has another."""
    python: Optional[str] = os.environ.get(PYTHON)
    if not python:
        raise RuntimeError(
            "This script runs in a container, where it has of its run what it logs, tags and "
            "uploads: pass in all else as arguments, or run it without docker."
        )
    with _starting:
        if os.getpid() not in _processes:
            _processes.clear()
            _processes[os.getpid()] = Process(python)
        return _processes[os.getpid()]
