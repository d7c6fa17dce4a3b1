"""What is missing where an import or a library failed, read from the error's own words."""

from __future__ import annotations

import re

from brygga.hints import Argument, Hint, Verb

_LIBRARY = re.compile(r"(\S+\.so[\w.]*): cannot open shared object file")
_MODULE = re.compile(r"No module named '([^']+)'")
_RELATIVE = "attempted relative import with no known parent package"


def import_advice(message: str) -> Hint | None:
    """The way out of exactly this error; None where it is about something else."""
    if _RELATIVE in message:
        return Hint(
            "A script is no part of a package: write `import helper` where it says "
            "`from . import helper`, then deploy again."
        )
    library = _LIBRARY.search(message)
    if library is not None:
        return Hint(
            f"{library[1]} is a library of the system, which no package of Python brings: install "
            "it on this machine, or by a step of the image, then deploy again."
        )
    module = _MODULE.search(message)
    if module is not None:
        return Hint.of(
            f"Add the package that has {module[1].partition('.')[0]!r} to the environment; where "
            "it is a file of yours, give its folder as {}.",
            Argument(Verb.DEPLOY, "source_directory"),
        )
    return None
