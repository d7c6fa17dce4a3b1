"""`Model`, `InferenceConfig` and `ModelPackage`."""

from __future__ import annotations

import builtins
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml._support.errors import in_v1, translated
from azureml._support.filters import Filter, as_filters
from azureml._support.gate import checked, refused
from azureml._support.names import check_name
from azureml.core._inference_config import InferenceConfig
from azureml.core._mlflow import take_in
from azureml.core._model_files import MODELS_DIR, ChosenFiles, find_model_files
from azureml.core._model_package import ModelPackage
from azureml.core.resource_configuration import ResourceConfiguration
from azureml.exceptions import UserErrorException, WebserviceException

if TYPE_CHECKING:
    import brygga
    from azureml.core.profile import ModelProfile
    from azureml.core.run import Run
    from azureml.core.webservice.webservice import WebserviceDeploymentConfiguration
    from azureml.core.workspace import Workspace

__all__ = ["MODELS_DIR", "InferenceConfig", "Model", "ModelPackage"]

_OWN = "azureml."
"""Properties with this prefix are the facade's own memory, and are not shown."""
_NOTES = "azureml.model"
_PAGES = range(20, 256)


class Model:
    """A registered model: the latest of a name, or the one that fits."""

    class Framework:
        """The frameworks v1 has names for."""

        CUSTOM = "Custom"
        TENSORFLOW = "TensorFlow"
        SCIKITLEARN = "ScikitLearn"
        ONNX = "Onnx"
        TFKERAS = "TfKeras"
        PYTORCH = "PyTorch"
        MULTI = "Multi"

    _SUPPORTED_FRAMEWORKS_FOR_NO_CODE_DEPLOY = ("Onnx", "ScikitLearn", "TensorFlow", "Multi")

    @checked
    def __init__(
        self,
        workspace: Workspace,
        name: str | None = None,
        id: str | None = None,
        tags: Filter | None = None,
        properties: Filter | None = None,
        version: int | None = None,
        run_id: str | None = None,
        model_framework: str | None = None,
        expand: bool = True,
        **kwargs: Any,
    ) -> None:
        if not name and not id:
            raise WebserviceException("Error, one of id or name must be provided.")
        wanted, _, number = (id or name or "").partition(":")
        version = int(number) if number else version
        asked = as_filters("properties", properties)
        if run_id:
            asked += (f"{_OWN}run_id={run_id}",)
        take_in(workspace)
        with translated():
            fitting = workspace._brygga.models.list(
                wanted, tags=as_filters("tags", tags), properties=asked, framework=model_framework
            )
        if version is not None:
            fitting = [each for each in fitting if each.version == int(version)]
        if not fitting:
            told = {
                "name": name, "id": id, "tags": tags, "properties": properties,
                "version": version, "run_id": run_id, "framework": model_framework,
            }  # fmt: skip
            listed = ", ".join(f"{key} {value}" for key, value in told.items() if value)
            raise WebserviceException(
                f"ModelNotFound: Model with {listed} not found in provided workspace",
                status_code=404,
            )
        self._load(workspace, max(fitting, key=lambda each: each.version))

    @classmethod
    def _of(cls, workspace: Workspace, found: brygga.Model) -> Model:
        made = cls.__new__(cls)
        made._load(workspace, found)
        return made

    def _load(self, workspace: Workspace, found: brygga.Model) -> None:
        self.workspace = workspace
        self._brygga = found
        self.name, self.version, self.id = found.name, found.version, found.id
        self.description = found.description or None
        self.tags = dict(found.tags)
        own = found.properties
        self.properties = {k: v for k, v in own.items() if not k.startswith(_OWN)}
        self.model_framework, self.model_framework_version = (
            found.framework,
            found.framework_version,
        )
        self.created_time = found.created_at
        self.created_by = None
        self.url = f"brygga:sha256:{found.sha256}"
        self.unpack = len(found.files) > 1 or "/" in found.files[0].path
        self.mime_type = "application/x-python"
        self._packages: dict[str, str] = json.loads(own.get(f"{_OWN}packages") or "{}")
        self.run_id = own.get(f"{_OWN}run_id")
        self.experiment_name = own.get(f"{_OWN}experiment_name")
        self.parent_id = None
        self.derived_model_ids: builtins.list[str] = []
        notes = _notes(workspace, found.id)
        self.datasets: dict[str, Any] = notes.get("datasets", {})
        self.sample_input_dataset = notes.get("sample_input_dataset")
        self.sample_output_dataset = notes.get("sample_output_dataset")
        resources = notes.get("resource_configuration")
        self.resource_configuration = resources and ResourceConfiguration.deserialize(resources)

    @property
    def run(self) -> Run | None:
        """The run it was registered from."""
        from azureml.core.run import Run

        return Run.get(self.workspace, self.run_id) if self.run_id else None

    @staticmethod
    def register(
        workspace: Workspace,
        model_path: str,
        model_name: str,
        tags: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
        description: str | None = None,
        datasets: Sequence[tuple[str, Any]] | None = None,
        model_framework: str | None = None,
        model_framework_version: str | None = None,
        child_paths: Sequence[str] | None = None,
        sample_input_dataset: Any = None,
        sample_output_dataset: Any = None,
        resource_configuration: ResourceConfiguration | None = None,
    ) -> Model:
        """Keeps a file or folder as the next version of a model."""
        if not Path(model_path).exists():
            raise FileNotFoundError(f"Path does not exist: {model_path}")
        if model_framework_version and not model_framework:
            raise WebserviceException(
                "Model framework version cannot be provided without a valid framework"
            )
        check_name("model", model_name)
        print(f"Registering model {model_name}")
        with ChosenFiles(Path(model_path), child_paths) as path, translated():
            found = workspace._brygga.models.register(
                model_name,
                path,
                tags=_texts(tags),
                properties=_texts(properties),
                description=description or "",
                framework=model_framework,
                framework_version=model_framework_version,
            )
        _note(
            workspace,
            found.id,
            datasets=_dataset_ids(datasets),
            sample_input_dataset=getattr(sample_input_dataset, "id", sample_input_dataset),
            sample_output_dataset=getattr(sample_output_dataset, "id", sample_output_dataset),
            resource_configuration=resource_configuration and resource_configuration.serialize(),
        )
        return Model._of(workspace, found)

    @classmethod
    def _register_from(
        cls, run: Run, path: str, name: str, tags: Any, properties: Any, *rest: Any
    ) -> Model:
        """Registers what a run left; the model remembers the run."""
        description, datasets, framework, framework_version, sample_in, sample_out, resources = rest
        own = cls._from_run(run.id, run.experiment.name)
        return cls.register(
            run.experiment.workspace, path, name, tags, {**(properties or {}), **own},
            description, datasets, framework, framework_version, None, sample_in, sample_out,
            resources,
        )  # fmt: skip

    @staticmethod
    def _from_run(run: str, experiment: str) -> dict[str, str]:
        """The properties by which a model remembers its run."""
        return {f"{_OWN}run_id": run, f"{_OWN}experiment_name": experiment}

    @staticmethod
    def get_model_path(
        model_name: str, version: int | None = None, _workspace: Workspace | None = None
    ) -> str:
        """Where a model's file or folder lies: beside a script that runs, else downloaded."""
        from azureml.core.run import Run

        if version is not None and (not isinstance(version, int) or isinstance(version, bool)):
            raise WebserviceException("version should be an int")
        workspace = _workspace or Run._workspace_of_this_process()
        if workspace is None or (version is not None and Path(MODELS_DIR, model_name).exists()):
            return find_model_files(model_name, version)
        model = Model(workspace, model_name, version=version)
        folder = Path(MODELS_DIR, model.name, str(model.version))
        return model.download(str(folder), exist_ok=True)

    @checked
    def download(
        self, target_dir: str = ".", exist_ok: bool = False, exists_ok: bool | None = None
    ) -> str:
        """Writes its file or folder into a folder; returns the path it has there."""
        from brygga import AlreadyExistsError

        with translated():
            try:
                path = self._brygga.download(target_dir, exist_ok=bool(exist_ok or exists_ok))
            except AlreadyExistsError as error:
                raise WebserviceException(
                    f"File already exists. To overwrite, set exist_ok to True. {error.name}"
                ) from error
        return os.path.join(target_dir, path.name)  # noqa: PTH118 - as it was given, "./" and all

    @staticmethod
    def list(
        workspace: Workspace,
        name: str | None = None,
        tags: Filter | None = None,
        properties: Filter | None = None,
        run_id: str | None = None,
        latest: bool = False,
        dataset_id: str | None = None,
        expand: bool = True,
        page_count: int = 255,
        model_framework: str | None = None,
    ) -> builtins.list[Model]:
        """The models that fit all filters."""
        if page_count not in _PAGES:
            raise UserErrorException("page_count should be between 20 and 255.")
        asked = as_filters("properties", properties)
        if run_id:
            asked += (f"{_OWN}run_id={run_id}",)
        take_in(workspace)
        with translated():
            found = workspace._brygga.models.list(
                name,
                tags=as_filters("tags", tags),
                properties=asked,
                framework=model_framework,
                latest=latest,
            )
        listed = [Model._of(workspace, each) for each in found]
        if dataset_id:
            listed = [m for m in listed if dataset_id in m.datasets.values()]
        return listed

    def serialize(self) -> dict[str, Any]:
        """As a dictionary."""
        resources = self.resource_configuration
        return {
            "workspaceName": self.workspace.name,
            "id": self.id,
            "name": self.name,
            "version": self.version,
            "tags": self.tags,
            "properties": self.properties,
            "description": self.description,
            "createdTime": self.created_time.isoformat(),
            "createdBy": self.created_by,
            "framework": self.model_framework,
            "frameworkVersion": self.model_framework_version,
            "experimentName": self.experiment_name,
            "runId": self.run_id,
            "url": self.url,
            "unpack": self.unpack,
            "mimeType": self.mime_type,
            "parentId": self.parent_id,
            "derivedModelIds": self.derived_model_ids,
            "datasets": self.datasets,
            "sampleInputDataset": self.sample_input_dataset,
            "sampleOutputDataset": self.sample_output_dataset,
            "resourceConfiguration": resources and resources.serialize(),
        }

    @staticmethod
    def deserialize(workspace: Workspace, model_payload: Mapping[str, Any]) -> Model:
        """The registered model a dictionary names."""
        return Model(workspace, id=model_payload["id"])

    def update(
        self,
        tags: Mapping[str, str] | None = None,
        description: str | None = None,
        sample_input_dataset: Any = None,
        sample_output_dataset: Any = None,
        resource_configuration: ResourceConfiguration | None = None,
    ) -> None:
        """Replaces the tags; and the rest, where it is given."""
        with translated():
            if tags is not None:
                self._brygga.remove_tags(set(self._brygga.tags) - set(tags))
                self._brygga.add_tags(_texts(tags))
            if description is not None:
                self._brygga.update(description=description)
        given = {
            "sample_input_dataset": getattr(sample_input_dataset, "id", sample_input_dataset),
            "sample_output_dataset": getattr(sample_output_dataset, "id", sample_output_dataset),
            "resource_configuration": resource_configuration and resource_configuration.serialize(),
        }
        _note(self.workspace, self.id, **given)
        self._load(self.workspace, self._brygga)

    def update_tags_properties(
        self,
        add_tags: Mapping[str, str] | None = None,
        remove_tags: Sequence[str] | None = None,
        add_properties: Mapping[str, str] | None = None,
    ) -> None:
        """Adds and removes tags, adds properties; those stay as they were first set."""
        with translated():
            self._brygga.remove_tags(remove_tags or ())
            self._brygga.add_tags(_texts(add_tags))
            self._brygga.add_properties(_texts(add_properties))
        self._load(self.workspace, self._brygga)

    def add_tags(self, tags: Mapping[str, str]) -> None:
        """Adds tags, or changes their values."""
        self.update_tags_properties(add_tags=tags)
        print("Model tag add operation complete.")

    def remove_tags(self, tags: Sequence[str]) -> None:
        """Removes tags."""
        self.update_tags_properties(remove_tags=tags)
        print("Model tag remove operation complete.")

    def add_properties(self, properties: Mapping[str, str]) -> None:
        """Adds properties, which stay as they are first set."""
        self.update_tags_properties(add_properties=properties)
        print("Model properties add operation complete.")

    def add_dataset_references(self, datasets: Sequence[tuple[str, Any]]) -> None:
        """Notes which datasets it was made with."""
        _note(self.workspace, self.id, datasets={**self.datasets, **_dataset_ids(datasets)})
        self._load(self.workspace, self._brygga)

    def delete(self) -> None:
        """Removes it; refused while a service or an image uses it."""
        from brygga import InUseError

        with translated():
            try:
                self._brygga.delete()
            except InUseError as error:
                raise WebserviceException(
                    "The model cannot be deleted because it is currently being used in one or "
                    "more images. To know what images contain the model, run "
                    f"'Image.list(<workspace>, model_id={self.id!r})'. {in_v1(error)}",
                    status_code=412,
                ) from error
        self.workspace._brygga.documents.delete(_NOTES, self.id)

    @refused
    def get_sas_urls(self) -> dict[str, str]: ...

    @staticmethod
    def print_configuration(
        models: Sequence[Model | str],
        inference_config: InferenceConfig | None,
        deployment_config: WebserviceDeploymentConfiguration | None,
        deployment_target: object,
    ) -> None:
        """Prints what is about to be deployed."""
        from azureml.core._deploying import print_configuration

        print_configuration(models, inference_config, deployment_config, deployment_target)

    @staticmethod
    def deploy(
        workspace: Workspace,
        name: str,
        models: Sequence[Model | str],
        inference_config: InferenceConfig | None = None,
        deployment_config: WebserviceDeploymentConfiguration | None = None,
        deployment_target: Any = None,
        overwrite: bool = False,
        show_output: bool = False,
    ) -> Any:
        """Makes a service of models; without an `InferenceConfig`, of what their framework is.

        Returns:
            A `Webservice` of the kind that was asked for.
        """
        from azureml.core._deploying import deploy_models

        return deploy_models(
            workspace,
            name,
            models,
            inference_config,
            deployment_config,
            deployment_target,
            overwrite=overwrite,
            show_output=show_output,
        )

    @staticmethod
    def package(
        workspace: Workspace,
        models: Sequence[Model | str],
        inference_config: InferenceConfig | None = None,
        generate_dockerfile: bool = False,
        image_name: str | None = None,
        image_label: str | None = None,
    ) -> ModelPackage:
        """Makes an image of models and a script, or the folder it can be built from."""
        from azureml.core._packaging import package

        return package(
            workspace, models, inference_config, generate_dockerfile, image_name, image_label
        )

    @staticmethod
    def profile(
        workspace: Workspace,
        profile_name: str,
        models: Sequence[Model | str],
        inference_config: InferenceConfig,
        input_dataset: Any,
        cpu: float | None = None,
        memory_in_gb: float | None = None,
        description: str | None = None,
    ) -> ModelProfile:
        """Runs the dataset's rows through a service of the models, and measures."""
        from azureml.core._profiling import profile

        return profile(
            workspace,
            profile_name,
            models,
            inference_config,
            input_dataset,
            cpu,
            memory_in_gb,
            description,
        )

    def __repr__(self) -> str:
        return (
            f"Model(workspace={self.workspace!r}, name={self.name}, id={self.id}, "
            f"version={self.version}, tags={self.tags}, properties={self.properties})"
        )


def _texts(pairs: Mapping[str, object] | None) -> dict[str, str]:
    """v1 took numbers as values and kept them as text."""
    return {
        key: value if isinstance(value, str) else str(value) for key, value in (pairs or {}).items()
    }


def _dataset_ids(datasets: Sequence[tuple[str, Any]] | None) -> dict[str, Any]:
    return {scenario: getattr(each, "id", each) for scenario, each in datasets or ()}


def _notes(workspace: Workspace, model_id: str) -> dict[str, Any]:
    found = workspace._brygga.documents.find(_NOTES, model_id)
    return {} if found is None else dict(found.content)


def _note(workspace: Workspace, model_id: str, **given: Any) -> None:
    told = {key: value for key, value in given.items() if value}
    if told:
        notes = {**_notes(workspace, model_id), **told}
        workspace._brygga.documents.put(_NOTES, model_id, notes)
