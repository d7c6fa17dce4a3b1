"""From the imports of a script to the packages it needs, at the versions installed here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from brygga.environments import probe
from brygga.environments.bundled_packages import is_provided
from brygga.environments.import_names import IMPORT_TO_PYPI
from brygga.environments.imports import Import
from brygga.environments.interpreters import calling, probed
from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.hints import Hint, Shell

Owners = Mapping[str, Sequence[Mapping[str, str]]]


def packages_of(imports: Sequence[Import], installed_in: Path | None) -> list[str]:
    """One requirement for each distribution that the imports come from, pinned.

    A distribution that is installed from a source folder gives the folder's path.

    Raises:
        InvalidInputError: an import that comes from nothing that is installed.
    """
    owners = _owners({i.module for i in imports}, installed_in)
    _require_all(imports, owners, installed_in)
    found = {d["name"].lower(): d for i in imports for d in owners.get(i.module, ())}
    return [
        distribution["folder"] or f"{distribution['name']}=={distribution['version']}"
        for name, distribution in sorted(found.items())
        if not is_provided(name)
    ]


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
        name = IMPORT_TO_PYPI.get(wanted.top, wanted.top.replace("_", "-"))
        where = f"{wanted.file}:{wanted.line}"
        raise InvalidInputError(
            f"{where} imports {wanted.top!r}, which is not installed in "
            f"{installed_in or calling().path}.",
            code=ErrorCode.PACKAGE_NOT_INSTALLED,
            hint=Hint.of(
                "Install it there ({}), or name the packages yourself, in a conda or "
                "requirements file.",
                Shell(("pip", "install", name)),
            ),
        )
