"""Content that no row names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from brygga.gc.garbage import Collector, Garbage
from brygga.store.blobs import BlobStore
from brygga.store.store import Store


class UnusedBlobs(Collector):
    """Blobs that no model, kept revision, image or run of their workspace names."""

    def __init__(self, workspace: str, blobs: BlobStore, stores: Collection[Store]) -> None:
        self._workspace = workspace
        self._blobs = blobs
        self._stores = stores

    def find(self) -> Iterator[Garbage]:
        """By digest; what killed writers left comes with them."""
        sizes = self._blobs.sizes()
        for digest in sorted(sizes.keys() - self._in_use(sizes)):
            reason = "no model, image, run or kept revision has it"
            yield Garbage("blob", digest, sizes[digest], reason, self._workspace)
        for name, size in self._blobs.unfinished().items():
            yield Garbage("unfinished blob", name, size, "never finished", self._workspace)

    def remove(self, found: Sequence[Garbage]) -> Iterator[Garbage]:
        """Nothing while somebody takes content in: it may be the same."""
        with self._blobs.collecting() as alone:
            if not alone:
                return
            in_use = self._in_use([each.name for each in found if each.kind == "blob"])
            for each in found:
                if each.kind != "blob":
                    self._blobs.delete_unfinished(each.name)
                    yield each
                elif each.name not in in_use:
                    self._blobs.delete(each.name)
                    yield each

    def _in_use(self, digests: Collection[str]) -> set[str]:
        return {d for store in self._stores for d in store.blobs_in_use(digests)}
