"""Every code block of the documentation is run as it stands there, and its output compared."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from support import pages
from support.cache import ROOT
from support.command import Command
from support.engine import require_engine
from support.pages import Reader

DOCS = ROOT / "docs"
# Followed by the newcomer of test_readme.py.
_NEWCOMERS = ("first-ten-minutes.md", "migrate-from-azureml-v1.md")
_CONTAINERS = "containers.md"
_POSTGRESQL = "several-users.md"
_DATABASE = "postgresql://brygga@db.example.org/brygga"

_ECHO = "def init(): ...\ndef run(raw_data): return raw_data\n"
# What a reader of these pages has already.
_FILES = {
    "project-file.md": {
        **dict.fromkeys(("score.py", "digits.py", "fashion.py"), _ECHO),
        "env.yml": "dependencies: [pip]\n",
        "requirements.txt": "",
        "sample.json": "[1]",
        "scaler.pkl": "N.",
    },
}
_BEFORE = {
    "project-file.md": "for each in digits fashion fashion\n"
    "do brygga model register $each sample.json; done",
}
FOLLOWED = sorted(
    page.relative_to(DOCS).as_posix()
    for page in DOCS.rglob("*.md")
    if page.name not in _NEWCOMERS and any(block.is_run for block in pages.read(page))
)


@pytest.fixture
def reader(command: Command) -> Iterator[Reader]:
    folder = command.folder / "work"
    folder.mkdir()
    reader = Reader(folder, dict(command.environment))
    yield reader
    for name in ("default", "team", "mine", "moved", "copy"):
        for path in command.home.glob(f"workspaces/{name}/services/*"):
            command("--workspace", name, "service", "delete", "--yes", path.name)


def follow(reader: Reader, page: str) -> None:
    for name, text in _FILES.get(page, {}).items():
        (reader.folder / name).write_text(text, encoding="utf-8")
    reader.shell(_BEFORE.get(page, ""), page)
    reader.follow(DOCS / page)


@pytest.mark.parametrize("page", [p for p in FOLLOWED if p not in (_CONTAINERS, _POSTGRESQL)])
def test_what_a_page_says_works(page: str, reader: Reader) -> None:
    follow(reader, page)


class TestOnPostgreSql:
    def test_what_the_page_on_several_users_says_works(
        self, reader: Reader, postgresql: str
    ) -> None:
        reader.instead = {_DATABASE: postgresql}
        follow(reader, _POSTGRESQL)


@pytest.mark.parametrize("page", [_CONTAINERS], ids=["container"])
def test_what_the_page_on_containers_says_works(page: str, reader: Reader) -> None:
    require_engine()
    base = os.environ["BRYGGA_BASE_IMAGE"]
    reader.environ = {**reader.environ, "BRYGGA_BASE_IMAGE": base}
    reader.instead = {"my/base:1": base}
    follow(reader, page)
