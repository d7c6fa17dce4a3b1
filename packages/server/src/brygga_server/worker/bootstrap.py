"""The file that the user's interpreter is started with.

``bootstrap.py <socket fd> <memory fd>`` serves; ``bootstrap.py once FILE`` tries a script, see
`trial`.

Nothing of ours may shadow a module of the user's: this folder leaves `sys.path` at once, and what
lies in it is reached through the one private package name `_brygga_worker`. The folder `children`,
last on the path, has nothing but what processes of the script need to find the script.

Such processes run this file too, as `__mp_main__`: they take it for the worker's main module.
"""

import os
import sys
from types import ModuleType
from typing import Any

PACKAGE = "_brygga_worker"


def __getattr__(name: str) -> Any:
    """What was pickled in somebody's `__main__`, a notebook's say, if the script defines it."""
    if not name.startswith("__") and PACKAGE + ".script" in sys.modules:
        return sys.modules[PACKAGE + ".script"].find(name)
    raise AttributeError(name)


def register_package(folder: str) -> None:
    """Make the modules in `folder` those of the package `_brygga_worker`."""
    # importlib.util would do the same, and costs more to import than all that is done here.
    from importlib.machinery import ModuleSpec

    module = ModuleType(PACKAGE)
    module.__path__ = [folder]
    module.__spec__ = ModuleSpec(PACKAGE, None, is_package=True)
    module.__spec__.submodule_search_locations = [folder]
    sys.modules[PACKAGE] = module


def main() -> int:
    """Register the package and hand over; the exit code."""
    folder = os.path.dirname(os.path.abspath(__file__))
    # Python puts it on the path with symbolic links resolved: a home may be reached through one.
    own = {folder, os.path.realpath(folder)}
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") not in own]
    register_package(folder)
    from importlib import import_module

    if sys.argv[1:2] == ["once"]:
        return int(import_module(PACKAGE + ".trial").main(sys.argv[2]))
    return int(import_module(PACKAGE + ".serve").main(int(sys.argv[1]), int(sys.argv[2])))


if __name__ == "__main__":
    sys.exit(main())
