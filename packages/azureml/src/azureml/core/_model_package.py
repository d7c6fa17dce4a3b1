"""`ModelPackage`: an image of models and a script, or the folder it can be built from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml._support.errors import translated
from azureml.core.container_registry import ContainerRegistry
from azureml.exceptions import WebserviceException

if TYPE_CHECKING:
    import brygga
    from azureml.core.workspace import Workspace


class ModelPackage:
    """What `Model.package` makes."""

    def __init__(self, workspace: Workspace, operation_id: str, environment: Any) -> None:
        self.workspace = workspace
        self.environment = environment
        self._is_dockerfile = False
        with translated():
            self._brygga = workspace._brygga.images.get(operation_id)
        self.update_creation_state()

    @classmethod
    def _of(
        cls, workspace: Workspace, image: brygga.Image, environment: Any, *, dockerfile: bool
    ) -> ModelPackage:
        made = cls.__new__(cls)
        made.workspace, made.environment = workspace, environment
        made._brygga, made._is_dockerfile = image, dockerfile
        made.update_creation_state()
        return made

    def update_creation_state(self) -> None:
        """Looks again how far it is."""
        with translated():
            self.state = str(self._brygga.creation_state.value)
            self.location = self._brygga.location
        self.package_type = "BuildContext" if self._is_dockerfile else "Image"

    def wait_for_creation(self, show_output: bool = False) -> None:
        """Waits until it is made; raises when it cannot be."""
        with translated():
            self._brygga.wait_for_creation(show_output=show_output)
        self.update_creation_state()
        if show_output:
            print(f"Package creation {self.state}")

    def get_container_registry(self) -> ContainerRegistry:
        """None is used: the image lies in this machine's container engine."""
        return ContainerRegistry()

    def get_logs(self, decode: bool = True, offset: int = 0) -> str | bytes:
        """The log of the build."""
        text = self._brygga.build_log()[offset:]
        return text if decode else text.encode()

    def pull(self) -> None:
        """Nothing is left to fetch: says where the image is."""
        if self._is_dockerfile:
            raise WebserviceException(
                "pull() is for images: save() writes the Dockerfile's folder."
            )
        if self.location is None:
            raise WebserviceException(
                "No container engine answered when it was made: start one, then package again."
            )
        print(f"The image is in this machine's container engine: {self.location}")

    def save(self, output_directory: str) -> None:
        """Writes the folder that the image can be built from, with any container engine."""
        if not self._is_dockerfile:
            raise WebserviceException("save() is for generate_dockerfile=True: pull() for images.")
        Path(output_directory).mkdir(parents=True, exist_ok=True)
        with translated():
            self._brygga.write_context(output_directory)

    def serialize(self) -> dict[str, Any]:
        """As a dictionary."""
        return {
            "packageType": self.package_type,
            "state": self.state,
            "location": self.location,
            "imageId": self._brygga.id,
        }
