"""`CondaDependencies`: a conda file, read, changed and written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from azureml.exceptions import UserErrorException

PYTHON_PREFIX = "python"
PYTHON_DEFAULT_VERSION = "3.8.13"
"""v1's, which it writes by itself: nobody asked for it, and no environment is made for it."""
CPU = "cpu"
GPU = "gpu"
_OPTION = re.compile(r"-")
_NAME = re.compile(r"\s*([A-Za-z0-9][\w.-]*)")
_DEFAULTS = "azureml-defaults"
_DEFAULT_PYTHON = f"{PYTHON_PREFIX}={PYTHON_DEFAULT_VERSION}"
_WRITTEN_BY_V1 = "# Conda environment specification"
_HEADER = """\
# Conda environment specification: which Python and which packages a script needs.
# Brygga takes them from the package index, at versions it locks.

"""


class CondaDependencies:
    """The Python and the packages of an environment."""

    DEFAULT_NUMBER_OF_CONDA_PACKAGES = 0
    DEFAULT_NUMBER_OF_PIP_PACKAGES = 0
    _VALID_YML_KEYS = ("name", "channels", "dependencies", "prefix", "variables")

    def __init__(
        self,
        conda_dependencies_file_path: str | None = None,
        _underlying_structure: dict[str, Any] | None = None,
    ) -> None:
        if conda_dependencies_file_path and _underlying_structure:
            raise UserErrorException(
                "Only one of conda_dependencies_file_path and _underlying_structure may be given."
            )
        if conda_dependencies_file_path:
            self._document = _read(conda_dependencies_file_path)
        elif _underlying_structure:
            self._document = _underlying_structure
        else:
            self._document = {
                "name": "project_environment",
                "dependencies": [
                    _DEFAULT_PYTHON,
                    {"pip": [_DEFAULTS]},
                ],
                "channels": ["anaconda", "conda-forge"],
            }
        unknown = [key for key in self._document if key not in self._VALID_YML_KEYS]
        if unknown:
            raise UserErrorException(
                f"Environment specification contains invalid keys: {unknown}. "
                f"Valid keys are: {list(self._VALID_YML_KEYS)}"
            )

    @staticmethod
    def create(
        pip_indexurl: str | None = None,
        pip_packages: Sequence[str] | None = None,
        conda_packages: Sequence[str] | None = None,
        python_version: str = PYTHON_DEFAULT_VERSION,
        pin_sdk_version: bool = True,
    ) -> CondaDependencies:
        """The default environment with these packages; `pip_packages` replace its pip part.

        `pin_sdk_version` changes nothing: the service brings what it needs of the SDK itself.
        """
        made = CondaDependencies()
        if python_version != PYTHON_DEFAULT_VERSION:
            made.set_python_version(python_version)
        for package in conda_packages or ():
            made.add_conda_package(package)
        if pip_packages is not None:
            made._pip()[:] = []
            for package in pip_packages:
                made.add_pip_package(package)
        if pip_indexurl:
            made.set_pip_index_url(f"--index-url {pip_indexurl}")
        return made

    @staticmethod
    def merge_requirements(requirements: Iterable[str]) -> list[str]:
        """Joins requirements of the same package into one."""
        merged: dict[str, str] = {}
        for requirement in requirements:
            found = _NAME.match(requirement)
            name = found[1] if found else requirement
            rest = requirement[found.end() :].strip() if found else ""
            before = merged.get(name)
            merged[name] = ",".join(filter(None, (before, rest)))
        return [f"{name}{rest}" for name, rest in merged.items()]

    @staticmethod
    def sdk_origin_url() -> str:
        """Empty: packages come from the index this machine is set to."""
        return ""

    def set_pip_index_url(self, index_url: str) -> None:
        """Takes an option as `--index-url URL`, in the place of one that is there."""
        option = index_url if _OPTION.match(index_url) else f"--index-url {index_url}"
        kept = [o for o in self._pip() if not o.startswith(("--index-url", "-i "))]
        self._pip()[:] = [option, *kept]

    @property
    def conda_channels(self) -> Iterable[str]:
        """The channels; Brygga takes packages from the package index instead."""
        return iter(self._document.get("channels") or ())

    @property
    def conda_packages(self) -> Iterable[str]:
        """The packages outside the pip part, without Python."""
        return (p for p in self._dependencies() if isinstance(p, str) and _name(p) != PYTHON_PREFIX)

    @property
    def pip_packages(self) -> Iterable[str]:
        """The packages of the pip part."""
        return (p for p in self._pip() if not _OPTION.match(p))

    @property
    def pip_options(self) -> Iterable[str]:
        """The options of the pip part."""
        return (p for p in self._pip() if _OPTION.match(p))

    def get_default_number_of_packages(self) -> int:
        """How many packages are there before any is added."""
        return self.DEFAULT_NUMBER_OF_CONDA_PACKAGES + self.DEFAULT_NUMBER_OF_PIP_PACKAGES

    def get_python_version(self) -> str | None:
        """The Python, as it is written."""
        for package in self._dependencies():
            if isinstance(package, str) and _name(package) == PYTHON_PREFIX:
                return package[len(PYTHON_PREFIX) :].strip(" =") or None
        return None

    def set_python_version(self, version: str) -> None:
        """Replaces the Python."""
        rest = [p for p in self._dependencies() if isinstance(p, dict) or _name(p) != PYTHON_PREFIX]
        # Somebody's own wish is told from the default by another spelling of the same.
        equals = "==" if version == PYTHON_DEFAULT_VERSION else "="
        self._dependencies()[:] = [f"{PYTHON_PREFIX}{equals}{version}", *rest]

    def _without_default_python(self) -> None:
        """Removes the Python where it is the one that is written by itself."""
        self._dependencies()[:] = [p for p in self._dependencies() if p != _DEFAULT_PYTHON]

    def add_channel(self, channel: str) -> None:
        """Adds a channel, once."""
        channels = self._document.setdefault("channels", [])
        if channel not in channels:
            channels.append(channel)

    def remove_channel(self, channel: str) -> None:
        """Removes a channel."""
        self._document["channels"] = [c for c in self.conda_channels if c != channel]

    def add_conda_package(self, conda_package: str) -> None:
        """Adds a package, once."""
        if conda_package not in self._dependencies():
            self._dependencies().append(conda_package)

    def remove_conda_package(self, conda_package: str) -> None:
        """Removes a package, with or without a version."""
        self._dependencies()[:] = _without(self._dependencies(), conda_package)

    def add_pip_package(self, pip_package: str) -> None:
        """Adds a package to the pip part, in the place of the same one."""
        self._pip()[:] = [*_without(self._pip(), pip_package), pip_package]

    def remove_pip_package(self, pip_package: str) -> None:
        """Removes a package from the pip part."""
        self._pip()[:] = _without(self._pip(), pip_package)

    def set_pip_option(self, pip_option: str) -> None:
        """Adds an option to the pip part, once."""
        if pip_option not in self._pip():
            self._pip().append(pip_option)

    def remove_pip_option(self, pip_option: str) -> None:
        """Removes options that begin so."""
        self._pip()[:] = [o for o in self._pip() if o.split()[:1] != pip_option.split()[:1]]

    def set_pip_requirements(self, pip_requirements: Iterable[str]) -> None:
        """Replaces the pip part."""
        self._pip()[:] = list(pip_requirements)

    def add_cntk_package(self, core_type: str = CPU) -> None:
        """Adds CNTK."""
        self.add_pip_package("cntk-gpu" if core_type == GPU else "cntk")

    def add_tensorflow_pip_package(self, core_type: str = CPU, version: str | None = None) -> None:
        """Adds TensorFlow to the pip part."""
        name = "tensorflow-gpu" if core_type == GPU else "tensorflow"
        self.add_pip_package(f"{name}=={version}" if version else name)

    def add_tensorflow_conda_package(
        self, core_type: str = CPU, version: str | None = None
    ) -> None:
        """Adds TensorFlow outside the pip part."""
        name = "tensorflow-gpu" if core_type == GPU else "tensorflow"
        self.add_conda_package(f"{name}={version}" if version else name)

    def save_to_file(self, base_directory: str, conda_file_path: str | None = None) -> str:
        """Writes the file below a folder; returns its path there."""
        path = conda_file_path or "conda_dependencies.yml"
        Path(base_directory, path).parent.mkdir(parents=True, exist_ok=True)
        Path(base_directory, path).write_text(self.serialize_to_string(), encoding="utf-8")
        return path

    def save(self, path: str | None = None) -> str:
        """Writes the file; returns its path."""
        target = Path(path or "conda_dependencies.yml")
        if target.is_dir():
            target /= "conda_dependencies.yml"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(self.serialize_to_string(), encoding="utf-8")
        return str(target)

    def serialize_to_string(self) -> str:
        """The file as text."""
        import yaml

        return _HEADER + yaml.safe_dump(self.as_dict(), sort_keys=False)

    def as_dict(self) -> dict[str, Any]:
        """The file as a dictionary."""
        return self._document

    def _dependencies(self) -> list[Any]:
        dependencies: list[Any] = self._document.setdefault("dependencies", [])
        return dependencies

    def _pip(self) -> list[str]:
        for item in self._dependencies():
            if isinstance(item, dict) and "pip" in item:
                packages: list[str] = item["pip"]
                return packages
        section: dict[str, list[str]] = {"pip": []}
        self._dependencies().append(section)
        return section["pip"]

    def __repr__(self) -> str:
        return self.serialize_to_string()


def _read(path: str) -> dict[str, Any]:
    import yaml

    try:
        text = Path(path).read_text(encoding="utf-8")
        document = yaml.safe_load(text)
    except (OSError, yaml.YAMLError) as error:
        raise UserErrorException(f"The conda file {path} cannot be read: {error}") from error
    if not isinstance(document, dict):
        raise UserErrorException(f"The conda file {path} is not an environment specification.")
    dependencies = document.get("dependencies")
    if isinstance(dependencies, list) and not text.startswith(_WRITTEN_BY_V1):
        own = _DEFAULT_PYTHON.replace("=", "==")
        document["dependencies"] = [own if d == _DEFAULT_PYTHON else d for d in dependencies]
    return document


def _name(requirement: str) -> str:
    found = _NAME.match(requirement)
    return found[1].lower() if found else requirement


def _without(items: Iterable[Any], package: str) -> list[Any]:
    return [
        i for i in items if not isinstance(i, str) or _OPTION.match(i) or _name(i) != _name(package)
    ]
