"""Starts a script for a run: `python -s bootstrap.py LENT SCRIPT [ARGUMENT ...]`.

LENT is a JSON object: under `modules` package names and their folders, which the script may import
where it has no package of that name itself; under `first` the modules that are imported before the
script is. Runs in the script's own interpreter: standard library only, CPython 3.8 and newer.
"""

import contextlib
import importlib
import json
import os
import runpy
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from types import ModuleType
from typing import Dict, Optional, Sequence


class _Lent(MetaPathFinder):
    """Finds the packages that are lent; last of all, so that the script's own win."""

    def __init__(self, folders: Dict[str, str]) -> None:
        self._folders = folders

    def find_spec(
        self,
        fullname: str,
        path: Optional[Sequence[str]] = None,
        target: Optional[ModuleType] = None,
    ) -> Optional[ModuleSpec]:
        folder = self._folders.get(fullname)
        if folder is None:
            return None
        file = os.path.join(folder, "__init__.py")
        return spec_from_file_location(fullname, file, submodule_search_locations=[folder])


def main() -> None:
    """Puts everything as if the script had been started by itself, and runs it."""
    lent, script = json.loads(sys.argv[1]), sys.argv[2]
    sys.argv = sys.argv[2:]
    sys.path[0] = os.path.dirname(os.path.abspath(script))
    sys.meta_path.append(_Lent(lent["modules"]))
    for name in lent["first"]:
        with contextlib.suppress(ImportError):  # the script is told when it asks for it itself
            importlib.import_module(name)
    try:
        runpy.run_path(script, run_name="__main__")
    except Exception as error:  # noqa: BLE001 - told as Python does, from the script's frame on
        seen = error.__traceback__
        while seen is not None and seen.tb_frame.f_code.co_filename != script:
            seen = seen.tb_next
        error.__traceback__ = seen
        sys.excepthook(type(error), error, seen)
        sys.exit(1)


if __name__ == "__main__":
    main()
