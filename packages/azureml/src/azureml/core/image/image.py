"""`Image`: what all kinds of images have in common; there is one kind."""

from __future__ import annotations

import builtins
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from azureml._support.errors import in_v1, translated
from azureml._support.filters import Filter, as_filters
from azureml.exceptions import WebserviceException

if TYPE_CHECKING:
    import brygga
    from azureml.core.model import Model
    from azureml.core.workspace import Workspace

__all__ = ["Asset", "Image", "ImageConfig", "TargetRuntime"]


class Image(ABC):
    """A registered image: the highest version of a name, or the one that fits."""

    def __new__(
        cls,
        workspace: Workspace,
        name: str | None = None,
        id: str | None = None,
        tags: Filter | None = None,
        properties: Filter | None = None,
        version: int | None = None,
    ) -> Image:
        from azureml.core.image.container import ContainerImage

        return object.__new__(ContainerImage)

    def __init__(
        self,
        workspace: Workspace,
        name: str | None = None,
        id: str | None = None,
        tags: Filter | None = None,
        properties: Filter | None = None,
        version: int | None = None,
    ) -> None:
        if not name and not id:
            raise WebserviceException("Error, one of id or name must be provided.")
        wanted, _, number = (id or name or "").partition(":")
        version = int(number) if number else version
        with translated():
            found = workspace._brygga.images.list(
                wanted,
                tags=as_filters("tags", tags),
                properties=as_filters("properties", properties),
            )
        fitting = [each for each in found if version in (None, each.version)]
        if not fitting:
            told = {"name": name, "id": id, "tags": tags, "properties": properties,
                    "version": version}  # fmt: skip
            listed = ", ".join(f"{key} {value}" for key, value in told.items() if value)
            raise WebserviceException(
                f"ImageNotFound: Image with {listed} not found in provided workspace",
                status_code=404,
            )
        self._load(workspace, max(fitting, key=lambda each: each.version))

    @classmethod
    def _of(cls, workspace: Workspace, found: brygga.Image) -> Any:
        from azureml.core.image.container import ContainerImage

        made = object.__new__(ContainerImage)
        made._load(workspace, found)
        return made

    def _load(self, workspace: Workspace, found: brygga.Image) -> None:
        self.workspace = workspace
        self._brygga = found
        self.name, self.version, self.id = found.name, found.version, found.id
        self.description = found.description or None
        self.properties = dict(found.properties)
        self.created_time = found.created_at
        self.created_by = None
        self.model_ids = list(found.models)
        self.image_type = "Docker"
        self.image_flavor = "WebApiContainer"
        self._refresh()

    def _refresh(self) -> None:
        found = self._brygga
        self.tags = dict(found.tags)
        with translated():
            self.creation_state = str(found.creation_state.value)
            self.image_location = found.location
            self.creation_error = found.error or None
        self.image_build_log_uri = None
        self.generated_dockerfile_uri = None

    @property
    def models(self) -> builtins.list[Model]:
        """The models in it."""
        from azureml.core.model import Model

        return [Model(self.workspace, id=each) for each in self.model_ids]

    @property
    def image_digest(self) -> str:
        """Of all that is in it."""
        return self._brygga.digest

    @staticmethod
    def create(
        workspace: Workspace, name: str, models: Sequence[Model | str], image_config: Any
    ) -> Image:
        """Makes the next version of an image; paths are registered as models first."""
        return image_config._create(workspace, name, models)  # type: ignore[no-any-return]

    def wait_for_creation(self, show_output: bool = False) -> None:
        """Waits until it is made; raises when it cannot be."""
        from brygga import BryggaError

        if show_output:
            print("Running", end="", flush=True)
        try:
            self._brygga.wait_for_creation()
        except BryggaError as error:
            self._refresh()
            if show_output:
                print("\nFailed")
            print(
                f"More information about this error is available here: {self._log_hint()}\n"
                "For more help with troubleshooting, see https://aka.ms/debugimage"
            )
            raise WebserviceException(
                f"Image creation polling reached non-successful terminal state, current state: "
                f"Failed\nError: {in_v1(error)}"
            ) from error
        self._refresh()
        if show_output:
            print(f"\n{self.creation_state}")
        print(f'Image creation operation finished for image {self.id}, operation "Succeeded"')

    def _log_hint(self) -> str:
        return f"ws.images[{self.name!r}].get_build_log()"

    def get_build_log(self) -> str:
        """The log of its build; v1 had an address for it."""
        return self._brygga.build_log()

    def update_creation_state(self) -> None:
        """Looks again how far it is."""
        self._refresh()

    @staticmethod
    def list(
        workspace: Workspace,
        image_name: str | None = None,
        model_name: str | None = None,
        model_id: str | None = None,
        tags: Filter | None = None,
        properties: Filter | None = None,
    ) -> builtins.list[Image]:
        """The images that fit all filters."""
        with translated():
            found = workspace._brygga.images.list(
                image_name,
                tags=as_filters("tags", tags),
                properties=as_filters("properties", properties),
                model=model_id or model_name,
            )
        return [Image._of(workspace, each) for each in found]

    def update(self, tags: Mapping[str, str]) -> None:
        """Replaces its tags."""
        with translated():
            self._brygga.remove_tags([*self._brygga.tags])
            self._brygga.add_tags({key: str(value) for key, value in tags.items()})
        self._refresh()

    def add_tags(self, tags: Mapping[str, str]) -> None:
        """Adds tags, or changes their values."""
        with translated():
            self._brygga.add_tags({key: str(value) for key, value in tags.items()})
        self._refresh()
        print("Image tag add operation complete.")

    def remove_tags(self, tags: Sequence[str]) -> None:
        """Removes tags."""
        with translated():
            self._brygga.remove_tags([*tags])
        self._refresh()
        print("Image tag remove operation complete.")

    def add_properties(self, properties: Mapping[str, str]) -> None:
        """Adds properties, which stay as they are first set."""
        with translated():
            self._brygga.add_properties({key: str(v) for key, v in properties.items()})
        self.properties = dict(self._brygga.properties)
        print("Image properties add operation complete.")

    def delete(self) -> None:
        """Removes it; refused while a service uses it."""
        with translated():
            self._brygga.delete()
        self.creation_state = "Deleting"

    def serialize(self) -> dict[str, Any]:
        """As a dictionary."""
        return {
            "name": self.name,
            "createdBy": self.created_by,
            "createdTime": self.created_time.isoformat(),
            "creationState": self.creation_state,
            "description": self.description,
            "id": self.id,
            "imageBuildLogUri": self.image_build_log_uri,
            "generatedDockerfileUri": self.generated_dockerfile_uri,
            "imageFlavor": self.image_flavor,
            "imageLocation": self.image_location,
            "imageType": self.image_type,
            "modelDetails": [model.serialize() for model in self.models],
            "tags": self.tags,
            "properties": self.properties,
            "version": self.version,
            "workspaceName": self.workspace.name,
        }

    @classmethod
    def deserialize(cls, workspace: Workspace, image_payload: Mapping[str, Any]) -> Image:
        """The image a dictionary names."""
        from azureml.core.image.container import ContainerImage

        return ContainerImage(workspace, id=image_payload["id"])

    @staticmethod
    @abstractmethod
    def image_configuration() -> Any:
        """What an image is to be made of."""

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(workspace={self.workspace!r}, name={self.name}, id={self.id}, "
            f"tags={self.tags}, properties={self.properties}, version={self.version})"
        )


class Asset:
    """A file of an image's, as v1 lists it."""

    _expected_payload_keys = ("id", "mimeType", "unpack", "url")

    def __init__(self, id: str, mime_type: str, unpack: bool, url: str) -> None:
        self.id = id
        self.mime_type = mime_type
        self.unpack = unpack
        self.url = url

    def serialize(self) -> dict[str, Any]:
        """As a dictionary."""
        return {"id": self.id, "mimeType": self.mime_type, "unpack": self.unpack, "url": self.url}

    @staticmethod
    def deserialize(payload_obj: Mapping[str, Any]) -> Asset:
        """From a dictionary."""
        return Asset(*(payload_obj[key] for key in Asset._expected_payload_keys))


class ImageConfig(ABC):
    """What an image is to be made of."""

    @abstractmethod
    def build_create_payload(self, workspace: Workspace, name: str, model_ids: list[str]) -> Any:
        """The body of a call to v1's service."""

    @abstractmethod
    def validate_configuration(self) -> None:
        """Refuses what cannot be made."""


class TargetRuntime:
    """A runtime, as v1 lists it."""

    _expected_payload_keys = ("properties", "runtimeType")

    def __init__(
        self, properties: Mapping[str, Any], runtime_type: str, targetArchitecture: str
    ) -> None:
        self.properties = properties
        self.runtime_type = runtime_type
        self.targetArchitecture = targetArchitecture

    def serialize(self) -> dict[str, Any]:
        """As a dictionary."""
        return {
            "properties": self.properties,
            "runtimeType": self.runtime_type,
            "targetArchitecture": self.targetArchitecture,
        }

    @staticmethod
    def deserialize(payload_obj: Mapping[str, Any]) -> TargetRuntime:
        """From a dictionary."""
        return TargetRuntime(
            payload_obj["properties"],
            payload_obj["runtimeType"],
            payload_obj.get("targetArchitecture", "Amd64"),
        )
