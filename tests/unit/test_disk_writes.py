"""Files are written, and folders made, in one module of each side; read from the sources."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from brygga.store import files
from brygga_server import files as server_files

PACKAGES = Path(__file__).parents[2] / "packages"
SIDES = {"brygga": "brygga/src/brygga", "brygga_server": "server/src/brygga_server"}

# Who does it by hand, and why.
EXCEPTIONS = {
    "brygga/store/files.py": "the one way",
    "brygga_server/files.py": "the one way",
    "brygga/targets/container/logs.py": "a log is rotated",
    "brygga_server/rotation.py": "logs are rotated",
    "brygga/scaffolds/scaffold.py": "a folder of the user's, as their own files are",
    "brygga/runs/automl/inside": "runs in FLAML's environment, in a run's own folder",
    "brygga/models/download.py": "whole files are merged into a folder of the user's",
    "brygga/targets/local/cgroups.py": "no folders on a disk",
    "brygga_server/front/confinement/hierarchies.py": "no folders on a disk",
    "brygga_server/supervisor.py": "a file that was whole before gets its final name",
    "brygga_server/front/handover.py": "a file that was whole before gets its final name",
    "brygga_server/worker": "has no way to the one module: it runs in the user's environment",
}
MODULES = {
    "os": {"link", "makedirs", "mkdir", "rename", "renames", "replace", "symlink"},
    "shutil": {"move"},
    "tempfile": {"NamedTemporaryFile", "TemporaryDirectory", "TemporaryFile", "mkdtemp", "mkstemp"},
}

NO_PATHS = {"self", "generations"}  # those of workers are replaced, too


def by_hand(source: str) -> Iterator[tuple[int, str]]:
    """Calls that make, rename or name temporarily, with their lines."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module in MODULES:
            for alias in node.names:
                if alias.name in MODULES[node.module]:
                    yield node.lineno, f"from {node.module} import {alias.name}"
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name, owner = node.func.attr, node.func.value
        if isinstance(owner, ast.Name) and owner.id in MODULES:
            if name in MODULES[owner.id]:
                yield node.lineno, f"{owner.id}.{name}"
        elif name in ("mkdir", "rename") or (
            # That of texts has two arguments, that of dates and dataclasses names them.
            name == "replace"
            and len(node.args) == 1
            and not node.keywords
            and ast.unparse(owner).rpartition(".")[2] not in NO_PATHS
        ):
            yield node.lineno, f".{name}()"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("os.replace(a, b)", "os.replace"),
        ("from tempfile import mkstemp", "from tempfile import mkstemp"),
        ("with tempfile.NamedTemporaryFile('w') as f: pass", "tempfile.NamedTemporaryFile"),
        ("path.parent.mkdir(parents=True)", ".mkdir()"),
        ("partial.replace(path)", ".replace()"),
        ("'text'.replace('a', 'b')", None),
        ("replace(row, name='x')", None),
        ("service.generations.replace(settings)", None),
        ("tempfile.gettempdir()", None),
    ],
)
def test_the_scan_finds(line: str, found: str | None) -> None:
    assert [what for _, what in by_hand(line)] == ([] if found is None else [found])


@pytest.mark.parametrize("side", SIDES)
def test_nobody_else_does_it_by_hand(side: str) -> None:
    root = PACKAGES / SIDES[side]
    sources = sorted(root.rglob("*.py"))
    assert sources
    wrong, used = [], set()
    for path in sources:
        place = f"{side}/{path.relative_to(root)}"
        excuse = next((e for e in EXCEPTIONS if place == e or place.startswith(f"{e}/")), None)
        for line, what in by_hand(path.read_text()):
            if excuse is None:
                wrong.append(f"{place}:{line}: {what}")
            else:
                used.add(excuse)
    assert not wrong, f"use {side}.files, or say here why not:\n" + "\n".join(wrong)
    assert used == {e for e in EXCEPTIONS if e.startswith(f"{side}/")}, "an exception is not needed"


def test_both_sides_name_what_is_unfinished_alike() -> None:
    assert files.PARTIAL == server_files.PARTIAL
