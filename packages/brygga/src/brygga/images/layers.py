"""Building an image layer by layer, each found by its tag before anything is made or sent."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from brygga.environments.lock import Lock
from brygga.environments.server import ServerRelease
from brygga.errors import ImageBuildError
from brygga.images import context, dockerfile
from brygga.images.build_context import write_files
from brygga.images.builder import BuiltImage, ImageBuilder
from brygga.images.bundle import Bundle, ImageBase
from brygga.images.engine import Engine, EngineImage
from brygga.images.layer_notes import LayerNote, LayerNotes
from brygga.images.packages import Packages
from brygga.images.platform import BasePlatform, probe
from brygga.operations import Phase, Progress
from brygga.store.blobs import BlobStore
from brygga.store.filelock import FileLock
from brygga.store.files import scratch_folder

REPOSITORY = "localhost/brygga"
_LAYOUT = "4"
"""Part of every tag: another one when Dockerfiles or places change, so that old layers are left."""
_LONGEST_S = 3600.0

Writer = Callable[[Path], str]
"""Fills the folder of a context and returns the text of its Dockerfile."""


class LayeredBuilder(ImageBuilder):
    """Builds `server`, `env` and `service` images on each other.

    The service's own layer is kilobytes to megabytes, so that a changed script is built in a
    moment; the one with the packages is shared by all services with the same lock.
    """

    def __init__(
        self,
        home: Path,
        *,
        connect: Callable[[], Engine],
        blobs: BlobStore,
        lock: Callable[[str], Lock],
        server: Callable[[str], ServerRelease],
        packages: Packages,
        workspace: str,
    ) -> None:
        """Nothing is asked yet.

        Args:
            home: `$BRYGGA_HOME`.
            connect: Finds the engine.
            blobs: Has the models and the code.
            lock: From a digest to a lock, and `server` to a server.
            packages: Installs them.
            workspace: Its name, for labels.
        """
        self._home = home
        self._notes = LayerNotes(home)
        self._connect = connect
        self._blobs = blobs
        self._lock = lock
        self._server = server
        self._packages = packages
        self._workspace = workspace

    def build(self, bundle: Bundle, progress: Progress) -> BuiltImage:
        """Finds or makes each layer; see the class."""
        engine = self._connect()
        assert bundle.base is not None
        below, image = self._base(engine, bundle.base, progress)
        names = self._names(bundle, image)
        made = engine.find_image(names[-1])
        if made is None:
            base = probe(engine, image, bundle.python, self._home / "images")
            base.check(bundle, f"of {bundle.entry_script}")
            for name, write in zip(
                names, self._writers(bundle, base, names, progress), strict=True
            ):
                made = self._layer(engine, name, write, progress)
        assert made is not None
        self._note(bundle, names)
        layers = {below: image.id}
        for name in names[:-1]:
            found = engine.find_image(name)
            if found is not None:
                layers[name] = found.id
        return BuiltImage(names[-1], made.id, made.size, layers, made.user)

    def write_context(self, bundle: Bundle, folder: Path, progress: Progress) -> None:
        """Writes one context with everything in it, to be built elsewhere.

        The engine is asked only what the base image is.
        """
        engine = self._connect()
        assert bundle.base is not None
        _, image = self._base(engine, bundle.base, progress)
        base = probe(engine, image, bundle.python, self._home / "images")
        base.check(bundle, f"of {bundle.entry_script}")
        self._packages.write_server(self._server(bundle.server), folder, base, progress)
        own = bundle.base.own_packages
        self._packages.write_environment(
            self._lock(bundle.lock), folder, base, progress, with_own=own
        )
        context.write_service(bundle, folder, self._blobs)
        write_files(bundle.base.files, folder, self._blobs)
        text = dockerfile.whole(bundle, self._workspace)
        (folder / "Dockerfile").write_text(text, encoding="utf-8")

    def save(self, image: BuiltImage, file: Path) -> None:
        """Streams it from the engine; the file is there when it is complete."""
        self._connect().save(image.reference, file)

    def push(self, image: BuiltImage, reference: str, progress: Progress) -> str:
        """With the credentials that the engine's own commands use."""
        return self._connect().push(image.reference, reference, progress)

    def remove(self, bundle: Bundle) -> None:
        """Removes the service's own layer; those below are others' too."""
        engine = self._connect()
        base = bundle.base and engine.find_image(self._base_name(bundle.base))
        if base:
            engine.remove_image(self._names(bundle, base)[-1])

    def _note(self, bundle: Bundle, names: list[str]) -> None:
        """Remembers what the layers are there for."""
        for height, name in enumerate(names):
            kind = name.removeprefix(f"{REPOSITORY}/").partition(":")[0]
            what = {"server": ("server", bundle.server), "service": ("bundle", bundle.digest)}
            self._notes.add(LayerNote(name, *what.get(kind, ("lock", bundle.lock)), height))

    def _names(self, bundle: Bundle, base: EngineImage) -> list[str]:
        """References of the layers, from the bottom up: each names all that is below it."""
        assert bundle.base is not None
        server = _digest(_LAYOUT, base.id, bundle.server)
        own = ["own packages"] if bundle.base.own_packages else []
        environment = _digest(server, bundle.lock, *own)
        steps = _digest(environment, bundle.base.steps)
        top = steps if bundle.base.steps else environment
        kinds = [("server", server), ("env", environment)]
        if bundle.base.steps:
            kinds.append(("steps", steps))
        kinds.append(("service", _digest(top, bundle.digest, self._workspace)))
        return [f"{REPOSITORY}/{kind}:{digest}" for kind, digest in kinds]

    def _writers(
        self, bundle: Bundle, base: BasePlatform, names: list[str], progress: Progress
    ) -> list[Writer]:
        """One for each layer, in their order."""
        assert bundle.base is not None
        image = bundle.base
        below = iter([self._base_name(image), *names])

        def server(folder: Path) -> str:
            self._packages.write_server(self._server(bundle.server), folder, base, progress)
            return dockerfile.server_steps()

        def environment(folder: Path) -> str:
            self._packages.write_environment(
                self._lock(bundle.lock), folder, base, progress, with_own=image.own_packages
            )
            return f"{dockerfile.environment_steps()}\n\n{dockerfile.runtime_steps()}"

        def steps(_folder: Path) -> str:
            return dockerfile.extra_steps(image.steps)

        def service(folder: Path) -> str:
            context.write_service(bundle, folder, self._blobs)
            return dockerfile.service_steps(bundle, self._workspace)

        chain = [server, environment, *([steps] if image.steps else []), service]
        return [_on(reference, write) for reference, write in zip(below, chain, strict=False)]

    def _layer(self, engine: Engine, name: str, write: Writer, progress: Progress) -> EngineImage:
        """The image of that name, made where it is missing; others who want it wait."""
        place = name.rpartition("/")[2].replace(":", "-")
        lock = FileLock(self._home / "locks" / f"image-{place}.lock", purpose=f"building {name}")
        with lock.acquired(_LONGEST_S):
            found = engine.find_image(name)
            if found is not None:
                return found
            with scratch_folder() as folder:
                text = write(folder)
                (folder / "Dockerfile").write_text(text, encoding="utf-8")
                progress.phase(Phase.BUILDING, f"Building {name}")
                return engine.build(folder, name, progress)

    def _base(self, engine: Engine, base: ImageBase, progress: Progress) -> tuple[str, EngineImage]:
        name = self._base_name(base)
        found = engine.find_image(name)
        if found is not None:
            return name, found
        if base.dockerfile is not None:
            text = base.dockerfile

            def base_image(folder: Path) -> str:
                write_files(base.files, folder, self._blobs)
                return text

            return name, self._layer(engine, name, base_image, progress)
        progress.phase(Phase.PULLING, f"Pulling {name}")
        return name, engine.pull(name)

    def _base_name(self, base: ImageBase) -> str:
        if base.dockerfile is not None:
            files = [f"{f.path} {f.sha256} {f.executable}" for f in base.files]
            return f"{REPOSITORY}/base:{_digest(_LAYOUT, base.dockerfile, *files)}"
        if base.reference is None:
            raise ImageBuildError("", "its bundle names neither a base image nor a Dockerfile")
        return base.reference


def _on(below: str, write: Writer) -> Writer:
    return lambda folder: dockerfile.layer(below, write(folder))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]
