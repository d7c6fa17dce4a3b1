"""Modules made from files under names of our choice."""

from importlib.machinery import ModuleSpec, SourceFileLoader
from typing import Optional


def spec_from_file(name: str, path: str, folder: Optional[str] = None) -> ModuleSpec:
    """The spec of module `name` in the file `path`; with `folder`, of a package that lies there.

    `importlib.util` has this too, at several milliseconds of every worker's start.
    """
    loader = SourceFileLoader(name, path)
    spec = ModuleSpec(name, loader, origin=path, is_package=folder is not None)
    spec.has_location = True  # then its bytecode is cached
    if folder is not None:
        spec.submodule_search_locations = [folder]
    return spec
