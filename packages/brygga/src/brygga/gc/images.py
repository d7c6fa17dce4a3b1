"""Layers of images, in the container engine, that nothing is deployed from any more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from brygga.environments.server import carried_server
from brygga.errors import EngineUnavailableError
from brygga.gc.garbage import Collector, Garbage
from brygga.gc.retention import Retention, Tenants, read_retention
from brygga.images.engine import Engine, EngineImage
from brygga.images.layer_notes import LayerNote, LayerNotes


class UnusedImages(Collector):
    """What builds of this home have left in the engine; others' images are never looked at.

    A layer that was removed and is wanted again is built again, so that nothing is lost by it.
    """

    def __init__(self, notes: LayerNotes, tenants: Tenants, connect: Callable[[], Engine]) -> None:
        self._notes = notes
        self._tenants = tenants
        self._connect = connect

    def find(self) -> Iterator[Garbage]:
        """Nothing where no engine answers: what cannot be seen cannot be removed."""
        try:
            engine = self._connect()
        except EngineUnavailableError:
            return
        needs = read_retention(self._tenants())
        there: dict[str, EngineImage] = {}
        unneeded = []
        for note in self._notes.all():
            image = engine.find_image(note.reference)
            if image is not None:
                there[note.reference] = image
            if not _is_needed(note, needs):
                unneeded.append(note)
        for note in unneeded:
            if note.reference not in there:
                self._notes.forget(note.reference)
                continue
            size = own_size(there[note.reference], there.values())
            yield Garbage("image", note.reference, size, f"no {note.kind} needs it")

    def remove(self, found: Sequence[Garbage]) -> Iterator[Garbage]:
        """After another look at all rows; the topmost first, since they hold what is below."""
        engine = self._connect()
        needs = read_retention(self._tenants())
        names = {each.name: each for each in found}
        for note in sorted(self._notes.all(), key=lambda n: n.height, reverse=True):
            if note.reference not in names or _is_needed(note, needs):
                continue
            engine.remove_image(note.reference)
            if engine.find_image(note.reference) is None:
                self._notes.forget(note.reference)
                yield names[note.reference]


def own_size(image: EngineImage, others: Iterable[EngineImage]) -> int:
    """What an image has beyond the largest of the others that it is built on."""
    layers = image.config.diff_ids
    below = (
        other.size
        for other in others
        if len(other.config.diff_ids) < len(layers)
        and other.config.diff_ids == layers[: len(other.config.diff_ids)]
    )
    return max(0, image.size - max(below, default=0))


def _is_needed(note: LayerNote, needs: Retention) -> bool:
    return note.digest in {
        "bundle": needs.bundles,
        "lock": needs.locks,
        "server": needs.servers | {carried_server().digest},
    }.get(note.kind, frozenset())
