"""Images in the engine that nothing needs: which they are, and what they hold by themselves."""

import json
import os
from pathlib import Path
from typing import cast

import pytest
from support.home import Home

from brygga import Workspace
from brygga.gc.images import UnusedImages, own_size
from brygga.images.engine import Engine, EngineImage
from brygga.images.layer_notes import LayerNote, LayerNotes
from brygga.images.oci.documents import ImageConfig
from brygga.settings import Settings

USED_LONG_AGO_S = 120


def image(size: int, *layers: str) -> EngineImage:
    return EngineImage(f"sha256:{size}", size, config=ImageConfig({"rootfs": {"diff_ids": layers}}))


class MemoryEngine:
    def __init__(self) -> None:
        self.images: dict[str, EngineImage] = {}

    def find_image(self, reference: str) -> EngineImage | None:
        return self.images.get(reference)

    def remove_image(self, reference: str) -> None:
        del self.images[reference]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    settings = Settings(home=tmp_path / "home")
    return Home(settings, Workspace.create("default", settings=settings))


def test_what_two_images_share_is_counted_once() -> None:
    base, packages = image(100, "a"), image(130, "a", "b")
    service = image(131, "a", "b", "c")
    others = [base, packages, service, image(500, "x"), image(120, "a", "z")]
    assert [own_size(each, others) for each in (base, packages, service)] == [100, 30, 1]


def test_what_no_row_names_goes_with_its_own_size(home: Home) -> None:
    notes, engine = LayerNotes(home.path), MemoryEngine()
    home.deployed()
    bundle = home.wiring.store.services.revisions("svc")[0].bundle_digest
    for reference, kind, digest, found in (
        ("b/packages:1", "lock", "l1", image(130, "a", "b")),
        ("b/old:1", "bundle", "gone", image(131, "a", "b", "c")),
        ("b/new:1", "bundle", bundle, image(132, "a", "b", "d")),
        ("b/away:1", "bundle", "away", None),
    ):
        notes.add(LayerNote(reference, kind, digest, 3 if kind == "bundle" else 2))
        if found is not None:
            engine.images[reference] = found
    collector = UnusedImages(notes, lambda: [home.wiring.tenant], lambda: cast("Engine", engine))
    assert list(collector.find()) == [], "they were used just now"
    for path in (home.path / "images/layers").glob("*.json"):
        then = path.stat().st_mtime - USED_LONG_AGO_S
        os.utime(path, (then, then))

    swept = list(collector.find())
    assert [(each.name, each.size) for each in swept] == [("b/old:1", 1), ("b/packages:1", 130)]
    assert {each.name for each in collector.remove(swept)} == {"b/old:1", "b/packages:1"}
    assert list(engine.images) == ["b/new:1"]
    kept = [json.loads(p.read_text()) for p in (home.path / "images/layers").glob("*.json")]
    assert [each["reference"] for each in kept] == ["b/new:1"]
