"""What estimators have in common: they say in one call what a `ScriptRunConfig` says in parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.environment import Environment
from azureml.core.runconfig import RunConfiguration
from azureml.core.script_run_config import ScriptRunConfig
from azureml.exceptions import UserErrorException


@dataclass(frozen=True)
class Given:
    """The parameters of an estimator that decide something here; v1's names."""

    source_directory: str
    compute_target: Any = None
    entry_script: str | None = None
    script_params: Mapping[str, Any] | None = None
    custom_docker_base_image: str | None = None
    custom_docker_image: str | None = None
    image_registry_details: Any = None
    user_managed: bool = False
    conda_packages: Sequence[str] | None = None
    pip_packages: Sequence[str] | None = None
    conda_dependencies_file_path: str | None = None
    pip_requirements_file_path: str | None = None
    conda_dependencies_file: str | None = None
    pip_requirements_file: str | None = None
    environment_variables: Mapping[str, str] | None = None
    environment_definition: Environment | None = None
    inputs: Sequence[Any] | None = None
    framework_version: str | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Given:
        """Of all the parameters of a call."""
        return cls(**{name: given[name] for name in cls.__dataclass_fields__ if name in given})


class BaseEstimator(ScriptRunConfig):
    """A script, and the packages that its framework needs."""

    _packages: ClassVar[tuple[str, ...]] = ()
    """Of the framework, by the names of the package index; `framework_version` is the first's."""
    _bound: ClassVar[str] = ""
    """On the first, where no version is given."""

    def _begin(self, given: Given) -> None:
        if not given.entry_script:
            raise UserErrorException("There is no script: give entry_script, the file to run.")
        ScriptRunConfig.__init__(
            self,
            given.source_directory,
            given.entry_script,
            arguments=list(_arguments(given.script_params or {})),
            run_config=self._run_configuration(given),
            compute_target=given.compute_target,
        )
        self.inputs = list(given.inputs or ())

    def _run_configuration(self, given: Given) -> RunConfiguration:
        made = RunConfiguration()
        made.environment_variables = dict(given.environment_variables or {})
        if given.environment_definition is not None:
            made.environment = given.environment_definition
            return made
        packages = self._dependencies(given)
        if packages is not None:
            made.environment = Environment("estimator")
            made.environment.python.conda_dependencies = packages
        made.environment.python.user_managed_dependencies = given.user_managed
        image = given.custom_docker_image or given.custom_docker_base_image
        if image:
            made.environment.docker.enabled = True
            made.environment.docker.base_image = image
            made.environment.docker.base_image_registry = given.image_registry_details
        return made

    def _dependencies(self, given: Given) -> CondaDependencies | None:
        """None: what the script imports."""
        file = given.conda_dependencies_file or given.conda_dependencies_file_path
        requirements = given.pip_requirements_file or given.pip_requirements_file_path
        made = CondaDependencies(_found(file, given)) if file else CondaDependencies.create()
        if not file:
            made.remove_pip_package("azureml-defaults")
        pip = [*self._of_framework(given.framework_version), *(given.pip_packages or ())]
        if requirements:
            text = Path(_found(requirements, given)).read_text(encoding="utf-8")
            lines = (line.partition("#")[0].strip() for line in text.splitlines())
            pip += [line for line in lines if line]
        for each in given.conda_packages or ():
            made.add_conda_package(each)
        for each in pip:
            made.add_pip_package(each)
        return made if file or pip or given.conda_packages else None

    def _of_framework(self, version: str | None) -> list[str]:
        first, *others = self._packages or ("",)
        named = first and first + (f"=={version}" if version else self._bound)
        return [each for each in (named, *others) if each]

    @property
    def conda_dependencies(self) -> CondaDependencies:
        """The packages."""
        return self.run_config.environment.python.conda_dependencies


def _arguments(parameters: Mapping[str, Any]) -> list[Any]:
    """In v1 a name with an empty text is a switch."""
    found: list[Any] = []
    for name, value in parameters.items():
        found += [name] if isinstance(value, str) and not value else [name, value]
    return found


def _found(file: str, given: Given) -> str:
    """In v1 a path starts at the folder of the script; some notebooks start at their own."""
    beside = Path(given.source_directory, file)
    return str(beside if beside.is_file() else Path(file))
