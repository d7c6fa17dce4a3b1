"""Putting an image together in an engine, each layer found by its tag before it is made or sent."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from brygga.errors import EngineUnavailableError, ImageBuildError
from brygga.images import dockerfile
from brygga.images.build_context import write_files
from brygga.images.builder import BuiltImage, ImageBuilder
from brygga.images.bundle import Bundle, ImageBase
from brygga.images.engine import Engine, EngineImage
from brygga.images.engine_files import engine_files
from brygga.images.layer_notes import LayerNote, LayerNotes
from brygga.images.loading import NewLayer, load_layer
from brygga.images.oci.layer import write_layer
from brygga.images.platform import BasePlatform, examine, kept_platform
from brygga.images.recipe import LayerRecipe, Recipes, digest
from brygga.operations import OneAtATime, Phase, Progress
from brygga.store.blobs import BlobStore
from brygga.store.filelock import FileLock
from brygga.store.files import make_folder, scratch_folder

REPOSITORY = "localhost/brygga"
_LONGEST_S = 3600.0
_SHARED = 3  # layers of server, packages and bytecode, on which come the user's own steps
_SIDE_BY_SIDE = 2


class LayeredBuilder(ImageBuilder):
    """Puts `server`, `env`, `bytecode`, `models` and `service` images on each other.

    The layers are written here and loaded; the engine itself builds only what a Dockerfile says.
    The service's own layer is kilobytes, so that a changed script is there in a moment; the one
    with the packages is shared by all services with the same lock.
    """

    def __init__(
        self,
        home: Path,
        *,
        connect: Callable[[], Engine],
        blobs: BlobStore,
        recipes: Recipes,
        look_up: Callable[[Bundle, Progress], BasePlatform],
    ) -> None:
        """Nothing is asked yet.

        Args:
            home: `$BRYGGA_HOME`.
            connect: Finds the engine.
            blobs: Has what a Dockerfile copies.
            recipes: Has the layers.
            look_up: Tells what a base image is where no engine answers.
        """
        self._home = home
        self._notes = LayerNotes(home)
        self._connect = connect
        self._blobs = blobs
        self._recipes = recipes
        self._look_up = look_up

    def build(self, bundle: Bundle, progress: Progress) -> BuiltImage:
        """Finds or makes each layer; see the class."""
        engine = self._connect()
        assert bundle.base is not None
        below, image = self._base(engine, bundle.base, progress)
        names = self._names(bundle, image)
        made = engine.find_image(names[-1])
        if made is None:
            base = self._platform(engine, image, bundle)
            made = self._chain(engine, below, self._links(bundle, names, base), progress)
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

        The engine is asked only what the base image is; where none answers, its registry.
        """
        assert bundle.base is not None
        try:
            engine = self._connect()
        except EngineUnavailableError:
            base = self._look_up(bundle, progress)
        else:
            _, image = self._base(engine, bundle.base, progress)
            base = self._platform(engine, image, bundle)
        self._recipes.write_whole(bundle, base, folder, progress)
        write_files(bundle.base.files, folder, self._blobs)
        text = dockerfile.whole(bundle, self._recipes.workspace)
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
            what = {"server": ("server", bundle.server), "env": ("lock", bundle.lock)}
            what["bytecode"] = what["steps"] = what["env"]
            self._notes.add(LayerNote(name, *what.get(kind, ("bundle", bundle.digest)), height))

    def _names(self, bundle: Bundle, base: EngineImage) -> list[str]:
        """References of the layers, from the bottom up: each names all that is below it."""
        assert bundle.base is not None
        own = ["own packages"] if bundle.base.own_packages else []
        parts = [("server", base.id, bundle.server), ("env", bundle.lock, *own), ("bytecode",)]
        if bundle.base.steps:
            parts.append(("steps", bundle.base.steps))
        if bundle.models:
            parts.append(("models", *(f"{m.name}:{m.version}:{m.sha256}" for m in bundle.models)))
        parts.append(("service", bundle.digest, self._recipes.workspace))
        names, top = [], ""
        for kind, *rest in parts:
            top = digest(top, kind, *rest)
            names.append(f"{REPOSITORY}/{kind}:{top}")
        return names

    def _links(self, bundle: Bundle, names: list[str], base: BasePlatform) -> list[_Link]:
        """One for each layer, in their order."""
        assert bundle.base is not None
        recipes: list[LayerRecipe | None] = [*self._recipes.layers(bundle, base)]
        if bundle.base.steps:
            recipes.insert(_SHARED, None)
        steps = bundle.base.steps
        return [_Link(name, recipe, steps) for name, recipe in zip(names, recipes, strict=True)]

    def _platform(self, engine: Engine, image: EngineImage, bundle: Bundle) -> BasePlatform:
        def look() -> BasePlatform:
            config = image.config
            with engine_files(engine, image.id) as files:
                return examine(files, config.variables, config.machine, bundle.python, image.id)

        base = kept_platform(self._home / "images", image.id, bundle.python, look)
        base.check(bundle, f"of {bundle.entry_script}")
        return base

    def _chain(
        self, engine: Engine, below: str, links: list[_Link], progress: Progress
    ) -> EngineImage:
        """Has all layers: those that are missing are written side by side, and loaded in turn."""
        made = None
        progress = OneAtATime(progress)
        with ExitStack() as kept, ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
            locks: list[FileLock] = []
            written: dict[str, Future[NewLayer]] = {}
            for link in links:
                locks.append(self._lock(link.name))
                locks[-1].acquire(_LONGEST_S)  # in their order: so no two wait for each other
                kept.callback(locks[-1].release)
                if link.recipe is not None and engine.find_image(link.name) is None:
                    folder = kept.enter_context(scratch_folder())
                    written[link.name] = pool.submit(_written, link.recipe, folder, progress)
            try:
                for link, lock in zip(links, locks, strict=True):
                    made = engine.find_image(link.name)
                    if made is None and link.recipe is not None:
                        layer = written[link.name].result()
                        progress.phase(Phase.BUILDING, f"Building {link.name}")
                        made = load_layer(engine, below, link.name, layer)
                    elif made is None:
                        made = _stepped(link.steps, engine, below, link.name, progress)
                    lock.release()
                    below = link.name
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        assert made is not None
        return made

    def _lock(self, name: str) -> FileLock:
        """Of who makes an image of that name; others who want it wait."""
        place = name.rpartition("/")[2].replace(":", "-")
        return FileLock(self._home / "locks" / f"image-{place}.lock", purpose=f"building {name}")

    def _base(self, engine: Engine, base: ImageBase, progress: Progress) -> tuple[str, EngineImage]:
        name = self._base_name(base)
        found = engine.find_image(name)
        if found is not None:
            return name, found
        if base.dockerfile is not None:
            with self._lock(name).acquired(_LONGEST_S):
                made = engine.find_image(name) or self._own_base(base, engine, name, progress)
            return name, made
        progress.phase(Phase.PULLING, f"Pulling {name}")
        return name, engine.pull(name)

    def _own_base(
        self, base: ImageBase, engine: Engine, name: str, progress: Progress
    ) -> EngineImage:
        with scratch_folder() as folder:
            write_files(base.files, folder, self._blobs)
            return _built(base.dockerfile or "", folder, engine, name, progress)

    def _base_name(self, base: ImageBase) -> str:
        if base.dockerfile is not None:
            files = [f"{f.path} {f.sha256} {f.executable}" for f in base.files]
            return f"{REPOSITORY}/base:{digest(base.dockerfile, *files)}"
        if base.reference is None:
            raise ImageBuildError("", "its bundle names neither a base image nor a Dockerfile")
        return base.reference


@dataclass(frozen=True)
class _Link:
    """A layer of the chain: what makes it, or, without a recipe, the steps that do."""

    name: str
    recipe: LayerRecipe | None
    steps: str


def _written(recipe: LayerRecipe, folder: Path, progress: Progress) -> NewLayer:
    """A layer that is written here."""
    files, archive = make_folder(folder / "files"), folder / "layer.tar"
    trees = recipe.write(files, progress)
    with archive.open("wb") as file:
        layer = write_layer(trees, file, compress=False)
    return NewLayer(archive, layer.diff_id, recipe.change)


def _stepped(steps: str, engine: Engine, below: str, name: str, progress: Progress) -> EngineImage:
    """What the user's own steps make of the image below."""
    with scratch_folder() as folder:
        return _built(dockerfile.on(below, steps), folder, engine, name, progress)


def _built(text: str, folder: Path, engine: Engine, name: str, progress: Progress) -> EngineImage:
    (folder / "Dockerfile").write_text(text, encoding="utf-8")
    progress.phase(Phase.BUILDING, f"Building {name}")
    return engine.build(folder, name, progress)
