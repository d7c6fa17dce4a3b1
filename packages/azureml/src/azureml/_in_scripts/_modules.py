"""Modules below `azureml`: each name of theirs is the script's own run, or is asked for."""

import importlib
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, List, Optional, Sequence

from ._remote import the_process
from ._run import _OfflineRun, _ScriptRun

_OWN = {"Run": _ScriptRun, "_OfflineRun": _OfflineRun}
_OWN_IN = ("azureml.core", "azureml.core.run")
_THERE = ("azureml.core.", "azureml.data.", "azureml.exceptions.")
"""Whether there is such a module is seen when a name of it is asked for."""


class _Module(ModuleType):
    __path__: List[str] = []  # noqa: RUF012 - what makes it a package

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if self.__name__ in _OWN_IN and name in _OWN:
            return _OWN[name]
        found = the_process().ask("import", module=self.__name__, name=name)
        if found == {"module": True}:
            return importlib.import_module(self.__name__ + "." + name)
        setattr(self, name, found)
        return found


class _Modules(MetaPathFinder, Loader):
    """Finds all of them; what scripts mostly import is there, all else is asked for at once."""

    def find_spec(
        self,
        fullname: str,
        path: Optional[Sequence[Any]] = None,
        target: Optional[ModuleType] = None,
    ) -> Optional[ModuleSpec]:
        if not fullname.startswith("azureml.") or "._" in fullname:
            return None
        if not (fullname + ".").startswith(_THERE):
            the_process().ask("module", module=fullname)
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """In v1 `import azureml.core` makes its modules attributes; here each name does that."""
        parent, _, name = module.__name__.rpartition(".")
        setattr(sys.modules[parent], name, module)
