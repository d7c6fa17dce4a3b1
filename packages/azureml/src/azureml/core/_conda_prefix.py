"""What is installed in an environment of conda's, read from its folder: conda is not asked."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

from azureml._support.gate import say
from azureml.core.conda_dependencies import CondaDependencies
from azureml.exceptions import UserErrorException

_ROOTS = (
    "miniconda3", "anaconda3", "miniforge3", "mambaforge", "micromamba", "miniconda", "anaconda",
    ".conda",
)  # fmt: skip
_TOOLS = frozenset(("pip", "setuptools", "wheel", "conda"))
"""What makes environments, and is part of none."""


def conda_dependencies(name: str) -> CondaDependencies:
    """Python and packages of an environment, at the versions it has, as the index knows them.

    Raises:
        UserErrorException: it is not on this machine, or has no Python.
    """
    prefix = _find(name)
    installed = list(_conda_packages(prefix))
    python = next((p["version"] for p in installed if p["name"] == "python"), None)
    if python is None:
        raise UserErrorException(f"The conda environment {name} in {prefix} has no Python in it.")
    packages = dict(_python_packages(prefix))
    if left := sorted(p["name"] for p in installed if not _is_python(p)):
        say(
            f"The conda environment {name}: {', '.join(left)} are no packages of Python. They are "
            "left out; the wheels of the package index bring what they need."
        )
    made = CondaDependencies.create(
        pip_packages=["azureml-defaults", *(f"{n}=={v}" for n, v in sorted(packages.items()))]
    )
    made.set_python_version(python)
    return made


def _find(name: str) -> Path:
    looked = dict.fromkeys(_places(name))
    for prefix in looked:
        if (prefix / "conda-meta").is_dir():
            return prefix
    raise UserErrorException(
        f"There is no conda environment {name} on this machine. Looked in: "
        f"{', '.join(map(str, looked))}. Give the environment's folder, or export it with `conda "
        f"env export -n {name}` where it is and use Environment.from_conda_specification."
    )


def _places(name: str) -> Iterator[Path]:
    """Where conda keeps environments of that name; a name may also be a folder."""
    if os.sep in name:
        yield Path(name).expanduser()
        return
    active = os.environ.get("CONDA_PREFIX")
    if active and name in (Path(active).name, os.environ.get("CONDA_DEFAULT_ENV")):
        yield Path(active)
    for variable in ("CONDA_ENVS_PATH", "CONDA_ENVS_DIRS"):
        for folder in filter(None, os.environ.get(variable, "").split(os.pathsep)):
            yield Path(folder).expanduser() / name
    for root in _roots(active):
        yield root if name in ("base", "root") else root / "envs" / name
    listed = Path.home() / ".conda" / "environments.txt"
    if listed.is_file():
        for line in listed.read_text(encoding="utf-8").splitlines():
            if Path(line).name == name:
                yield Path(line)


def _roots(active: str | None) -> Iterator[Path]:
    """Folders that conda, or something like it, may be installed in."""
    command = os.environ.get("CONDA_EXE") or os.environ.get("MAMBA_EXE")
    if command:
        yield Path(command).parent.parent
    if os.environ.get("MAMBA_ROOT_PREFIX"):
        yield Path(os.environ["MAMBA_ROOT_PREFIX"])
    if active:
        yield Path(active)
        yield Path(active).parent.parent
    yield from (Path.home() / each for each in _ROOTS)
    yield Path("/opt/conda")


def _conda_packages(prefix: Path) -> Iterator[dict[str, Any]]:
    for file in sorted((prefix / "conda-meta").glob("*.json")):
        try:
            found = json.loads(file.read_text(encoding="utf-8"))
            yield {"name": found["name"], "version": found["version"], "files": found["files"]}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UserErrorException(
                f"{file} is not what conda writes of a package: {error!r}."
            ) from error


def _is_python(package: dict[str, Any]) -> bool:
    """Whether a package of conda's is one of Python's; what comes with Python counts as such."""
    if package["name"] in ("python", *_TOOLS):
        return True
    return any(".dist-info/" in str(f) or ".egg-info" in str(f) for f in package["files"])


def _python_packages(prefix: Path) -> Iterator[tuple[str, str]]:
    """Names and versions as they themselves say, whoever has installed them."""
    libraries = [*prefix.glob("lib/python3*/site-packages"), prefix / "Lib" / "site-packages"]
    for folder in libraries:
        for file in sorted(
            (*folder.glob("*.dist-info/METADATA"), *folder.glob("*.egg-info/PKG-INFO"))
        ):
            told = HeaderParser().parsestr(file.read_text(encoding="utf-8", errors="replace"))
            name, version = told["Name"], told["Version"]
            if name and version and name.lower() not in _TOOLS:
                yield name, version
