"""The file that the user's interpreter is started with.

``bootstrap.py <socket fd> <memory fd>`` serves; ``bootstrap.py once FILE`` tries a script, see
`trial`.

Nothing of ours may shadow a module of the user's: this folder leaves `sys.path` at once, and what
lies in it is reached through the one private package name `_brygga_worker`.
"""

import os
import sys
from types import ModuleType

PACKAGE = "_brygga_worker"


def _register_package(folder: str) -> None:
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
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != folder]
    _register_package(folder)
    from importlib import import_module

    if sys.argv[1:2] == ["once"]:
        return int(import_module(PACKAGE + ".trial").main(sys.argv[2]))
    return int(import_module(PACKAGE + ".serve").main(int(sys.argv[1]), int(sys.argv[2])))


if __name__ == "__main__":
    sys.exit(main())
