"""Reading a conda file: which Python, and which packages of the package index it means."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from packaging.specifiers import SpecifierSet

from brygga.environments.bundled_packages import is_provided
from brygga.environments.conda_names import CONDA_TO_PYPI, ONLY_CONDA, needs_no_wheel
from brygga.environments.match_spec import MatchSpec
from brygga.environments.requirements import Requirements, read_requirement_lines
from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.names import check_variables

_KEYS = ("name", "channels", "dependencies", "prefix", "variables")
_LARGEST_FILE = 256 * 1024
_DEEPEST = 8
_MINORS = range(6, 15)
_X_Y = re.compile(r"(\d+\.\d+)(\.\S*)?")


@dataclass
class CondaFile:
    """What a conda file means.

    Attributes:
        name: Of the environment, or None.
        python: As X.Y; None where any will do.
        packages: Of the conda part, as PEP 508 strings.
        pip: Of the pip section.
        dropped: What needs no installing.
        variables: What is set in the process that runs the script.
    """

    name: str | None = None
    python: str | None = None
    packages: list[str] = field(default_factory=list)
    pip: Requirements = field(default_factory=Requirements)
    dropped: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)


def read_conda_file(path: Path, *, here: str) -> CondaFile:
    """Reads a conda file.

    Args:
        here: The Python of the caller as X.Y, which is taken where several fit.

    Raises:
        InvalidInputError: it is missing, not YAML, has unknown keys, or asks for what only conda
            has.
    """
    document = _document(path)
    found = CondaFile(name=_name(path, document), variables=_variables(path, document))
    only_conda = []
    for item in _dependencies(path, document):
        if isinstance(item, dict):
            found.pip = read_requirement_lines(
                _pip_lines(path, item), folder=path.absolute().parent, source=f"{path}, pip"
            )
            continue
        spec = MatchSpec.parse(item, str(path))
        if spec.name == "python":
            found.python = _python(path, item, spec.versions, here)
        elif needs_no_wheel(spec.name) or is_provided(spec.name):
            found.dropped.append(item)
        elif spec.name in ONLY_CONDA or spec.name.startswith("r-"):
            only_conda.append(spec.name)
        else:
            name = CONDA_TO_PYPI.get(spec.name, spec.name.replace("_", "-"))
            found.packages.append(f"{name}{spec.versions}")
    if only_conda:
        raise _no_wheels(path, only_conda)
    found.dropped += found.pip.dropped
    return found


def _document(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE + 1)
    except FileNotFoundError as error:
        raise InvalidInputError(
            f"The conda file {path} does not exist.",
            code=ErrorCode.CONDA_FILE_UNREADABLE,
            hint="Give the path of one that does.",
        ) from error
    except (OSError, ValueError) as error:
        raise InvalidInputError(
            f"The conda file {path} cannot be read: {error}.", code=ErrorCode.CONDA_FILE_UNREADABLE
        ) from error
    if len(content) > _LARGEST_FILE:
        raise InvalidInputError(
            f"The conda file {path} is larger than 256 KiB.", code=ErrorCode.CONDA_FILE_UNREADABLE
        )
    try:
        _check_shape(path, content)
        # Nothing is constructed but texts, lists and mappings: `name: 3.10` stays `3.10`.
        document = yaml.load(content, Loader=yaml.BaseLoader)  # noqa: S506
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InvalidInputError(
            f"The conda file {path} is not YAML: {' '.join(str(error).split())}",
            code=ErrorCode.CONDA_FILE_INVALID,
            hint="Look at that line: a missing colon, a tab, or a quote that is not closed.",
        ) from error
    if not isinstance(document, dict):
        raise InvalidInputError(
            f"The conda file {path} holds no keys.",
            code=ErrorCode.CONDA_FILE_INVALID,
            hint="It needs at least `dependencies:` and a list below it.",
        )
    for key in document.keys() - set(_KEYS):
        near = difflib.get_close_matches(key, _KEYS, n=1)
        raise InvalidInputError(
            f"The conda file {path} has an unknown key {key!r}.",
            code=ErrorCode.CONDA_FILE_INVALID,
            hint=f"Did you mean {near[0]!r}?" if near else f"Known keys: {', '.join(_KEYS)}.",
        )
    return document


def _check_shape(path: Path, content: bytes) -> None:
    """Refuses what no conda file needs: deep nesting, aliases, which multiply, and types."""
    depth = 0
    for event in yaml.parse(content, Loader=yaml.BaseLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        what = (
            "too many levels" if depth > _DEEPEST
            else "aliases" if isinstance(event, yaml.AliasEvent)
            else "types" if getattr(event, "tag", None) is not None
            else None
        )  # fmt: skip
        if what:
            raise InvalidInputError(
                f"The conda file {path} has {what}, which conda files do not need.",
                code=ErrorCode.CONDA_FILE_INVALID,
                hint="Write a plain list of dependencies.",
            )


def _name(path: Path, document: dict[str, object]) -> str | None:
    name = document.get("name")
    if name is not None and not isinstance(name, str):
        raise InvalidInputError(
            f"The name in the conda file {path} is not a text.", code=ErrorCode.CONDA_FILE_INVALID
        )
    return name or None


def _variables(path: Path, document: dict[str, object]) -> dict[str, str]:
    found = document.get("variables") or {}
    if not isinstance(found, dict) or not all(isinstance(v, str) for v in found.values()):
        raise InvalidInputError(
            f"The variables in the conda file {path} are not names and values.",
            code=ErrorCode.CONDA_FILE_INVALID,
            hint="Write `variables:` and below it one line for each, as `  MY_FLAG: hello`.",
        )
    return check_variables("a variable of the conda file", found)


def _dependencies(path: Path, document: dict[str, object]) -> Iterator[str | dict[str, object]]:
    items = document.get("dependencies")
    if not isinstance(items, list):
        raise InvalidInputError(
            f"The conda file {path} has no list of dependencies.",
            code=ErrorCode.CONDA_FILE_INVALID,
            hint="Write `dependencies:` and below it one line for each, as `- scikit-learn`.",
        )
    sections = 0
    for item in items:
        if isinstance(item, dict) and list(item) == ["pip"]:
            sections += 1
            if sections > 1:
                raise InvalidInputError(
                    f"The conda file {path} has two pip sections: join them.",
                    code=ErrorCode.CONDA_FILE_INVALID,
                )
            yield item
        elif isinstance(item, str) and item.strip():
            yield item.strip()
        else:
            raise InvalidInputError(
                f"The conda file {path} has a dependency that is neither a text nor a pip "
                f"section: {str(item)[:80]}.",
                code=ErrorCode.CONDA_FILE_INVALID,
                hint="Write it as `- name=1.2`, or `- pip:` and a list below it.",
            )


def _pip_lines(path: Path, section: dict[str, object]) -> list[str]:
    lines = section["pip"]
    if lines == "":
        return []
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise InvalidInputError(
            f"The pip section of the conda file {path} is not a list of texts.",
            code=ErrorCode.CONDA_FILE_INVALID,
            hint="Write below `- pip:` one line for each, as `  - requests==2.32`.",
        )
    return lines


def _python(path: Path, text: str, versions: SpecifierSet, here: str) -> str | None:
    """X.Y of a spec: the caller's where it fits, else the newest that does."""
    if not versions:
        return None
    exact = [s.version.removesuffix(".*") for s in versions if s.operator == "=="]
    if exact and (match := _X_Y.fullmatch(exact[0])):
        return match[1]
    fitting = [f"3.{minor}" for minor in _MINORS if _fits(versions, f"3.{minor}")]
    if not fitting:
        raise InvalidInputError(
            f"{path}: no Python fits {text!r}.",
            code=ErrorCode.CONDA_FILE_INVALID,
            hint="Write it as python=3.11.",
        )
    return here if here in fitting else fitting[-1]


def _fits(versions: SpecifierSet, minor: str) -> bool:
    # `<3.10` must not take 3.10, and `>3.9,<=3.11.4` must take 3.10: some patch of it has to fit.
    return any(versions.contains(f"{minor}.{patch}") for patch in (0, 1, 5, 9, 13, 20))


def _no_wheels(path: Path, names: Sequence[str]) -> InvalidInputError:
    advice = " ".join(dict.fromkeys(filter(None, (ONLY_CONDA.get(name, "") for name in names))))
    return InvalidInputError(
        f"The conda file {path} asks for what only conda has: {', '.join(names)}.",
        code=ErrorCode.CONDA_FILE_CONDA_ONLY,
        hint=advice or "Leave it out if the script does without, or install it on the machine.",
    )
