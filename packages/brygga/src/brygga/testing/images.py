"""A builder of images that needs no engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from brygga.images.builder import BuiltImage, ImageBuilder
from brygga.images.bundle import Bundle
from brygga.operations import Phase, Progress


@dataclass
class FakeImageBuilder(ImageBuilder):
    """Remembers what it was told to build and answers as if it had.

    Attributes:
        built: The bundles, in their order.
        refuse: Raised by every `build`, if set.
    """

    built: list[Bundle] = field(default_factory=list)
    removed: list[Bundle] = field(default_factory=list)
    refuse: BaseException | None = None

    def build(self, bundle: Bundle, progress: Progress) -> BuiltImage:
        """Is done at once, unless it was told to refuse."""
        progress.phase(Phase.BUILDING, "Building")
        if self.refuse is not None:
            raise self.refuse
        self.built.append(bundle)
        name = f"fake/service:{bundle.digest[:20]}"
        return BuiltImage(name, f"sha256:{bundle.digest}", 1000, {"fake/base": "sha256:0"}, "1:1")

    def write_context(self, bundle: Bundle, folder: Path, progress: Progress) -> None:
        """A Dockerfile that says which bundle it would be."""
        progress.phase(Phase.WRITING, "Writing")
        (folder / "Dockerfile").write_text(f"# {bundle.digest}\n")

    def save(self, image: BuiltImage, file: Path) -> None:
        """A file with the id of the image."""
        file.write_text(image.id)

    def push(self, image: BuiltImage, reference: str, progress: Progress) -> str:
        """Is there at once."""
        progress.phase(Phase.PUSHING, f"Pushing {reference}")
        return image.id

    def remove(self, bundle: Bundle) -> None:
        """Remembers it."""
        self.removed.append(bundle)
