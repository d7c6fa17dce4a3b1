"""From the imports of a script, and of pickles, to packages at the versions installed here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brygga.environments import probe
from brygga.environments.bundled_packages import is_provided
from brygga.environments.import_names import IMPORT_TO_PYPI, PROVIDED_IMPORTS
from brygga.environments.imports import Import, Reached
from brygga.environments.interpreters import calling, probed
from brygga.environments.known_packages import KNOWN_PACKAGES
from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.hints import Argument, Hint, Shell, Verb
from brygga.models.pickles import Pickled

Owners = Mapping[str, Sequence[Mapping[str, str]]]


@dataclass(frozen=True)
class Needed:
    """What a script and its models need.

    Attributes:
        packages: Lines of a requirements file.
        notes: What whoever asked for it should know.
    """

    packages: tuple[str, ...]
    notes: tuple[str, ...]


def packages_of(reached: Reached, pickled: Sequence[Pickled], installed_in: Path | None) -> Needed:
    """One requirement for each distribution that imports and pickles come from, pinned.

    A distribution that is installed from a source folder gives the folder's path. What a pickle
    names and is not installed is asked for by the name it is known by, and else only noted: the
    script may do without that pickle.

    Raises:
        InvalidInputError: an import that comes from nothing that is installed.
    """
    imports = reached.imports
    own = {path.stem if path.stem != "__init__" else path.parent.name for path in reached.own}
    modules = {m for p in pickled for m in p.modules if not _is_at_hand(m, own)}
    owners = _owners({i.module for i in imports} | modules, installed_in)
    _require_all(imports, owners, installed_in)
    found = {
        d["name"].lower(): d
        for module in (*(i.module for i in imports), *modules)
        for d in owners.get(module, ())
    }
    packages = [
        distribution["folder"] or f"{distribution['name']}=={distribution['version']}"
        for name, distribution in sorted(found.items())
        if not is_provided(name)
    ]
    notes = [*_other_versions(pickled, found)]
    for each in pickled:
        for top in sorted({m.partition(".")[0] for m in each.modules if m in modules}):
            if any(owners.get(m) for m in modules if m.partition(".")[0] == top):
                continue
            package, note = _not_installed(each, top)
            packages += [package] if package and package not in packages else []
            notes.append(note)
    return Needed(tuple(packages), tuple(dict.fromkeys(notes)))


def _is_at_hand(module: str, own: set[str]) -> bool:
    top = module.partition(".")[0]
    return top in own or top in PROVIDED_IMPORTS


def _other_versions(
    pickled: Sequence[Pickled], found: Mapping[str, Mapping[str, str]]
) -> Iterator[str]:
    for each in pickled:
        for name, version in each.versions.items():
            here = found.get(name)
            if here is not None and here["version"] != version:
                yield (
                    f"{each.file} was made with {name} {version}; the service gets "
                    f"{here['version']}, which is installed here. To have the other, name it in a "
                    f"conda or requirements file: {name}=={version}"
                )


def _not_installed(pickled: Pickled, top: str) -> tuple[str | None, str]:
    """The package that a module is known to come from, if any, and what to tell of it."""
    name = IMPORT_TO_PYPI.get(top, top.replace("_", "-"))
    if name not in KNOWN_PACKAGES and top not in IMPORT_TO_PYPI:
        return None, (
            f"{pickled.file} names the module {top!r}, which is neither beside the script nor "
            "installed here: the script cannot load it unless you put the module beside the script "
            "or name its package"
        )
    version = pickled.versions.get(name)
    wanted = f"{name}=={version}" if version else name
    which = "at the version it was made with" if version else "at the newest version that fits"
    return wanted, f"{pickled.file} needs {name}, which is not installed here: taken {which}"


def _owners(modules: set[str], installed_in: Path | None) -> Owners:
    if installed_in is None or installed_in == calling().path:
        return probe.owners(sorted(modules))
    _, answer = probed(installed_in, "owners", *sorted(modules))
    owners: dict[str, Any] = answer["owners"]
    return owners


def _require_all(imports: Iterable[Import], owners: Owners, installed_in: Path | None) -> None:
    for wanted in imports:
        if owners.get(wanted.module) or wanted.optional:
            continue
        where = f"{wanted.file}:{wanted.line}"
        raise InvalidInputError(
            f"{where} imports {wanted.top!r}, which is not installed in "
            f"{installed_in or calling().path}.",
            code=ErrorCode.PACKAGE_NOT_INSTALLED,
            hint=_advice(wanted),
        )


def _advice(wanted: Import) -> Hint:
    """To ship the folder that has it, where it is a module of the user's; else to install it."""
    for folder in (Path.cwd(), *wanted.file.parents[1:3]):
        if (folder / f"{wanted.top}.py").is_file() or (folder / wanted.top).is_dir():
            return Hint.of(
                f"{wanted.top} is in {folder}: ship that folder with {{}}, and name the script "
                "relative to it.",
                Argument(Verb.DEPLOY, "source_directory", str(folder)),
            )
    name = IMPORT_TO_PYPI.get(wanted.top, wanted.top.replace("_", "-"))
    return Hint.of(
        "Install it there ({}), or name the packages yourself, in a conda or requirements file.",
        Shell(("pip", "install", name)),
    )
