"""A workspace: the models, environments and services that belong together."""

from __future__ import annotations

import builtins
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from brygga.arguments import checked
from brygga.errors import AlreadyExistsError, NotFoundError
from brygga.gc import Sweep, sweep
from brygga.hints import Action, Hint, Verb
from brygga.markup import glance
from brygga.settings import Settings
from brygga.store.rows import WorkspaceKey
from brygga.store.workspace_secrets import WorkspaceSecrets
from brygga.wiring import Wiring, shared_collectors
from brygga.workspace_config import key_for, write_config
from brygga.workspace_folder import LOCAL, WorkspaceFolder
from brygga.workspace_naming import ambiguous, as_arguments, key_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from brygga.backup import BackupReport
    from brygga.environments import EnvironmentCollection
    from brygga.images import ImageCollection
    from brygga.models import ModelCollection
    from brygga.operations import OperationCollection, ProgressLike
    from brygga.project import DescribedService
    from brygga.runs import RunCollection
    from brygga.services import Plan, Service, TestReport
    from brygga.services.collection import ServiceCollection
    from brygga.store.document_rows import DocumentRows
    from brygga.targets.collection import TargetCollection
    from brygga.workspace_backup import RestoredWorkspace

DEFAULT = "default"
_LOCK_TIMEOUT_S = 60.0


@checked
class Workspace:
    """The models, environments and services that belong together.

    Get one with `Workspace.from_config()`, `Workspace.get(name)` or `Workspace.create(name)`. It
    holds nothing open, and may be used by several threads.
    """

    def __init__(self, folder: WorkspaceFolder, settings: Settings) -> None:
        self._folder = folder
        self._settings = settings

    @classmethod
    def create(
        cls,
        name: str,
        *,
        subscription_id: str = LOCAL,
        resource_group: str = LOCAL,
        exist_ok: bool = False,
        settings: Settings | None = None,
    ) -> Self:
        """Makes a workspace on this machine.

        Args:
            subscription_id: With `resource_group` a part of what it is known by, as in Azure ML
                SDK v1; nothing of Azure is used.
            exist_ok: Return the one that is there.
            settings: Instead of those in the environment.

        Raises:
            InvalidNameError: a name that breaks the rule for workspaces.
            AlreadyExistsError: it is there, and not `exist_ok`.
        """
        made = cls._at(key_of(name, subscription_id, resource_group), settings)
        folder = made._folder  # noqa: SLF001
        with folder.changing().acquired(_LOCK_TIMEOUT_S):
            if not folder.exists():
                folder.make()
                made._wiring.create_store()  # noqa: SLF001
                folder.mark()
            elif not exist_ok:
                raise AlreadyExistsError(
                    "workspace",
                    name,
                    hint=Hint.of(
                        "Use it with {}.", Action(Verb.USE_WORKSPACE, as_arguments(folder.key))
                    ),
                )
        return made

    @classmethod
    def get(
        cls,
        name: str,
        *,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        settings: Settings | None = None,
    ) -> Self:
        """A workspace that is there; `default` is made at its first use.

        Args:
            name: Its name alone, or `SUBSCRIPTION/GROUP/NAME` where several have that name.
            subscription_id: Which of several; None prefers `local`, then takes the only one.
            resource_group: The same.
            settings: Instead of those in the environment.

        Raises:
            NotFoundError: it is not.
            InvalidInputError: several have that name, and nothing says which is meant.
        """
        if subscription_id is None and resource_group is None and name.count("/") == 2:
            subscription_id, resource_group, name = name.split("/")
        key = key_of(name, subscription_id or LOCAL, resource_group or LOCAL)
        found = cls._at(key, settings)
        if found._folder.exists():  # noqa: SLF001
            return found
        if key == WorkspaceKey(LOCAL, LOCAL, DEFAULT):
            return cls.create(DEFAULT, exist_ok=True, settings=settings)
        namesakes = [
            each
            for each in cls.list(settings=settings)
            if each.name == name
            and subscription_id in (None, each.subscription_id)
            and resource_group in (None, each.resource_group)
        ]
        if len(namesakes) > 1:
            raise ambiguous(name, [each._folder.key for each in namesakes])  # noqa: SLF001
        if namesakes:
            return namesakes[0]
        raise NotFoundError(
            "workspace",
            name,
            [w.name for w in cls.list(settings=settings)],
            hint=Hint.of("Make it with {}.", Action(Verb.CREATE_WORKSPACE, as_arguments(key))),
        )

    @classmethod
    def from_config(
        cls, path: str | Path | None = None, *, settings: Settings | None = None
    ) -> Self:
        """The workspace that a folder belongs to.

        Its configuration is looked for as in Azure ML SDK v1: from the folder up to the root for
        `.azureml/config.json`, then for its older places, then for `config.json`.

        Args:
            path: A configuration file, or the folder to begin in. Without it that is the current
                one, and without any configuration the workspace is `default`.

        Raises:
            NotFoundError: `path` leads to no configuration, or that to no workspace.
            InvalidInputError: the file names no workspace.
        """
        key = key_for(None if path is None else Path(path))
        if key is None:
            return cls.get(DEFAULT, settings=settings)
        return cls.get(
            key.name,
            subscription_id=key.subscription_id,
            resource_group=key.resource_group,
            settings=settings,
        )

    @classmethod
    def list(cls, *, settings: Settings | None = None) -> builtins.list[Self]:
        """The workspaces of this machine, by name."""
        settings = settings or Settings.from_environment()
        return [cls(folder, settings) for folder in WorkspaceFolder.all(settings.home)]

    @property
    def name(self) -> str:
        """Its name within the resource group."""
        return self._folder.key.name

    @property
    def subscription_id(self) -> str:
        """`local`, unless it was given another."""
        return self._folder.key.subscription_id

    @property
    def resource_group(self) -> str:
        """`local`, unless it was given another."""
        return self._folder.key.resource_group

    @property
    def models(self) -> ModelCollection:
        """Its registered models."""
        return self._wiring.models

    @property
    def environments(self) -> EnvironmentCollection:
        """Its registered environments."""
        return self._wiring.environments

    @property
    def images(self) -> ImageCollection:
        """Its images."""
        return self._wiring.images

    @property
    def services(self) -> ServiceCollection:
        """Its services."""
        return self._wiring.services

    @property
    def targets(self) -> TargetCollection:
        """The clusters that are declared in it."""
        return self._wiring.declared_targets

    @property
    def service_names(self) -> tuple[str, ...]:
        """The names of its services; no service is looked at for them."""
        return tuple(row.name for row in self._wiring.store.services.list())

    @property
    def runs(self) -> RunCollection:
        """Its experiments and their runs."""
        return self._wiring.runs

    @property
    def operations(self) -> OperationCollection:
        """What takes a while: what is being done to it here, and what was done lately."""
        return self._wiring.operations

    @property
    def secrets(self) -> WorkspaceSecrets:
        """Secrets of the workspace itself; those of a service are its own."""
        return WorkspaceSecrets(self._folder.vault)

    @property
    def data_folder(self) -> Path:
        """A folder for files that belong to the workspace and to nothing in it."""
        return self._folder.data

    @property
    def documents(self) -> DocumentRows:
        """Small JSON documents that a layer above keeps, each under a kind and a name."""
        return self._wiring.store.documents

    def deploy_project(
        self,
        file: str | Path | None = None,
        *,
        name: str | None = None,
        stage: str | None = None,
        progress: ProgressLike = None,
        **options: Any,
    ) -> Service:
        """Deploys a service as a project file describes it.

        Args:
            file: `brygga.toml`, or a `pyproject.toml` with `[tool.brygga]`; None for the one of the
                current folder, or of a folder above it in the same repository.
            name: Which of its services; it may be left out where there is one.
            stage: Whose overlay is to hold.
            progress: Hears of each phase; see `Progress`.
            **options: Keywords of `services.deploy`, which win over the file.

        Raises:
            NotFoundError: no such file, service or stage.
            InvalidInputError: the file says what cannot be used; names the line.
        """
        described = self._described(file, name, stage, options.get("target"))
        keywords = described.keywords(self.environments.registered, options)
        if self.services.find(described.name) is None:
            described.check_script(keywords)
        return self.services.deploy(described.name, progress=progress, **keywords)

    def plan_project(
        self,
        file: str | Path | None = None,
        *,
        name: str | None = None,
        stage: str | None = None,
        progress: ProgressLike = None,
        **options: Any,
    ) -> Plan:
        """What `deploy_project` would change, told without doing it; it takes the same."""
        described = self._described(file, name, stage, options.get("target"))
        keywords = described.keywords(self.environments.registered, options)
        return self.services.plan(described.name, progress=progress, **keywords)

    def test_project(
        self,
        file: str | Path | None = None,
        *,
        name: str | None = None,
        stage: str | None = None,
        inputs: Sequence[object] | None = None,
        progress: ProgressLike = None,
    ) -> TestReport:
        """Runs `init()` and `run()` of a service that a project file describes, without one.

        Args:
            file: As for `deploy_project`; so are `name` and `stage`.
            name: Which of its services.
            stage: Whose overlay is to hold.
            inputs: Each as `Service.run` takes it; None for the file's `sample_input`.
            progress: Hears of each phase; see `Progress`.

        Raises:
            NotFoundError: no such file, service or stage.
            InvalidInputError: the file says what cannot be used; names the line.
            PackagingError: the environment cannot be made.
        """
        described = self._described(file, name, stage)
        keywords = described.test_keywords(self.environments.registered)
        sample = described.sample_input
        if inputs is None:
            inputs = [] if sample is None else [sample.read_bytes()]
        return self.services.test(**keywords, inputs=inputs, progress=progress)

    def _described(
        self,
        file: str | Path | None,
        name: str | None,
        stage: str | None,
        target: str | None = None,
    ) -> DescribedService:
        from brygga.project import Project

        return Project.get(file).service(
            name, stage=stage, target=target, runs_on=self.services.target_of
        )

    def write_config(self, path: str | Path = ".", *, file_name: str = "config.json") -> Path:
        """Lets the folder `path`, and those below it, belong to this workspace.

        Writes `.azureml/config.json` as Azure ML SDK v1 does; returns its path.
        """
        return write_config(self._folder.key, Path(path), file_name)

    def verify_environments(
        self, *, progress: ProgressLike = None
    ) -> Mapping[str, tuple[str, ...]]:
        """Compares what services run from with what was installed, and makes it anew if damaged.

        Every file of it is read. Services that run from what was damaged go on with what they have
        loaded; restart them.

        Returns:
            For each service the files that were damaged.

        Raises:
            PackagingError: one was damaged and cannot be made anew.
        """
        from brygga.operations import OperationKind, Subject, SubjectKind

        subject = Subject(SubjectKind.WORKSPACE, self.name)
        with self.operations.begin(OperationKind.VERIFY, subject, progress) as operation:
            return self._wiring.verify_environments(operation)

    def collect_garbage(self, *, dry_run: bool = False) -> Sweep:
        """Removes what nothing uses any more: of this workspace, and of what all of them share.

        Nothing that a service, a kept revision, an image or a model needs, here or in another
        workspace of this home. What comes into use meanwhile stays. May be interrupted and
        repeated, and run while others deploy.

        Args:
            dry_run: Only look.

        Raises:
            StoreError: the rows of a workspace cannot be read; nothing shared was removed.
        """
        shared = shared_collectors(self._settings)
        return sweep((*self._wiring.collectors(), *shared), dry_run=dry_run)

    def backup(
        self, path: str | Path, *, overwrite: bool = False, progress: ProgressLike = None
    ) -> BackupReport:
        """Writes all of it into one file, while others work: rows, content, keys and secrets.

        Not what runs, nor what can be made again: environments, images. The file holds secrets,
        and is its owner's alone.

        Args:
            path: It is there when it is whole.
            overwrite: Whether a file that is there may be replaced.
            progress: Hears of each phase; see `Progress`.

        Raises:
            AlreadyExistsError: the file is there.
            StoreError: content is missing or damaged; what has it is named.
        """
        from brygga.workspace_backup import back_up

        return back_up(
            self._folder,
            self._settings,
            self._wiring,
            Path(path),
            overwrite=overwrite,
            progress=progress,
        )

    @classmethod
    def restore(
        cls,
        path: str | Path,
        *,
        name: str | None = None,
        replace: bool = False,
        progress: ProgressLike = None,
        settings: Settings | None = None,
    ) -> RestoredWorkspace:
        """Makes a workspace of a backup; called again after it was interrupted, it goes on.

        Every piece is verified by its digest before it is used. Services are of this machine
        afterwards, but do not run: the result says which are to be deployed again.

        Args:
            name: Of the workspace, instead of that which the backup was made of.
            replace: Restore over what is in the workspace, which is lost by it.
            progress: Hears of each phase; see `Progress`.
            settings: Instead of those in the environment.

        Raises:
            InvalidInputError: the file is no backup.
            StoreError: a piece of it is damaged, and named, or there are things in the workspace;
                its rows are as they were.
        """
        from brygga.backup import ArchiveReader
        from brygga.workspace_backup import RestoredWorkspace, restore

        with ArchiveReader(Path(path)) as archive:
            found = archive.manifest.workspace
            key = key_of(name or found.name, found.subscription_id, found.resource_group)
            made = cls._at(key, settings)
            folder = made._folder  # noqa: SLF001
            with folder.changing().acquired(_LOCK_TIMEOUT_S):
                restore(
                    archive,
                    folder,
                    made._settings,  # noqa: SLF001
                    made._wiring,  # noqa: SLF001
                    replace=replace,
                    progress=progress,
                )
        return RestoredWorkspace.look(made)

    def delete(self) -> None:
        """Removes the workspace and its models for good; idempotent.

        Raises:
            InUseError: it has services.
        """
        with self._folder.changing().acquired(_LOCK_TIMEOUT_S):
            if self._folder.exists():
                self._wiring.store.delete_workspace()
                self._folder.remove()
        self.__dict__.pop("_wiring", None)

    @cached_property
    def _wiring(self) -> Wiring:
        return Wiring(self._folder, self._settings)

    @classmethod
    def _at(cls, key: WorkspaceKey, settings: Settings | None) -> Self:
        settings = settings or Settings.from_environment()
        return cls(WorkspaceFolder(settings.home, key), settings)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Workspace):
            return NotImplemented
        return self._folder.path == other._folder.path

    def __hash__(self) -> int:
        return hash(self._folder.path)

    def _repr_html_(self) -> str:
        return glance(f"Workspace {self.name}", self._facts)

    def _facts(self) -> dict[str, object]:
        return {
            "subscription": self.subscription_id,
            "resource group": self.resource_group,
            "services": [f"{s.name}: {s.state_text}" for s in self.services.snapshots()],
            "models": [model.id for model in self.models.list(latest=True)],
        }

    def __repr__(self) -> str:
        return (
            f"Workspace(name={self.name!r}, subscription_id={self.subscription_id!r}, "
            f"resource_group={self.resource_group!r})"
        )


def collect_all_garbage(*, dry_run: bool = False, settings: Settings | None = None) -> Sweep:
    """`Workspace.collect_garbage` for all workspaces of this machine."""
    settings = settings or Settings.from_environment()
    own = [c for w in Workspace.list(settings=settings) for c in w._wiring.collectors()]  # noqa: SLF001
    return sweep((*own, *shared_collectors(settings)), dry_run=dry_run)
