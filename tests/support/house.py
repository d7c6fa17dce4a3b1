"""Services over a target that runs nothing, with all their parts at hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from brygga.environments.lock import Lock
from brygga.environments.realise import RealisedEnvironment
from brygga.images import ImageCollection
from brygga.images.assemble import Assembler
from brygga.images.builds import Builds
from brygga.models import ModelCollection
from brygga.operations import OperationCollection
from brygga.services import Service, ServiceCollection
from brygga.services.dependencies import ServiceDependencies
from brygga.store.blobs import BlobStore
from brygga.store.secrets import SecretStore
from brygga.store.store import Store, open_store
from brygga.testing.images import FakeImageBuilder
from brygga.testing.stores import KEY
from brygga.testing.targets import FakeTarget

SCRIPT = "def init(): ...\ndef run(data): return data\n"


@dataclass
class House:
    """A collection of services with its parts at hand."""

    parts: ServiceDependencies
    target: FakeTarget
    script: Path
    lines: list[str] = field(default_factory=list)

    @property
    def services(self) -> ServiceCollection:
        return ServiceCollection(self.parts)

    def model(self, name: str) -> str:
        """Registers one more version of a model, and says which."""
        file = self.script.with_name(f"{name}.pkl")
        file.write_bytes(b"weights")
        made = self.parts.images.assembler.models.register(name, file)
        return f"{made.name}:{made.version}"

    def deploy(self, name: str = "svc", text: str = SCRIPT, **options: object) -> Service:
        self.script.write_text(text)
        deploy: Callable[..., Service] = self.services.deploy
        options = {"target": "fake", "progress": self.lines.append, **options}
        return deploy(name, entry_script=self.script, **options)


def images(store: Store, blobs: BlobStore, folder: Path) -> ImageCollection:
    assembler = Assembler(
        models=ModelCollection(store, blobs),
        blobs=blobs,
        resolve=lambda _environment, _progress: Lock("", "3.11", "linux-x86_64"),
        server=lambda: "d" * 64,
    )
    builds = Builds(folder / "images", FakeImageBuilder())
    return ImageCollection(
        store.images,
        assembler,
        builds,
        "python:{python}-slim",
        OperationCollection(folder / "operations"),
    )


def a_house(folder: Path, store_url: str) -> House:
    """With everything but the store below a folder."""
    store = open_store(store_url, KEY)
    blobs = BlobStore(folder / "blobs")
    target = FakeTarget()
    realised = RealisedEnvironment("e" * 64, folder, folder / "bin/python")
    parts = ServiceDependencies(
        store=store,
        blobs=blobs,
        secrets=SecretStore(folder / "secrets.json"),
        images=images(store, blobs, folder),
        realise=lambda _digest, _progress: realised,
        realise_server=lambda _digest, _progress: realised,
        targets={"fake": target},
        operations=OperationCollection(folder / "operations"),
        locks=folder / "locks",
        data=folder / "data",
    )
    return House(parts, target, folder / "score.py")
