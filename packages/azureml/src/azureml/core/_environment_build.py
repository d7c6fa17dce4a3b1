"""Building an environment, and what can be known of its image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from azureml._support.errors import translated
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.environment import Environment
    from azureml.core.workspace import Workspace


class ImageBuildDetails:
    """How a build went; it is done when this exists."""

    def __init__(self, environment_client: Any, location: Any) -> None:
        self.environment_client = environment_client
        self.location = location
        self._lines: list[str] = []
        self._error: UserErrorException | None = None

    @classmethod
    def _of(cls, workspace: Workspace, environment: Environment) -> ImageBuildDetails:
        from azureml.core._environments import to_brygga

        made = cls(workspace, environment)
        try:
            with translated(UserErrorException):
                workspace._brygga.environments.lock(
                    to_brygga(environment), progress=made._lines.append
                )
        except UserErrorException as error:
            made._error = error
            made._lines.append(error.message)
        return made

    @property
    def status(self) -> str:
        """`Succeeded` or `Failed`."""
        return "Succeeded" if self._error is None else "Failed"

    def get_log(self) -> str:
        """What was done."""
        return "\n".join(self._lines) + "\n"

    def wait_for_completion(self, show_output: bool = True) -> None:
        """Prints what was done, and raises if it failed."""
        if show_output:
            print(self.get_log(), end="")
            print(f"Image Build Status: {self.status}")
        if self._error is not None:
            raise self._error


class DockerImageDetails(dict[str, Any]):
    """What is known of an image."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

    @property
    def image_exist(self) -> bool:
        """Whether it was built."""
        return bool(self.get("imageExistsInRegistry"))

    @property
    def repository(self) -> Any:
        """Its name without a registry."""
        return self._of_image("name")

    @property
    def registry(self) -> Any:
        """Where it lies."""
        return self._of_image("registry")

    @property
    def image(self) -> Any:
        """All that is known of it."""
        return self.get("dockerImage")

    @property
    def interpreter_path(self) -> Any:
        """The Python in it."""
        return self.get("pythonEnvironment", {}).get("interpreterPath")

    @property
    def environment_path(self) -> Any:
        """Where its packages are."""
        return self.get("pythonEnvironment", {}).get("condaEnvironmentPath")

    @property
    def dockerfile(self) -> Any:
        """What it is built with."""
        return self.get("ingredients", {}).get("dockerfile")

    def _of_image(self, name: str) -> Any:
        return (self.get("dockerImage") or {}).get(name)


def image_details(environment: Environment) -> DockerImageDetails:
    """From the definition: nothing is kept in a registry."""
    return DockerImageDetails(
        imageExistsInRegistry=False,
        dockerImage={"name": environment.docker.base_image, "registry": {"address": None}},
        pythonEnvironment={
            "interpreterPath": environment.python.interpreter_path,
            "condaEnvironmentPath": None,
        },
        ingredients={"dockerfile": environment.docker.base_dockerfile},
    )
