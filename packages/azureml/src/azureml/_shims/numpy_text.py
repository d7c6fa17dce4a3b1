"""NumPy 2 writes `np.float64(0.5)` where its users were used to `0.5`.

Notebooks of the time built JSON as `str(list(row))`, so the old form is set, as NumPy offers it:
`numpy.set_printoptions(legacy="1.25")`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType


class _AfterImport(MetaPathFinder):
    """Lets `numpy` be found as ever, and its loader set the form when it is done."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "numpy":
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            _set_after(spec.loader)
        return spec


def _set_after(loader: Loader) -> None:
    execute = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        execute(module)
        _set_form(module)

    loader.exec_module = exec_module  # type: ignore[method-assign]


def _set_form(numpy: ModuleType) -> None:
    if int(numpy.__version__.partition(".")[0]) >= 2:
        numpy.set_printoptions(legacy="1.25")


def install() -> None:
    """Sets the form now, or when NumPy is imported."""
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        _set_form(numpy)
    elif not any(isinstance(finder, _AfterImport) for finder in sys.meta_path):
        sys.meta_path.insert(0, _AfterImport())
