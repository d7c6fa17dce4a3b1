"""The one place that knows every concrete part of a workspace and puts them together.

Each part is made when it is first asked for, and its module imported then. A new target is a line
in `targets`.
"""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

from brygga.error_codes import ErrorCode
from brygga.errors import StoreError
from brygga.settings import Settings
from brygga.workspace_folder import WorkspaceFolder, changing_lock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from brygga.environments import (
        Environment,
        EnvironmentCollection,
        Interpreters,
        RealisedEnvironment,
        Realiser,
        Resolver,
    )
    from brygga.gc import Collector
    from brygga.gc.retention import Tenant
    from brygga.images import ImageCollection
    from brygga.images.builder import ImageBuilder
    from brygga.images.bundle import Bundle
    from brygga.images.engine import Engine
    from brygga.images.oci.credentials import DockerCredentials
    from brygga.images.oci.publisher import ImagePublisher
    from brygga.images.recipe import Recipes
    from brygga.models import ModelCollection
    from brygga.operations import OperationCollection, Progress
    from brygga.runs import RunCollection
    from brygga.services import ServiceCollection
    from brygga.store.blobs import BlobStore
    from brygga.store.secrets import SecretStore
    from brygga.store.store import Store
    from brygga.targets.base import Target
    from brygga.targets.collection import TargetCollection, Targets
    from brygga.targets.declared import DeclaredTarget
    from brygga.targets.publishing import PushedImage


class Wiring:
    """The parts of one workspace."""

    def __init__(self, folder: WorkspaceFolder, settings: Settings) -> None:
        self._folder = folder
        self._settings = settings

    def create_store(self) -> None:
        """Makes the store of a workspace that is being made."""
        self.__dict__["store"] = self._open_store(create=True)

    @cached_property
    def store(self) -> Store:
        """Rows."""
        if self._settings.store_url is None and not self._folder.database.exists():
            # An empty one in its place would look as if nothing had ever been registered.
            raise StoreError(
                f"The database {self._folder.database} is missing.",
                code=ErrorCode.STORE_MISSING,
                hint="Restore it from a backup, or move its folder away to begin anew.",
            )
        # Another store may be one that this workspace has not been in yet.
        return self._open_store(create=self._settings.store_url is not None)

    @cached_property
    def blobs(self) -> BlobStore:
        """Content by digest."""
        from brygga.store.blobs import BlobStore

        return BlobStore(self._folder.blobs)

    @cached_property
    def secrets(self) -> SecretStore:
        """Keys and secrets."""
        from brygga.store.secrets import SecretStore

        return SecretStore(self._folder.secrets)

    @cached_property
    def operations(self) -> OperationCollection:
        """`workspace.operations`."""
        from brygga.operations import OperationCollection

        return OperationCollection(self._folder.operations)

    @cached_property
    def models(self) -> ModelCollection:
        """`workspace.models`."""
        from brygga.models import ModelCollection

        return ModelCollection(self.store, self.blobs)

    @cached_property
    def runs(self) -> RunCollection:
        """`workspace.runs`."""
        from brygga.runs import RunCollection

        return RunCollection(
            self.store.runs,
            self.blobs,
            self._folder.runs,
            self._prepare_environment,
            self.operations,
        )

    @cached_property
    def environments(self) -> EnvironmentCollection:
        """`workspace.environments`."""
        from brygga.environments import EnvironmentCollection

        return EnvironmentCollection(
            self.store.environments, self._settings.home, self._resolver, self.operations
        )

    @cached_property
    def images(self) -> ImageCollection:
        """`workspace.images`."""
        from brygga.environments.server import carried_server
        from brygga.images import ImageCollection
        from brygga.images.assemble import Assembler
        from brygga.images.builds import Builds

        assembler = Assembler(
            models=self.models,
            blobs=self.blobs,
            resolve=self._resolver.resolve,
            server=lambda: carried_server().digest,
        )
        builds = Builds(self._folder.images, self.image_builder)
        return ImageCollection(
            self.store.images, assembler, builds, self._settings.base_image, self.operations
        )

    @cached_property
    def image_builder(self) -> ImageBuilder:
        """Makes images in the container engine of this machine."""
        from brygga.images.layers import LayeredBuilder
        from brygga.images.oci.base_lookup import BaseLookup

        home = self._settings.home
        return LayeredBuilder(
            home,
            connect=self._engine,
            blobs=self.blobs,
            recipes=self._recipes,
            look_up=BaseLookup(home, self._credentials.find),
        )

    @cached_property
    def image_publisher(self) -> ImagePublisher:
        """Makes images in registries, without an engine."""
        from brygga.images.oci.publisher import ImagePublisher

        return ImagePublisher(
            self._settings.home, self._recipes, self.image_builder, self._credentials.find
        )

    @cached_property
    def _credentials(self) -> DockerCredentials:
        import os
        from pathlib import Path

        from brygga.images.oci.credentials import DockerCredentials

        return DockerCredentials.of(os.environ, Path.home())

    @cached_property
    def _recipes(self) -> Recipes:
        from brygga.environments.server import find_server
        from brygga.images.packages import Packages
        from brygga.images.recipe import Recipes

        home = self._settings.home
        return Recipes(
            blobs=self.blobs,
            lock=self._resolver.get,
            server=lambda digest: find_server(home, digest),
            packages=Packages(home, self._interpreters),
            workspace=self._folder.key.name,
        )

    @cached_property
    def services(self) -> ServiceCollection:
        """`workspace.services`."""
        from brygga.services import ServiceCollection
        from brygga.services.dependencies import ServiceDependencies

        return ServiceCollection(
            ServiceDependencies(
                store=self.store,
                blobs=self.blobs,
                secrets=self.secrets,
                images=self.images,
                realise=self._realise,
                realise_server=self._realise_server,
                targets=self.targets,
                operations=self.operations,
                locks=self._folder.locks,
                data=self._folder.collected,
            )
        )

    @cached_property
    def targets(self) -> Targets:
        """What can run services, by name."""
        from brygga.targets.collection import Targets
        from brygga.targets.container.target import ContainerTarget
        from brygga.targets.process.target import ProcessTarget

        process = ProcessTarget(
            self._folder.services,
            self._settings.home,
            blobs=self.blobs,
            environment=self._realise,
            server=self._realise_server,
        )
        container = ContainerTarget(
            self._folder.containers,
            self._settings.home,
            builder=self.image_builder,
            connect=self._engine,
            server=self._realise_server,
            workspace=self._folder.key.name,
        )
        own = {process.kind: process, container.kind: container}
        return Targets(own, lambda: self.store, self._make_cluster_target)

    @cached_property
    def declared_targets(self) -> TargetCollection:
        """`workspace.targets`."""
        from brygga.targets.collection import TargetCollection

        return TargetCollection(self.store, self.targets)

    def _make_cluster_target(self, declared: DeclaredTarget) -> Target:
        from brygga.targets.kubernetes.target import KubernetesTarget

        return KubernetesTarget(
            declared, workspace=self._folder.key.name, publish=self._push_for_cluster
        )

    def _push_for_cluster(
        self, bundle: Bundle, declared: DeclaredTarget, progress: Progress
    ) -> PushedImage:
        from brygga.images.oci.address import RegistryAddress
        from brygga.targets.publishing import PushedImage

        registry = RegistryAddress.parse(declared.registry)
        image = self.image_publisher.publish(bundle, registry, "brygga", progress)
        return PushedImage(image.reference, self._credentials.pull_secret(registry.host) or "")

    def _engine(self) -> Engine:
        """The container engine; looked for again as long as none answers."""
        from brygga.images.engine import connect

        if self.__dict__.get("_connected") is None:
            self.__dict__["_connected"] = connect()
        engine: Engine = self.__dict__["_connected"]
        return engine

    @property
    def tenant(self) -> Tenant:
        """What it needs of what all workspaces of the home share."""
        from brygga.gc.retention import Tenant

        return Tenant(self._folder.key.name, self._all_stores(), self.targets)

    def collectors(self) -> Sequence[Collector]:
        """What finds and removes what this workspace alone had a use for.

        Another kind of thing that can be left over is one more line here.
        """
        from brygga.gc.blobs import UnusedBlobs
        from brygga.gc.services import EndedServices, LostServices
        from brygga.services.dependencies import operation_lock

        name, stores = self._folder.key.name, self._all_stores()
        operation = partial(operation_lock, self._folder.locks)
        return (
            EndedServices(name, stores, self.targets, operation),
            LostServices(name, stores, self.targets, self.secrets, operation),
            UnusedBlobs(name, self.blobs, stores),
        )

    def _all_stores(self) -> tuple[Store, ...]:
        """Where its rows are, also those from before BRYGGA_STORE_URL was set."""
        if self._settings.store_url is None or not self._folder.database.exists():
            return (self.store,)
        from brygga.store.store import open_store
        from brygga.store.url import sqlite_url

        return (
            self.store,
            open_store(sqlite_url(self._folder.database), self._folder.key, create=False),
        )

    @cached_property
    def _interpreters(self) -> Interpreters:
        from brygga.environments import Interpreters

        return Interpreters(self._settings.home, downloads=self._settings.python_downloads)

    @cached_property
    def _resolver(self) -> Resolver:
        from brygga.environments import Resolver

        return Resolver(self._settings.home, self.store.locks, self._interpreters)

    @cached_property
    def _realiser(self) -> Realiser:
        from brygga.environments import Realiser

        return Realiser(self._settings.home, self._interpreters)

    def _prepare_environment(
        self, environment: Environment, progress: Progress
    ) -> RealisedEnvironment:
        return self._realiser.realise(self._resolver.resolve(environment, progress), progress)

    def _realise(self, digest: str, progress: Progress) -> RealisedEnvironment:
        # The resolver's, because it knows the credentials that this process was given.
        return self._realiser.realise(self._resolver.get(digest), progress)

    def _realise_server(self, digest: str, progress: Progress) -> RealisedEnvironment:
        from brygga.environments.server import realise_server

        return realise_server(self._settings.home, self._realiser, digest, progress)

    def verify_environments(self, progress: Progress) -> dict[str, tuple[str, ...]]:
        """What `Workspace.verify_environments` does."""
        from brygga.environments.server import verify_server
        from brygga.operations import Phase

        home, found = self._settings.home, {}
        for row in self.store.services.list():
            target = self.targets[row.target]
            if target.capabilities.images or target.elsewhere(row.name, row.place):
                continue  # what it runs from is in an image, or not here
            revisions = self.store.services.revisions(row.name)
            used = {row.current_revision, revisions[-1].number}
            damaged: list[str] = []
            for bundle in (each.bundle for each in revisions if each.number in used):
                progress.phase(Phase.VERIFYING, f"Reading the environment of {row.name}")
                lock = self._resolver.get(str(bundle["lock"]))
                damaged += self._realiser.verify(lock, progress)
                damaged += verify_server(home, self._realiser, str(bundle["server"]), progress)
            found[row.name] = tuple(damaged)
        return found

    def _open_store(self, *, create: bool) -> Store:
        from brygga.store.store import open_store
        from brygga.store.url import sqlite_url

        url = self._settings.store_url or sqlite_url(self._folder.database)
        return open_store(url, self._folder.key, create=create)


def shared_collectors(settings: Settings) -> Sequence[Collector]:
    """What finds and removes what all workspaces of a home had a use for."""
    from brygga.gc.environments import OldInterpreters, UnusedEnvironments
    from brygga.gc.images import UnusedImages
    from brygga.gc.leftovers import Leftovers
    from brygga.gc.releases import UnusedReleases
    from brygga.images.engine import connect
    from brygga.images.layer_notes import LayerNotes

    home = settings.home

    def tenants() -> Iterator[Tenant]:
        for folder in WorkspaceFolder.all(home):
            yield Wiring(folder, settings).tenant

    return (
        UnusedImages(LayerNotes(home), tenants, connect),
        Leftovers(home, partial(changing_lock, home)),
        UnusedEnvironments(home, tenants),
        UnusedReleases(home, tenants),
        OldInterpreters(home),
    )
