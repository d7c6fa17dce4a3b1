"""`from sklearn.externals import joblib`, which scikit-learn dropped in 0.23, gives joblib.

A finder placed last, for exactly that name: where scikit-learn has the module, it is found first.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

_NAME = "sklearn.externals.joblib"


class _Joblib(MetaPathFinder, Loader):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(fullname, self) if fullname == _NAME else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        # A module of its own: joblib itself would have its name and spec overwritten.
        module = ModuleType(spec.name)
        module.__dict__.update(
            {k: v for k, v in vars(import_module("joblib")).items() if not k.startswith("__")}
        )
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is left to do."""


def install() -> None:
    """Puts the finder last, once."""
    if not any(isinstance(finder, _Joblib) for finder in sys.meta_path):
        sys.meta_path.append(_Joblib())
