"""Lets what v1 had and Brygga has not say so, where it is imported or looked for.

Two finders do it. One is asked first and loads the facade's own modules as they are, so that
what is missing in them can be told as well; the other is asked last, for what nobody has: an older
path of what is elsewhere, or a sentence.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from functools import cache
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import NoReturn

from azureml._support import older_paths, v1_names
from azureml._support.rows_absent import ABSENT, Absent

_TOP = "azureml"
_PAGE = "The page 'Support of SDK v1' of the documentation has all of it."
_ALL_OF = (_TOP, f"{_TOP}.contrib")
"""Of these whatever is asked for is told: v1 had more packages than any list."""


def install() -> None:
    """Begins to tell; a second time changes nothing."""
    if not any(isinstance(each, _Last) for each in sys.meta_path):
        # Behind whoever was before the path: a scoring server has its own request of raw scripts.
        place = sys.meta_path.index(PathFinder) if PathFinder in sys.meta_path else 0
        sys.meta_path.insert(place, _First())
        sys.meta_path.append(_Last())


def sentence(what: str, row: Absent) -> str:
    """What it was, and what to use instead."""
    return f"{what} is not in Brygga (in v1: {row.was}). {row.instead} {_PAGE}"


def _of_no_list(module: str) -> str:
    """Of a module that no list of v1's has; v1 had more packages than any list."""
    near = get_close_matches(module, v1_names.modules(), n=1, cutoff=0.8)
    meant = f" Did you mean {near[0]}?" if near else ""
    return (
        f"There is no module {module} in Brygga.{meant} It has what registering, training and "
        f"deploying on one machine needs of Azure ML SDK v1. {_PAGE}"
    )


def row_of(module: str, name: str | None = None, member: str | None = None) -> Absent:
    """The row that is nearest: of the member, the name, the module, or what the module is in."""
    return _by_name()[nearest(module, name, member)]


def nearest(module: str, name: str | None = None, member: str | None = None) -> str:
    """The same, as the row calls it."""
    rows = _by_name()
    for each in (f"{name}.{member}", name):
        if each in rows:
            return str(each)
    while module not in rows:
        module = module.rpartition(".")[0]
    return module


@cache
def _by_name() -> dict[str, Absent]:
    return {name: row for row in ABSENT for name in row.names}


class _First(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith(f"{_TOP}."):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


class _Last(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        module, _, name = fullname.rpartition(".")
        if module != _TOP and not module.startswith(f"{_TOP}."):
            return None
        if older_paths.leads_somewhere(fullname):
            return ModuleSpec(fullname, _OlderPath(), is_package=True)
        known = v1_names.modules()
        if fullname in known or module in _ALL_OF:
            listed = fullname in known or nearest(fullname, name) != _TOP
            if _is_only_asked_for():
                return None
            text = sentence(fullname, row_of(fullname, name)) if listed else _of_no_list(fullname)
            raise AbsentModule(text, name=fullname)
        if name in known.get(module, ()):
            # `from module import name` asks for a module when there is no such attribute. Of one
            # that is not found it says nothing but the name, so this is another kind of error.
            raise AbsentName(sentence(f"{module}.{name}", row_of(module, name)), name=module)
        near = get_close_matches(name, vars(sys.modules.get(module, sys)).get("__all__", ()), n=1)
        if near:
            said = f"cannot import name {name!r} from {module!r}. Did you mean {near[0]!r}?"
            raise AbsentName(said, name=module)
        return None


def _is_only_asked_for() -> bool:
    """Whether the finder is asked by `importlib.util.find_spec`, and by no import."""
    importing = sys._getframe(2)  # nothing else tells the two apart
    asking = importing.f_back
    return asking is not None and asking.f_globals.get("__name__") == "importlib.util"


class _WithoutOurFrames(Exception):
    def _render_traceback_(self) -> list[str]:
        from azureml._support.errors import rendered

        return rendered(self, type(self).__bases__[-1].__name__)


class AbsentModule(_WithoutOurFrames, ModuleNotFoundError):
    """A module that v1 had."""


class AbsentName(_WithoutOurFrames, ImportError):
    """A name of a module that v1 had."""


class AbsentAttribute(_WithoutOurFrames, AttributeError):
    """The same, where it is looked for and not imported."""


class _OlderPath(Loader):
    """Of a module without anything of its own."""

    def exec_module(self, module: ModuleType) -> None:
        module.__doc__ = "An older path of what is elsewhere."
        vars(module)["__all__"] = older_paths.names(module.__name__)
        _tell_of_names(module)


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        _tell_of_names(module)
        for value in list(vars(module).values()):
            if isinstance(value, type) and value.__module__ == module.__name__:
                _tell_of_members(value)


def _tell_of_names(module: ModuleType) -> None:
    missing = v1_names.modules().get(module.__name__, frozenset())
    own: Callable[[str], object] | None = vars(module).get("__getattr__")

    def __getattr__(name: str) -> object:
        if own is not None:
            try:
                return own(name)
            except AttributeError:
                if name not in missing:
                    raise
        try:
            return older_paths.found(module.__name__, name)
        except AttributeError:
            pass
        _raise(module.__name__, name, known=name in missing)

    module.__getattr__ = __getattr__  # type: ignore[method-assign]
    # What has a path is asked for a module before `from` gives up, and so by the finder above.
    vars(module).setdefault("__path__", [])


def _raise(module: str, name: str, *, known: bool) -> NoReturn:
    if known:
        raise AbsentAttribute(sentence(f"{module}.{name}", row_of(module, name)), name=name)
    raise AttributeError(f"module {module!r} has no attribute {name!r}", name=name)


def _tell_of_members(owner: type) -> None:
    named = (each.partition(".") for each in _by_name())
    told = {member for of, _, member in named if of == owner.__name__}
    for name in v1_names.members(owner.__name__) | told:
        if not hasattr(owner, name):
            setattr(owner, name, AbsentMember(owner.__module__, owner.__name__, name))


class AbsentMember:
    """Stands where v1 has a member; whoever looks at it is told. An object may set its own."""

    def __init__(self, module: str, owner: str, name: str) -> None:
        self._of = (module, owner, name)

    def __get__(self, instance: object, owner: type | None = None) -> NoReturn:
        _, kind, name = self._of
        raise AbsentAttribute(sentence(f"{kind}.{name}", row_of(*self._of)), name=name)
