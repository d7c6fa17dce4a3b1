"""No two classes of ours have one name: a reader should never have to ask which is meant."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

PACKAGES = Path(__file__).parents[2] / "packages"
# Names that others gave: v1's, and those of the objects that scripts get of it.
OTHERS = ("worker/shims/", "worker/http/")


def test_every_class_has_a_name_of_its_own() -> None:
    found: dict[str, list[str]] = defaultdict(list)
    for package in ("brygga/src", "server/src"):
        root = PACKAGES / package
        for path in root.rglob("*.py"):
            place = path.relative_to(root).as_posix()
            if any(part in place for part in OTHERS):
                continue
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.ClassDef):
                    found[node.name].append(place)
    assert {name: sorted(places) for name, places in found.items() if len(places) > 1} == {}
