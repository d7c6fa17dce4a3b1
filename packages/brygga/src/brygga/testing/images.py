"""A builder of images that needs no engine."""

from __future__ import annotations

from dataclasses import dataclass, field

from brygga.images.assemble import Progress
from brygga.images.builder import BuiltImage, ImageBuilder
from brygga.images.bundle import Bundle


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
        progress("Building.")
        if self.refuse is not None:
            raise self.refuse
        self.built.append(bundle)
        name = f"fake/service:{bundle.digest[:20]}"
        return BuiltImage(name, f"sha256:{bundle.digest}", 1000, {"fake/base": "sha256:0"}, "1:1")

    def remove(self, bundle: Bundle) -> None:
        """Remembers it."""
        self.removed.append(bundle)
