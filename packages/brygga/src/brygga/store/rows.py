"""The rows of the store as plain values.

Collections speak these; only `brygga.store` knows tables and SQL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

RevisionStatus = Literal["pending", "ready", "failed"]


@dataclass(frozen=True, order=True)
class WorkspaceKey:
    """What a workspace is known by, as in Azure ML SDK v1; natively the first two are `local`."""

    subscription_id: str
    resource_group: str
    name: str


@dataclass(frozen=True)
class Whereabouts:
    """Where what runs a service is, and whose it is.

    Attributes:
        host: Name of the machine.
        home: Folder of the Brygga home on it; None where that was not noted, as it was not before
            there were rows that name it.
    """

    host: str
    home: str | None


@dataclass(frozen=True, order=True)
class ModelFile:
    """A file of a model by its place and content.

    Attributes:
        path: Relative, with forward slashes. Its first part is the own name of the file or folder
            that was registered: `azureml-models/<name>/<version>/<path>` is its place in a service.
        sha256: Of its content, in the blob store.
        size: In bytes.
        executable: Whether its mode lets it be run.
    """

    path: str
    sha256: str
    size: int
    executable: bool = False


@dataclass(frozen=True)
class ModelFields:
    """A model that is about to be registered; the store gives it its version."""

    name: str
    sha256: str
    size: int
    files: tuple[ModelFile, ...]
    tags: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    framework: str | None = None
    framework_version: str | None = None


@dataclass(frozen=True)
class ModelRow(ModelFields):
    """A registered version of a model."""

    version: int = field(kw_only=True)
    created_at: datetime = field(kw_only=True)
    created_by: str | None = field(kw_only=True)


@dataclass(frozen=True)
class EnvironmentRow:
    """A registered version of an environment's spec."""

    name: str
    version: int
    spec: Mapping[str, Any]
    created_at: datetime
    created_by: str | None


@dataclass(frozen=True)
class ImageFields:
    """An image that is about to be registered; the store gives it its version.

    Attributes:
        bundle: What is in it, as JSON, and `bundle_digest`.
        models: Name and version of the registered models in it, in their order.
    """

    name: str
    bundle: Mapping[str, Any]
    bundle_digest: str
    models: tuple[tuple[str, int], ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    description: str = ""


@dataclass(frozen=True)
class ImageRow(ImageFields):
    """A registered version of an image."""

    version: int = field(kw_only=True)
    created_at: datetime = field(kw_only=True)
    created_by: str | None = field(kw_only=True)


@dataclass(frozen=True)
class NewRevision:
    """A revision of a service that is about to be deployed; the store gives it its number.

    Attributes:
        target: Name of the target that runs the service.
        place: What runs it; None where it belongs to no host.
        spec: The service's spec as JSON, without the values of secrets.
        bundle: The bundle as JSON, and `bundle_digest`.
        models: Name and version of the registered models in it, in their order.
        tags: Of the service from now on; None keeps those it has. So too `description`.
    """

    service: str
    target: str
    place: Whereabouts | None
    spec: Mapping[str, Any]
    bundle: Mapping[str, Any]
    bundle_digest: str
    models: tuple[tuple[str, int], ...] = ()
    tags: Mapping[str, str] | None = None
    description: str | None = None


@dataclass(frozen=True)
class RevisionRow:
    """A revision of a service.

    Attributes:
        number: From 1, in the order of deployment; never given twice while the service exists.
        status: `pending` until its target has seen it ready, or failing.
        diagnosis: Why it failed, as JSON.
        created_by: The user's login name; None where it was not noted. So in all rows.
    """

    service: str
    number: int
    spec: Mapping[str, Any]
    bundle: Mapping[str, Any]
    bundle_digest: str
    models: tuple[tuple[str, int], ...]
    status: RevisionStatus
    diagnosis: Mapping[str, Any] | None
    created_at: datetime
    created_by: str | None


@dataclass(frozen=True)
class RevisionOutline:
    """A revision without its bundle, for whoever looks at many.

    Attributes:
        models: What its bundle says of each; those that are not registered have version 0.
    """

    number: int
    spec: Mapping[str, Any]
    bundle_digest: str
    models: tuple[str, ...]
    status: RevisionStatus
    diagnosis: Mapping[str, Any] | None
    created_at: datetime
    created_by: str | None


@dataclass(frozen=True)
class ServiceOutline:
    """A service, and those of its revisions that matter now.

    Attributes:
        revisions: The current one and all newer ones, oldest first; where none is current, all.
    """

    row: ServiceRow
    revisions: tuple[RevisionOutline, ...]

    @property
    def newest(self) -> RevisionOutline:
        """The one that was asked for last."""
        return self.revisions[-1]

    def find(self, number: int | None) -> RevisionOutline | None:
        """The revision of that number."""
        return next((each for each in self.revisions if each.number == number), None)


@dataclass(frozen=True)
class ServiceRow:
    """A service.

    Attributes:
        place: What runs it; None where it belongs to no host.
        current_revision: The one that serves; None until one was ready for the first time.
    """

    name: str
    target: str
    place: Whereabouts | None
    current_revision: int | None
    tags: Mapping[str, str]
    description: str
    created_at: datetime
    updated_at: datetime
    created_by: str | None


@dataclass(frozen=True)
class Document:
    """Something small that a layer above keeps."""

    name: str
    content: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class ExperimentRow:
    """Runs that belong together."""

    name: str
    id: str
    tags: Mapping[str, str]
    archived_at: datetime | None
    created_at: datetime


@dataclass(frozen=True)
class NewRun:
    """A run that is about to begin; the store gives it its number.

    Attributes:
        id: Unique in the workspace.
        parent: The id of the run it is a part of.
        kind: What runs it, as `interactive` or `script`.
        details: What it was started with, as JSON.
    """

    id: str
    experiment: str
    kind: str
    status: str
    parent: str | None = None
    display_name: str = ""
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RunRow(NewRun):
    """A run; `number` counts those of its experiment, from 1."""

    number: int = field(kw_only=True)
    created_at: datetime = field(kw_only=True)
    ended_at: datetime | None = field(kw_only=True)
    created_by: str | None = field(kw_only=True)


@dataclass(frozen=True)
class Metric:
    """A value a run logged.

    Attributes:
        kind: `scalar`, `list`, `row`, `table`, or that of a chart.
        value: As JSON.
    """

    name: str
    kind: str
    value: Any
    step: int | None = None


@dataclass(frozen=True, order=True)
class RunFile:
    """A file of a run by its place and content."""

    path: str
    sha256: str
    size: int
