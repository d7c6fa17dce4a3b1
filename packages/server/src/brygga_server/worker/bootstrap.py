"""The file that the user's interpreter is started with.

``bootstrap.py <socket fd> <progress fd>`` serves; ``bootstrap.py once FILE`` tries a script, see
`once`.

Nothing of ours may shadow a module of the user's: this folder leaves `sys.path` at once, and what
lies in it is reached through the one private package name `_brygga_worker`.
"""

import os
import sys

PACKAGE = "_brygga_worker"


def _register_package(folder: str) -> None:
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location(
        PACKAGE, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    if spec is None or spec.loader is None:
        raise ImportError("%s is not a package folder" % folder)
    module = module_from_spec(spec)
    sys.modules[PACKAGE] = module
    spec.loader.exec_module(module)


def main() -> int:
    """Register the package and hand over; the exit code."""
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != folder]
    _register_package(folder)
    from importlib import import_module

    if sys.argv[1:2] == ["once"]:
        return int(import_module(PACKAGE + ".once").main(sys.argv[2]))
    return int(import_module(PACKAGE + ".serve").main(int(sys.argv[1]), int(sys.argv[2])))


if __name__ == "__main__":
    sys.exit(main())
